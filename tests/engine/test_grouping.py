"""Grouping on plain arrays reaches the optimum of small cases, keeps its books, and obeys sizes and its guard."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine.grouping import Grouping, Heats, Sizes, best_sizes


def matrix(n, seed):
    upper = np.triu(np.random.default_rng(seed).random((n, n)), 1)
    return upper + upper.T


def value(worth, groups, idle=None):
    groups = np.asarray(groups)
    together = (groups[:, None] == groups) & (groups != idle)
    return worth[together].sum() / 2


def optimum(worth, sizes):
    """The best value over all groupings, one by one."""
    k = range(len(sizes.fewest))
    return max(
        value(worth, groups, sizes.idle)
        for groups in product(k, repeat=len(worth))
        if all(sizes.fewest[g] <= groups.count(g) <= sizes.most[g] for g in k)
    )


def annealed(worth, groups, sizes, *, steps=3000, **more):
    grouping = Grouping(worth, np.array(groups), sizes, seed=1, **more)
    heats = grouping.heats(lambda: True)
    grouping.anneal(heats, steps, lambda: True)
    return grouping


@pytest.mark.parametrize(
    ("sizes", "groups"),
    [
        (Sizes([3, 3], [3, 3]), [0, 0, 0, 1, 1, 1]),
        (Sizes([2, 2], [4, 5]), [0, 0, 0, 1, 1, 1, 1]),
        (Sizes([2, 2, 2], [3, 3, 2]), [0, 0, 1, 1, 2, 2, 1]),
        (Sizes([2, 2, 0], [3, 2, 3], idle=2), [0, 0, 1, 1, 2, 2, 2]),
    ],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_the_optimum_of_small_cases_is_found(sizes, groups, seed):
    worth = matrix(len(groups), seed)
    assert annealed(worth, groups, sizes).best_value == pytest.approx(optimum(worth, sizes))


@settings(max_examples=12, deadline=None)
@given(st.integers(6, 14), st.integers(0, 99), st.booleans(), st.floats(-1, 0))
def test_the_books_agree_with_a_reckoning_from_scratch(n, seed, has_idle, shift):
    worth = matrix(n, seed) + shift
    np.fill_diagonal(worth, 0.0)
    sizes = Sizes([2, 2, 0], [n, n, n], idle=2 if has_idle else None)
    grouping = annealed(worth, [0, 0, 1, 1] + [2] * (n - 4), sizes, steps=500)
    assert grouping.value == pytest.approx(value(worth, grouping.groups, sizes.idle))
    assert grouping.best_value == pytest.approx(value(worth, grouping.best, sizes.idle))
    assert grouping.best_value >= grouping.value - 1e-9
    assert all(np.bincount(grouping.best, minlength=3)[:2] >= 2)


def test_elements_that_are_not_movable_stay():
    groups = [0, 0, 0, 0, 1, 1, 1, 1]
    found = annealed(matrix(8, 3), groups, Sizes([2, 2], [6, 6]), movable=[1, 2, 5, 6])
    assert [g for i, g in enumerate(found.best) if i not in {1, 2, 5, 6}] == [0, 0, 1, 1]


class Ban:
    """Element 0 costs one while it is in group 1, and elements 1 and 2 never change places with anybody."""

    def __init__(self):
        self.home = 0

    def columns(self):
        columns = np.zeros((2, 8))
        columns[1, 0] = -1.0
        return columns

    def change(self, i, a, j, b):
        if {i, j} & {1, 2}:
            return None
        self.home = b if i == 0 else a if j == 0 else self.home
        return {}

    def cost(self):
        return float(self.home)


def test_a_guard_refuses_and_its_cost_counts():
    worth = matrix(8, 4)
    found = annealed(worth, [0, 0, 0, 0, 1, 1, 1, 1], Sizes([2, 2], [6, 6]), guard=Ban())
    assert found.best[1] == found.best[2] == 0
    assert found.best_value == pytest.approx(value(worth, found.best) - found.best[0])


def test_the_same_seed_gives_the_same_groups():
    one, other = (annealed(matrix(30, 5), np.arange(30) % 5, Sizes([6] * 5, [6] * 5)) for _ in range(2))
    assert one.best.tolist() == other.best.tolist()


def test_it_stops_when_told():
    asked = []
    grouping = Grouping(matrix(30, 5), np.arange(30) % 5, Sizes([6] * 5, [6] * 5), seed=1)
    grouping.anneal(Heats(1.0, 0.5, 0.1), 10**9, lambda: len(asked.append(1) or asked) < 3)
    assert len(asked) == 3


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 3)), min_size=1, max_size=4), st.data())
def test_sizes_are_the_best_for_the_mean(bounds, data):
    sizes = Sizes([low for low, _ in bounds], [low + more for low, more in bounds])
    n = data.draw(st.integers(sum(sizes.fewest), sum(sizes.most)))
    mean = data.draw(st.sampled_from([-1.0, 1.0]))
    choices = product(*(range(a, b + 1) for a, b in zip(sizes.fewest, sizes.most, strict=True)))
    best = max(mean * sum(s * (s - 1) / 2 for s in each) for each in choices if sum(each) == n)
    found = best_sizes(sizes, n, mean)
    assert sum(found) == n
    assert all(a <= s <= b for a, s, b in zip(sizes.fewest, found, sizes.most, strict=True))
    assert mean * sum(s * (s - 1) / 2 for s in found) == pytest.approx(best)
