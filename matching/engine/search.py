"""What a search may spend and whom it tells: seconds, seed, workers, progress, and the caller's wish to stop."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from matching.errors import Stopped
from matching.plan import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_POLL_SECONDS = 0.1
#: Without news, progress is told about this often, so that the seconds are seen to pass.
_SILENCE_SECONDS = 0.25


class Search:
    """One run of the engine against the clock."""

    def __init__(
        self,
        *,
        seconds: float,
        seed: int,
        workers: int,
        members: int,
        on_progress: Callable[[Progress], None] | None,
        stop: Callable[[], bool] | None,
    ) -> None:
        self._began = time.monotonic()
        self._seconds = seconds
        self.seed = seed
        self._workers = workers
        self._members = members
        self._on_progress = on_progress
        self._stop = stop
        self._placed = 0
        self._bound = members
        self._step = ""
        self._told = 0.0

    @property
    def elapsed(self) -> float:
        """Seconds since the search began."""
        return time.monotonic() - self._began

    @property
    def left(self) -> float:
        """Seconds that remain, never below zero."""
        return max(0.0, self._seconds - self.elapsed)

    def report(self, *, step: str | None = None, placed: int | None = None, bound: int | None = None) -> None:
        """Tell how far the search is, if that is news; also the moment at which a wish to stop is heard."""
        before = self._step, self._placed, self._bound
        self._step = self._step if step is None else step
        self._placed = self._placed if placed is None else max(placed, self._placed)
        self._bound = self._bound if bound is None else min(bound, self._bound)
        self.heed()
        news = before != (self._step, self._placed, self._bound)
        if self._on_progress and (news or self.elapsed - self._told > _SILENCE_SECONDS):
            self._told = self.elapsed
            self._on_progress(self._progress())

    def _progress(self) -> Progress:
        return Progress(
            step=self._step,
            placed=self._placed,
            bound=self._bound,
            members=self._members,
            elapsed=round(self.elapsed, 3),
        )

    def heed(self) -> None:
        """Raise ``Stopped`` if the caller wants the search to end."""
        if self._stop and self._stop():
            raise Stopped("the search was stopped")

    def goes_on(self, *, until: float) -> bool:
        """Whether fewer than ``until`` seconds have passed; raises ``Stopped`` if the caller wants the end."""
        self.heed()
        return self.elapsed < until

    def solve(self, model: cp_model.CpModel, *, seconds: float, counts_placed: bool = False) -> Answer:
        """Solve within ``seconds`` (and what is left); raise ``Stopped`` soon after the caller wants it."""
        solver = self._solver(min(seconds, self.left))
        raised: list[Exception] = []

        def note(*, placed: int | None = None, bound: int | None = None) -> None:
            # No exception may pass through the solver: it is kept until the solver has returned.
            try:
                self.report(placed=placed, bound=bound)
            except Exception as error:  # noqa: BLE001 - whatever the caller's own function raises
                raised.append(error)
                solver.stop_search()

        callback = None
        if counts_placed:
            callback = _Watcher(lambda value: note(placed=int(value)))
            solver.best_bound_callback = lambda bound: note(bound=int(bound + 1e-6))
        with self._watched(solver):
            status = solver.solve(model, callback)
        if raised:
            raise raised[0]
        self.report()
        return Answer(solver, status)

    def _solver(self, seconds: float) -> cp_model.CpSolver:
        solver = cp_model.CpSolver()
        parameters = solver.parameters
        parameters.max_time_in_seconds = max(0.01, seconds)
        parameters.random_seed = self.seed
        parameters.num_workers = self._workers
        # Several workers racing each other find a different plan each time; interleaved they repeat themselves.
        parameters.interleave_search = self._workers > 1
        parameters.linearization_level = 2
        return solver

    @contextmanager
    def _watched(self, solver: cp_model.CpSolver) -> Iterator[None]:
        """While inside, ask the caller a few times a second whether to stop, even if the solver finds nothing."""
        if self._stop is None:
            yield
            return
        done = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(solver, done), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()

    def _watch(self, solver: cp_model.CpSolver, done: threading.Event) -> None:
        while not done.wait(_POLL_SECONDS):
            if self._stop and self._stop():
                solver.stop_search()


class Answer:
    """What the solver said, read once."""

    def __init__(self, solver: cp_model.CpSolver, status: cp_model.CpSolverStatus) -> None:
        self.found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
        self.impossible = status == cp_model.INFEASIBLE
        self.bound = solver.best_objective_bound
        self._solver = solver

    def value(self, expression: cp_model.LinearExprT) -> int:
        """The value of an expression in the best solution found."""
        return int(self._solver.value(expression))


class _Watcher(cp_model.CpSolverSolutionCallback):
    def __init__(self, tell: Callable[[float], None]) -> None:
        super().__init__()
        self._tell = tell

    def on_solution_callback(self) -> None:
        self._tell(self.objective_value)
