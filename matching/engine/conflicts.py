"""Places that get in each other's way: at most one of a clique of them can hold a pod.

Two places conflict when the people who can come to either are too few for two pods. Adding "at most one" for whole
cliques of the conflict graph cuts off fractional solutions that open half a pod here and half a pod there, which pairs
alone do not (Padberg, Mathematical Programming 5, 1973: clique inequalities of the set packing polytope).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matching.sets import numbers_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def cliques(crowds: Sequence[int], least: int) -> Iterator[list[int]]:
    """Cliques that cover every conflict; ``crowds[p]`` is the set of people who can come to place ``p`` (bits).

    A pod has at least ``least`` people. Each clique is maximal and lists at least two place numbers, ascending.
    """
    foes = _conflicts(crowds, least)
    open_edges = dict(foes)
    for place in foes:
        while open_edges[place]:
            other = open_edges[place] & -open_edges[place]
            clique = _grown(1 << place | other, foes)
            for one in numbers_in(clique):
                open_edges[one] &= ~clique
            yield numbers_in(clique)


def _conflicts(crowds: Sequence[int], least: int) -> dict[int, int]:
    """For each place in a conflict the set of those it conflicts with."""
    small = [p for p, crowd in enumerate(crowds) if crowd.bit_count() < 2 * least]
    foes: dict[int, int] = {}
    for n, one in enumerate(small):
        for other in small[:n]:
            if (crowds[one] | crowds[other]).bit_count() < 2 * least:
                foes[one] = foes.get(one, 0) | 1 << other
                foes[other] = foes.get(other, 0) | 1 << one
    return dict(sorted(foes.items()))


def _grown(clique: int, foes: dict[int, int]) -> int:
    """The clique with places added as long as one conflicts with all; first those that leave most to choose from."""
    common = -1
    for place in numbers_in(clique):
        common &= foes[place]
    while common:
        best = max(numbers_in(common), key=lambda place: (foes[place] & common).bit_count())
        clique |= 1 << best
        common &= foes[best]
    return clique
