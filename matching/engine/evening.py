"""The levels below goals: an even mix of ``spread`` traits in every pod, then pods that are not too large.

Both are sought by annealing with a surcharge on pairs. For a trait with share ``q`` a pod is even when its members'
deviations ``has it - q`` cancel out, and the square of their sum is a sum over pairs; a surcharge on every pair makes
pods equal in size. So the search for company finds even pods as it is, and what it found is judged by the objective.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matching.comfort import large_pods
from matching.engine.grouping import Heats

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from matching.engine.annealing import Mixing
    from matching.problem import Problem

#: How dear unevenness is in one round after the other, in units of similarity, and the steps for each member in each.
_PRICES = 0.01, 0.02, 0.03, 0.05, 0.08, 0.13, 0.2, 0.35, 0.6
_STEPS = 80


def even_out(problem: Problem, mixing: Mixing, *, give: float, heats: Heats, go_on: Callable[[], bool]) -> None:
    """Lower ``balance`` and then ``large_pods``, giving up at most ``give`` of the mean similarity of pod-mates."""
    mix, pods = _Mix(problem, mixing.members), len(mixing.seating.places)
    least, best = mixing.mean() - give, mixing.seating
    best_rank = rank = (mixing.cost(), *mix.cost(best.where, pods), -mixing.mean())
    # People change, pods stay what they are.
    mild = Heats(heats.warm, (heats.warm * heats.cold) ** 0.5, heats.cold)
    for price in _PRICES:
        if not go_on() or rank[1:3] == (0, 0):
            break
        mixing.anneal(_STEPS * len(mixing.members), go_on, heats=mild, surcharge=price * mix.surcharge)
        rank = (mixing.cost(), *mix.cost(mixing.seating.where, pods), -mixing.mean())
        if rank < best_rank and mixing.mean() >= least:
            best, best_rank = mixing.seating, rank
    mixing.seating = best


class _Mix:
    """How uneven and how large pods are; members are numbered as in ``Mixing``."""

    def __init__(self, problem: Problem, members: list[int]) -> None:
        everyone = problem.roster.members
        names = [
            (trait, value)
            for trait in problem.roster.rules.spread
            for value in sorted({member.traits[trait] for member in everyone if trait in member.traits})
        ]
        holds = np.array(
            [[one.traits.get(trait) == value for trait, value in names] for one in everyone], dtype=np.intp
        )
        self._holds = holds.reshape(len(everyone), len(names))[members]
        self._holders = holds.reshape(len(everyone), len(names)).sum(axis=0)
        self._everyone = len(everyone)
        deviation = self._holds - self._holders / len(everyone)
        #: Twice the product of deviations, as each pair stands twice in a square, and a little for each pair.
        self.surcharge: NDArray[np.float64] = 2.0 * deviation @ deviation.T + 0.5

    def cost(self, where: NDArray[np.intp], pods: int) -> tuple[int, int]:
        """``balance`` and ``large_pods`` of so many pods; those who sit behind the last one do not count."""
        inside = where < pods
        counts = np.zeros((pods, self._holds.shape[1]), dtype=np.intp)
        np.add.at(counts, where[inside], self._holds[inside])
        sizes = np.bincount(where[inside], minlength=pods)
        fair = sizes[:, None] * self._holders
        low, high = fair // self._everyone, -(-fair // self._everyone)
        uneven = np.maximum(0, np.maximum(low - counts, counts - high))
        return int(uneven.sum()), large_pods(sizes.tolist())
