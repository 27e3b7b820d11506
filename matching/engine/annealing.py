"""Better company for the members of some pods: rounds of annealing, each from the best of the one before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matching.engine.company import Company
from matching.engine.grouping import Grouping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from matching.engine.grouping import Heats
    from matching.engine.likeness import Likeness
    from matching.problem import Group, Problem


@dataclass(frozen=True, slots=True)
class Seating:
    """Who sits in which pod (by number, the idle behind the last pod) and which place each pod has."""

    where: NDArray[np.intp]
    places: tuple[int, ...]


class Mixing:
    """Some pods and the idle members around them, seated as well as is known."""

    def __init__(
        self, problem: Problem, groups: Sequence[Group], idle: Iterable[int], likeness: Likeness, *, seed: int
    ) -> None:
        self.company = Company(problem, groups, idle)
        self.members = self.company.members
        self.seating = Seating(self.company.start, self.company.places)
        self._alike = likeness.among(self.members)
        self._seed = seed

    @property
    def can_change(self) -> bool:
        """Whether there is anybody to change seats with anybody."""
        return len(self.company.movable) > 1 and int(self.seating.where[-1]) > 0

    @property
    def has_preferences(self) -> bool:
        """Whether any two of them have something in common."""
        return bool(self._alike.any())

    def groups(self) -> list[Group]:
        """The pods as seated, in the order they were given."""
        self.take_seats()
        return self.company.groups()

    def cost(self) -> float:
        """What if-needed hours and people without a pod cost as seated."""
        self.take_seats()
        return self.company.cost()

    def take_seats(self) -> None:
        """Let the company be as seated."""
        self.company.seat(self.seating.where, self.seating.places)

    def mean(self) -> float:
        """The mean similarity of pod-mates as seated, 0 if there are none."""
        total, pairs = self.sums()
        return total / max(1, pairs)

    def sums(self) -> tuple[float, int]:
        """The summed similarity of pod-mates as seated, and how many pairs they are."""
        where = self.seating.where
        together = np.triu((where[:, None] == where) & (where != self.company.sizes.idle), 1)
        return float(self._alike[together].sum()), int(together.sum())

    def anneal(
        self,
        steps: int,
        go_on: Callable[[], bool],
        *,
        heats: Heats | None = None,
        surcharge: NDArray[np.float64] | None = None,
    ) -> Heats:
        """Anneal for what pairs are worth beyond the mean, less their surcharge; gives the heats for more of the same.

        Pairs are compared with the mean because a pod that grows must not count as a gain: the mean over all pairs
        rises just when the sum of ``similarity - mean`` does (Dinkelbach, Management Science 13(7), 1967).
        """
        worth = self._alike - self.mean()
        if surcharge is not None:
            worth -= surcharge
        np.fill_diagonal(worth, 0.0)
        self._seed += 1
        self.take_seats()
        grouping = Grouping(
            worth,
            self.seating.where,
            self.company.sizes,
            seed=self._seed,
            guard=self.company,
            movable=self.company.movable,
            on_best=self._keep_places,
        )
        self._keep_places()
        found = heats or grouping.heats(go_on)
        self.company.seat(grouping.best, self._places)
        grouping.load(grouping.best)
        grouping.anneal(found, steps, go_on)
        self.seating = Seating(grouping.best, self._places)
        return found

    def _keep_places(self) -> None:
        self._places = self.company.places
