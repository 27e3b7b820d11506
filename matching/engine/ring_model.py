"""Rings and roles counted: one set of columns, as a linear relaxation and as a model for CP-SAT.

``x[g, e]`` people of kind ``g`` play role ``e``, where people of one kind have the same roles and weights, and ``n[T]``
swaps are of ring ``T``: ``sum of x[., e] = sum of n[T] over the rings T with role e``, and a kind has only so many people.
A *cast* is a ring some of whose seats are taken by named people, the others by whoever is counted in the role.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from ortools.math_opt.python.expressions import fast_sum
from ortools.math_opt.python.model import Model
from ortools.math_opt.python.parameters import SolveParameters, SolverType
from ortools.math_opt.python.result import TerminationReason
from ortools.math_opt.python.solve import IncrementalSolver
from ortools.sat.python import cp_model

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from ortools.math_opt.python.linear_constraints import LinearConstraint
    from ortools.math_opt.python.result import SolveResult
    from ortools.math_opt.python.variables import LinearBase

    from matching.engine.search import Search
    from matching.rings import Ring, Role

#: Added to a bound (in units of 1 / 2**15) before it is rounded down: far more than what rounding in its sum can amount to.
_MARGIN = 1.0
#: What one of a level counts in its relaxation, where one person more in their old swap counts 1: more than all people.
_TIE = 1 << 15
#: How near to a whole number a value of the relaxation counts as one.
_NEAR = 1e-6


@dataclass(frozen=True, slots=True)
class Kind:
    """People (by number) with the same roles, each with the weight of its want."""

    people: tuple[int, ...]
    roles: Mapping[Role, int]


@dataclass(frozen=True, slots=True)
class Cast:
    """A ring with a person, or None for anybody in the role, on each seat; its own worth without the others."""

    ring: Ring
    seats: tuple[int | None, ...]
    weight: int
    kept: int = 0


@dataclass(frozen=True, slots=True)
class _Column:
    """A whole number from 0 to ``most``: what it takes from each row, and what one of it is worth at each level."""

    rows: tuple[tuple[int, int], ...]
    most: int
    worth: tuple[int, int, int]


Chosen = dict[int, int]
#: The number of the last level.
_KEPT = 2


class RingModel:
    """All columns over all rows: first one row for each kind (``<= people``), then one for each role (``= 0``)."""

    def __init__(self, kinds: Sequence[Kind], rings: Sequence[Ring], casts: Sequence[Cast]) -> None:
        self.kinds, self.rings, self.casts = kinds, rings, casts
        self._kind_of = {person: g for g, kind in enumerate(kinds) for person in kind.people}
        self._plays = [(g, role) for g, kind in enumerate(kinds) for role in kind.roles]
        self._supply: dict[Role, int] = defaultdict(int)
        for g, role in self._plays:
            self._supply[role] += len(kinds[g].people)
        roles = sorted({role for found in (*rings, *(cast.ring for cast in casts)) for role in found})
        self._row = {role: len(kinds) + i for i, role in enumerate(roles)}
        self.columns = [
            *(self._play(g, role) for g, role in self._plays),
            *(self._count(found) for found in rings),
            *(self._cast(cast) for cast in casts),
        ]

    @property
    def people(self) -> int:
        """Everybody who can be in a swap."""
        return sum(len(kind.people) for kind in self.kinds)

    @property
    def capacity(self) -> list[int]:
        """The right sides of all rows."""
        return [len(kind.people) for kind in self.kinds] + [0] * len(self._row)

    def is_cap(self, row: int) -> bool:
        """Whether the row is an upper bound; otherwise it is an equation."""
        return row < len(self.kinds)

    def people_in(self, chosen: Chosen) -> int:
        """How many people these counts use up."""
        return sum(count * self._people_of(j) for j, count in chosen.items())

    def swaps(self, chosen: Chosen) -> list[tuple[Ring, tuple[int, ...], tuple[bool, ...]]]:
        """People dealt out as counted, the first by number first: ring, its people, and who of them is named."""
        waiting = self._waiting(chosen)
        found = []
        for j in sorted(chosen, reverse=True):
            seats, role_ring = self._seats(j)
            for _ in range(chosen[j] if role_ring else 0):
                people = tuple(
                    waiting[role].pop(0) if seat is None else seat for role, seat in zip(role_ring, seats, strict=True)
                )
                found.append((role_ring, people, tuple(seat is not None for seat in seats)))
        return found

    def _waiting(self, chosen: Chosen) -> dict[Role, list[int]]:
        """Who plays which role, by number."""
        waiting: dict[Role, list[int]] = defaultdict(list)
        used = [0] * len(self.kinds)
        for j, (g, role) in enumerate(self._plays):
            count = chosen.get(j, 0)
            waiting[role] += self.kinds[g].people[used[g] : used[g] + count]
            used[g] += count
        for people in waiting.values():
            people.sort()
        return waiting

    def _seats(self, j: int) -> tuple[tuple[int | None, ...], Ring]:
        """The seats and the ring of a column; nothing for somebody in a role."""
        if j < len(self._plays):
            return (), ()
        if (number := j - len(self._plays)) < len(self.rings):
            return (None,) * len(self.rings[number]), self.rings[number]
        cast = self.casts[number - len(self.rings)]
        return cast.seats, cast.ring

    def _people_of(self, j: int) -> int:
        return sum(1 for row, _ in self.columns[j].rows if row < len(self.kinds))

    def _play(self, g: int, role: Role) -> _Column:
        return _Column(((g, 1), (self._row[role], 1)), len(self.kinds[g].people), (0, self.kinds[g].roles[role], 0))

    def _count(self, found: Ring) -> _Column:
        rows = tuple((self._row[role], -count) for role, count in Counter(found).items())
        return _Column(rows, min(self._supply[role] for role in found), (len(found), 0, 0))

    def _cast(self, cast: Cast) -> _Column:
        seats = list(zip(cast.ring, cast.seats, strict=True))
        named = tuple((self._kind_of[seat], 1) for _, seat in seats if seat is not None)
        others = Counter(role for role, seat in seats if seat is None)
        counted = tuple((self._row[role], -count) for role, count in others.items())
        return _Column(named + counted, 1, (len(cast.ring), cast.weight, cast.kept))


@dataclass(frozen=True, slots=True)
class Floor:
    """What the levels above must reach: the level's number and its value."""

    level: int
    least: int


class Relaxation:
    """The linear relaxation of one level, given the values of the levels above (solved by GLOP).

    Among equals it prefers old swaps, so that a large market cut short by time still changes little.
    """

    def __init__(self, model: RingModel, level: int, floors: Iterable[Floor], *, seconds: float) -> None:
        self._model, self._level, self._floors = model, level, list(floors)
        self._lp = Model()
        self._numbers = [self._lp.add_variable(lb=0.0, ub=float(column.most)) for column in model.columns]
        self._rows = self._capacities() + [self._floor(floor) for floor in self._floors]
        self._lp.maximize(_TIE * self._total(level) + self._total(_KEPT))
        self._solver = IncrementalSolver(self._lp, SolverType.GLOP)
        self._ends = timedelta(seconds=seconds)
        self._first = self._last = self._solve()

    @cached_property
    def bound(self) -> int | None:
        """A whole number that no whole solution exceeds, whatever the solver's rounding: weak duality, summed again.

        For multipliers ``y`` (not negative where the row is a cap) the sum of ``y b`` and of ``max(0, c - y A) u`` over
        the columns bounds ``c x`` for every ``x`` from 0 to ``u`` that keeps the rows. What old swaps count besides only
        lifts it, by less than one of the level.
        """
        if self._first is None:
            return None
        duals = self._first.dual_values()
        y = [duals[row] for row in self._rows]
        rows = len(y) - len(self._floors)
        y[:rows] = [max(0.0, value) if self._model.is_cap(i) else value for i, value in enumerate(y[:rows])]
        # A floor is a cap on the negative.
        y[rows:] = [min(0.0, value) for value in y[rows:]]
        right = [*self._model.capacity, *(floor.least for floor in self._floors)]
        terms = [value * side for value, side in zip(y, right, strict=True)]
        terms += [max(0.0, self._gain(column, y)) * column.most for column in self._model.columns]
        return math.floor((math.fsum(terms) + _MARGIN) / _TIE)

    def dive(self, *, people: int) -> Chosen:
        """Whole counts near the optimum that leave at most so many people undecided, as far as that goes.

        What the relaxation says in whole swaps is taken; when it says nothing whole, its largest part of a swap is
        rounded up, or forbidden if that cannot be.
        """
        taken: Chosen = {}
        self._last = self._first
        for number, column in zip(self._numbers, self._model.columns, strict=True):
            number.lower_bound, number.upper_bound = 0.0, float(column.most)
        while self._last is not None and self._model.people - self._model.people_in(taken) > people:
            values = [self._last.variable_values(number) for number in self._numbers]
            whole = {j: math.floor(value + _NEAR) for j, value in enumerate(values)}
            news = {j: count for j, count in whole.items() if count > taken.get(j, 0)}
            if news:
                self._take(taken, news)
            elif not self._round_up(taken, values):
                break
        return taken

    def _round_up(self, taken: Chosen, values: list[float]) -> bool:
        first = len(values) - len(self._model.rings) - len(self._model.casts)
        parts = [(values[j] - taken.get(j, 0), -j) for j in range(first, len(values))]
        part, j = max(parts, default=(0.0, 0))
        if part <= _NEAR:
            return False
        self._take(taken, {-j: taken.get(-j, 0) + 1})
        if self._last is None:
            taken[-j] -= 1
            self._numbers[-j].lower_bound = self._numbers[-j].upper_bound = float(taken[-j])
            self._last = self._solve()
        return True

    def _take(self, taken: Chosen, news: Chosen) -> None:
        for j, count in news.items():
            taken[j] = count
            self._numbers[j].lower_bound = float(count)
        self._last = self._solve()

    def _solve(self) -> SolveResult | None:
        result = self._solver.solve(params=SolveParameters(time_limit=self._ends))
        return result if result.termination.reason == TerminationReason.OPTIMAL else None

    def _total(self, level: int) -> LinearBase:
        worth = (
            (column.worth[level], number) for column, number in zip(self._model.columns, self._numbers, strict=True)
        )
        return fast_sum([value * number for value, number in worth if value])

    def _capacities(self) -> list[LinearConstraint]:
        rows = [
            self._lp.add_linear_constraint(lb=-math.inf if self._model.is_cap(row) else side, ub=side)
            for row, side in enumerate(self._model.capacity)
        ]
        for column, number in zip(self._model.columns, self._numbers, strict=True):
            for row, count in column.rows:
                rows[row].set_coefficient(number, count)
        return rows

    def _floor(self, floor: Floor) -> LinearConstraint:
        return self._lp.add_linear_constraint(self._total(floor.level) >= floor.least)

    def _gain(self, column: _Column, y: list[float]) -> float:
        """What one of the column is worth beyond the price of its rows."""
        rows = len(y) - len(self._floors)
        price = math.fsum(count * y[row] for row, count in column.rows)
        price += math.fsum(column.worth[floor.level] * y[rows + i] for i, floor in enumerate(self._floors))
        return _TIE * column.worth[self._level] + column.worth[_KEPT] - price


def solve(
    model: RingModel, level: int, floors: Iterable[Floor], taken: Chosen, *, bound: int, search: Search, seconds: float
) -> tuple[Chosen | None, int]:
    """The best counts from ``taken`` on at one level, at most ``bound``, and a bound on all such counts."""
    cp = cp_model.CpModel()
    numbers = [cp.new_int_var(taken.get(j, 0), column.most, "") for j, column in enumerate(model.columns)]
    sums: list[list[cp_model.LinearExprT]] = [[] for _ in model.capacity]
    for column, number in zip(model.columns, numbers, strict=True):
        for row, count in column.rows:
            sums[row].append(count * number)
    for row, (terms, side) in enumerate(zip(sums, model.capacity, strict=True)):
        cp.add(sum(terms) <= side if model.is_cap(row) else sum(terms) == side)
    totals = [
        sum(column.worth[k] * number for column, number in zip(model.columns, numbers, strict=True)) for k in range(3)
    ]
    for floor in floors:
        cp.add(totals[floor.level] >= floor.least)
    # Known from elsewhere: whatever reaches it is known to be best.
    cp.add(totals[level] <= bound)
    cp.maximize(totals[level])
    answer = search.solve(cp, seconds=seconds)
    if not answer.found:
        return None, bound
    chosen = {j: answer.value(number) for j, number in enumerate(numbers)}
    return {j: count for j, count in chosen.items() if count}, min(bound, int(answer.bound + _NEAR))
