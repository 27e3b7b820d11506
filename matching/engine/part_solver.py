"""Solving one part with CP-SAT: the slot-first model of a few hundred people."""

from __future__ import annotations

import math
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from matching.engine.model import Assignment, SlotModel
from matching.engine.parts import Solved
from matching.engine.search import Search
from matching.engine.solver import Answer
from matching.engine.splitting import split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matching.engine.parts import Part

_POLL_SECONDS = 0.1


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
    solver = _solver(part)
    with _watched(search, solver):
        status = solver.solve(model.model)
    search.heed()
    answer = Answer(solver, status)
    if not answer.found:
        return None
    groups, _ = split(problem, model.read(answer), search)
    best = math.floor(answer.bound + 1e-6)
    most_placed = min(part.members, (best + worth - 1) // worth)
    return Solved(
        pods=tuple(groups),
        most_placed=most_placed,
        least_if_needed=max(0, worth * most_placed - best),
        proven=status == cp_model.OPTIMAL,
        effort=answer.worked,
    )


def _solver(part: Part) -> cp_model.CpSolver:
    solver = cp_model.CpSolver()
    parameters = solver.parameters
    parameters.max_deterministic_time = part.effort
    parameters.max_time_in_seconds = max(0.01, part.seconds)
    parameters.random_seed = part.seed
    parameters.num_workers = 1
    parameters.linearization_level = 2
    return solver


@contextmanager
def _watched(search: Search, solver: cp_model.CpSolver) -> Iterator[None]:
    """While inside, end the solver soon after the caller of the search wants it."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_POLL_SECONDS):
            if search.is_unwanted():
                solver.stop_search()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
