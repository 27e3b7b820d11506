"""What our plans are measured against: ways to make pods that need no model.

Each gives lists of members (as sets: bit ``i`` stands for ``roster.members[i]``) and may use as many CPU seconds as it
is told. Members who can come to no place at all are left out beforehand, which helps those methods that must put
everybody somewhere.
"""

from __future__ import annotations

import math
import random
import time
from typing import TYPE_CHECKING

import numpy as np
from ortools.graph.python import min_cost_flow

from matching.greedy import greedy
from matching.sets import numbers_in, set_of, union

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from matching.problem import Problem
    from matching.slots import Candidate

Pods = list[int]

#: Distances are whole numbers to a flow.
_DISTANCE_UNIT = 1000
_ROUNDS_OF_MEANS = 30
#: Temperatures of the annealing, in members who can come.
_WARM, _COLD = 2.0, 0.15
_MOVES_PER_LOOK_AT_THE_CLOCK = 64


def largest_slot_first(problem: Problem) -> Pods:
    """Again and again the slot where most people without a pod can meet; takes milliseconds."""
    return [problem.members_of(group.units) for group in greedy(problem)]


def random_feasible(problem: Problem, *, seed: int, seconds: float) -> Pods:
    """Random people at random places as long as pods can be filled; the best of as many tries as time allows."""
    dice, until = random.Random(seed), time.process_time() + seconds
    best: Pods = []
    while time.process_time() < until:
        best = max(best, _random_pods(problem, dice), key=_people)
    return best


def _random_pods(problem: Problem, dice: random.Random) -> Pods:
    left, pods = reachable(problem), []
    places = [place.candidate for place in problem.places]
    while places:
        place = places.pop(dice.randrange(len(places)))
        while pod := _random_pod(problem, place, left, dice):
            pods.append(pod)
            left &= ~pod
    return pods


def _random_pod(problem: Problem, place: Candidate, left: int, dice: random.Random) -> int:
    """As many random people as a pod holds, one of them from an anchor zone; nobody if they are too few."""
    coming, anchors = numbers_in(place.fits & left), numbers_in(place.anchors & left)
    if len(coming) < problem.pod_size.min or not anchors:
        return 0
    anchor = dice.choice(anchors)
    others = [i for i in coming if i != anchor]
    return set_of([anchor, *dice.sample(others, min(len(others), problem.pod_size.max - 1))])


def constrained_means(problem: Problem, *, seed: int, seconds: float) -> Pods:
    """Clusters of alike availability with sizes within bounds; the best of as many starts as time allows.

    K-means whose step of assignment is a flow of least cost, so that no cluster has too few members: P. Bradley,
    K. Bennett and A. Demiriz, "Constrained k-means clustering", Microsoft Research MSR-TR-2000-65, 2000; the upper
    bound is one more capacity. The features of a member are the places where they can come, one coordinate each. Three
    numbers of clusters take turns: as many as the smallest pods, as pods of eight and as the largest ones. Whoever is
    too many for any number of clusters, such as the eleventh for pods of 6 to 10, is left out.
    """
    members = numbers_in(reachable(problem))
    size, until = problem.pod_size, time.process_time() + seconds
    while members and math.ceil(len(members) / size.max) > len(members) // size.min:
        members.pop()
    if not members:
        return []
    features = _rows_of(problem, lambda place: place.fits)[members].astype(float)
    fewest, most = math.ceil(len(members) / size.max), len(members) // size.min
    counts = sorted({most, min(most, max(fewest, len(members) // 8)), fewest})
    dice = np.random.default_rng(seed)
    best: Pods = []
    start = 0
    while start < len(counts) or time.process_time() < until:
        clusters = _means(features, counts[start % len(counts)], size.min, size.max, dice)
        found = [set_of(members[i] for i in np.flatnonzero(clusters == c)) for c in range(clusters.max() + 1)]
        best = max(best, found, key=lambda pods: _people(pod for pod in pods if _can_meet(problem, pod)))
        start += 1
    return best


def _means(
    features: NDArray[np.float64], count: int, low: int, high: int, dice: np.random.Generator
) -> NDArray[np.intp]:
    """The cluster of each row, ended when nobody changes any more."""
    centres = features[_spread_out(features, count, dice)]
    clusters = np.full(len(features), -1)
    for _ in range(_ROUNDS_OF_MEANS):
        distances = ((features[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
        assigned = _assigned(distances, low, high)
        if (assigned == clusters).all():
            break
        clusters = assigned
        centres = np.array([features[clusters == c].mean(axis=0) for c in range(count)])
    return clusters


def _spread_out(features: NDArray[np.float64], count: int, dice: np.random.Generator) -> list[int]:
    """Rows far from each other: the seeding of D. Arthur and S. Vassilvitskii, "k-means++", SODA 2007."""
    chosen = [int(dice.integers(len(features)))]
    nearest = ((features - features[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < count:
        odds = nearest + 1e-9
        chosen.append(int(dice.choice(len(features), p=odds / odds.sum())))
        nearest = np.minimum(nearest, ((features - features[chosen[-1]]) ** 2).sum(axis=1))
    return chosen


def _assigned(distances: NDArray[np.float64], low: int, high: int) -> NDArray[np.intp]:
    """The cluster of each row, least sum of distances, ``low`` to ``high`` rows in each."""
    rows, count = distances.shape
    flow = min_cost_flow.SimpleMinCostFlow()
    tails, heads = np.repeat(np.arange(rows), count), rows + np.tile(np.arange(count), rows)
    costs = np.rint(distances.ravel() * _DISTANCE_UNIT).astype(np.int64)
    arcs = flow.add_arcs_with_capacity_and_unit_cost(tails, heads, np.ones_like(costs), costs)
    clusters, sink = rows + np.arange(count), rows + count
    nothing = np.zeros(count, dtype=np.int64)
    flow.add_arcs_with_capacity_and_unit_cost(clusters, np.full(count, sink), nothing + high - low, nothing)
    nodes = np.arange(sink + 1)
    flow.set_nodes_supplies(nodes, np.concatenate([np.ones(rows, int), nothing - low, [count * low - rows]]))
    if flow.solve() != flow.OPTIMAL:
        raise ValueError(f"{rows} rows do not go into {count} clusters of {low} to {high}")
    return flow.flows(arcs).reshape(rows, count).argmax(axis=1)


def annealed(problem: Problem, *, seed: int, seconds: float) -> Pods:
    """Groups of fixed sizes, the smallest allowed, and swaps of two members by simulated annealing.

    A group counts as many people as can come to its best place, and twice as many if that is everybody: what counts in
    the end is only people in groups where everybody can come, but that alone would be a flat landscape to swaps.
    """
    members = np.array(numbers_in(reachable(problem)))
    if len(members) < problem.pod_size.min:
        return []
    dice = random.Random(seed)
    dice.shuffle(order := members.tolist())
    tables = _Tables(problem, np.array_split(order, len(order) // problem.pod_size.min))
    best, most = tables.pods(), tables.placed
    for heat in _cooling(seconds):
        if tables.swap(dice, heat) and tables.placed > most:
            best, most = tables.pods(), tables.placed
    return best


def _cooling(seconds: float) -> Iterator[float]:
    began = time.process_time()
    while (spent := (time.process_time() - began) / seconds) < 1:
        heat = _WARM * (_COLD / _WARM) ** spent
        for _ in range(_MOVES_PER_LOOK_AT_THE_CLOCK):
            yield heat


class _Tables:
    """Groups with counts, kept up to date, of who of them can come where."""

    def __init__(self, problem: Problem, groups: Iterable[NDArray[np.intp]]) -> None:
        self._coming = _rows_of(problem, lambda place: place.fits).astype(np.int16)
        self._anchoring = _rows_of(problem, lambda place: place.anchors).astype(np.int16)
        self._groups = [group.tolist() for group in groups]
        self._counts = [self._coming[group].sum(axis=0, dtype=np.int16) for group in self._groups]
        self._anchors = [self._anchoring[group].sum(axis=0, dtype=np.int16) for group in self._groups]
        self._worth = [self._value(*table, len(g)) for *table, g in self._all()]

    def pods(self) -> Pods:
        return [set_of(group) for group in self._groups]

    @property
    def placed(self) -> int:
        """How many people are in groups where everybody can come."""
        return sum(len(group) for group, worth in zip(self._groups, self._worth, strict=True) if worth > len(group))

    def swap(self, dice: random.Random, heat: float) -> bool:
        """Swap two random members of different groups, unless chance and heat are against it; whether it was better."""
        if len(self._groups) < 2:
            return False
        one, other = dice.sample(range(len(self._groups)), 2)
        i, j = dice.randrange(len(self._groups[one])), dice.randrange(len(self._groups[other]))
        leaving, coming = self._groups[one][i], self._groups[other][j]
        counts = self._coming[coming] - self._coming[leaving]
        anchors = self._anchoring[coming] - self._anchoring[leaving]
        first = self._counts[one] + counts, self._anchors[one] + anchors
        second = self._counts[other] - counts, self._anchors[other] - anchors
        worth = self._value(*first, len(self._groups[one])), self._value(*second, len(self._groups[other]))
        gain = sum(worth) - self._worth[one] - self._worth[other]
        if gain < 0 and dice.random() >= math.exp(gain / heat):
            return False
        self._groups[one][i], self._groups[other][j] = coming, leaving
        (self._counts[one], self._anchors[one]), (self._counts[other], self._anchors[other]) = first, second
        self._worth[one], self._worth[other] = worth
        return gain > 0

    def _all(self) -> Iterator[tuple[NDArray[np.int16], NDArray[np.int16], list[int]]]:
        return zip(self._counts, self._anchors, self._groups, strict=True)

    @staticmethod
    def _value(counts: NDArray[np.int16], anchors: NDArray[np.int16], size: int) -> int:
        most = int((counts * (anchors > 0)).max())
        return 2 * most if most == size else most


def reachable(problem: Problem) -> int:
    """The members who can come to some place, as a set."""
    return union(place.candidate.fits for place in problem.places)


def _people(pods: Iterable[int]) -> int:
    return sum(pod.bit_count() for pod in pods)


def _can_meet(problem: Problem, pod: int) -> bool:
    places = (place.candidate for place in problem.places)
    return any(not pod & ~place.fits and pod & place.anchors for place in places)


def _rows_of(problem: Problem, members: Callable[[Candidate], int]) -> NDArray[np.bool_]:
    """A table of members (rows) and places: who is in the set that belongs to a place."""
    table = np.zeros((len(problem.roster.members), len(problem.places)), dtype=bool)
    for number, place in enumerate(problem.places):
        table[numbers_in(members(place.candidate)), number] = True
    return table
