"""Who takes which place in rounds that never bring two places together twice.

Any exchange of two people in all rounds leaves such rounds without a repeat of their own; what is left to choose is
which pairs meet at all, and so how much history, how many pod-mates and which pairs that must stay apart.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

from matching.breakouts.annealing import COLD, HOT

if TYPE_CHECKING:
    from random import Random

    from matching.breakouts.costs import Costs
    from matching.breakouts.designs import Seating
    from matching.breakouts.effort import Effort

_STAGES = 100


def relabelled(rounds: list[Seating], costs: Costs, goal: int, rng: Random, effort: Effort) -> list[Seating]:
    """The rounds with people exchanged so that they cost little, by simulated annealing."""
    search = _Exchange(rounds, costs, rng)
    heat, cooling = HOT * costs.unit, (COLD / HOT) ** (1 / _STAGES)
    steps = max(1, effort.left // _STAGES // (1 + search.degree // 16))
    while search.best_cost > goal and effort.spend(steps * (1 + search.degree // 16)):
        search.stage(steps, heat)
        heat *= cooling
    return [[[search.best[place] for place in room] for room in seating] for seating in rounds]


class _Exchange:
    def __init__(self, rounds: list[Seating], costs: Costs, rng: Random) -> None:
        self._first, self._rng = costs.first, rng
        self._beside: list[set[int]] = [set() for _ in range(costs.people)]
        for seating in rounds:
            for room in seating:
                for place in room:
                    self._beside[place].update(room)
        for place, beside in enumerate(self._beside):
            beside.discard(place)
        self.degree = max(map(len, self._beside))
        self._people = list(range(costs.people))
        rng.shuffle(self._people)
        self._cost = sum(self._at(person, place) for place, person in enumerate(self._people)) // 2
        self.best_cost, self.best = self._cost, self._people[:]

    def stage(self, steps: int, heat: float) -> None:
        """So many exchanges at one temperature."""
        chance, count, people = self._rng.random, len(self._people), self._people
        for _ in range(steps):
            one, two = int(chance() * count), int(chance() * count)
            change = self._change(one, two)
            if change <= 0 or change < -heat * log(1 - chance()):
                people[one], people[two] = people[two], people[one]
                self._cost += change
                if self._cost < self.best_cost:
                    self.best_cost, self.best = self._cost, people[:]

    def _change(self, one: int, two: int) -> int:
        """Only places beside one of the two, and not beside both, see a difference."""
        people, beside = self._people, self._beside
        leaving, coming = self._first[people[one]], self._first[people[two]]
        change = 0
        for place in beside[one] - beside[two]:
            if place != two:
                mate = people[place]
                change += coming[mate] - leaving[mate]
        for place in beside[two] - beside[one]:
            if place != one:
                mate = people[place]
                change += leaving[mate] - coming[mate]
        return change

    def _at(self, person: int, place: int) -> int:
        prices = self._first[person]
        return sum(prices[self._people[mate]] for mate in self._beside[place])
