"""Goals: who shares a pod with whom, once it is settled how many are placed and how many hours are if-needed.

Up to a few hundred members are mixed at once, by annealing. In a larger roster one neighbourhood after the other is:
some pods whose members could come to each other's hours. What is left of the time goes to the levels below goals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matching.engine.annealing import Mixing
from matching.engine.evening import even_out
from matching.engine.likeness import Likeness
from matching.sets import union
from matching.similarity import similarities

if TYPE_CHECKING:
    from collections.abc import Callable

    from matching.problem import Group, Problem

_EPSILON = 1e-9
#: What of goal match may be given for the levels below it.
GIVE = 0.005
#: More members than this are not mixed at once.
_WHOLE = 600
#: Steps for each member: first a quick cooling, so that there is something good soon, then ever slower ones.
_ROUNDS = 100, 300, 900, 1800
#: In a large roster: steps for each member in a neighbourhood, its pods and idle members, and how often all have theirs.
_STEPS, _PODS, _IDLE, _PASSES = 60, 24, 40, 3


def improve(problem: Problem, groups: list[Group], *, seed: int, go_on: Callable[[], bool]) -> list[Group]:
    """The groups with better company, and those even and not too large, as far as steps and ``go_on`` allow.

    Never places fewer people, never uses more if-needed hours, keeps every hard rule. Once the best goal match is
    found, up to half a hundredth of it (``GIVE``) may be given for the levels below: ``balance``, then ``large_pods``.
    Pods keep their order. Members without a pod may take the seat of somebody whose company matches less.
    """
    if len(groups) < 1:
        return groups
    members = problem.roster.members
    likeness = Likeness(members)
    if len(members) <= _WHOLE:
        return _mixed_whole(problem, groups, likeness, seed=seed, go_on=go_on)
    return _mixed_in_parts(problem, groups, likeness, seed=seed, go_on=go_on)


def _mixed_whole(
    problem: Problem, groups: list[Group], likeness: Likeness, *, seed: int, go_on: Callable[[], bool]
) -> list[Group]:
    mixing = Mixing(problem, groups, _idle(problem, groups), likeness, seed=seed)
    if not mixing.can_change:
        return groups
    for steps in _ROUNDS:
        heats = mixing.anneal(steps * len(mixing.members), go_on)
    even_out(problem, mixing, give=GIVE, heats=heats, go_on=go_on)
    return mixing.groups()


def _mixed_in_parts(
    problem: Problem, groups: list[Group], likeness: Likeness, *, seed: int, go_on: Callable[[], bool]
) -> list[Group]:
    groups, dice = list(groups), np.random.default_rng(seed)
    heats = None
    for first in (int(g) for _ in range(_PASSES) for g in dice.permutation(len(groups))[:: _PODS // 2]):
        if not go_on():
            return groups
        chosen = _neighbours(problem, groups, first)
        mixing = Mixing(
            problem, [groups[g] for g in chosen], _nearby(problem, groups, chosen, dice), likeness, seed=first
        )
        if mixing.can_change:
            heats = mixing.anneal(_STEPS * len(mixing.members), go_on, heats=heats)
            for g, group in zip(chosen, mixing.groups(), strict=True):
                groups[g] = group
    return groups


def _idle(problem: Problem, groups: list[Group]) -> list[int]:
    """Members who have no pod, could have one, and are bound to nobody."""
    placed = {unit for group in groups for unit in group.units}
    some = {unit for place in problem.places for unit in place.units}
    return [
        unit.members.bit_length() - 1
        for number, unit in enumerate(problem.units)
        if number in some - placed and unit.size == 1 and not unit.lock
    ]


def _neighbours(problem: Problem, groups: list[Group], first: int) -> list[int]:
    """The pods, with the first, whose members could best change seats with the first one's."""
    sets = [problem.members_of(group.units) for group in groups]
    fits = [problem.places[group.place].candidate.fits for group in groups]

    def closeness(g: int) -> float:
        come = (fits[first] & sets[g]).bit_count() / max(1, sets[g].bit_count())
        return come + (fits[g] & sets[first]).bit_count() / max(1, sets[first].bit_count())

    return sorted(range(len(groups)), key=lambda g: (g != first, -closeness(g), g))[:_PODS]


def _nearby(problem: Problem, groups: list[Group], chosen: list[int], dice: np.random.Generator) -> list[int]:
    """Some of the idle who could come to one of these pods."""
    come = union(problem.places[groups[g].place].candidate.fits for g in chosen)
    could = [i for i in _idle(problem, groups) if come >> i & 1]
    return sorted(int(i) for i in dice.permutation(could)[:_IDLE])


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
