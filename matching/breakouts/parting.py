"""Whether people who must stay apart can be seated at all, and which demands are in the way where they cannot."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from matching.breakouts.effort import Effort
from matching.breakouts.exact import Exhausted
from matching.breakouts.seating import room_sizes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matching.breakouts.designs import Seating
    from matching.breakouts.values import Session

_STEPS = 50_000


def parted(people: int, sizes: Sequence[int], apart: Iterable[tuple[int, int]]) -> Seating | None:
    """Rooms of these sizes in which no pair of ``apart`` shares one, or None where there is no such seating.

    Raises ``Exhausted`` when that could not be decided in reasonable time. Those with the fewest rooms left are seated
    first; of the empty rooms of one size only one is tried.
    """
    enemies: dict[int, set[int]] = {}
    for one, other in apart:
        enemies.setdefault(one, set()).add(other)
        enemies.setdefault(other, set()).add(one)
    rooms = _first_fit(enemies, sizes)
    if rooms is None:
        search = _Parting(enemies, sizes)
        if not search.seat_all():
            return None
        rooms = search.rooms
    rest = iter(person for person in range(people) if person not in enemies)
    return [room + [next(rest) for _ in range(size - len(room))] for room, size in zip(rooms, sizes, strict=True)]


def culprits(session: Session) -> list[int]:
    """Positions in ``apart`` that no plan can keep all together, though without any one of them the others can be kept.

    Raises ``Exhausted`` when that could not be decided. Groups are left out one by one; what can be missed stays out.
    """
    kept = list(range(len(session.apart)))
    for position in list(kept):
        fewer = [other for other in kept if other != position]
        if not feasible(session, fewer):
            kept = fewer
    return kept


def feasible(session: Session, positions: Iterable[int]) -> list[int]:
    """The numbers of rooms for which these groups of ``apart`` can be kept."""
    numbers = {attendee.id: number for number, attendee in enumerate(session.attendees)}
    groups = [[numbers[name] for name in session.apart[position]] for position in positions]
    pairs = {(min(p, q), max(p, q)) for names in groups for p, q in combinations(names, 2)}
    people = len(session.attendees)
    return [rooms for rooms in session.room_counts if parted(people, room_sizes(people, rooms), pairs) is not None]


def _first_fit(enemies: dict[int, set[int]], sizes: Sequence[int]) -> Seating | None:
    """Those with the most enemies first, each in the emptiest room that will do; None if somebody finds none."""
    rooms: Seating = [[] for _ in sizes]
    for person in sorted(enemies, key=lambda p: (-len(enemies[p]), p)):
        fitting = [
            (len(room) - size, number)
            for number, (room, size) in enumerate(zip(rooms, sizes, strict=True))
            if len(room) < size and enemies[person].isdisjoint(room)
        ]
        if not fitting:
            return None
        rooms[min(fitting)[1]].append(person)
    return rooms


class _Parting:
    def __init__(self, enemies: dict[int, set[int]], sizes: Sequence[int]) -> None:
        self._enemies = enemies
        self._sizes = sizes
        self._effort = Effort(_STEPS)
        self._waiting = set(enemies)
        self.rooms: Seating = [[] for _ in sizes]

    def seat_all(self) -> bool:
        """Seat everybody who has an enemy; whether that was possible."""
        if not self._waiting:
            return True
        if not self._effort.spend(1 + len(self._waiting)):
            raise Exhausted
        person = min(self._waiting, key=lambda p: (len(self._open(p)), -len(self._enemies[p]), p))
        self._waiting.remove(person)
        for number in self._open(person):
            self.rooms[number].append(person)
            if self.seat_all():
                return True
            self.rooms[number].pop()
        self._waiting.add(person)
        return False

    def _open(self, person: int) -> list[int]:
        seen: set[int] = set()
        found = []
        for number, (room, size) in enumerate(zip(self.rooms, self._sizes, strict=True)):
            if len(room) == size or (not room and size in seen) or self._enemies[person] & set(room):
                continue
            if not room:
                seen.add(size)
            found.append(number)
        return found
