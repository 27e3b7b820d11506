"""Who may meet where, as arrays: what the bound on goal match looks through for pods.

A gathering is the set of people who can come to one place. Gatherings are kept in batches of like size, padded to the
largest, so that numpy works on many at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from matching.engine.likeness import likeness
from matching.sets import numbers_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from matching.problem import Place, Problem

#: Numbers in the table of similarities of a batch: 16 MB.
_BATCH = 2_000_000


@dataclass(frozen=True, slots=True)
class Batch:
    """Gatherings of like size: place numbers ``[g]`` and, padded to the largest, their people ``[g, m]``.

    ``alike`` is ``[g, m, m]``; ``barred`` marks padding, people who must be apart and each with themselves.
    """

    places: NDArray[np.intp]
    members: NDArray[np.intp]
    there: NDArray[np.bool_]
    strained: NDArray[np.bool_]
    alike: NDArray[np.float64]
    barred: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Gathering:
    """A place with those who can come, and those of them who can come freely and who anchor a pod, as sets."""

    place: int
    coming: int
    free: int
    anchors: int
    locked: bool


class Gatherings:
    """All gatherings of a problem in which a pod could meet, largest first; ``alike`` is ``[n, n]``."""

    def __init__(self, problem: Problem, *, if_needed: int) -> None:
        self._problem = problem
        self._foes = _foes(problem)
        self.alike = likeness(problem.roster.members)
        self.batches = list(self._batches(_undominated(_all(problem, free_only=if_needed == 0))))
        self._whole = [unit.members for unit in problem.units if unit.size > 1]

    def is_pod(self, place: int, chosen: int) -> bool:
        """Whether this set of people, of a sound size and without foes, keeps the other rules for a pod there."""
        where = self._problem.places[place]
        return (
            bool(chosen & where.candidate.anchors)
            and all((chosen & holders).bit_count() != 1 for holders in self._problem.companions)
            and all(chosen & unit in {0, unit} for unit in self._whole)
            and self._keeps_lock(where, chosen)
        )

    def _keeps_lock(self, place: Place, chosen: int) -> bool:
        """A place made for a locked slot is for the pod that has the lock."""
        return place.lock is None or all(
            unit.members & chosen == unit.members for unit in self._problem.units if unit.lock is place.lock
        )

    def _batches(self, gatherings: list[_Gathering]) -> Iterator[Batch]:
        first = 0
        while first < len(gatherings):
            widest = gatherings[first].coming.bit_count()
            last = first + max(1, _BATCH // widest**2)
            yield self._batch(gatherings[first:last], widest)
            first = last

    def _batch(self, gatherings: list[_Gathering], width: int) -> Batch:
        members = np.zeros((len(gatherings), width), dtype=np.intp)
        there = np.zeros(members.shape, dtype=np.bool_)
        strained = np.zeros(members.shape, dtype=np.bool_)
        for row, gathering in enumerate(gatherings):
            people = numbers_in(gathering.coming)
            members[row, : len(people)] = people
            there[row, : len(people)] = True
            strained[row, : len(people)] = [not gathering.free >> i & 1 for i in people]
        pairs = members[:, :, None], members[:, None, :]
        barred = self._foes[pairs] | ~there[:, :, None] | ~there[:, None, :]
        return Batch(
            places=np.array([gathering.place for gathering in gatherings], dtype=np.intp),
            members=members,
            there=there,
            strained=strained,
            alike=self.alike[pairs],
            barred=barred,
        )


def _all(problem: Problem, *, free_only: bool) -> Iterator[_Gathering]:
    for number, place in enumerate(problem.places):
        candidate = place.candidate
        coming = candidate.free if free_only else candidate.fits
        if coming.bit_count() >= problem.pod_size.min:
            yield _Gathering(number, coming, candidate.free, coming & candidate.anchors, place.lock is not None)


def _undominated(gatherings: Iterator[_Gathering]) -> list[_Gathering]:
    """The gatherings that matter, largest first; a place with a lock has rules of its own, so it covers no other."""
    kept: list[_Gathering] = []
    for one in sorted(gatherings, key=lambda g: (-g.coming.bit_count(), -g.free.bit_count(), g.place)):
        if not any(_covers(other, one) for other in kept if not other.locked):
            kept.append(one)
    return kept


def _covers(better: _Gathering, worse: _Gathering) -> bool:
    return not (worse.coming & ~better.coming or worse.free & ~better.free or worse.anchors & ~better.anchors)


def _foes(problem: Problem) -> NDArray[np.bool_]:
    """Who must not share a pod with whom, or is the same: ``[n, n]``."""
    barred = np.eye(len(problem.roster.members), dtype=np.bool_)
    for unit, foes in zip(problem.units, problem.foes, strict=True):
        ours, theirs = numbers_in(unit.members), numbers_in(problem.members_of(numbers_in(foes)))
        barred[np.ix_(ours, theirs)] = True
    return barred
