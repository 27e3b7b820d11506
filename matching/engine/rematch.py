"""Rematching: people join, leave and change their times; as few as possible get another pod."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from matching.engine import arrivals
from matching.engine.finish import checked, company, searching_seconds, told_seconds
from matching.engine.hours import Hours
from matching.engine.keeping import Keeping
from matching.engine.levels import if_needed
from matching.engine.objective import comfort, least, most
from matching.engine.search import Search
from matching.moves import told
from matching.rematch import require_sound, stand

if TYPE_CHECKING:
    from collections.abc import Callable

    from matching.plan import Plan, Progress
    from matching.problem import Group
    from matching.rematch import Standing
    from matching.roster import Roster

#: Which part of the time for searching may be spent when a step ends; a step that ends early leaves more to the next.
_MOVING_ENDS, _PLACING_ENDS, _IF_NEEDED_ENDS, _GOALS_END, _BOUND_ENDS = 0.6, 0.8, 0.9, 0.95, 1.0


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

    The first level of its objective is ``moved``, the others are those of ``form``; the plan carries its ``moves``.
    What moving means, and that members unknown to the roster count as having left, is told in ``matching.rematch``; ask
    ``is_of_other_people`` there whether the plan should be trusted at all. When nothing changed nobody is moved,
    whatever the seed. ``PlanError`` is raised for a plan in which a name stands twice; the rest is as in ``form``.
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
    searching = searching_seconds(roster, seconds)
    search.report(step="reading times")
    found = Keeping(stand(roster, before), search)
    search.report(step="keeping pods", placed=found.placed, bound=found.most_placed)
    found.move_fewest(until=_MOVING_ENDS * searching)
    search.report(step="placing", placed=found.placed, bound=found.most_placed)
    found.place_most(until=_PLACING_ENDS * searching)
    search.report(step="if-needed", placed=found.placed, bound=found.most_placed)
    found.use_least_if_needed(until=_IF_NEEDED_ENDS * searching)
    search.report(step="goals")
    going_on = partial(search.goes_on, until=_GOALS_END * searching)
    found.mix(arrivals.improve(found.standing, found.groups, go_on=going_on))
    search.report(step="hours")
    standing, groups, awkward = _at_kind_hours(found)
    search.report(step="bounds")
    objective = (
        least("moved", found.moved, found.least_moved),
        most("placed", found.placed, found.most_placed),
        least("if_needed", if_needed(standing.problem, groups), found.least_if_needed),
        company(
            found.standing.problem,
            found.groups,
            among=found.possible(),
            only_one_way=found.only_one_way(),
            go_on=partial(search.goes_on, until=_BOUND_ENDS * searching),
        ),
        *comfort(standing.problem, groups, awkward=awkward[0], least_awkward=awkward[1]),
    )
    if found.only_one_way():
        objective = tuple(replace(level, bound=level.value, proven=True) for level in objective)
    plan = told(standing, groups, objective, before, seconds=told_seconds(search, objective), seed=seed)
    return checked(roster, plan)


def _at_kind_hours(found: Keeping) -> tuple[Standing, list[Group], tuple[int, int]]:
    """New pods at their kindest hours, those that go on at their own; what hours cost now, and at least."""
    standing = found.standing
    hours = Hours(standing.problem)
    going_on = [group for group in found.groups if group.place in standing.pod_at]
    problem, new = hours.chosen([group for group in found.groups if group.place not in standing.pod_at])
    groups = going_on + new
    costs = hours.cost(problem.places, groups), hours.least(found.placed)
    return replace(standing, problem=problem), groups, costs
