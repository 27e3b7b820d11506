"""The quick bound on goal match: each member on their own, with the best company they could have.

In a pod of size ``k`` a member's similarities to the others sum to at most ``S(k - 1)``, the sum of the ``k - 1``
highest ones to people with whom they share a place and may share a pod. Adding up all members counts each pair twice,
so the mean over pairs is at most ``sum S_i(w_i) / sum w_i`` with ``w_i = k_i - 1``; the largest value of that ratio
over all choices of ``placed`` members and of ``w_i`` from ``min - 1`` to ``max - 1`` is found by Dinkelbach's method
(Management Science 13(7), 1967).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matching.engine.likeness import Likeness
from matching.sets import numbers_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from matching.problem import Problem

_EPSILON = 1e-12
#: Rows of similarities held at a time: 20 MB for 10,000 members.
_ROWS = 256


def star_bound(problem: Problem, *, placed: int, if_needed: int) -> float:
    """A mean similarity of pod-mates that no plan with ``placed`` members and that many if-needed exceeds.

    Takes rows of the table of similarities a few at a time: 10,000 members need no table of all pairs.
    """
    size = problem.pod_size
    sums = _best_sums(problem, size.max - 1, free_only=if_needed == 0)[:, size.min - 1 :]
    pairs = np.arange(size.min - 1, size.max, dtype=np.float64)
    rows = np.arange(len(sums))
    ratio = 0.0
    while True:
        gains = sums - ratio * pairs
        choice = gains.argmax(axis=1)
        chosen = np.argsort(-gains[rows, choice], kind="stable")[:placed]
        better = float(sums[chosen, choice[chosen]].sum() / pairs[choice[chosen]].sum()) if placed else 0.0
        if better <= ratio + _EPSILON:
            return ratio + 2 * _EPSILON
        ratio = better


def _best_sums(problem: Problem, most: int, *, free_only: bool) -> NDArray[np.float64]:
    """For each member the sums of their highest 0, 1 ... ``most`` similarities to possible pod-mates: ``[n, most + 1]``."""
    mates = _possible_mates(problem, free_only=free_only)
    alike = Likeness(problem.roster.members)
    sums = np.zeros((len(mates), most + 1))
    for first in range(0, len(mates), _ROWS):
        chosen = range(first, min(first + _ROWS, len(mates)))
        similar = alike.rows(chosen) * _as_rows([mates[i] for i in chosen], len(mates))
        count = min(most, len(mates))
        highest = -np.sort(-np.partition(similar, len(mates) - count, axis=1)[:, len(mates) - count :], axis=1)
        sums[first : first + _ROWS, 1 : count + 1] = highest.cumsum(axis=1)
        sums[first : first + _ROWS, count + 1 :] = sums[first : first + _ROWS, count : count + 1]
    return sums


def _possible_mates(problem: Problem, *, free_only: bool) -> list[int]:
    """For each member the set of those with whom they share a place and may share a pod."""
    mates = [0] * len(problem.roster.members)
    for place in problem.places:
        coming = place.candidate.free if free_only else place.candidate.fits
        for i in numbers_in(coming):
            mates[i] |= coming
    for unit, foes in zip(problem.units, problem.foes, strict=True):
        barred = problem.members_of(numbers_in(foes)) if foes else 0
        for i in numbers_in(unit.members):
            mates[i] &= ~(barred | 1 << i)
    return mates


def _as_rows(sets: list[int], count: int) -> NDArray[np.uint8]:
    """Sets as rows of ones and zeros: ``[len(sets), count]``."""
    octets = b"".join(chosen.to_bytes((count + 7) // 8, "little") for chosen in sets)
    packed = np.frombuffer(octets, dtype=np.uint8).reshape(len(sets), -1)
    return np.unpackbits(packed, axis=1, count=count, bitorder="little")
