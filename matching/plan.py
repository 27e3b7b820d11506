"""The answer: pods with a slot, everyone who found none with the reason, and how good it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from matching.roster import Slot


class Fit(StrEnum):
    """How a slot sits in a member's times: always in free time, or touching if-needed time in some week."""

    FREE = "free"
    IF_NEEDED = "if_needed"


class Status(StrEnum):
    """``optimal``: every level is proven. ``feasible``: not all. ``impossible``: the hard rules leave no plan."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    IMPOSSIBLE = "impossible"


@dataclass(frozen=True, slots=True)
class Placed:
    """A member of a pod: how the slot fits, their own wall time (one line per stretch) and why they are here."""

    id: str
    level: Fit
    local: tuple[str, ...] = ()
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pod:
    """People, a slot and the instants (UTC, one per week) at which they meet."""

    id: str
    slot: Slot
    meetings: tuple[datetime, ...]
    members: tuple[Placed, ...]
    shared_goals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WouldPlace:
    """If-needed windows (as written in a roster) that would let a member into ``pod`` without moving anyone."""

    add: tuple[str, ...]
    pod: str


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A member without a pod: a code for programs, a sentence for people, and the smallest way in if there is one."""

    id: str
    code: str
    why: str
    would_place: WouldPlace | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody whose pod changed against an earlier plan: from which pod, to which (None is no pod), and why."""

    id: str
    before: str | None
    after: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the roster that helps to make it impossible: where it stands (JSON path) and what it says."""

    path: str
    says: str


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the objective; no plan beats ``bound`` given the levels above at their value."""

    name: str
    value: float
    bound: float
    proven: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """Pods and unplaced members for one roster; ``seconds`` is the wall time spent, ``reason`` why there is no pod.

    ``moves`` tells what a rematch changed; ``contradiction`` is a smallest set of rules that leave no plan.
    """

    roster_sha256: str
    status: Status
    seconds: float
    seed: int
    pods: tuple[Pod, ...]
    unplaced: tuple[Unplaced, ...]
    objective: tuple[Level, ...]
    reason: str = ""
    moves: tuple[Move, ...] = ()
    contradiction: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a search has come: the step, members placed so far, the proven bound on it, seconds elapsed."""

    step: str
    placed: int
    bound: int
    members: int
    elapsed: float
