"""Rematching: people join, leave and change their times; as few as possible get another pod."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from matching.check import TOLERANCE, faults, goal_match
from matching.comfort import awkwardness, balance, is_awkward, large_pods
from matching.engine import goals
from matching.engine.keeping import Keeping
from matching.engine.search import Search
from matching.errors import MatchingError
from matching.moves import told
from matching.plan import Level
from matching.rematch import require_sound, stand

if TYPE_CHECKING:
    from collections.abc import Callable

    from matching.plan import Plan, Progress
    from matching.problem import Group, Problem
    from matching.rematch import Standing
    from matching.roster import Roster

#: Which part of the time for searching may be spent when a step ends; a step that ends early leaves more to the next.
_MOVING_ENDS, _PLACING_ENDS, _IF_NEEDED_ENDS = 0.6, 0.85, 0.95
#: Seconds that explaining and checking take, on a slow machine: some for all and some for each member.
_FINISH_SECONDS, _FINISH_SECONDS_PER_MEMBER = 0.1, 0.003


def rematch(
    roster: Roster,
    before: Plan,
    *,
    seconds: float = 10.0,
    seed: int = 1,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Plan:
    """The plan for today's roster that moves fewest people of the plan ``before``, and is best among those.

    The first level of its objective is ``moved``, proven where it says so; the others are those of ``form``. The plan
    carries its ``moves``. What moving means, and that members unknown to the roster count as having left, is told in
    ``matching.rematch``; ask ``is_of_other_people`` there whether the plan should be trusted at all.
    When nothing changed nobody is moved, whatever the seed. ``PlanError`` is raised for a plan in which a name stands
    twice; the rest of the face is that of ``form``.
    """
    require_sound(before)
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
    standing = stand(roster, before)
    found = Keeping(standing, search)
    search.report(step="keeping pods", placed=found.placed, bound=found.most_placed)
    found.move_fewest(until=_MOVING_ENDS * searching)
    search.report(step="placing", placed=found.placed, bound=found.most_placed)
    found.place_most(until=_PLACING_ENDS * searching)
    search.report(step="if-needed", placed=found.placed, bound=found.most_placed)
    found.use_least_if_needed(until=_IF_NEEDED_ENDS * searching)
    search.report(step="checking")
    objective = _objective(standing, found)
    plan = told(standing, found.groups, objective, before, seconds=round(search.elapsed, 3), seed=seed)
    if defects := faults(roster, plan):
        raise MatchingError("the engine made a plan with faults, which is a defect in it: " + "; ".join(defects))
    return plan


def _objective(standing: Standing, found: Keeping) -> tuple[Level, ...]:
    """The levels of what was found, with their bounds; nothing below the first three varies if nobody has a choice."""
    problem = standing.problem
    pods = [_names(problem, group) for group in found.groups]
    match = best_match = goal_match(problem.roster, pods)
    comfort = {
        "balance": balance(problem.roster, pods),
        "awkward_hours": sum(map(partial(_awkwardness, problem), found.groups)),
        "large_pods": large_pods(map(len, pods)),
    }
    only_one_way = found.only_one_way()
    if not only_one_way:
        # Rounding keeps the order, so the rounded bound holds for every rounded value.
        best_match = max(match, round(goals.upper_bound(found.possible(), found.placed), 6))
    return (
        Level("moved", found.moved, found.least_moved, proven=found.moved == found.least_moved),
        Level("placed", found.placed, found.most_placed, proven=found.placed == found.most_placed),
        Level("if_needed", found.if_needed, found.least_if_needed, proven=found.if_needed == found.least_if_needed),
        Level("goal_match", match, best_match, proven=best_match - match <= TOLERANCE),
        *(
            Level(name, value, value if only_one_way else 0, proven=only_one_way or value == 0)
            for name, value in comfort.items()
        ),
    )


def _names(problem: Problem, group: Group) -> list[str]:
    return [problem.roster.members[i].id for i in problem.members(problem.members_of(group.units))]


def _awkwardness(problem: Problem, group: Group) -> int:
    """What the hour of a pod costs its members."""
    starts, minutes = problem.places[group.place].candidate.starts, problem.roster.meeting.minutes
    members = (problem.roster.members[i] for i in problem.members(problem.members_of(group.units)))
    return sum(awkwardness(member) for member in members if is_awkward(member, starts, minutes))
