"""Goals: who shares a pod with whom, once it is settled how many are placed and how many hours are if-needed.

The search is simulated annealing (Kirkpatrick, Gelatt and Vecchi, Science 220, 1983) over swaps of two members and
moves of one, followed by plain descent. A pod may change its place with its members. The bound comes from relaxing
everything but sizes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matching.engine.mixing import Mixer
from matching.similarity import similarities

if TYPE_CHECKING:
    from collections.abc import Callable

    from matching.problem import Group, Problem

_EPSILON = 1e-9
#: A quick cooling, so that there is something good soon, then a slow one.
_PROPOSALS_PER_MEMBER = 400, 2000
#: Sweeps nearly always end by themselves within a dozen; with uneven traits they might go round in circles.
_MOST_SWEEPS = 50


def improve(problem: Problem, groups: list[Group], *, seed: int, go_on: Callable[[], bool]) -> list[Group]:
    """The groups with better company, until no swap and no move helps or ``go_on`` says no.

    Never places fewer people, never uses more if-needed hours, keeps every hard rule. Where ``spread`` names traits,
    an even mix of their values counts too.
    """
    members = problem.roster.members
    if not groups or not (problem.roster.rules.spread or any(member.goals or member.goal for member in members)):
        return groups
    best = groups
    for proposals in _PROPOSALS_PER_MEMBER:
        mixer = Mixer(problem, groups, seed=seed)
        mixer.anneal(proposals * len(members), go_on)
        for _ in range(_MOST_SWEEPS):
            if not go_on() or not mixer.sweep(go_on):
                break
        best = max(best, mixer.groups(), key=mixer.worth)
    return best


def upper_bound(problem: Problem, placed: int) -> float:
    """A mean similarity of pod-mates that no plan with ``placed`` members exceeds.

    In a pod of size ``k`` a member's similarities to the others sum to at most ``S(k - 1)``, the sum of the ``k - 1``
    highest ones to people with whom they share a place and may share a pod. Adding up all members counts each pair
    twice, so the mean over pairs is at most ``sum S_i(w_i) / sum w_i`` with ``w_i = k_i - 1``; the largest value of
    that ratio over all choices of ``placed`` members and of ``w_i`` from ``min - 1`` to ``max - 1`` is found exactly
    by Dinkelbach's method (Management Science 13(7), 1967).
    """
    size = problem.pod_size
    if placed < size.min:
        return 0.0
    sums = [_best_sums(row, size.max - 1) for row in _possible_similarities(problem)]
    weights = range(size.min - 1, size.max)
    ratio = 0.0
    while True:
        best = [max((row[w] - ratio * w, w) for w in weights) for row in sums]
        chosen = sorted(range(len(best)), key=lambda i: best[i], reverse=True)[:placed]
        better = sum(sums[i][best[i][1]] for i in chosen) / sum(best[i][1] for i in chosen)
        if better <= ratio + _EPSILON:
            return max(ratio, better)
        ratio = better


def _possible_similarities(problem: Problem) -> list[list[float]]:
    """Each member's similarities to those who could be pod-mates, highest first."""
    table = similarities(problem.roster.members)
    mates = [0] * len(table)
    for place in problem.places:
        for i in problem.members(place.candidate.fits):
            mates[i] |= place.candidate.fits
    for number, unit in enumerate(problem.units):
        foes = problem.members_of(other for other in range(len(problem.units)) if problem.foes[number] >> other & 1)
        for i in problem.members(unit.members):
            mates[i] &= ~foes & ~(1 << i)
    return [sorted((row[j] for j in problem.members(mates[i])), reverse=True) for i, row in enumerate(table)]


def _best_sums(similar: list[float], most: int) -> list[float]:
    """Sums of the highest 0, 1, 2 ... ``most`` numbers."""
    sums = [0.0]
    for k in range(most):
        sums.append(sums[-1] + (similar[k] if k < len(similar) else 0.0))
    return sums


def only_one_way(problem: Problem, placed: int) -> bool:
    """Whether everybody sits in one pod, so that nobody could have other pod-mates."""
    return placed == len(problem.roster.members) < 2 * problem.pod_size.min
