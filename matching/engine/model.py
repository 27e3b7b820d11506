"""The slot-first model: how many pods at which place, and who meets where.

For each place ``p`` an integer ``y[p]`` counts its pods and a boolean ``x[u, p]`` says that unit ``u`` meets there.
``min * y <= people <= max * y`` and at least ``y`` units with an anchor make sure that the people of one place can be
cut into pods afterwards; choosing places before people keeps "can meet" linear, which is what makes it provable.
``x <= y`` is implied, but tightens the linear relaxation.

The rules between members are first counted (a group that must be apart needs as many pods as it has members there, a
holder of a trait needs another one at the place). Counting is necessary, not sufficient: where a place could not be cut
into sound pods, it is made explicit (``matching.engine.pods``) and the search goes on. So every bound is valid for the
real problem at any time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from matching.engine.conflicts import cliques
from matching.engine.pods import Pods

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matching.engine.solver import Answer
    from matching.problem import Group, Place, Problem


@dataclass(frozen=True, slots=True)
class Assignment:
    """The units of each place that is used, by place number."""

    units_at: dict[int, tuple[int, ...]]

    @classmethod
    def of(cls, groups: Iterable[Group]) -> Assignment:
        """Where the units of these groups meet."""
        units_at: dict[int, tuple[int, ...]] = {}
        for group in groups:
            units_at[group.place] = tuple(sorted((*units_at.get(group.place, ()), *group.units)))
        return cls(units_at)


class SlotModel:
    """The model of one problem; ``explicit`` names the places whose pods are modelled one by one."""

    def __init__(self, problem: Problem, explicit: Iterable[int] = ()) -> None:
        self.model = cp_model.CpModel()
        self._problem = problem
        self._pods = [
            self.model.new_int_var(0, place.candidate.fits.bit_count() // problem.pod_size.min, f"pods {p}")
            for p, place in enumerate(problem.places)
        ]
        self._meets = {
            (unit, p): self.model.new_bool_var(f"unit {unit} at {p}")
            for p, place in enumerate(problem.places)
            for unit in place.units
        }
        for unit in range(len(problem.units)):
            self._one_place(unit)
        for p, place in enumerate(problem.places):
            self._sizes(p, place)
            self._anchors(p, place)
            self._apart(p)
            self._never_alone(p, place)
        for p in sorted(explicit):
            self._explicit(p)
        self._lock_places()
        self._conflicts()
        self.placed = sum(problem.units[unit].size * met for (unit, _), met in self._meets.items())
        self.if_needed = sum(
            problem.places[p].if_needed(problem.units[unit]) * met for (unit, p), met in self._meets.items()
        )

    def hint(self, assignment: Assignment, groups: Iterable[Group]) -> None:
        """Tell the solver where to start."""
        counts = [0] * len(self._pods)
        for group in groups:
            counts[group.place] += 1
        for (unit, p), met in self._meets.items():
            self.model.add_hint(met, unit in assignment.units_at.get(p, ()))
        for p, pods in enumerate(self._pods):
            self.model.add_hint(pods, counts[p])

    def use_only(self, places: frozenset[int]) -> None:
        """Close all other places but the locked ones."""
        for p, pods in enumerate(self._pods):
            if p not in places and not self._problem.places[p].lock:
                self.model.add(pods == 0)

    def read(self, answer: Answer) -> Assignment:
        """The assignment of the best solution found."""
        units_at: dict[int, list[int]] = {}
        for (unit, p), met in self._meets.items():
            if answer.value(met):
                units_at.setdefault(p, []).append(unit)
        return Assignment({p: tuple(units) for p, units in units_at.items()})

    def _one_place(self, unit: int) -> None:
        choices = [self._meets[unit, p] for p, place in enumerate(self._problem.places) if unit in place.units]
        if self._problem.units[unit].lock:
            self.model.add_exactly_one(choices)
        else:
            self.model.add_at_most_one(choices)

    def _sizes(self, p: int, place: Place) -> None:
        size = self._problem.pod_size
        people = sum(self._problem.units[unit].size * self._meets[unit, p] for unit in place.units)
        self.model.add(people >= size.min * self._pods[p])
        self.model.add(people <= size.max * self._pods[p])
        for unit in place.units:
            self.model.add(self._meets[unit, p] <= self._pods[p])

    def _anchors(self, p: int, place: Place) -> None:
        anchors = [self._meets[unit, p] for unit in place.units if place.has_anchor(self._problem.units[unit])]
        self.model.add(sum(anchors) >= self._pods[p])

    def _apart(self, p: int) -> None:
        for group in self._problem.apart:
            here = [self._meets[unit, p] for unit in group if (unit, p) in self._meets]
            if len(here) > 1:
                self.model.add(sum(here) <= self._pods[p])

    def _never_alone(self, p: int, place: Place) -> None:
        for holders in self._problem.companions:
            shares = {unit: (self._problem.units[unit].members & holders).bit_count() for unit in place.units}
            here = [unit for unit in place.units if shares[unit]]
            for unit in here:
                if shares[unit] == 1:
                    others = [self._meets[other, p] for other in here if other != unit]
                    self.model.add_bool_or([self._meets[unit, p].negated(), *others])

    def _explicit(self, p: int) -> None:
        here = {unit: self._meets[unit, p] for unit in self._problem.places[p].units}
        pods = Pods(self.model, self._problem, p, here)
        self.model.add(sum(pods.open) == self._pods[p])

    def _conflicts(self) -> None:
        crowds = [place.candidate.fits for place in self._problem.places]
        for clique in cliques(crowds, self._problem.pod_size.min):
            self.model.add(sum(self._pods[p] for p in clique) <= 1)

    def _lock_places(self) -> None:
        """A locked slot's own place holds that one pod; others who meet at that hour have the ordinary place."""
        for p, place in enumerate(self._problem.places):
            if place.lock:
                self.model.add(self._pods[p] == 1)
