"""One question to CP-SAT: the only place where the solver is run."""

from __future__ import annotations

import math
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matching.engine.search import Search

_POLL_SECONDS = 0.1
_ROUNDING = 1e-6


def solve(search: Search, model: cp_model.CpModel, *, seconds: float, work: float, counts_placed: bool) -> Answer:
    """Solve within ``seconds`` and ``work``; ``Stopped`` is raised soon after the caller of the search wants it.

    ``work`` counts the solver's steps in what it takes for seconds; ``counts_placed`` says that the objective is the number of members placed, and progress is told about it.
    """
    solver = new_solver(search, seconds, work)
    raised: list[Exception] = []

    def note(*, placed: int | None = None, bound: int | None = None) -> None:
        # No exception may pass through the solver: it is kept until the solver has returned.
        try:
            search.report(placed=placed, bound=bound)
        except Exception as error:  # noqa: BLE001 - whatever the caller's own function raises
            raised.append(error)
            solver.stop_search()

    callback = None
    if counts_placed:
        callback = _Watcher(lambda value: note(placed=int(value)))
        solver.best_bound_callback = lambda bound: note(bound=math.floor(bound + _ROUNDING))
    with _watched(search, solver):
        status = solver.solve(model, callback)
    if raised:
        raise raised[0]
    search.report()
    return Answer(solver, status)


class Answer:
    """What the solver said, read once."""

    def __init__(self, solver: cp_model.CpSolver, status: cp_model.CpSolverStatus) -> None:
        self.found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
        self.proven = status == cp_model.OPTIMAL
        self.impossible = status == cp_model.INFEASIBLE
        self.bound = solver.best_objective_bound
        #: Seconds by the solver's own count of its steps, the same on each machine.
        self.worked = solver.response_proto.deterministic_time
        self._solver = solver

    @property
    def at_most(self) -> int:
        """The bound of a whole number that was maximised, past the solver's own rounding."""
        return math.floor(self.bound + _ROUNDING)

    @property
    def at_least(self) -> int:
        """The bound of a whole number that was minimised, past the solver's own rounding."""
        return math.ceil(self.bound - _ROUNDING)

    def value(self, expression: cp_model.LinearExprT) -> int:
        """The value of an expression in the best solution found."""
        return int(self._solver.value(expression))


def new_solver(search: Search, seconds: float, work: float) -> cp_model.CpSolver:
    """A solver with the settings that all questions share, limited in wall time and in its own steps."""
    solver = cp_model.CpSolver()
    parameters = solver.parameters
    parameters.max_time_in_seconds = max(0.01, seconds)
    parameters.max_deterministic_time = work
    parameters.catch_sigint_signal = False  # else Ctrl-C would end this one search and nothing else
    parameters.random_seed = search.seed
    parameters.num_workers = search.workers
    # Several workers racing each other find a different plan each time; interleaved they repeat themselves.
    parameters.interleave_search = search.workers > 1
    parameters.linearization_level = 2
    return solver


@contextmanager
def _watched(search: Search, solver: cp_model.CpSolver) -> Iterator[None]:
    """While inside, ask the caller a few times a second whether to stop, even if the solver finds nothing."""
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(search, solver, done), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _watch(search: Search, solver: cp_model.CpSolver, done: threading.Event) -> None:
    while not done.wait(_POLL_SECONDS):
        if search.is_unwanted():
            solver.stop_search()


class _Watcher(cp_model.CpSolverSolutionCallback):
    def __init__(self, tell: Callable[[float], None]) -> None:
        super().__init__()
        self._tell = tell

    def on_solution_callback(self) -> None:
        self._tell(self.objective_value)
