"""What a search may spend and whom it tells: seconds, seed, workers, progress, and the caller's wish to stop."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from matching.errors import Stopped
from matching.plan import Progress

if TYPE_CHECKING:
    from collections.abc import Callable

    from ortools.sat.python import cp_model

    from matching.engine.solver import Answer

#: Without news, progress is told about this often, so that the seconds are seen to pass.
_SILENCE_SECONDS = 0.25
#: What a look at the clock stands for in the seconds of a search that ended by proof.
_STEP_SECONDS = 0.002


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
        self.workers = workers
        self._members = members
        self._on_progress = on_progress
        self._stop = stop
        self._placed = 0
        self._bound = members
        self._step = ""
        self._told = 0.0
        self._worked = 0.0

    @property
    def worked(self) -> float:
        """Seconds that the search took so far, counted in its own steps: the same for each run that time did not cut."""
        return self._worked

    @property
    def elapsed(self) -> float:
        """Seconds since the search began."""
        return time.monotonic() - self._began

    @property
    def left(self) -> float:
        """Seconds that remain, never below zero."""
        return max(0.0, self._seconds - self.elapsed)

    def after(self, part: float) -> float:
        """The second of the search at which this part of what is left will have passed."""
        return self.elapsed + part * self.left

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
        if self.is_unwanted():
            raise Stopped("the search was stopped")

    def is_unwanted(self) -> bool:
        """Whether the caller wants the search to end."""
        return self._stop is not None and self._stop()

    def goes_on(self, *, until: float) -> bool:
        """Whether fewer than ``until`` seconds have passed; raises ``Stopped`` if the caller wants the end."""
        self.heed()
        self._worked += _STEP_SECONDS
        return self.elapsed < until

    def solve(
        self, model: cp_model.CpModel, *, seconds: float, work: float = math.inf, counts_placed: bool = False
    ) -> Answer:
        """Solve within ``seconds`` (and what is left); raise ``Stopped`` soon after the caller wants it.

        ``work`` is a limit in seconds by the solver's count of its steps, which ends equal searches at the same point.
        """
        # OR-Tools takes more than a second to load, and most plans are found and proven without it.
        from matching.engine.solver import solve  # noqa: PLC0415 - see above

        answer = solve(self, model, seconds=min(seconds, self.left), work=work, counts_placed=counts_placed)
        self._worked += answer.worked
        return answer
