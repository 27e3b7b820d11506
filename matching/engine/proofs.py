"""What the solver adds to the levels: better groups and proven bounds, up to the proof that nothing is better."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from matching.engine.model import Assignment, SlotModel
from matching.engine.relaxation import Relaxation
from matching.engine.splitting import split
from matching.errors import NoPlan

if TYPE_CHECKING:
    from collections.abc import Callable

    from matching.engine.levels import Levels

#: What the places of the relaxation may cost: their part of the time, and seconds by the solver's own count.
_RELAXED_SHARE, _RELAXED_WORK = 0.4, 6.0


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
        levels, search = self._levels, self._search
        if levels.placed < levels.most_placed:
            share = search.elapsed + _RELAXED_SHARE * (until - search.elapsed)
            relaxed = Relaxation(self._problem).most_placed(partial(search.goes_on, until=share))
            levels.most_placed = min(levels.most_placed, relaxed.bound)
            self._try_places(relaxed.places, self._maximize_placed, until=share)
        while search.elapsed < until and (levels.placed < levels.most_placed or not levels.locks_are_kept):
            model = self._model()
            self._maximize_placed(model)
            answer = search.solve(model.model, seconds=until - search.elapsed, counts_placed=True)
            if answer.impossible:
                raise NoPlan("The locked pods cannot all be formed: not enough people can meet at their times.")
            if answer.found:
                levels.most_placed = min(levels.most_placed, answer.at_most)
            if not answer.found or not self._adopt(model.read(answer)):
                break
        if not levels.locks_are_kept:
            raise NoPlan("No plan that keeps the locked pods was found in the time allowed.")

    def use_least_if_needed(self, *, until: float) -> None:
        """Lower ``if_needed`` and raise ``least_if_needed`` among plans that place no fewer."""
        levels, search = self._levels, self._search
        if levels.if_needed > levels.least_if_needed:
            share = search.elapsed + _RELAXED_SHARE * (until - search.elapsed)
            relaxed = Relaxation(self._problem).least_if_needed(levels.placed, partial(search.goes_on, until=share))
            levels.least_if_needed = max(levels.least_if_needed, relaxed.bound)
            self._try_places(relaxed.places, self._minimize_if_needed, until=share)
        while search.elapsed < until and levels.if_needed > levels.least_if_needed:
            model = self._model()
            self._minimize_if_needed(model)
            answer = search.solve(model.model, seconds=until - search.elapsed)
            if answer.found:
                levels.least_if_needed = max(levels.least_if_needed, answer.at_least)
            if not answer.found or not self._adopt(model.read(answer)):
                break

    def _try_places(self, places: frozenset[int], pursue: Callable[[SlotModel], None], *, until: float) -> None:
        """Better groups at these places and those in use; what cannot be cut there is left to the whole model."""
        if not places or self._search.elapsed >= until:
            return
        model = self._model()
        model.use_only(places | {group.place for group in self._levels.groups})
        pursue(model)
        answer = self._search.solve(model.model, seconds=until - self._search.elapsed, work=_RELAXED_WORK)
        if answer.found:
            self._adopt(model.read(answer))

    @staticmethod
    def _maximize_placed(model: SlotModel) -> None:
        model.model.maximize(model.placed)

    def _minimize_if_needed(self, model: SlotModel) -> None:
        model.model.add(model.placed >= self._levels.placed)
        model.model.minimize(model.if_needed)

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
