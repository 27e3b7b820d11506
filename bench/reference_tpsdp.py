"""The reference of the grouping benchmark: TPSDP, a three-phase search with dynamic population size.

Yang, Cai, Jin, Tang and Gao, "A three-phase search approach with dynamic population size for solving the maximally
diverse grouping problem", European Journal of Operational Research 302(3), 2022, 925-953. A population of groupings
goes round three phases, each followed by the same descent: undirected perturbation (random moves and swaps), crossover
that hands on the most diverse groups of two parents, and directed perturbation (each group gives away its worst
element). Population and strength of perturbation shrink with the time that is spent. Parameters are the
paper's for at most 400 elements.

Written from the paper's description and the order of its steps in the authors' program, with the same numpy means as
our own search: affinities are kept up to date, and whole blocks of swaps are judged in one expression.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

MOST, FEWEST = 15, 2  # size of the population, beta
STRONGEST, WEAKEST = 1.2, 0.1  # undirected perturbation, theta
ROUNDS = 3  # of directed perturbation, L_max
DISTANCE_WEIGHT = 0.05  # alpha
GAIN = 1e-4
BLOCKS = 4, 64  # rows of swaps judged at once, at least and at most


@dataclass
class Grouping:
    groups: NDArray[np.intp]
    worth: float


def tpsdp(
    worth: NDArray[np.float64],
    fewest: NDArray[np.intp],
    most: NDArray[np.intp],
    *,
    seed: int,
    spent: Callable[[], float],
) -> NDArray[np.intp]:
    """The group of each element; ``spent`` tells which share of the time is gone, 0 to 1 and more."""
    search = _Search(worth, fewest, most, seed)
    size, strength = MOST, STRONGEST
    crowd = []
    while len(crowd) < size and spent() < 1:
        crowd.append(search.descend(search.random_start()))
    best = max(crowd, key=lambda one: one.worth)
    while spent() < 1:
        for phase in (search.undirected, search.crossed, search.directed):
            crowd, seen = phase(crowd, strength, spent)
            best = max([best, *seen], key=lambda one: one.worth)
        crowd.sort(key=lambda one: -one.worth)
        size = max(FEWEST, int((FEWEST - size) * spent() + size))
        crowd = crowd[:size]
        strength = STRONGEST - (STRONGEST - WEAKEST) * spent()
    return best.groups


class _Search:
    def __init__(self, worth: NDArray[np.float64], fewest: NDArray[np.intp], most: NDArray[np.intp], seed: int) -> None:
        self.n, self.k = len(worth), len(fewest)
        self.worth, self.fewest, self.most = worth, fewest, most
        self.twice = 2 * worth
        self.later_twice = np.where(np.tri(self.n, dtype=bool), np.inf, self.twice)
        self.slack = bool((fewest < most).any())
        self.dice = np.random.default_rng(seed)

    # the descent

    def descend(self, groups: NDArray[np.intp]) -> Grouping:
        """First improvement in a fixed order, moves then swaps, until neither helps."""
        self.load(groups)
        better = True
        while better:
            better = (self.slack and self.moves()) | self.swaps()
        return Grouping(self.groups.copy(), float(self.own().sum() / 2))

    def load(self, groups: NDArray[np.intp]) -> None:
        self.groups = groups.copy()
        self.sizes = np.bincount(groups, minlength=self.k)
        member = np.zeros((self.k, self.n))
        member[groups, np.arange(self.n)] = 1.0
        self.to_group = member @ self.worth  # [k, n]: summed worth of each element to each group

    def own(self) -> NDArray[np.float64]:
        return self.to_group[self.groups, np.arange(self.n)]

    def moves(self) -> bool:
        better, start = False, 0
        while start < self.n:
            gains = self.to_group.T[start:] - self.own()[start:, None]
            here = self.groups[start:]
            gains[:, self.sizes >= self.most] = -np.inf
            gains[(self.sizes <= self.fewest)[here]] = -np.inf
            gains[np.arange(len(here)), here] = -np.inf
            good = gains > GAIN
            rows = good.any(axis=1)
            if not rows.any():
                break
            v = int(rows.argmax())
            self.move(start + v, int(good[v].argmax()))
            better, start = True, start + v
        return better

    def move(self, v: int, group: int) -> None:
        old = self.groups[v]
        self.to_group[old] -= self.worth[v]
        self.to_group[group] += self.worth[v]
        self.sizes[old] -= 1
        self.sizes[group] += 1
        self.groups[v] = group

    def swaps(self) -> bool:
        better, x, after, (rows, most) = False, 0, 0, BLOCKS
        own = self.own()
        while x < self.n:
            end = min(self.n, x + rows)
            here = self.groups[x:end]
            gains = self.to_group[:, x:end].T.take(self.groups, axis=1)
            gains += self.to_group[here]
            gains -= own
            gains -= own[x:end, None]
            gains -= self.later_twice[x:end]
            good = gains > GAIN
            good[0, :after] = False
            first = int(good.argmax())  # of the flattened block
            if not good.flat[first]:
                x, after, rows = end, 0, min(most, 2 * rows)
                continue
            row, y = divmod(first, self.n)
            x, after, rows, better = x + row, y + 1, BLOCKS[0], True
            self.swap(x, y)
            own = self.own()
        return better

    def swap(self, x: int, y: int) -> None:
        one, other = self.groups[x], self.groups[y]
        change = self.worth[y] - self.worth[x]
        self.to_group[one] += change
        self.to_group[other] -= change
        self.groups[x], self.groups[y] = other, one

    # the phases: each returns the population and what it saw

    def undirected(
        self, crowd: list[Grouping], strength: float, spent: Callable[[], float]
    ) -> tuple[list[Grouping], list[Grouping]]:
        changes = int(strength * self.n / self.k)
        moved = [self.descend(self.shaken(one.groups, changes)) if spent() < 1 else one for one in crowd]
        return moved, moved

    def shaken(self, groups: NDArray[np.intp], changes: int) -> NDArray[np.intp]:
        groups, sizes = groups.copy(), np.bincount(groups, minlength=self.k)
        swaps = self.n * (self.n - 1) // 2
        while changes > 0:
            if self.dice.integers(swaps + self.n * self.k) >= swaps:
                v, group = int(self.dice.integers(self.n)), int(self.dice.integers(self.k))
                old = groups[v]
                if old != group and sizes[old] > self.fewest[old] and sizes[group] < self.most[group]:
                    groups[v] = group
                    sizes[old] -= 1
                    sizes[group] += 1
                    changes -= 1
            else:
                x, y = self.dice.integers(self.n, size=2)
                if groups[x] != groups[y]:
                    groups[x], groups[y] = groups[y], groups[x]
                    changes -= 1
        return groups

    def crossed(
        self, crowd: list[Grouping], _: float, spent: Callable[[], float]
    ) -> tuple[list[Grouping], list[Grouping]]:
        if len(crowd) < 2:
            return crowd, []
        children = []
        for i, one in enumerate(crowd):
            if spent() >= 1:
                break
            mate = crowd[(i + int(self.dice.integers(1, len(crowd)))) % len(crowd)]
            children.append(self.descend(self.child(one.groups, mate.groups)))
        kept = [
            child if child.worth >= parent.worth or self.fitness(child, parent) > 1 else parent
            for child, parent in zip(children, crowd, strict=False)
        ]
        return kept + crowd[len(kept) :], children

    def fitness(self, child: Grouping, parent: Grouping) -> float:
        """Quality and distance: the pairs that one of the two has together, per element and group."""
        one = child.groups[:, None] == child.groups
        other = parent.groups[:, None] == parent.groups
        apart = np.count_nonzero(one != other) / 2
        return child.worth / parent.worth + DISTANCE_WEIGHT * apart / self.n**2 * self.k

    def child(self, one: NDArray[np.intp], other: NDArray[np.intp]) -> NDArray[np.intp]:
        parents = [one.copy(), other.copy()]
        affinity, diversity = [], []
        for groups in parents:
            self.load(groups)
            affinity.append(self.own())
            diversity.append(np.bincount(groups, weights=affinity[-1], minlength=self.k))
        child = np.full(self.n, -1)
        free = list(range(self.k))
        for _ in range(self.k):
            which = int(self.dice.integers(2))
            chosen = np.flatnonzero(parents[which] == int(diversity[which].argmax()))
            wide = [group for group in free if self.most[group] >= len(chosen)]
            if wide:
                group = wide[int(self.dice.integers(len(wide)))]
            else:
                group = max(free, key=lambda each: self.most[each])
                chosen = self.dice.permutation(chosen)[: self.most[group]]
            child[chosen] = group
            free.remove(group)
            for groups, own, total in zip(parents, affinity, diversity, strict=True):
                inside = chosen[groups[chosen] >= 0]
                np.subtract.at(total, groups[inside], own[inside])
                groups[chosen] = -1
        return self.mended(child)

    def mended(self, child: NDArray[np.intp]) -> NDArray[np.intp]:
        """Groups that are too small are filled, with elements left over or from groups that can give some away."""
        sizes = np.bincount(child[child >= 0], minlength=self.k)
        left = list(self.dice.permutation(np.flatnonzero(child < 0)))
        while len(left) < np.maximum(self.fewest - sizes, 0).sum():
            group = self.dice.choice(np.flatnonzero(sizes > self.fewest))
            element = self.dice.choice(np.flatnonzero(child == group))
            child[element] = -1
            sizes[group] -= 1
            left.insert(int(self.dice.integers(len(left) + 1)), element)
        for element in left:
            short = np.flatnonzero(sizes < self.fewest)
            group = self.dice.choice(short if len(short) else np.flatnonzero(sizes < self.most))
            child[element] = group
            sizes[group] += 1
        return child

    def directed(
        self, crowd: list[Grouping], _: float, spent: Callable[[], float]
    ) -> tuple[list[Grouping], list[Grouping]]:
        moved = [self.descend(self.exchanged(one.groups)) if spent() < 1 else one for one in crowd]
        return moved, moved

    def exchanged(self, groups: NDArray[np.intp]) -> NDArray[np.intp]:
        """Each group gives away the element it is worth least to; each goes where it is worth most per element."""
        groups = groups.copy()
        for _ in range(ROUNDS):
            self.load(groups)
            own = self.own()
            given = np.array([min(np.flatnonzero(groups == g), key=lambda v: own[v]) for g in range(self.k)])
            sizes = self.sizes - 1
            total = self.to_group[:, given].T - self.worth[np.ix_(given, given)]  # [given, group]
            mean = total / np.maximum(sizes, 1)
            waiting = list(range(self.k))
            short = [g for g in range(self.k) if sizes[g] < self.fewest[g]]
            while waiting:
                if short:
                    group = short.pop(int(self.dice.integers(len(short))))
                    who = max(waiting, key=lambda each: mean[each, group])
                else:
                    who = waiting[int(self.dice.integers(len(waiting)))]
                    group = int(np.where(sizes < self.most, mean[who], -np.inf).argmax())
                waiting.remove(who)
                sizes[group] += 1
                total[:, group] += self.worth[given, given[who]]
                mean[:, group] = total[:, group] / sizes[group]
                groups[given[who]] = group
        return groups

    def random_start(self) -> NDArray[np.intp]:
        sizes = self.fewest.copy()
        while sizes.sum() < self.n:
            group = int(self.dice.integers(self.k))
            sizes[group] += sizes[group] < self.most[group]
        return self.dice.permutation(np.repeat(np.arange(self.k), sizes))
