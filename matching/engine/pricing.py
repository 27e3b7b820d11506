"""The pods that are dearer than they should be: branch and bound over all pods of all places, many at a time.

Given a ratio ``r``, a price for each member and one for if-needed time, a pod ``S`` at a place is worth

    f(S) = sum of (similarity - r) over its pairs - its members' prices - the price of if-needed time for each strained,

and wanted are pods with ``f(S) > 0``, or the proof that there are none. A pod grows by one member at a time, in a fixed
order within its gathering. With ``C`` chosen and ``R`` still to come, every pair inside ``R`` is shared half and half:

    f(C + R) = f(C) + sum over j in R of (gain(j) + 1/2 sum over l in R of (similarity(j, l) - r)),

so the highest inner sums, then the highest such terms, bound what can become of ``C`` (the star bound of quadratic
knapsacks, Caprara, Pisinger and Toth, INFORMS J. Comput. 11(2), 1999). All of it is sorting rows of arrays, which numpy
does for thousands of states at once; most promising first, depth first, so that memory stays small.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from matching.engine.gatherings import Batch

    Floats = NDArray[np.float64]
    Numbers = NDArray[np.intp]

#: The worth of what is not allowed: low enough to drown everything else, high enough to add up.
_NEVER = -1e7
_BARRED = _NEVER / 2
#: Worth below this is rounding.
_EPSILON = 1e-10
#: States expanded at a time, and numbers in the tables that a step makes.
_STATES, _TABLE = 4096, 1_000_000
#: Pods kept of those made at a time.
_PODS = 50
_ROUNDS_OF_DISMISSAL = 4


@dataclass(frozen=True, slots=True)
class Terms:
    """What pods are measured by: the ratio, each member's price ``[n]``, the price of if-needed time for one member."""

    ratio: float
    prices: Floats
    strain: float


@dataclass(frozen=True, slots=True)
class DearPod:
    """A pod with its worth, its place, its members and how many of them are strained."""

    worth: float
    place: int
    members: tuple[int, ...]
    strained: int


@dataclass(slots=True)
class Found:
    """Pods of positive worth, and what those that were not looked at could be worth at most."""

    pods: list[DearPod] = field(default_factory=list)
    unseen: float = 0.0
    states: int = 0


@dataclass(frozen=True, slots=True)
class _States:
    """Half-made pods of one size: gathering ``[s]``, chosen ``[s, d]``, worth ``[s]``, gain of each other ``[s, m]``."""

    row: Numbers
    chosen: Numbers
    worth: Floats
    gains: Floats

    def __len__(self) -> int:
        return len(self.row)


@dataclass(frozen=True, slots=True)
class _Branch:
    """States that each get one more member: which of the parents, whom, and what can become of it at most, ``[b]``."""

    parents: _States
    parent: Numbers
    member: Numbers
    limit: Floats


def dear_pods(
    batch: Batch, terms: Terms, *, sizes: tuple[int, int], most_states: int, go_on: Callable[[], bool]
) -> Found:
    """Pods of positive worth among a batch of gatherings.

    Complete and a proof if ``unseen`` is 0; otherwise the search ended after about ``most_states`` half-made pods, or
    when ``go_on`` said no. Rules between members other than being apart are not looked at.
    """
    tree = _Tree(batch, terms, sizes)
    found = Found()
    stack = tree.roots()
    while stack:
        branch = stack.pop()
        if found.states >= most_states or not go_on():
            found.unseen = max(found.unseen, float(branch.limit.max(initial=0.0)))
            continue
        found.states += len(branch.member)
        states = tree.grown(branch)
        tree.collect(states, found)
        stack.extend(tree.branches(states))
    return found


class _Tree:
    """The half-made pods of a batch, after dismissing who cannot be in any pod of positive worth."""

    def __init__(self, batch: Batch, terms: Terms, sizes: tuple[int, int]) -> None:
        self._batch = batch
        self._least, self._most = sizes
        pairs = np.where(batch.barred, _NEVER, batch.alike - terms.ratio)
        alone = np.where(batch.there, -(terms.prices[batch.members] + terms.strain * batch.strained), _NEVER)
        order, limits = self._dismiss(pairs, alone)
        self._rows = np.flatnonzero((alone > _BARRED).sum(axis=1) >= self._least)
        width = int((alone[self._rows] > _BARRED).sum(axis=1).max(initial=0))
        self._order = order[self._rows, :width]
        at = self._rows[:, None]
        self._alone = alone[at, self._order]
        self._limits = limits[at, self._order]
        self._pairs = pairs[at[:, :, None], self._order[:, :, None], self._order[:, None, :]]
        self._partners, self._profits = _profitable(self._pairs)

    def _dismiss(self, pairs: Floats, alone: Floats) -> tuple[Numbers, Floats]:
        """Bar who cannot be in a pod of positive worth; the order in which the others are tried, the best first.

        Also what a pod with each could be worth at most.
        """
        limit = alone
        for _ in range(_ROUNDS_OF_DISMISSAL):
            inner = _highest_sum(pairs, 0, self._most - 1)
            mates = (alone + inner / 2)[:, None, :] + pairs / 2
            limit = alone + _highest_sum(mates, self._least - 1, self._most - 1)
            dismissed = (limit <= _EPSILON) & (alone > _BARRED)
            alone[limit <= _EPSILON] = _NEVER
            if not dismissed.any():
                break
            pairs[dismissed] = _NEVER
            np.swapaxes(pairs, 1, 2)[dismissed] = _NEVER
        return np.argsort(np.where(alone > _BARRED, -limit, np.inf), axis=1, kind="stable"), limit

    def roots(self) -> list[_Branch]:
        """Every member of every gathering, alone."""
        row, member = np.nonzero(self._alone > _BARRED)
        if not len(row):
            return []
        limit = self._limits[row, member]
        order = np.argsort(limit, kind="stable")
        nothing = _States(
            row=np.arange(len(self._rows)),
            chosen=np.empty((len(self._rows), 0), dtype=np.intp),
            worth=np.zeros(len(self._rows)),
            gains=self._alone,
        )
        return list(_pieces(_Branch(nothing, row[order], member[order], limit[order]), self._step()))

    def grown(self, branch: _Branch) -> _States:
        """The states of a branch; who comes before the new member in the order is no longer asked."""
        parents, parent, member = branch.parents, branch.parent, branch.member
        row = parents.row[parent]
        later = np.arange(self._alone.shape[1]) > member[:, None]
        return _States(
            row=row,
            chosen=np.concatenate([parents.chosen[parent], member[:, None]], axis=1),
            worth=parents.worth[parent] + parents.gains[parent, member],
            gains=np.where(later, parents.gains[parent] + self._pairs[row, member], _NEVER),
        )

    def collect(self, states: _States, found: Found) -> None:
        """Add the best of the states that are pods of positive worth; the others count as not looked at."""
        if states.chosen.shape[1] < self._least:
            return
        dear = np.flatnonzero(states.worth > _EPSILON)
        dear = dear[np.argsort(-states.worth[dear], kind="stable")]
        found.pods += [self._pod(states, state) for state in dear[:_PODS]]
        found.unseen = max(found.unseen, float(states.worth[dear[_PODS:]].max(initial=0.0)))

    def _pod(self, states: _States, state: int) -> DearPod:
        row = self._rows[states.row[state]]
        local = self._order[states.row[state], states.chosen[state]]
        members = tuple(sorted(self._batch.members[row, local].tolist()))
        strained = int(self._batch.strained[row, local].sum())
        return DearPod(float(states.worth[state]), int(self._batch.places[row]), members, strained)

    def branches(self, states: _States) -> list[_Branch]:
        """The ways to add a member that may lead to a pod of positive worth, the most promising last."""
        chosen = states.chosen.shape[1]
        if chosen == self._most or not len(states):
            return []
        terms = np.where(states.gains > _BARRED, states.gains + self._inner_of(states) / 2, _NEVER)
        others = _highest_sum(terms, max(0, self._least - chosen - 1), self._most - chosen - 1)
        limits = (states.worth + others)[:, None] + terms
        parent, member = np.nonzero(limits > _EPSILON)
        limit = limits[parent, member]
        order = np.argsort(limit, kind="stable")
        whole = _Branch(states, parent[order], member[order], limit[order])
        return list(_pieces(whole, self._step()))

    def _inner_of(self, states: _States) -> Floats:
        """For each the sum of their best pairs among those who can still come: ``[s, m]``."""
        most = self._most - states.chosen.shape[1] - 1
        coming = states.gains > _BARRED
        state, member = np.nonzero(coming)
        row = states.row[state]
        partners = self._partners[row, member]
        here = coming.ravel()[partners + (state * coming.shape[1])[:, None]]
        if partners.shape[1] > most:
            here &= here.cumsum(axis=1, dtype=np.int16) <= most
        inner = np.zeros(coming.shape)
        inner[state, member] = np.einsum("pk,pk->p", self._profits[row, member], here)
        return inner

    def _step(self) -> int:
        """How many states are handled at a time."""
        return min(_STATES, max(1, _TABLE // max(1, int(np.prod(self._partners.shape[1:])))))


def _pieces(whole: _Branch, step: int) -> Iterator[_Branch]:
    for first in range(0, len(whole.member), step):
        piece = slice(first, first + step)
        yield _Branch(whole.parents, whole.parent[piece], whole.member[piece], whole.limit[piece])


def _profitable(pairs: Floats) -> tuple[Numbers, Floats]:
    """For each member those with whom a pair gains something, best first and padded, and the gains: ``[g, m, k]``."""
    count = int((pairs > 0).sum(axis=-1).max(initial=0))
    partners = np.argsort(-pairs, axis=-1, kind="stable")[..., :count]
    return partners, np.maximum(np.take_along_axis(pairs, partners, axis=-1), 0.0)


def _highest_sum(table: Floats, least: int, most: int) -> Floats:
    """Along the last axis the sum of the ``least`` highest numbers and of up to ``most`` while they are positive."""
    width = table.shape[-1]
    if most <= 0:
        return np.zeros(table.shape[:-1])
    count = min(most, width)
    highest = np.partition(table, width - count, axis=-1)[..., width - count :] if count < width else table
    if least <= 0:
        total: Floats = np.maximum(highest, 0.0).sum(axis=-1)
        return total
    highest = np.sort(highest, axis=-1)
    forced = highest[..., max(0, count - least) :].sum(axis=-1) + (_NEVER if least > count else 0.0)
    further: Floats = forced + np.maximum(highest[..., : max(0, count - least)], 0.0).sum(axis=-1)
    return further
