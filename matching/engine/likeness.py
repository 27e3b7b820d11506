"""The similarity of many members at once: ``matching.similarity`` in numpy, without looking at each pair.

Members are listed by what they name (an inverted index), so a row costs as much as its member has in common with
others; a roster of 10,000 needs no table of all pairs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from matching.similarity import TAG_WEIGHT, WORD_WEIGHT, Interests

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from matching.roster import Member


def likeness(members: Sequence[Member]) -> NDArray[np.float64]:
    """The similarity of every pair, 0 to 1: ``[n, n]``, symmetric, with zeros on the diagonal."""
    return Likeness(members).rows(range(len(members)))


class Likeness:
    """Similarities of members, row by row or among a few."""

    def __init__(self, members: Sequence[Member]) -> None:
        interests = [Interests.of(member) for member in members]
        self._tags = _Index([one.tags for one in interests])
        self._words = _Index([one.beginnings for one in interests])

    def rows(self, chosen: Sequence[int]) -> NDArray[np.float64]:
        """The similarity of each chosen member to all: ``[len(chosen), n]``, zero to themselves."""
        table = np.empty((len(chosen), len(self._tags.counts)))
        for row, i in zip(table, chosen, strict=True):
            row[:] = self._row(i)
        return table

    def among(self, chosen: Sequence[int]) -> NDArray[np.float64]:
        """The similarity of every pair of the chosen: ``[k, k]``; needs ``n`` numbers of memory more, not ``k n``."""
        numbers = np.asarray(chosen, dtype=np.intp)
        table = np.empty((len(chosen), len(chosen)))
        for row, i in zip(table, chosen, strict=True):
            row[:] = self._row(i)[numbers]
        return table

    def _row(self, i: int) -> NDArray[np.float64]:
        shared_tags = self._tags.shared(i)
        all_tags = self._tags.counts + (self._tags.counts[i] - shared_tags)
        all_words = self._words.counts + self._words.counts[i]
        total = TAG_WEIGHT * shared_tags / np.maximum(all_tags, 1.0)
        total += WORD_WEIGHT * 2 * self._words.shared(i) / np.maximum(all_words, 1.0)
        weights = TAG_WEIGHT * (all_tags > 0) + WORD_WEIGHT * (all_words > 0)
        row: NDArray[np.float64] = np.divide(total, weights, out=np.zeros_like(total), where=weights > 0)
        row[i] = 0.0
        return row


class _Index:
    """Who has which features: ``counts[i]`` of member ``i``, and the members who have each."""

    def __init__(self, features: Sequence[frozenset[str]]) -> None:
        holders: dict[str, list[int]] = {}
        for i, names in enumerate(features):
            for name in sorted(names):
                holders.setdefault(name, []).append(i)
        shared = {name: np.array(who, dtype=np.int32) for name, who in holders.items() if len(who) > 1}
        self.counts = np.array([len(names) for names in features], dtype=np.float64)
        self._holders = [[shared[name] for name in sorted(names) if name in shared] for names in features]

    def shared(self, i: int) -> NDArray[np.float64]:
        """How many features member ``i`` shares with each: ``[n]``."""
        if not self._holders[i]:
            return np.zeros(len(self.counts))
        return np.bincount(np.concatenate(self._holders[i]), minlength=len(self.counts)).astype(np.float64)
