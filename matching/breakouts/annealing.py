"""Many rounds at once: simulated annealing on swaps of two people in one round.

S. Kirkpatrick, C. D. Gelatt, M. P. Vecchi, Science 220 (1983), 671; the temperature falls geometrically. The cost of
another meeting of each pair, and what one fewer would save, are kept as tables.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from random import Random

    from matching.breakouts.costs import Costs
    from matching.breakouts.designs import Seating
    from matching.breakouts.effort import Effort

#: Temperatures at the start and the end, in repeats; measured best over 30 to 150 people and 4 to 8 rounds.
HOT, WARM, COLD = 0.5, 0.25, 0.12
_STAGES = 200


class Annealing:
    """Rounds under improvement (rooms of one round equally large, chairs included); ``best`` are the cheapest seen."""

    def __init__(self, costs: Costs, rounds: Iterable[Seating], rng: Random) -> None:
        self._costs, self._rng = costs, rng
        self._rounds = [[room[:] for room in seating] for seating in rounds]
        self._where = [
            {person: number for number, room in enumerate(seating) for person in room} for seating in self._rounds
        ]
        width = len(costs.first)
        self._times = [[0] * width for _ in range(width)]
        self._more = [row[:] for row in costs.first]
        self._less = [[0] * width for _ in range(width)]
        self.cost = 0
        for seating in self._rounds:
            for room in seating:
                for place, person in enumerate(room):
                    for mate in room[:place]:
                        self.cost += self._more[person][mate]
                        self._meet(person, mate, 1)
        self.best_cost, self.best = self.cost, self._copy()

    def run(self, effort: Effort, goal: int, hot: float = HOT) -> None:
        """Spend the effort while cooling down; ends early once ``goal`` is reached."""
        steps = max(1, effort.left // _STAGES)
        cooling = (COLD / hot) ** (1 / _STAGES)
        heat = hot * self._costs.unit
        while self.best_cost > goal and effort.spend(steps):
            self._stage(steps, heat)
            heat = max(heat * cooling, COLD * self._costs.unit)

    def _stage(self, steps: int, heat: float) -> None:
        chance, rounds = self._rng.random, len(self._rounds)
        for _ in range(steps):
            number = int(chance() * rounds)
            where = self._where[number]
            person, other = int(chance() * len(where)), int(chance() * len(where))
            if where[person] == where[other]:
                continue
            change = self._change(number, person, other)
            if change <= 0 or change < -heat * log(1 - chance()):
                self._swap(number, person, other)
                self.cost += change
                if self.cost < self.best_cost:
                    self.best_cost, self.best = self.cost, self._copy()

    def _change(self, number: int, person: int, other: int) -> int:
        where, seating = self._where[number], self._rounds[number]
        here, there = seating[where[person]], seating[where[other]]
        more, other_more = self._more[person], self._more[other]
        return (
            sum(map(more.__getitem__, there))
            + sum(map(other_more.__getitem__, here))
            - more[other]
            - other_more[person]
            - sum(map(self._less[person].__getitem__, here))
            - sum(map(self._less[other].__getitem__, there))
        )

    def _swap(self, number: int, person: int, other: int) -> None:
        where, seating = self._where[number], self._rounds[number]
        one, two = where[person], where[other]
        here, there = seating[one], seating[two]
        here[here.index(person)], there[there.index(other)] = other, person
        where[person], where[other] = two, one
        for mate in here:
            if mate != other:
                self._meet(person, mate, -1)
                self._meet(other, mate, 1)
        for mate in there:
            if mate != person:
                self._meet(other, mate, -1)
                self._meet(person, mate, 1)

    def _meet(self, one: int, other: int, change: int) -> None:
        """Let two people meet once more, or once less."""
        times = self._times[one][other] + change
        self._times[one][other] = self._times[other][one] = times
        first, again = self._costs.first[one][other], self._costs.again[one][other]
        self._more[one][other] = self._more[other][one] = again if times else first
        self._less[one][other] = self._less[other][one] = again if times > 1 else first if times else 0

    def _copy(self) -> list[Seating]:
        return [[room[:] for room in seating] for seating in self._rounds]
