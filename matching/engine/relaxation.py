"""Bounds for problems too large to be proven: linear relaxation for the prices, whole numbers for the bound.

The relaxation of the slot-first model (half a pod here, half a person there) is solved by GLOP. Of its answer only the
prices are used: what a seat is worth to each member, and what it costs to open a pod where places are in each other's
way. For any prices at all, Lagrangian duality (Geoffrion, Mathematical Programming Study 2, 1974) gives a bound: sell
every seat at its member's price and let each place on its own choose the number of pods and people that pays most. Each
place is solved exactly, in integers, so the bound is safe whatever the solver rounded, and no worse than the relaxation.
Rules between members are left out, which only makes it weaker.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from ortools.linear_solver.python import model_builder as lp

from matching.engine.conflicts import cliques
from matching.sets import numbers_in, union

if TYPE_CHECKING:
    from collections.abc import Callable

    from matching.problem import Problem

#: A member, in the whole numbers in which bounds are reckoned.
_ONE = 10**9
#: From how much of a pod on a place counts as opened.
_OPENED = 1e-6
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Prices:
    """What a seat costs each member, what a pod costs in each clique of conflicting places, what a member is worth.

    All in billionths of a member, none below zero.
    """

    seats: dict[int, int]
    cliques: tuple[int, ...]
    worth: int = _ONE


@dataclass(frozen=True, slots=True)
class Relaxed:
    """A bound that holds for every plan, and the places that the relaxation opens, none if it was not solved in time.

    These are few, and the same problem with them alone (and those of a plan at hand) holds very good plans and is solved
    many times faster: relaxation enforced neighbourhood search (Berthold, Operations Research Letters 42, 2014).
    """

    bound: int
    places: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Solution:
    prices: Prices
    opened: frozenset[int]


class Relaxation:
    """The bounds of one problem."""

    def __init__(self, problem: Problem) -> None:
        self.size = problem.pod_size
        self.crowds = [numbers_in(place.candidate.fits) for place in problem.places]
        self.strained = [set(numbers_in(place.candidate.fits & ~place.candidate.free)) for place in problem.places]
        self.anchors = [set(numbers_in(place.candidate.anchors)) for place in problem.places]
        self._members = numbers_in(union(place.candidate.fits for place in problem.places))
        self._freely = union(place.candidate.free for place in problem.places)
        self.cliques = list(cliques([place.candidate.fits for place in problem.places], self.size.min))

    @property
    def pairs(self) -> int:
        """How many (member, place) pairs there are: what the effort depends on."""
        return sum(map(len, self.crowds))

    def most_placed(self, go_on: Callable[[], bool]) -> Relaxed:
        """A number of members that no plan exceeds; the better one only if ``go_on`` allows it."""
        solution = self._program(None).solved(go_on)
        everybody = len(self._members)
        if solution is None:
            return Relaxed(everybody, frozenset())
        return Relaxed(min(everybody, self.ceiling(solution.prices, strain=0) // _ONE), solution.opened)

    def least_if_needed(self, placed: int, go_on: Callable[[], bool] | None) -> Relaxed:
        """How many members at least need if-needed time in any plan that places so many; None for a quick answer.

        The quick one counts those who have no free hour anywhere.
        """
        simple = Prices({i: _ONE for i in self._members if self._freely >> i & 1}, (0,) * len(self.cliques))
        solution = self._program(placed).solved(go_on) if go_on else None
        known = [simple, solution.prices] if solution else [simple]
        floor = max(prices.worth * placed - self.ceiling(prices, strain=_ONE) for prices in known)
        return Relaxed(max(0, -(-floor // _ONE)), solution.opened if solution else frozenset())

    def ceiling(self, prices: Prices, *, strain: int) -> int:
        """What all plans are worth at most, a member counting ``prices.worth`` less ``strain`` if strained."""
        tolls = [0] * len(self.crowds)
        for clique, price in zip(self.cliques, prices.cliques, strict=True):
            for p in clique:
                tolls[p] += price
        total = sum(prices.seats.values()) + sum(prices.cliques)
        for p, crowd in enumerate(self.crowds):
            strained = self.strained[p]
            gains = (prices.worth - prices.seats.get(i, 0) - (strain if i in strained else 0) for i in crowd)
            total += self._best(sorted(gains, reverse=True), tolls[p])
        return total

    def _best(self, gains: list[int], toll: int) -> int:
        """The most that one place can gain with whole pods, the best people first."""
        sums = [0, *accumulate(gains)]
        welcome = sum(gain > 0 for gain in gains)
        low, high = self.size.min, self.size.max
        best = 0
        for pods in range(1, len(gains) // low + 1):
            people = min(max(welcome, low * pods), high * pods)
            best = max(best, sums[min(people, len(gains))] - pods * toll)
        return best

    def _program(self, placed: int | None) -> _Program:
        return _Program(self, placed)


class _Program:
    """The linear program: most members, or least strain among those that place at least so many."""

    def __init__(self, whole: Relaxation, placed: int | None) -> None:
        low, high, crowds = whole.size.min, whole.size.max, whole.crowds
        self._model = model = lp.Model()  # type: ignore[no-untyped-call] # OR-Tools leaves it out
        self._pods = pods = [model.new_num_var(0, len(crowd) // low, "") for crowd in crowds]
        seats: dict[int, list[lp.Variable]] = {}
        strain = []
        for p, crowd in enumerate(crowds):
            here = [model.new_num_var(0, 1, "") for _ in crowd]
            for i, seat in zip(crowd, here, strict=True):
                seats.setdefault(i, []).append(seat)
                model.add(seat <= pods[p])
            model.add(lp.LinearExpr.sum(here) >= low * pods[p])
            model.add(lp.LinearExpr.sum(here) <= high * pods[p])
            anchored = [seat for i, seat in zip(crowd, here, strict=True) if i in whole.anchors[p]]
            model.add(lp.LinearExpr.sum(anchored) >= pods[p])
            strain += [seat for i, seat in zip(crowd, here, strict=True) if i in whole.strained[p]]
        self._seats = {i: model.add(lp.LinearExpr.sum(choices) <= 1) for i, choices in seats.items()}
        self._rows = [model.add(lp.LinearExpr.sum([pods[p] for p in clique]) <= 1) for clique in whole.cliques]
        everyone = lp.LinearExpr.sum([seat for choices in seats.values() for seat in choices])
        self._enough = None if placed is None else model.add(everyone >= placed)
        if placed is None:
            model.maximize(everyone)
        else:
            model.minimize(lp.LinearExpr.sum(strain))

    def solved(self, go_on: Callable[[], bool]) -> _Solution | None:
        """The best solution, or None if it was not found while ``go_on`` said yes."""
        solver = lp.Solver("glop")
        status: list[lp.SolveStatus] = []
        work = threading.Thread(target=lambda: status.append(solver.solve(self._model)), daemon=True)
        work.start()
        try:
            while work.is_alive() and go_on():
                work.join(_POLL_SECONDS)
        finally:
            solver.stop_search()  # type: ignore[no-untyped-call] # OR-Tools leaves it out
            work.join()
        if status != [lp.SolveStatus.OPTIMAL]:
            return None
        prices = Prices(
            seats={i: _whole(solver.dual_value(row)) for i, row in self._seats.items()},
            cliques=tuple(_whole(solver.dual_value(row)) for row in self._rows),
            worth=_whole(solver.dual_value(self._enough)) if self._enough is not None else _ONE,
        )
        opened = frozenset(p for p, pods in enumerate(self._pods) if solver.value(pods) > _OPENED)
        return _Solution(prices, opened)


def _whole(price: float) -> int:
    # Prices of rows that minimise come with the other sign.
    return round(abs(price) * _ONE)
