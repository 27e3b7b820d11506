"""How long a search may go on: a number of steps, which is the same on every machine, and the caller's wish to stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: About as many steps as one second of one processor makes.
STEPS_PER_SECOND = 300_000
_ASK_EVERY = 2_000


class Effort:
    """Steps to spend; ``stop`` is asked now and then and ends everything once it says True."""

    def __init__(self, steps: int, stop: Callable[[], bool] | None = None) -> None:
        self._left = steps
        self._stop = stop
        self._ask_at = steps

    @property
    def left(self) -> int:
        """The steps that remain, 0 when they are spent or the caller wished to stop."""
        return max(0, self._left)

    def spend(self, steps: int) -> bool:
        """Take that many steps; whether the search may go on."""
        self._left -= steps
        if self._stop and self._left <= self._ask_at:
            self._ask_at = self._left - _ASK_EVERY
            if self._stop():
                self._left = 0
        return self._left > 0

    def part(self, steps: int) -> Effort:
        """An effort of its own of at most so many steps, which are taken from this one at once."""
        given = min(steps, self.left)
        self._left -= given
        return Effort(given, self._stop)
