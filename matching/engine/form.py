"""Forming pods: most people placed, then fewest if-needed hours, then goals in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matching.assemble import assemble
from matching.check import TOLERANCE, faults, goal_match
from matching.engine import goals
from matching.engine.levels import Levels
from matching.engine.search import Search
from matching.errors import MatchingError
from matching.greedy import insert_leftovers
from matching.plan import Level
from matching.problem import pose

if TYPE_CHECKING:
    from collections.abc import Callable

    from matching.plan import Plan, Progress
    from matching.problem import Group, Problem
    from matching.roster import Roster

#: Which part of the time for searching may be spent when a step ends; a step that ends early leaves more to the next.
_REBUILDING_ENDS, _PLACING_ENDS, _IF_NEEDED_ENDS, _GOALS_END = 0.35, 0.75, 0.92, 1.0
#: Seconds that explaining and checking take, on a slow machine: some for all and some for each member.
_FINISH_SECONDS, _FINISH_SECONDS_PER_MEMBER = 0.1, 0.003


def form(
    roster: Roster,
    *,
    seconds: float = 10.0,
    seed: int = 1,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Plan:
    """The best plan found within ``seconds`` of wall time, checked, with a proven bound for each level.

    ``stop`` is asked a few times a second; once it says True, ``Stopped`` is raised soon. ``NoPlan`` is raised when a
    lock cannot be kept. A roster in which simply nobody fits gives a plan without pods and with reasons.
    The same roster, seed and number of workers give the same plan unless time cut the search short; ``workers`` is 1
    unless given.
    """
    search = Search(
        seconds=seconds,
        seed=seed,
        workers=workers or 1,
        members=len(roster.members),
        on_progress=on_progress,
        stop=stop,
    )
    searching = max(0.0, seconds - _FINISH_SECONDS - _FINISH_SECONDS_PER_MEMBER * len(roster.members))
    search.report(step="reading times")
    problem = pose(roster)
    found = Levels(problem, search)
    search.report(step="placing", placed=found.placed, bound=found.most_placed)
    found.rebuild(until=_REBUILDING_ENDS * searching)
    found.place_most(until=_PLACING_ENDS * searching)
    search.report(step="if-needed", placed=found.placed, bound=found.most_placed)
    found.use_least_if_needed(until=_IF_NEEDED_ENDS * searching)
    search.report(step="goals")
    mixed = goals.improve(problem, found.groups, seed=seed, go_on=lambda: search.goes_on(until=_GOALS_END * searching))
    # A move towards better company may have made room for somebody.
    found.groups = insert_leftovers(problem, mixed)
    search.report(step="checking")
    plan = assemble(problem, found.groups, _objective(problem, found), seconds=round(search.elapsed, 3), seed=seed)
    if defects := faults(roster, plan):
        raise MatchingError("the engine made a plan with faults, which is a defect in it: " + "; ".join(defects))
    return plan


def _objective(problem: Problem, found: Levels) -> tuple[Level, ...]:
    """The three levels of what was found, with their bounds."""
    # Rounding keeps the order, so the rounded bound holds for every rounded value.
    match = goal_match(problem.roster, [_names(problem, group) for group in found.groups])
    best_match = match
    if not goals.only_one_way(problem, found.placed):
        best_match = max(match, round(goals.upper_bound(problem, found.placed), 6))
    return (
        Level("placed", found.placed, found.most_placed, proven=found.placed == found.most_placed),
        Level("if_needed", found.if_needed, found.least_if_needed, proven=found.if_needed == found.least_if_needed),
        Level("goal_match", match, best_match, proven=best_match - match <= TOLERANCE),
    )


def _names(problem: Problem, group: Group) -> list[str]:
    return [problem.roster.members[i].id for i in problem.members(problem.members_of(group.units))]
