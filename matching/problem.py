"""A roster turned into what the models speak of: units to place and places to put them.

A unit is one member, or several who must share a pod. A place is a series of instants at which any number of pods may
meet. Sets of members are integers, bit ``i`` standing for ``roster.members[i]`` (as in ``matching.slots``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matching.consistency import bound_together
from matching.errors import NoPlan
from matching.sets import numbers_in, set_of, union
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
        return numbers_in(chosen)

    def members_of(self, units: Iterable[int]) -> int:
        """The members of some units, as a set."""
        return union(self.units[unit].members for unit in units)

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
    crowd = _Crowd(units)
    locked_places = [_locked_place(roster, units, crowd, number) for number in _slot_locked(units)]
    places = (*_open_places(roster, crowd), *locked_places)
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


class _Crowd:
    """All units, kept so that those who can come are found at once: single members as one set, the others one by one."""

    def __init__(self, units: tuple[Unit, ...]) -> None:
        self._single = {u.members.bit_length() - 1: n for n, u in enumerate(units) if u.size == 1 and not u.lock}
        self._alone = set_of(self._single)
        self._others = [(number, unit) for number, unit in enumerate(units) if unit.size != 1 or unit.lock]

    def coming(self, candidate: Candidate, lock: int | None = None) -> Candidate:
        """The candidate with nobody but the members of those units of which all can come."""
        fits = candidate.fits
        whole = fits & self._alone | union(unit.members for _, unit in self._together(fits, lock))
        return Candidate(
            starts=candidate.starts,
            slots=candidate.slots,
            fits=whole,
            free=whole & candidate.free,
            anchors=whole & candidate.anchors,
        )

    def place(self, candidate: Candidate, lock: int | None = None) -> Place:
        """The place at a candidate; ``lock`` is the number of the unit whose slot is locked there."""
        single = [self._single[i] for i in numbers_in(candidate.fits & self._alone)]
        others = [number for number, _ in self._together(candidate.fits, lock)]
        return Place(candidate, tuple(sorted(single + others)), lock=self._lock(lock))

    def _together(self, fits: int, lock: int | None) -> Iterator[tuple[int, Unit]]:
        """Units that can come and may: to a locked slot nobody else with a lock, elsewhere nobody with a slot."""
        for number, unit in self._others:
            barred = unit.lock is not None and (lock is not None or unit.lock.slot is not None)
            if not unit.members & ~fits and (number == lock or not barred):
                yield number, unit

    def _lock(self, number: int | None) -> Lock | None:
        return next((unit.lock for other, unit in self._others if other == number), None)


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


def _open_places(roster: Roster, crowd: _Crowd) -> list[Place]:
    wide = (crowd.coming(candidate) for candidate in candidates(roster))
    return [crowd.place(candidate) for candidate in _undominated([c for c in wide if _can_hold_a_pod(roster, c)])]


def _locked_place(roster: Roster, units: tuple[Unit, ...], crowd: _Crowd, number: int) -> Place:
    """The place that exists only for one lock: its own anchor zone, its own slot."""
    lock = units[number].lock
    assert lock is not None
    assert lock.slot is not None
    candidate = Audience(roster).candidate(meeting_starts(lock.slot, roster.period), (lock.slot,))
    if units[number].members & ~candidate.fits:
        late = ", ".join(roster.members[i].id for i in numbers_in(units[number].members & ~candidate.fits))
        raise NoPlan(f"Pod {lock.pod} is locked at {lock.slot}, but {late} cannot come in every week.")
    coming = crowd.coming(candidate, number)
    if not _can_hold_a_pod(roster, coming):
        raise NoPlan(f"Pod {lock.pod} is locked at {lock.slot}, but too few people can come for a pod there.")
    return crowd.place(coming, number)


def _can_hold_a_pod(roster: Roster, candidate: Candidate) -> bool:
    """Whether those who can come are enough for one pod and somebody anchors it."""
    return candidate.fits.bit_count() >= roster.pod_size.min and candidate.anchors > 0


def _undominated(wide: list[Candidate]) -> list[Candidate]:
    """The candidates that matter: whatever fits a dropped one fits one that stays, as freely and as well anchored.

    One that covers another holds each of its members, so it is enough to look among those kept for the member who has
    the fewest of them.
    """
    kept_for: dict[int, list[Candidate]] = {}
    kept = []
    for candidate in sorted(wide, key=_breadth, reverse=True):
        members = numbers_in(candidate.fits)
        rivals = min((kept_for.get(i, []) for i in members), key=len)
        if not any(_covers(other, candidate) for other in rivals):
            kept.append(candidate)
            for i in members:
                kept_for.setdefault(i, []).append(candidate)
    return sorted(kept, key=lambda candidate: candidate.starts)


def _breadth(candidate: Candidate) -> tuple[int, int, int]:
    return candidate.fits.bit_count(), candidate.free.bit_count(), candidate.anchors.bit_count()


def _covers(better: Candidate, worse: Candidate) -> bool:
    return not (worse.fits & ~better.fits or worse.free & ~better.free or worse.anchors & ~better.anchors)


def _apart(roster: Roster, units: tuple[Unit, ...]) -> tuple[tuple[int, ...], ...]:
    unit_of = {i: number for number, unit in enumerate(units) for i in numbers_in(unit.members)}
    index = {member.id: i for i, member in enumerate(roster.members)}
    groups = {tuple(sorted({unit_of[index[name]] for name in names})) for names in roster.rules.apart}
    groups.add(tuple(number for number, unit in enumerate(units) if unit.lock))
    return tuple(sorted(group for group in groups if len(group) > 1))


def _companions(roster: Roster) -> tuple[int, ...]:
    sets = (
        set_of(i for i, member in enumerate(roster.members) if member.traits.get(rule.trait) == rule.value)
        for rule in roster.rules.never_alone
    )
    return tuple(sorted({chosen for chosen in sets if chosen}))


def _foes(count: int, apart: tuple[tuple[int, ...], ...]) -> tuple[int, ...]:
    foes = [0] * count
    for group in apart:
        everyone = set_of(group)
        for one in group:
            foes[one] |= everyone & ~(1 << one)
    return tuple(foes)
