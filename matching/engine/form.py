"""Forming pods: most people placed, then fewest if-needed hours, then goals in common, then comfort."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from matching.assemble import assemble
from matching.engine import goals
from matching.engine.finish import checked, company, searching_seconds, told_seconds
from matching.engine.hours import Hours
from matching.engine.large import place
from matching.engine.levels import Levels, if_needed, placed
from matching.engine.objective import comfort, least, most
from matching.engine.parts import InThisProcess
from matching.engine.processes import Processes
from matching.engine.search import Search
from matching.errors import NoPlan
from matching.problem import pose

if TYPE_CHECKING:
    from collections.abc import Callable

    from matching.engine.parts import Executor
    from matching.plan import Plan, Progress
    from matching.roster import Roster

#: Which part of the time that is left each step may take at most; what it does not need is left to the next.
_REBUILDING, _PLACING, _IF_NEEDED, _GOALS, _BOUNDS = 0.35, 0.65, 0.4, 0.75, 1.0
#: Seconds below which loading OR-Tools would leave no time to use it.
_SOLVER_SECONDS = 2.0
#: Units up to which one model holds everybody, and the part of the time that the parts of a larger roster take.
_WHOLE, _PARTS = 200, 0.8


def form(
    roster: Roster,
    *,
    seconds: float = 10.0,
    seed: int = 1,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
    executor: Callable[[], Executor] | None = None,
) -> Plan:
    """The best plan found within ``seconds`` of wall time, checked, with a proven bound for each level.

    ``stop`` is asked a few times a second; once it says True, ``Stopped`` is raised soon. ``NoPlan`` is raised when a
    lock cannot be kept. A roster in which simply nobody fits gives a plan without pods and with reasons.
    The same roster, seed and number of workers give the same plan unless time cut the search short; ``workers`` is 1
    unless given. Large rosters are planned part by part: by what ``executor`` makes if given, else by as many
    processes as there are workers, or in this process if there is one.
    """
    search = Search(
        seconds=searching_seconds(roster, seconds),
        seed=seed,
        workers=workers or 1,
        members=len(roster.members),
        on_progress=on_progress,
        stop=stop,
    )
    search.report(step="reading times")
    problem = pose(roster)
    levels = Levels(problem, search)
    search.report(step="placing", placed=levels.placed, bound=levels.most_placed)
    if len(problem.units) > _WHOLE:
        _place_in_parts(levels, executor)
    else:
        _place_at_once(levels)
    search.report(step="goals")
    mixing = partial(search.goes_on, until=search.after(_GOALS))
    levels.mix(goals.improve(problem, levels.groups, seed=seed, go_on=mixing))
    search.report(step="hours")
    hours = Hours(problem)
    problem, groups = hours.chosen(levels.groups)
    search.report(step="bounds")
    objective = (
        most("placed", levels.placed, levels.most_placed),
        least("if_needed", if_needed(problem, groups), levels.least_if_needed),
        company(
            levels.problem,
            levels.groups,
            among=levels.problem,
            only_one_way=goals.only_one_way(levels.problem, levels.placed),
            go_on=partial(search.goes_on, until=search.after(_BOUNDS)),
        ),
        *comfort(problem, groups, awkward=hours.cost(problem.places, groups), least_awkward=hours.least(levels.placed)),
    )
    plan = assemble(problem, groups, objective, seconds=told_seconds(search, objective), seed=seed)
    return checked(roster, plan)


def _place_at_once(levels: Levels) -> None:
    """The first two levels, by one model of everybody, as good as the time allows."""
    search = levels.search
    levels.rebuild(until=search.after(_REBUILDING))
    if levels.are_proven or (levels.locks_are_kept and search.left < _SOLVER_SECONDS):
        return
    from matching.engine.proofs import Proofs  # noqa: PLC0415 - OR-Tools takes a while to load, and is not always needed

    proofs = Proofs(levels)
    proofs.place_most(until=search.after(_PLACING))
    search.report(step="if-needed", placed=levels.placed, bound=levels.most_placed)
    proofs.use_least_if_needed(until=search.after(_IF_NEEDED))


def _place_in_parts(levels: Levels, executor: Callable[[], Executor] | None) -> None:
    """The first two levels, by many models of some people each."""
    search = levels.search
    with closing(executor() if executor else _executor(search)) as hands:
        found = place(levels.problem, search, hands, until=search.after(_PARTS), groups=levels.groups)
    levels.most_placed = min(levels.most_placed, found.most_placed)
    levels.adopt(found.groups)
    if levels.placed == placed(levels.problem, found.groups):
        levels.least_if_needed = max(levels.least_if_needed, found.least_if_needed)
    if not levels.locks_are_kept:
        raise NoPlan("No plan that keeps the locked pods was found in the time allowed.")


def _executor(search: Search) -> Executor:
    return Processes(search.workers) if search.workers > 1 else InThisProcess(search.is_unwanted)
