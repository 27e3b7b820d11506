"""What the solver adds to the levels: better groups and proven bounds, up to the proof that nothing is better."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matching.engine.model import Assignment, SlotModel
from matching.engine.splitting import split
from matching.errors import NoPlan

if TYPE_CHECKING:
    from matching.engine.levels import Levels


class Proofs:
    """Solves the slot-first model for one level after the other.

    Places that could not be cut into sound pods as counted are modelled pod by pod from then on.
    """

    def __init__(self, levels: Levels) -> None:
        self._levels = levels
        self._problem = levels.problem
        self._search = levels.search
        self._explicit: set[int] = set()

    def place_most(self, *, until: float) -> None:
        """Raise ``placed`` and lower ``most_placed``, until they meet or so many seconds have passed.

        Raises ``NoPlan`` if the locks cannot be kept, or were not within the time.
        """
        levels = self._levels
        while self._search.elapsed < until and (levels.placed < levels.most_placed or not levels.locks_are_kept):
            model = self._model()
            model.model.maximize(model.placed)
            answer = self._search.solve(model.model, seconds=until - self._search.elapsed, counts_placed=True)
            if answer.impossible:
                raise NoPlan("The locked pods cannot all be formed: not enough people can meet at their times.")
            if answer.found:
                levels.most_placed = min(levels.most_placed, int(answer.bound + 1e-6))
            if not answer.found or not self._adopt(model.read(answer)):
                break
        if not levels.locks_are_kept:
            raise NoPlan("No plan that keeps the locked pods was found in the time allowed.")

    def use_least_if_needed(self, *, until: float) -> None:
        """Lower ``if_needed`` and raise ``least_if_needed`` among plans that place no fewer."""
        levels = self._levels
        while self._search.elapsed < until and levels.if_needed > levels.least_if_needed:
            model = self._model()
            model.model.add(model.placed >= levels.placed)
            model.model.minimize(model.if_needed)
            answer = self._search.solve(model.model, seconds=until - self._search.elapsed)
            if answer.found:
                levels.least_if_needed = max(levels.least_if_needed, _ceil(answer.bound))
            if not answer.found or not self._adopt(model.read(answer)):
                break

    def _model(self) -> SlotModel:
        model = SlotModel(self._problem, self._explicit)
        model.hint(Assignment.of(self._levels.groups), self._levels.groups)
        return model

    def _adopt(self, assignment: Assignment) -> bool:
        """Take the assignment's pods if they are better; whether a finer model may still improve them."""
        groups, short = split(self._problem, assignment, self._search)
        self._levels.adopt(groups)
        news = short - self._explicit
        self._explicit |= short
        return bool(news)


def _ceil(bound: float) -> int:
    """A lower bound on a whole number, rounded up past the solver's own rounding."""
    return int(-(-(bound - 1e-6) // 1))
