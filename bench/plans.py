"""Part (a): our plans beside those of simpler methods, on the same rosters, in the same run.

One judge counts for all of them: people in groups of an allowed size of whom all, one from an anchor zone, can come to
one slot in every week. It reads ``matching.slots`` and knows nothing of any method.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import matching.engine.proofs  # noqa: F401 - the solver is loaded before any clock starts
from bench import charts
from bench.baselines import annealed, constrained_means, largest_slot_first, random_feasible
from bench.inputs import TIGHTNESS, ZONES, ctu, invented
from bench.measuring import spread, timed
from bench.report import kinds
from matching import candidates, goal_match
from matching.engine.form import form
from matching.problem import pose
from matching.sets import numbers_in, set_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from bench.baselines import Pods
    from matching import Plan, Roster
    from matching.slots import Candidate

Row = dict[str, object]
Case = tuple[str, ...] | tuple[str, "Path"]

SECONDS = 15.0
#: The methods that search get as many CPU seconds as our plan took, and never fewer than these.
FEWEST_SECONDS = 5.0
OURS, GREEDY = "ours", "greedy"
SEARCHES: dict[str, Callable[..., Pods]] = {
    "random": random_feasible,
    "k-means": constrained_means,
    "annealing": annealed,
}


def rows(*, quick: bool = False, ctu: Path | None = None, jobs: int = 1) -> Iterator[Row]:
    """One row for each roster and method."""
    if quick:
        yield from measured(("20", "local", "easy"), seconds=1.0, fewest_seconds=0.1)
        return
    cases: list[Case] = [("150", zones, tightness) for zones in ZONES for tightness in TIGHTNESS]
    if ctu:
        cases.append(("CTU", ctu))
    for found in spread(measured, cases, jobs):
        yield from found


def measured(case: Case, *, seconds: float = SECONDS, fewest_seconds: float = FEWEST_SECONDS) -> list[Row]:
    """The rows of one roster, ours first."""
    roster = _roster(case)
    judge = Judge(roster)
    plan, spent = timed(lambda: form(roster, seconds=seconds))
    bound = next(int(level.bound) for level in plan.objective if level.name == "placed")
    told = [(OURS, _pods(roster, plan), spent)]
    told.append((GREEDY, *timed(lambda: largest_slot_first(pose(roster)))))
    budget = max(fewest_seconds, spent)
    for name, method in SEARCHES.items():
        told.append((name, *timed(partial(_searched, roster, method, budget))))
    name = "CTU survey" if case[0] == "CTU" else " ".join(map(str, case[1:]))
    verdicts = [(method, judge.verdict(pods), seconds) for method, pods, seconds in told]
    greedily = verdicts[1][1].placed
    return [
        {
            "roster": name,
            "people": len(roster.members),
            "method": method,
            "placed": verdict.placed,
            "bound": bound,
            "x greedy": verdict.placed / greedily if greedily else None,
            "without misfits": verdict.salvaged,
            "if-needed": verdict.if_needed,
            "goal match": verdict.goal_match,
            "pods": verdict.pods,
            "can meet": verdict.meeting,
            "CPU s": seconds,
        }
        for method, verdict, seconds in verdicts
    ]


def summary(rows: Iterable[Row]) -> list[Row]:
    """One row for each roster: how many each method places, and what ours is worth beside them."""
    told = []
    for methods in _by_roster(rows):
        ours, greedily = methods[OURS], methods[GREEDY]["placed"]
        told.append(
            {
                "roster": ours["roster"],
                "of": ours["people"],
                "bound": ours["bound"],
                **{method: _placed(row) for method, row in methods.items()},
                "ours x greedy": ours["x greedy"],
                "at most x": ours["bound"] / greedily if greedily else None,
                "if-needed ours, greedy": (ours["if-needed"], methods[GREEDY]["if-needed"]),
                "goal match ours, greedy": (ours["goal match"], methods[GREEDY]["goal match"]),
                "pods that can meet: k-means, annealing": (_met(methods["k-means"]), _met(methods["annealing"])),
                "CPU s ours": ours["CPU s"],
            }
        )
    return told


def drawings(rows: Iterable[Row]) -> dict[str, str]:
    """The same as bars, one panel for each roster."""
    panels = [
        charts.Bars(
            name=f"{methods[OURS]['roster']}, at most {methods[OURS]['bound']}",
            values=tuple((method, row["placed"]) for method, row in methods.items()),
            bound=methods[OURS]["bound"],
            full=methods[OURS]["people"],
        )
        for methods in _by_roster(rows)
    ]
    told = "; ".join(
        f"{panel.name}: " + ", ".join(f"{method} {value:g}" for method, value in panel.values) for panel in panels
    )
    title = "People in pods that can meet, by method, of 150 and 82; the stroke is the proven bound"
    return {"plans": charts.bars(title, told, panels)}


def _placed(row: Row) -> str:
    """How many are placed and, if that is more, how many would be if groups sent away those who spoil them."""
    salvaged = f" ({row['without misfits']})" if row["without misfits"] > row["placed"] else ""
    return f"{row['placed']}{salvaged}"


def _met(row: Row) -> str:
    return f"{row['can meet']} of {row['pods']}"


def _by_roster(rows: Iterable[Row]) -> list[dict[str, Row]]:
    return [{str(row["method"]): row for row in some} for some in kinds(rows, "roster").values()]


def _roster(case: Case) -> Roster:
    if case[0] == "CTU":
        return ctu(case[1])
    size, zones, tightness = case
    return invented(int(size), zones, tightness, seed=1)


def _pods(roster: Roster, plan: Plan) -> Pods:
    number = {member.id: i for i, member in enumerate(roster.members)}
    return [set_of(number[placed.id] for placed in pod.members) for pod in plan.pods]


def _searched(roster: Roster, method: Callable[..., Pods], seconds: float) -> Pods:
    began = time.process_time()
    problem = pose(roster)
    return method(problem, seed=1, seconds=seconds - (time.process_time() - began))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a set of pods is worth; if-needed hours and goals are those of the pods that can meet.

    ``salvaged`` is how many would be placed if each pod went to its best slot and sent away whoever cannot come.
    """

    placed: int
    salvaged: int
    if_needed: int
    goal_match: float
    pods: int
    meeting: int


class Judge:
    """Counts who can meet, each pod at the slot that is kindest to it."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._slots = candidates(roster)

    def verdict(self, pods: Pods) -> Verdict:
        everyone = [i for pod in pods for i in numbers_in(pod)]
        assert len(everyone) == len(set(everyone)), "somebody is in two pods"
        meeting = [pod for pod in pods if self._slots_for(pod) and self._is_sized(pod)]
        return Verdict(
            placed=_people(meeting),
            salvaged=sum(self._most_who_can_meet(pod) for pod in pods),
            if_needed=sum(min((pod & ~slot.free).bit_count() for slot in self._slots_for(pod)) for pod in meeting),
            goal_match=goal_match(self._roster, [self._ids(pod) for pod in meeting]),
            pods=len(pods),
            meeting=len(meeting),
        )

    def _slots_for(self, pod: int) -> list[Candidate]:
        return [slot for slot in self._slots if not pod & ~slot.fits and pod & slot.anchors]

    def _is_sized(self, pod: int) -> bool:
        return self._roster.pod_size.min <= pod.bit_count() <= self._roster.pod_size.max

    def _most_who_can_meet(self, pod: int) -> int:
        parts = (pod & slot.fits for slot in self._slots if pod & slot.anchors)
        return max((part.bit_count() for part in parts if self._is_sized(part)), default=0)

    def _ids(self, pod: int) -> list[str]:
        return [self._roster.members[i].id for i in numbers_in(pod)]


def _people(pods: Iterable[int]) -> int:
    return sum(pod.bit_count() for pod in pods)
