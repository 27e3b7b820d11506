"""How a search for a plan begins and ends, whichever it is: its time, the level of goals, the check of the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matching.check import faults, goal_match
from matching.engine.goal_bound import goal_bound
from matching.engine.levels import if_needed, placed
from matching.engine.objective import most, names
from matching.errors import MatchingError

if TYPE_CHECKING:
    from collections.abc import Callable

    from matching.engine.search import Search
    from matching.plan import Level, Plan
    from matching.problem import Group, Problem
    from matching.roster import Roster

#: Seconds that explaining and checking take, on a slow machine: some for all and some for each member.
_FINISH_SECONDS, _FINISH_SECONDS_PER_MEMBER = 0.1, 0.003


def searching_seconds(roster: Roster, seconds: float) -> float:
    """What of the time may go into searching."""
    return max(0.0, seconds - _FINISH_SECONDS - _FINISH_SECONDS_PER_MEMBER * len(roster.members))


def company(
    problem: Problem, groups: list[Group], *, among: Problem, only_one_way: bool, go_on: Callable[[], bool]
) -> Level:
    """The level of goals, with the best bound that the time allows; ``among`` holds every plan that is as good so far."""
    match = bound = goal_match(problem.roster, names(problem, groups))
    if not only_one_way:
        seats, strained = placed(problem, groups), if_needed(problem, groups)
        bound = goal_bound(among, placed=seats, if_needed=strained, best=match, go_on=go_on)
    # Rounding keeps the order, so the rounded bound holds for every rounded value.
    return most("goal_match", match, round(bound, 6))


def told_seconds(search: Search, objective: tuple[Level, ...]) -> float:
    """Wall time; where everything is proven the seconds of the steps, so that the same question has the same answer."""
    proven = all(level.proven for level in objective)
    return round(search.worked if proven else search.elapsed, 3)


def checked(roster: Roster, plan: Plan) -> Plan:
    """The plan, which an independent look finds sound; anything else is a defect of the engine."""
    if defects := faults(roster, plan):
        raise MatchingError("the engine made a plan with faults, which is a defect in it: " + "; ".join(defects))
    return plan
