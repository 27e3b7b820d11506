"""Better plans by ruin and recreate: tear down a few pods around somebody without one, build up again, keep the better.

The method is that of Schrimpf, Schneider, Stamm-Wilbrandt and Dueck (Journal of Computational Physics 159, 2000), with
pods for routes. Sets of members are integers, so that counting who could still meet at a place takes well under a
microsecond. Every pod in every state keeps all hard rules; locked pods are never torn down.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from matching.problem import Group

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matching.problem import Problem

_MOST_RUINED = 3
#: How many attempts lie between two looks at the clock.
_ROUND = 16


@dataclass(frozen=True, slots=True)
class _Pod:
    """A pod in the making: where, who (as a set), and the locked units that it may not lose."""

    place: int
    members: int
    locks: tuple[int, ...] = ()


State = tuple[_Pod, ...]


def rebuild(
    problem: Problem, groups: list[Group], *, seed: int, patience: int, go_on: Callable[[int], bool]
) -> list[Group]:
    """The best groups once ``patience`` attempts in a row brought nothing better, or when ``go_on`` says no.

    ``go_on`` is asked now and then, and told how many members are placed.
    """
    rebuilder = _Rebuilder(problem, Random(seed))  # noqa: S311 - a reproducible search, no secret
    best = rebuilder.state(groups)
    in_vain = 0
    while in_vain < patience and not rebuilder.is_perfect(best):
        if in_vain % _ROUND == 0 and not go_on(rebuilder.rank(best)[0]):
            break
        tried = rebuilder.attempt(best)
        in_vain = 0 if rebuilder.rank(tried) > rebuilder.rank(best) else in_vain + 1
        if rebuilder.rank(tried) >= rebuilder.rank(best):
            best = tried
    return rebuilder.groups(best)


class _Rebuilder:
    def __init__(self, problem: Problem, dice: Random) -> None:
        self._problem = problem
        self._dice = dice
        self._low, self._high = problem.pod_size.min, problem.pod_size.max
        self._fits = [place.candidate.fits for place in problem.places]
        self._free = [place.candidate.free for place in problem.places]
        self._anchors = [place.candidate.anchors for place in problem.places]
        self._open = [p for p, place in enumerate(problem.places) if place.lock is None]
        self._unit_of = {i: u for u, unit in enumerate(problem.units) for i in problem.members(unit.members)}
        self._everyone = problem.members_of(u for u, unit in enumerate(problem.units) if not unit.lock)
        self._loose = sum(unit.members for unit in problem.units if not unit.lock and unit.size == 1)
        self._places_of = {i: [p for p in self._open if self._fits[p] >> i & 1] for i in self._unit_of}
        self._foes = self._member_foes()
        self._reachable = _union(self._fits).bit_count()

    def state(self, groups: list[Group]) -> State:
        problem = self._problem
        return tuple(
            _Pod(
                place=group.place,
                members=problem.members_of(group.units),
                locks=tuple(unit for unit in group.units if problem.units[unit].lock),
            )
            for group in groups
        )

    def groups(self, state: State) -> list[Group]:
        return [
            Group(
                pod.place, tuple(sorted({*pod.locks, *(self._unit_of[i] for i in self._problem.members(pod.members))}))
            )
            for pod in state
        ]

    def rank(self, state: State) -> tuple[int, int]:
        """Members placed, then members who need no if-needed time."""
        placed = sum(pod.members.bit_count() for pod in state)
        return placed, sum((pod.members & self._free[pod.place]).bit_count() for pod in state)

    def is_perfect(self, state: State) -> bool:
        """Whether everybody who can come anywhere is placed in free time."""
        placed, freely = self.rank(state)
        return placed == freely == self._reachable

    def attempt(self, state: State) -> State:
        """Another state: some pods near a random place torn down, that place tried first, then the largest."""
        place = self._wanted_place(state)
        if place is None:
            return state
        pods = self._ruined(list(state), place)
        left = self._everyone & ~_members(pods)
        first: int | None = place
        while True:
            opened = self._opened(pods, left, first)
            if opened is None and first is None:
                break
            first = None
            if opened is not None:
                pods, left = opened
        return tuple(self._filled(pods, left))

    def _member_foes(self) -> dict[int, int]:
        problem = self._problem
        foes = {}
        for i, unit in self._unit_of.items():
            enemies = problem.members_of(u for u in range(len(problem.units)) if problem.foes[unit] >> u & 1)
            if enemies:
                foes[i] = enemies
        return foes

    def _wanted_place(self, state: State) -> int | None:
        """A place of somebody without a pod, or of somebody who is asked for if-needed time."""
        unplaced = self._everyone & ~_members(state)
        strained = sum(pod.members & ~self._free[pod.place] for pod in state) & self._everyone
        wanted = unplaced if unplaced and (not strained or self._dice.random() < 0.8) else strained
        members = [i for i in self._problem.members(wanted) if self._places_of[i]]
        return self._dice.choice(self._places_of[self._dice.choice(members)]) if members else None

    def _ruined(self, pods: list[_Pod], place: int) -> list[_Pod]:
        """The pods without the few that hold most people who could come to the place."""
        wanted = self._fits[place]
        order = sorted(
            (n for n, pod in enumerate(pods) if not pod.locks),
            key=lambda n: (pods[n].members & wanted).bit_count() + 4 * self._dice.random(),
            reverse=True,
        )
        torn = set(order[: self._dice.randint(0, _MOST_RUINED)])
        return [pod for n, pod in enumerate(pods) if n not in torn]

    def _opened(self, pods: list[_Pod], left: int, place: int | None) -> tuple[list[_Pod], int] | None:
        """One more pod, at that place or where most people without one can meet; None if it cannot be filled."""
        if place is None:
            place = max(
                self._open,
                key=lambda p: (left & self._fits[p]).bit_count() + 1.5 * self._dice.random(),
                default=None,
            )
        if place is None or not left & self._fits[place]:
            return None
        chosen = self._chosen(place, left & self._fits[place])
        pods = self._lend(pods, place, chosen)
        chosen = self._fits[place] & self._everyone & ~_members(pods) & (chosen | ~left)
        if not self._sound(place, chosen):
            return None
        return [*pods, _Pod(place, chosen)], left & ~chosen

    def _chosen(self, place: int, available: int) -> int:
        """Up to a full pod of those available, who have few other places first; an anchor, no foes."""
        free, anchors = self._free[place], self._anchors[place]
        members = self._problem.members(available)
        members.sort(key=lambda i: len(self._places_of[i]) * (0.5 + self._dice.random()) * (1 if free >> i & 1 else 2))
        first = next((i for i in members if anchors >> i & 1), members[0])
        chosen = 0
        for i in (first, *members):
            unit = self._problem.units[self._unit_of[i]].members
            if unit & ~available or (chosen | unit).bit_count() > self._high or self._foes.get(i, 0) & chosen:
                continue
            chosen |= unit
        return chosen

    def _lend(self, pods: list[_Pod], place: int, chosen: int) -> list[_Pod]:
        """Pods that gave up members above their minimum for a pod at the place that lacks some."""
        missing = self._low - chosen.bit_count()
        if missing <= 0:
            return pods
        pods = list(pods)
        for n, pod in enumerate(pods):
            for i in self._problem.members(pod.members & self._fits[place] & self._loose):
                if missing <= 0:
                    return pods
                smaller = _Pod(pod.place, pods[n].members & ~(1 << i), pod.locks)
                if not self._foes.get(i, 0) & chosen and self._sound(pod.place, smaller.members):
                    pods[n] = smaller
                    missing -= 1
        return pods

    def _filled(self, pods: list[_Pod], left: int) -> list[_Pod]:
        """The pods with everyone added who fits one with room, if need be by moving one other person on."""
        pods = list(pods)
        for i in self._problem.members(left & self._loose):
            if not self._add(pods, i):
                self._make_room(pods, i)
        return pods

    def _add(self, pods: list[_Pod], i: int) -> bool:
        options = [n for n, pod in enumerate(pods) if self._fits[pod.place] >> i & 1]
        for n in sorted(options, key=lambda n: not self._free[pods[n].place] >> i & 1):
            larger = _Pod(pods[n].place, pods[n].members | 1 << i, pods[n].locks)
            if self._sound(larger.place, larger.members):
                pods[n] = larger
                return True
        return False

    def _make_room(self, pods: list[_Pod], i: int) -> bool:
        for n, pod in enumerate(pods):
            if not self._fits[pod.place] >> i & 1:
                continue
            for other in self._problem.members(pod.members & self._loose):
                swapped = pod.members & ~(1 << other) | 1 << i
                if not self._sound(pod.place, swapped):
                    continue
                pods[n] = _Pod(pod.place, swapped, pod.locks)
                if self._add(pods, other):
                    return True
                pods[n] = pod
        return False

    def _sound(self, place: int, members: int) -> bool:
        return (
            self._low <= members.bit_count() <= self._high
            and bool(members & self._anchors[place])
            and all((members & holders).bit_count() != 1 for holders in self._problem.companions)
            and not any(members >> i & 1 and foes & members for i, foes in self._foes.items())
        )


def _members(pods: list[_Pod] | State) -> int:
    return _union(pod.members for pod in pods)


def _union(sets: Iterable[int]) -> int:
    whole = 0
    for chosen in sets:
        whole |= chosen
    return whole
