"""How good the company in a plan can be at most: a proven bound on goal match.

Pods are columns of a set partitioning program whose value, a mean over all pairs of pod-mates, is a ratio. Its linear
relaxation is bounded from above by prices of members (``matching.engine.prices``): for any prices that no plan can
add up to more than nothing, the dearest pod of all tells a ratio that no plan exceeds. Pods that are too dear are found,
or proven not to exist, by branch and bound (``matching.engine.pricing``); those found are heeded by the next prices.
This is column generation (Gilmore and Gomory, Operations Research 9, 1961; for grouping people Mehrotra and Trick,
"Cliques and clustering", Operations Research Letters 22, 1998), here in the dual with a bound at each step that holds
whether or not the search ran to its end (Farley, Operations Research 38, 1990).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from matching.engine.gatherings import Gatherings
from matching.engine.prices import Prices
from matching.engine.pricing import Terms, dear_pods
from matching.engine.star_bound import star_bound
from matching.sets import set_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from matching.engine.pricing import DearPod
    from matching.problem import Problem

#: Above so many members there is only the quick bound.
MOST_MEMBERS = 400
#: The bound has met what a plan has reached, or what the known pods allow.
_MEETS, _CLOSE = 1e-6, 1e-5
#: How far above what the known pods allow the next proof is attempted, as a part of the gap: farther after a search
#: that was too long to end, nearer after one that did.
_NEAREST, _FARTHEST = 0.1, 0.3
#: Half-made pods looked at in one batch of gatherings, at first and at last.
_FEWEST_STATES, _MOST_STATES = 5_000, 5_000_000
#: How many pods the prices learn from one search, and how many of them with the same member.
_LESSONS, _LESSONS_PER_MEMBER = 400, 8
#: Far more than what rounding can do to a ratio.
_MARGIN = 1e-9


def goal_bound(problem: Problem, *, placed: int, if_needed: int, best: float, go_on: Callable[[], bool]) -> float:
    """A mean similarity that no plan with exactly ``placed`` members and at most ``if_needed`` strained ones exceeds.

    First a quick bound, then a tighter one while ``go_on`` says yes, until it meets ``best``, what a plan has reached.
    """
    if placed < problem.pod_size.min or not problem.places:
        return 0.0
    bound = min(1.0, star_bound(problem, placed=placed, if_needed=if_needed))
    if len(problem.roster.members) > MOST_MEMBERS or bound <= best + _MEETS or not go_on():
        return bound
    search = _Search(problem, placed=placed, if_needed=if_needed, bound=bound)
    while search.bound > best + _MEETS and go_on() and search.step(go_on):
        pass
    return search.bound


class _Search:
    """The bound so far and the prices for the pods known so far; each step improves on one of them."""

    def __init__(self, problem: Problem, *, placed: int, if_needed: int, bound: float) -> None:
        self.bound = bound
        self._sizes = problem.pod_size.min, problem.pod_size.max
        self._gatherings = Gatherings(problem, if_needed=if_needed)
        self._prices = Prices(self._gatherings.alike, placed=placed, if_needed=if_needed)
        self._terms = Terms(0.0, np.zeros(len(self._gatherings.alike)), 0.0)
        self._most_states = _FEWEST_STATES
        self._reach = _NEAREST

    def step(self, go_on: Callable[[], bool]) -> bool:
        """Look for pods that are too dear for a ratio just above what the known pods allow; whether more can be done."""
        if self.bound - self._terms.ratio < _CLOSE:
            return False
        ratio = self._terms.ratio + self._reach * (self.bound - self._terms.ratio)
        pods, unseen = self._dear_pods(Terms(ratio, self._terms.prices, self._terms.strain), go_on)
        # A pod of the fewest members has the fewest pairs over which its worth can be spread.
        worst = max([unseen, *(pod.worth for pod in pods)]) / (self._sizes[0] * (self._sizes[0] - 1) / 2)
        self.bound = min(self.bound, ratio + worst + _MARGIN)
        self._reach = min(_FARTHEST, self._reach * 1.5) if unseen else max(_NEAREST, self._reach / 1.5)
        if not pods and not unseen:
            return True
        if self._prices.learn(pods):
            return self._reprice()
        self._most_states *= 4
        return unseen > 0.0 and self._most_states <= _MOST_STATES

    def _reprice(self) -> bool:
        """Prices that heed all known pods; False where the solver fails."""
        terms = self._prices.best()
        self._terms = terms or self._terms
        return terms is not None

    def _dear_pods(self, terms: Terms, go_on: Callable[[], bool]) -> tuple[list[DearPod], float]:
        """Various pods of positive worth, the dearest among them, and what those not seen could be worth at most."""
        pods: list[DearPod] = []
        unseen = 0.0
        for batch in self._gatherings.batches:
            found = dear_pods(batch, terms, sizes=self._sizes, most_states=self._most_states, go_on=go_on)
            pods += found.pods
            unseen = max(unseen, found.unseen)
        return self._various(sorted(pods, key=lambda pod: (-pod.worth, pod.members))), unseen

    def _various(self, pods: list[DearPod]) -> list[DearPod]:
        """The first of the pods that keep all rules, few of them with the same member."""
        seen = Counter[int]()
        chosen: list[DearPod] = []
        for pod in pods:
            fresh = any(seen[i] < _LESSONS_PER_MEMBER for i in pod.members)
            if fresh and self._gatherings.is_pod(pod.place, set_of(pod.members)):
                chosen.append(pod)
                seen.update(pod.members)
            if len(chosen) == _LESSONS:
                break
        return chosen
