"""A part of a large problem: some pods and people, small enough to be solved at once, anywhere.

A part is told in numbers of its own (units 0, 1, 2 ..., places 0, 1, 2 ...), knows no names and no clock, and goes
through JSON unchanged, so that it can be solved in this process, in another one or on another machine. What comes back
is never taken on trust: ``matching.engine.large`` looks at each pod before it believes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

from matching.problem import Group, Place, Problem, Unit
from matching.roster import Lock, Meeting, Member, Period, PodSize, Roster
from matching.sets import set_of
from matching.slots import Candidate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True, slots=True)
class Part:
    """A small problem with a plan for it that is to become better.

    ``units`` are disjoint sets of members; ``must`` the numbers of those that have to be placed. ``places`` are sets of
    members as in a candidate: who fits, who is free, who anchors; ``own`` says which unit's slot is locked at a place.
    ``effort`` limits the search in the solver's own seconds, which are the same on every machine, and ``seconds`` in
    wall time.
    """

    size: tuple[int, int]
    units: tuple[int, ...]
    must: tuple[int, ...]
    places: tuple[tuple[int, int, int], ...]
    own: tuple[tuple[int, int], ...]
    apart: tuple[tuple[int, ...], ...]
    companions: tuple[int, ...]
    pods: tuple[Group, ...]
    counts_if_needed: bool
    effort: float
    seconds: float
    seed: int

    @property
    def members(self) -> int:
        """How many members there are."""
        return sum(unit.bit_count() for unit in self.units)

    def problem(self) -> Problem:
        """The part as a problem of its own, with a roster of nameless members."""
        locks = {unit: Lock(pod=f"lock {unit}") for unit in self.must}
        foes = [0] * len(self.units)
        for group in self.apart:
            for unit in group:
                foes[unit] |= set_of(group) & ~(1 << unit)
        return Problem(
            roster=_nameless(self.members, PodSize(*self.size)),
            units=tuple(Unit(members, locks.get(number)) for number, members in enumerate(self.units)),
            places=tuple(self._place(number, locks) for number in range(len(self.places))),
            apart=self.apart,
            companions=self.companions,
            foes=tuple(foes),
        )

    def _place(self, number: int, locks: dict[int, Lock]) -> Place:
        fits, free, anchors = self.places[number]
        host, home = dict(self.own).get(number), {unit: place for place, unit in self.own}
        units = tuple(
            unit
            for unit, members in enumerate(self.units)
            if not members & ~fits
            and home.get(unit, number) == number
            and (unit == host or host is None or unit not in locks)
        )
        lock = None if host is None else locks[host]
        return Place(Candidate(starts=(), slots=(), fits=fits, free=free, anchors=anchors), units, lock)

    def to_json(self) -> dict[str, Any]:
        """The part as JSON values; sets of members are hexadecimal text."""
        return {
            "size": list(self.size),
            "units": [f"{unit:x}" for unit in self.units],
            "must": list(self.must),
            "places": [[f"{chosen:x}" for chosen in place] for place in self.places],
            "own": [list(pair) for pair in self.own],
            "apart": [list(group) for group in self.apart],
            "companions": [f"{holders:x}" for holders in self.companions],
            "pods": _pods_to_json(self.pods),
            "counts_if_needed": self.counts_if_needed,
            "effort": self.effort,
            "seconds": self.seconds,
            "seed": self.seed,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Part:
        """The part that ``to_json`` wrote."""
        low, high = data["size"]
        return cls(
            size=(low, high),
            units=tuple(int(unit, 16) for unit in data["units"]),
            must=tuple(data["must"]),
            places=tuple((int(fits, 16), int(free, 16), int(anchors, 16)) for fits, free, anchors in data["places"]),
            own=tuple((place, unit) for place, unit in data["own"]),
            apart=tuple(map(tuple, data["apart"])),
            companions=tuple(int(holders, 16) for holders in data["companions"]),
            pods=_pods_from_json(data["pods"]),
            counts_if_needed=data["counts_if_needed"],
            effort=data["effort"],
            seconds=data["seconds"],
            seed=data["seed"],
        )


@dataclass(frozen=True, slots=True)
class Solved:
    """What became of a part: its pods, and what no plan of this part can beat.

    ``most_placed`` holds in any case, ``least_if_needed`` for plans that place so many. ``proven`` says that the search
    came to its end, ``effort`` what it took of the part's.
    """

    pods: tuple[Group, ...]
    most_placed: int
    least_if_needed: int
    proven: bool
    effort: float

    def to_json(self) -> dict[str, Any]:
        """The answer as JSON values."""
        return {
            "pods": _pods_to_json(self.pods),
            "most_placed": self.most_placed,
            "least_if_needed": self.least_if_needed,
            "proven": self.proven,
            "effort": self.effort,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Solved:
        """The answer that ``to_json`` wrote."""
        return cls(
            pods=_pods_from_json(data["pods"]),
            most_placed=data["most_placed"],
            least_if_needed=data["least_if_needed"],
            proven=data["proven"],
            effort=data["effort"],
        )


class Executor(Protocol):
    """Whoever solves parts: this process, others, other machines.

    ``at_once`` is how many parts are worked on at the same time; more may wait. Used as a context, it leaves nothing
    running behind.
    """

    at_once: int

    def submit(self, ticket: int, part: Part) -> None:
        """Have the part solved some time; the ticket is told with its answer."""

    def answers(self, seconds: float) -> Iterator[tuple[int, Solved | None]]:
        """Those that came in, waiting up to so many seconds for the first; None for a part that was lost."""

    def close(self) -> None:
        """Forget all parts that are still under way."""


class InThisProcess:
    """Solves one part after the other, when asked for answers."""

    at_once = 1

    def __init__(self, stop: Callable[[], bool] | None = None) -> None:
        self._stop = stop
        self._waiting: list[tuple[int, Part]] = []

    def submit(self, ticket: int, part: Part) -> None:
        """Keep the part for later."""
        self._waiting.append((ticket, part))

    def answers(self, seconds: float) -> Iterator[tuple[int, Solved | None]]:  # noqa: ARG002 - it never waits
        """Solve the oldest part; raises ``Stopped`` soon after the caller of the search wants it."""
        from matching.engine.part_solver import solve_part  # noqa: PLC0415 - OR-Tools takes a while to load

        ticket, part = self._waiting.pop(0)
        yield ticket, solve_part(part, stop=self._stop)

    def close(self) -> None:
        """Forget what waits."""
        self._waiting.clear()


def _nameless(members: int, size: PodSize) -> Roster:
    """As many members as needed, of whom nothing is known."""
    return Roster(
        period=Period(date(2000, 1, 3), 1),
        meeting=Meeting(60),
        pod_size=size,
        members=tuple(Member(id=str(number), timezone="UTC") for number in range(members)),
    )


def _pods_to_json(pods: tuple[Group, ...]) -> list[Any]:
    return [[pod.place, list(pod.units)] for pod in pods]


def _pods_from_json(data: list[Any]) -> tuple[Group, ...]:
    return tuple(Group(place, tuple(units)) for place, units in data)
