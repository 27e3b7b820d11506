"""Some pods of a plan as a grouping: which of their members can change seats, and what each seat costs.

A pod may change its place along with its members. What a newcomer would cost is read from the places that a pod could
have with its present members; whether a change is allowed is then reckoned from the members it would really have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matching.engine.grouping import Sizes
from matching.problem import Group
from matching.sets import numbers_in, set_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from matching.problem import Problem

#: What an if-needed hour and an empty seat cost in units of similarity: more than any company is worth.
_IF_NEEDED, _SEAT = 1e3, 1e5
#: The if-needed hours that stand for "cannot come".
_NEVER = 1000
#: So many places of a pod are thought of when its newcomers are judged.
_PLACES = 12


class Company:
    """Pods whose members change; a guard of ``Grouping``.

    ``members`` are the roster's numbers of the people in the given pods and of those idle, in the order of all arrays
    here. The last group of the grouping is that of the idle.
    """

    def __init__(self, problem: Problem, groups: Sequence[Group], idle: Iterable[int] = ()) -> None:
        self._problem = problem
        self._groups = list(groups)
        seated = [problem.members(problem.members_of(group.units)) for group in groups]
        waiting = sorted(idle)
        self.members = [i for members in [*seated, waiting] for i in members]
        self.start = np.repeat(np.arange(len(groups) + 1), [len(members) for members in [*seated, waiting]])
        low, high = problem.pod_size.min, problem.pod_size.max
        self.sizes = Sizes(
            fewest=[low] * len(groups) + [0], most=[high] * len(groups) + [len(waiting)], idle=len(groups)
        )
        self._unit_of = self._units()
        alone = {i for i in self.members if (unit := problem.units[self._unit_of[i]]).size == 1 and not unit.lock}
        self.movable = [n for n, i in enumerate(self.members) if i in alone]
        local = {i: n for n, i in enumerate(self.members)}
        self._foes = self._foes_of(local)
        self._companions = [
            set_of(local[i] for i in problem.members(holders) if i in local) for holders in problem.companions
        ]
        self._rows, self._costs, self._anchors = self._seats(local)
        self._by_member = np.ascontiguousarray(self._costs.T)
        self._stays = [any(problem.units[unit].lock for unit in group.units) for group in groups]
        self.seat(self.start, [self._rows[group.place] for group in groups])
        self._allowed = sum(self._strain)

    # what the grouping asks

    def columns(self) -> NDArray[np.float64]:
        """What each member is worth in each pod by themselves: nothing, or less if that strains or cannot be."""
        idle = np.full(len(self.members), -_SEAT)
        return np.array([*(self._column(g) for g in range(len(self._groups))), idle])

    def change(self, i: int, a: int, j: int | None, b: int) -> dict[int, NDArray[np.float64]] | None:
        """Let ``i`` go from ``a`` to ``b`` and ``j`` the other way, if pods, rules and if-needed hours allow."""
        swapped = (1 << i) ^ (0 if j is None else 1 << j)
        settled = {g: self._settled(g, self._inside[g] ^ swapped) for g in (a, b) if g != self.sizes.idle}
        if any(after is None for after in settled.values()):
            return None
        found = {g: after for g, after in settled.items() if after is not None}
        strain = sum(self._strain) + sum(after[1] - self._strain[g] for g, after in found.items())
        if strain > self._allowed:
            return None
        for g, (place, strained, counts) in found.items():
            self._inside[g] ^= swapped
            self._place[g], self._strain[g], self._counts[g] = place, strained, counts
        if self.sizes.idle in (a, b):
            self._waiting ^= swapped
        return {g: self._column(g) for g in found}

    def cost(self) -> float:
        """What strained hours and people without a pod cost."""
        return _IF_NEEDED * sum(self._strain) + _SEAT * self._waiting.bit_count()

    # what its maker asks

    @property
    def places(self) -> tuple[int, ...]:
        """Which place each pod has, as ``seat`` takes it."""
        return tuple(self._place)

    def seat(self, where: NDArray[np.intp], places: Sequence[int]) -> None:
        """Let member ``n`` be in pod ``where[n]`` and the pods at these places."""
        sets = [set_of(np.flatnonzero(where == g).tolist()) for g in range(len(self._groups) + 1)]
        self._inside, self._waiting = sets[:-1], sets[-1]
        self._place = list(places)
        self._counts = [self._by_member[where == g].sum(axis=0, dtype=np.int16) for g in range(len(self._groups))]
        self._strain = [int(counts[place]) for counts, place in zip(self._counts, self._place, strict=True)]

    def groups(self) -> list[Group]:
        """The pods as they are now, in the order they were given."""
        places = {row: place for place, row in self._rows.items()}
        extra = [{unit for unit in group.units if not self._problem.units[unit].size} for group in self._groups]
        return [
            Group(places[place], tuple(sorted(extra[g] | self._units_in(self._inside[g]))))
            for g, place in enumerate(self._place)
        ]

    # how it works

    def _units(self) -> dict[int, int]:
        here = set_of(self.members)
        return {
            i: number
            for number, unit in enumerate(self._problem.units)
            if unit.members & here
            for i in numbers_in(unit.members & here)
        }

    def _units_in(self, inside: int) -> set[int]:
        return {self._unit_of[self.members[n]] for n in numbers_in(inside)}

    def _foes_of(self, local: dict[int, int]) -> list[int]:
        """For each member those who must not share a pod with them."""
        foes = [self._problem.foes[self._unit_of[i]] for i in self.members]
        members = [self._problem.members(self._problem.members_of(numbers_in(units))) for units in foes]
        return [set_of(local[i] for i in enemies if i in local) for enemies in members]

    def _seats(self, local: dict[int, int]) -> tuple[dict[int, int], NDArray[np.int16], list[int]]:
        """The row of each place that matters here, if-needed hours ``[places, n]``, and who anchors each place."""
        here, least = set_of(self.members), self._problem.pod_size.min
        used = {group.place for group in self._groups}
        chosen = [
            number
            for number, place in enumerate(self._problem.places)
            if number in used or (not place.lock and (place.candidate.fits & here).bit_count() >= least)
        ]
        costs = np.full((len(chosen), len(local)), _NEVER, dtype=np.int16)
        anchors = []
        for row, number in zip(costs, chosen, strict=True):
            candidate = self._problem.places[number].candidate
            row[[local[i] for i in numbers_in(candidate.fits & here)]] = 1
            row[[local[i] for i in numbers_in(candidate.free & here)]] = 0
            anchors.append(set_of(local[i] for i in numbers_in(candidate.anchors & here)))
        return {number: row for row, number in enumerate(chosen)}, costs, anchors

    def _settled(self, g: int, inside: int) -> tuple[int, int, NDArray[np.int16]] | None:
        """Place, if-needed hours and costs of all places for a pod of these members; None if it cannot be."""
        if any((inside & holders).bit_count() == 1 for holders in self._companions):
            return None
        counts = self._counts[g].copy()
        for n in numbers_in(inside & ~self._inside[g]):
            if inside & self._foes[n]:
                return None
            counts += self._by_member[n]
        for n in numbers_in(self._inside[g] & ~inside):
            counts -= self._by_member[n]
        place = self._place[g]
        if not self._stays[g]:
            place = self._best_place(place, inside, counts)
        strained = int(counts[place])
        return (place, strained, counts) if strained < _NEVER and inside & self._anchors[place] else None

    def _best_place(self, present: int, inside: int, counts: NDArray[np.int16]) -> int:
        """The place with the fewest if-needed hours that somebody anchors, the present one if it is as good."""
        least = counts.min()
        if counts[present] == least and inside & self._anchors[present]:
            return present
        for place in np.flatnonzero(counts == least).tolist():
            if inside & self._anchors[place]:
                return int(place)
        return present

    def _column(self, g: int) -> NDArray[np.float64]:
        counts, place = self._counts[g], self._place[g]
        open_to = [place] if self._stays[g] else np.flatnonzero(counts <= counts[place])[:_PLACES]
        change = (self._costs[open_to] + (counts[open_to] - counts[place])[:, None]).min(axis=0)
        members = numbers_in(self._inside[g])
        change[members] = self._costs[place, members]
        column: NDArray[np.float64] = change * -_IF_NEEDED
        return column
