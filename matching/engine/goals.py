"""Goals: who shares a pod with whom, once it is settled how many are placed and how many hours are if-needed.

Up to a few hundred members are mixed at once, by annealing. In a larger roster one neighbourhood after the other is:
some pods whose members could come to each other's hours. What is left of the time goes to the levels below goals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matching.engine.annealing import Mixing
from matching.engine.evening import even_out
from matching.engine.grouping import Heats
from matching.engine.likeness import Likeness
from matching.sets import union

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matching.problem import Group, Problem

#: What of goal match may be given for the levels below it.
GIVE = 0.005
#: More members than this are not mixed at once.
_WHOLE = 600
#: Steps for each member: first a quick cooling, so that there is something good soon, then ever slower ones.
_ROUNDS = 100, 300, 900, 1800
#: Heats for people of whom no two have anything in common: only the levels below goals are cared for.
_INDIFFERENT = Heats(hot=0.1, warm=0.01, cold=0.001)
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
    heats = _INDIFFERENT
    for steps in _ROUNDS if mixing.has_preferences else ():
        heats = mixing.anneal(steps * len(mixing.members), go_on)
    even_out(problem, mixing, give=GIVE, heats=heats, go_on=go_on)
    return mixing.groups()


def _mixed_in_parts(
    problem: Problem, groups: list[Group], likeness: Likeness, *, seed: int, go_on: Callable[[], bool]
) -> list[Group]:
    groups, dice = list(groups), np.random.default_rng(seed)
    heats = None
    everywhere = range(len(groups))
    for first in (int(g) for _ in range(_PASSES) for g in dice.permutation(len(groups))[:: _PODS // 2]):
        if not go_on():
            return groups
        chosen = _neighbours(problem, groups, first, everywhere)
        mixing = Mixing(
            problem, [groups[g] for g in chosen], _nearby(problem, groups, chosen, dice), likeness, seed=first
        )
        if mixing.can_change:
            heats = mixing.anneal(_STEPS * len(mixing.members), go_on, heats=heats)
            for g, group in zip(chosen, mixing.groups(), strict=True):
                groups[g] = group
    if heats is None:
        return groups
    return _even_in_parts(problem, groups, likeness, heats=heats, go_on=go_on)


def _even_in_parts(
    problem: Problem, groups: list[Group], likeness: Likeness, *, heats: Heats, go_on: Callable[[], bool]
) -> list[Group]:
    """Even pods, one disjoint neighbourhood after the other; the groups as given if that cost too much all in all."""
    even, left = list(groups), list(range(len(groups)))
    before, after = np.zeros(2), np.zeros(2)
    while left:
        chosen = _neighbours(problem, groups, left[0], left)
        left = [g for g in left if g not in chosen]
        mixing = Mixing(problem, [groups[g] for g in chosen], (), likeness, seed=chosen[0])
        before += mixing.sums()
        if mixing.can_change and go_on():
            even_out(problem, mixing, give=GIVE, heats=heats, go_on=go_on)
        after += mixing.sums()
        for g, group in zip(chosen, mixing.groups(), strict=True):
            even[g] = group
    costs_too_much = after[0] / max(1, after[1]) < before[0] / max(1, before[1]) - GIVE
    return groups if costs_too_much else even


def _idle(problem: Problem, groups: list[Group]) -> list[int]:
    """Members who have no pod, could have one, and are bound to nobody."""
    placed = {unit for group in groups for unit in group.units}
    some = {unit for place in problem.places for unit in place.units}
    return [
        unit.members.bit_length() - 1
        for number, unit in enumerate(problem.units)
        if number in some - placed and unit.size == 1 and not unit.lock
    ]


def _neighbours(problem: Problem, groups: list[Group], first: int, among: Iterable[int]) -> list[int]:
    """The pods, with the first, whose members could best change seats with the first one's."""
    sets = {g: problem.members_of(groups[g].units) for g in among}
    fits = {g: problem.places[groups[g].place].candidate.fits for g in among}

    def closeness(g: int) -> float:
        come = (fits[first] & sets[g]).bit_count() / max(1, sets[g].bit_count())
        return come + (fits[g] & sets[first]).bit_count() / max(1, sets[first].bit_count())

    return sorted(sets, key=lambda g: (g != first, -closeness(g), g))[:_PODS]


def _nearby(problem: Problem, groups: list[Group], chosen: list[int], dice: np.random.Generator) -> list[int]:
    """Some of the idle who could come to one of these pods."""
    come = union(problem.places[groups[g].place].candidate.fits for g in chosen)
    could = [i for i in _idle(problem, groups) if come >> i & 1]
    return sorted(int(i) for i in dice.permutation(could)[:_IDLE])


def only_one_way(problem: Problem, placed: int) -> bool:
    """Whether everybody sits in one pod, so that nobody could have other pod-mates."""
    return placed == len(problem.roster.members) < 2 * problem.pod_size.min
