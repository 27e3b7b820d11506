"""A roster turned into what the models speak of: units to place and places to put them.

A unit is one member, or several who must share a pod. A place is a series of instants at which any number of pods may
meet. Sets of members are integers, bit ``i`` standing for ``roster.members[i]`` (as in ``matching.slots``).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

from matching.consistency import bound_together
from matching.errors import NoPlan
from matching.slots import Audience, Candidate, candidates, meeting_starts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from matching.roster import Lock, PodSize, Roster


@dataclass(frozen=True, slots=True)
class Unit:
    """Members (as a set) who are placed together or not at all; a lock makes the pod that holds them a must."""

    members: int
    lock: Lock | None = None

    @property
    def size(self) -> int:
        """How many they are; a lock without members has size 0."""
        return self.members.bit_count()


@dataclass(frozen=True, slots=True)
class Place:
    """A candidate with the units that can come; ``lock`` names the pod for which a slot is locked here."""

    candidate: Candidate
    units: tuple[int, ...]
    lock: Lock | None = None

    def if_needed(self, unit: Unit) -> int:
        """How many of the unit would touch their if-needed time."""
        return (unit.members & ~self.candidate.free).bit_count()

    def has_anchor(self, unit: Unit) -> bool:
        """Whether the unit brings somebody from an anchor zone."""
        return bool(unit.members & self.candidate.anchors)


@dataclass(frozen=True, slots=True)
class Group:
    """A pod in the making: a place and the units that meet there."""

    place: int
    units: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """Units, places and the hard rules between units.

    ``apart`` holds groups of unit numbers of which no two share a pod, ``companions`` the sets of members of whom a pod
    holds none or at least two. ``foes[u]`` is the set of unit numbers that must not share a pod with unit ``u``.
    """

    roster: Roster
    units: tuple[Unit, ...]
    places: tuple[Place, ...]
    apart: tuple[tuple[int, ...], ...]
    companions: tuple[int, ...]
    foes: tuple[int, ...]

    @property
    def pod_size(self) -> PodSize:
        """Fewest and most members of a pod."""
        return self.roster.pod_size

    def members(self, chosen: int) -> list[int]:
        """The member numbers in a set, ascending."""
        return list(_bits(chosen))

    def members_of(self, units: Iterable[int]) -> int:
        """The members of some units, as a set."""
        return sum(self.units[unit].members for unit in units)

    def keeps_rules(self, group: Group) -> bool:
        """Whether these units make a pod: its size, an anchor, nobody with a foe, nobody alone."""
        whole = self.members_of(group.units)
        return (
            self.pod_size.min <= whole.bit_count() <= self.pod_size.max
            and bool(whole & self.places[group.place].candidate.anchors)
            and not self.has_foes(group.units)
            and all((whole & holders).bit_count() != 1 for holders in self.companions)
        )

    def has_foes(self, units: Iterable[int]) -> bool:
        """Whether two of the units must not share a pod."""
        chosen = list(units)
        inside = sum(1 << unit for unit in chosen)
        return any(self.foes[unit] & inside for unit in chosen)


def pose(roster: Roster) -> Problem:
    """The problem of a roster; raises ``NoPlan`` where a lock cannot be kept whatever the others do."""
    units = _units(roster)
    open_places = _undominated(list(_open_places(roster, units)))
    locked_places = [_locked_place(roster, units, number) for number in _slot_locked(units)]
    places = tuple(open_places + locked_places)
    for number, unit in enumerate(units):
        if unit.lock and not any(number in place.units for place in places):
            raise NoPlan(
                f"Pod {unit.lock.pod} is locked with members who share no hour "
                f"with enough others for a pod of {roster.pod_size.min}."
            )
    apart = _apart(roster, units)
    return Problem(
        roster=roster,
        units=units,
        places=places,
        apart=apart,
        companions=_companions(roster),
        foes=_foes(len(units), apart),
    )


def _units(roster: Roster) -> tuple[Unit, ...]:
    bits = {member.id: 1 << i for i, member in enumerate(roster.members)}
    lock_of = {name: lock for lock in roster.rules.locked for name in lock.members}
    units = []
    for names in bound_together(roster).largest_first():
        lock = next((lock_of[name] for name in names if name in lock_of), None)
        units.append(Unit(members=sum(bits[name] for name in names), lock=lock))
    units += [Unit(members=0, lock=lock) for lock in roster.rules.locked if not lock.members]
    return tuple(sorted(units, key=lambda unit: (unit.lock is None, -unit.size, unit.members)))


def _slot_locked(units: tuple[Unit, ...]) -> list[int]:
    return [number for number, unit in enumerate(units) if unit.lock and unit.lock.slot]


def _open_places(roster: Roster, units: tuple[Unit, ...]) -> Iterator[Place]:
    for candidate in candidates(roster):
        numbers = [
            number
            for number, unit in enumerate(units)
            if not unit.members & ~candidate.fits and not (unit.lock and unit.lock.slot)
        ]
        if place := _place(roster, units, candidate, numbers):
            yield place


def _locked_place(roster: Roster, units: tuple[Unit, ...], number: int) -> Place:
    """The place that exists only for one lock: its own anchor zone, its own slot."""
    lock = units[number].lock
    assert lock is not None
    assert lock.slot is not None
    candidate = Audience(roster).candidate(meeting_starts(lock.slot, roster.period), (lock.slot,))
    if units[number].members & ~candidate.fits:
        late = ", ".join(roster.members[i].id for i in _bits(units[number].members & ~candidate.fits))
        raise NoPlan(f"Pod {lock.pod} is locked at {lock.slot}, but {late} cannot come in every week.")
    numbers = [
        other
        for other, unit in enumerate(units)
        if other == number or (not unit.lock and not unit.members & ~candidate.fits)
    ]
    place = _place(roster, units, candidate, numbers, lock=lock)
    if place is None:
        raise NoPlan(f"Pod {lock.pod} is locked at {lock.slot}, but too few people can come for a pod there.")
    return place


def _place(
    roster: Roster, units: tuple[Unit, ...], candidate: Candidate, numbers: list[int], *, lock: Lock | None = None
) -> Place | None:
    """The place for these units, or None if they are too few for one pod or nobody anchors it."""
    whole = 0
    for number in numbers:
        whole |= units[number].members
    if whole.bit_count() < roster.pod_size.min or not whole & candidate.anchors:
        return None
    trimmed = Candidate(
        starts=candidate.starts,
        slots=candidate.slots,
        fits=whole,
        free=whole & candidate.free,
        anchors=whole & candidate.anchors,
    )
    return Place(candidate=trimmed, units=tuple(numbers), lock=lock)


def _undominated(places: list[Place]) -> list[Place]:
    """The places that matter: whatever fits a dropped one fits one that stays, as freely and with as good an anchor."""
    kept: list[Place] = []
    for place in sorted(places, key=_breadth, reverse=True):
        mine = place.candidate
        if not any(_covers(other.candidate, mine) for other in kept):
            kept.append(place)
    return sorted(kept, key=lambda place: place.candidate.starts)


def _breadth(place: Place) -> tuple[int, int, int]:
    candidate = place.candidate
    return candidate.fits.bit_count(), candidate.free.bit_count(), candidate.anchors.bit_count()


def _covers(better: Candidate, worse: Candidate) -> bool:
    return not (worse.fits & ~better.fits or worse.free & ~better.free or worse.anchors & ~better.anchors)


def _apart(roster: Roster, units: tuple[Unit, ...]) -> tuple[tuple[int, ...], ...]:
    unit_of = {i: number for number, unit in enumerate(units) for i in _bits(unit.members)}
    index = {member.id: i for i, member in enumerate(roster.members)}
    groups = {tuple(sorted({unit_of[index[name]] for name in names})) for names in roster.rules.apart}
    groups.add(tuple(number for number, unit in enumerate(units) if unit.lock))
    return tuple(sorted(group for group in groups if len(group) > 1))


def _companions(roster: Roster) -> tuple[int, ...]:
    sets = (
        sum(1 << i for i, member in enumerate(roster.members) if member.traits.get(rule.trait) == rule.value)
        for rule in roster.rules.never_alone
    )
    return tuple(sorted({chosen for chosen in sets if chosen}))


def _bits(chosen: int) -> Iterable[int]:
    return (i for i in range(chosen.bit_length()) if chosen >> i & 1)


def _foes(count: int, apart: tuple[tuple[int, ...], ...]) -> tuple[int, ...]:
    foes = [0] * count
    for group in apart:
        for one, other in permutations(group, 2):
            foes[one] |= 1 << other
    return tuple(foes)
