"""Cliques of places of which only one can hold a pod."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from matching.engine.conflicts import cliques


@given(st.lists(st.integers(min_value=0, max_value=2**9 - 1), max_size=9), st.integers(min_value=2, max_value=4))
def test_the_cliques_hold_conflicts_only_and_cover_all_of_them(crowds, least):
    def conflict(one, other):
        return (crowds[one] | crowds[other]).bit_count() < 2 * least

    found = list(cliques(crowds, least))
    covered = {pair for clique in found for pair in combinations(clique, 2)}
    assert covered == {pair for pair in combinations(range(len(crowds)), 2) if conflict(*pair)}
    for clique in found:
        others = set(range(len(crowds))) - set(clique)
        assert not any(all(conflict(other, inside) for inside in clique) for other in others)
