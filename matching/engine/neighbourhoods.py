"""Which pods to plan anew together: some that want each other's people, and those without a pod around them.

Large neighbourhood search (Shaw, CP 1998; Pisinger and Ropke, Handbook of Metaheuristics, 2010): a part of the plan is
torn down and planned anew exactly. A neighbourhood grows from one place that somebody without a pod, or with if-needed
time, could use, by pods whose people could come to the hours reached so far.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matching.engine.parts import Part
from matching.problem import Group
from matching.sets import numbers_in, set_of, union

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from random import Random

    from matching.problem import Problem

#: How many people's chance is worth in the choice of the next pod, so that each choice differs a little.
_CHANCE = 3.0
#: One person without a pod for so many pairs: new pods are made of these.
_PAIRS_PER_SPARE = 3
#: After so many pods the growth looks how large the part has become.
_STRIDE = 2


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Pods (by their keys) and units without a pod that are planned anew, at these places; ``whole`` if it is all."""

    pods: tuple[int, ...]
    units: tuple[int, ...]
    places: tuple[int, ...]
    whole: bool


class Surroundings:
    """Knows the people of every place of a problem, and finds neighbourhoods."""

    def __init__(self, problem: Problem, dice: Random) -> None:
        self._problem = problem
        self._dice = dice
        self._low = problem.pod_size.min
        self._fits = [place.candidate.fits for place in problem.places]
        self._free = [place.candidate.free for place in problem.places]
        self._anchors = [place.candidate.anchors for place in problem.places]
        self._unit_of = {i: n for n, unit in enumerate(problem.units) for i in numbers_in(unit.members)}
        self._choices: dict[int, list[int]] = {i: [] for i in self._unit_of}
        self._open = [p for p, place in enumerate(problem.places) if not place.lock]
        for p in self._open:
            for i in numbers_in(self._fits[p]):
                self._choices[i].append(p)
        self._movable = union(unit.members for unit in problem.units if not unit.lock)

    def around(
        self, pods: Mapping[int, Group], inside: Mapping[int, int], busy: int, wanted: int, pairs: int
    ) -> Neighbourhood | None:
        """A neighbourhood around somebody of ``wanted`` with up to about so many (unit, place) pairs.

        ``pods`` are those that may be torn down, ``inside`` their members, ``busy`` the members who are not to be touched. None if nobody of
        ``wanted`` can go anywhere.
        """
        start = self._start(wanted & ~busy)
        if start is None:
            return None
        spare = self._movable & ~busy & ~union(inside.values())
        region = self._fits[start]
        torn: list[int] = []
        people = region & spare | self._near(region, spare, pairs // _PAIRS_PER_SPARE)
        rest = dict(inside)
        while rest and (len(torn) % _STRIDE or self._pairs(people) < pairs):
            key = max(rest, key=lambda key: self._pull(rest[key], self._fits[pods[key].place] & spare, region))
            torn.append(key)
            region |= self._fits[pods[key].place]
            people |= rest.pop(key) | region & spare
        if not rest:
            people |= spare
        used = {pods[key].place for key in torn}
        places, complete = self._places(people, used | {start}, pairs)
        units = sorted({self._unit_of[i] for i in numbers_in(people & spare)})
        return Neighbourhood(tuple(sorted(torn)), tuple(units), places, whole=complete and not rest and not busy)

    def part(
        self,
        around: Neighbourhood,
        pods: Mapping[int, Group],
        *,
        counts_if_needed: bool,
        effort: float,
        seconds: float,
        seed: int,
    ) -> tuple[Part, tuple[int, ...]]:
        """The neighbourhood as a part, and the units of the problem that its units stand for."""
        problem = self._problem
        units = tuple(sorted({*around.units, *(unit for key in around.pods for unit in pods[key].units)}))
        members = numbers_in(problem.members_of(units))
        number = {i: n for n, i in enumerate(members)}
        unit_number = {unit: n for n, unit in enumerate(units)}
        place_number = {place: n for n, place in enumerate(around.places)}

        def narrowed(chosen: int) -> int:
            return set_of(number[i] for i in numbers_in(chosen & everyone))

        everyone = set_of(members)
        locked_places = {problem.places[p].lock: p for p in around.places if problem.places[p].lock}
        return Part(
            size=(problem.pod_size.min, problem.pod_size.max),
            units=tuple(narrowed(problem.units[unit].members) for unit in units),
            must=tuple(unit_number[unit] for unit in units if problem.units[unit].lock),
            places=tuple(
                (narrowed(self._fits[p]), narrowed(self._free[p]), narrowed(self._anchors[p])) for p in around.places
            ),
            own=tuple(
                (place_number[locked_places[lock]], unit_number[unit])
                for unit in units
                if (lock := problem.units[unit].lock) in locked_places
            ),
            apart=tuple(
                group
                for names in problem.apart
                if len(group := tuple(unit_number[unit] for unit in names if unit in unit_number)) > 1
            ),
            companions=tuple(holders for chosen in problem.companions if (holders := narrowed(chosen))),
            pods=tuple(
                Group(place_number[pods[key].place], tuple(unit_number[unit] for unit in pods[key].units))
                for key in around.pods
            ),
            counts_if_needed=counts_if_needed,
            effort=effort,
            seconds=seconds,
            seed=seed,
        ), units

    def _start(self, wanted: int) -> int | None:
        """A place of somebody who is to be helped."""
        members = [i for i in numbers_in(wanted) if self._choices.get(i)]
        return self._dice.choice(self._choices[self._dice.choice(members)]) if members else None

    def _near(self, region: int, spare: int, most: int) -> int:
        """Up to about so many people without a pod who share hours with the region's people, the closest first."""
        near = 0
        for p in sorted(self._open, key=lambda p: (self._fits[p] & region).bit_count(), reverse=True):
            if near.bit_count() >= most:
                break
            near |= self._fits[p] & spare
        return near

    def _pull(self, members: int, spare: int, region: int) -> float:
        """How much a pod belongs here: people who could come to the region, and people without a pod at its hour."""
        return (members & region).bit_count() + spare.bit_count() / 5 + _CHANCE * self._dice.random()

    def _pairs(self, people: int) -> int:
        counts = ((fits & people).bit_count() for fits in self._fits)
        return sum(count for count in counts if count >= self._low)

    def _places(self, people: int, used: Iterable[int], pairs: int) -> tuple[tuple[int, ...], bool]:
        """The places for these people, the used ones first and then the largest, and whether that is all of them."""
        chosen = set(used)
        budget = 2 * pairs - sum((self._fits[p] & people).bit_count() for p in chosen)
        crowds = {p: self._fits[p] & people for p in self._open if p not in chosen}
        possible = [p for p, crowd in crowds.items() if crowd.bit_count() >= self._low and self._anchors[p] & crowd]
        complete = True
        for p in sorted(possible, key=lambda p: (-crowds[p].bit_count(), p)):
            budget -= crowds[p].bit_count()
            if budget < 0:
                complete = False
                break
            chosen.add(p)
        return tuple(sorted(chosen)), complete
