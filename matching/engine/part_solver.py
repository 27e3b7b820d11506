"""Solving one part with CP-SAT: the slot-first model of a few hundred people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matching.engine.model import Assignment, SlotModel
from matching.engine.parts import Solved
from matching.engine.search import Search
from matching.engine.splitting import split

if TYPE_CHECKING:
    from collections.abc import Callable

    from matching.engine.parts import Part


def solve_part(part: Part, *, stop: Callable[[], bool] | None = None) -> Solved | None:
    """The best pods found for the part, or None if there was no time for any.

    Most members first; if the part counts if-needed time, a member more is worth more than all of that. ``stop`` is
    asked ten times a second; once it says True, ``Stopped`` is raised.
    """
    problem = part.problem()
    search = Search(seconds=part.seconds, seed=part.seed, workers=1, members=part.members, on_progress=None, stop=stop)
    model = SlotModel(problem)
    worth = part.members + 1 if part.counts_if_needed else 1
    strain = model.if_needed if part.counts_if_needed else 0
    model.model.maximize(worth * model.placed - strain)
    model.hint(Assignment.of(part.pods), part.pods)
    answer = search.solve(model.model, seconds=part.seconds, work=part.effort)
    if not answer.found:
        return None
    groups, _ = split(problem, model.read(answer), search)
    best = answer.at_most
    most_placed = min(part.members, (best + worth - 1) // worth)
    return Solved(
        pods=tuple(groups),
        most_placed=most_placed,
        least_if_needed=max(0, worth * most_placed - best),
        proven=answer.proven,
        effort=answer.worked,
    )
