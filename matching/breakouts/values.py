"""Breakout rooms: the question (a session) and the answer (who sits where in each round).

A session raises ``SessionError`` with every fault at once when its parts contradict each other.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from matching.errors import Fault, InputError
from matching.plan import Status
from matching.roster import require_between

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST_ATTENDEES = 1000
MOST_ROUNDS = 100
MOST_WEIGHT = 1000

#: A round: its rooms, each the ids of those who sit in it.
Round = tuple[tuple[str, ...], ...]


class SessionError(InputError):
    """A session with faults."""


@dataclass(frozen=True, slots=True)
class RoomSize:
    """Fewest and most people in a room."""

    min: int
    max: int

    def __post_init__(self) -> None:
        require_between("min", self.min, 2, MOST_ATTENDEES)
        require_between("max", self.max, 2, MOST_ATTENDEES)
        if self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}; allowed: min at most max")


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody who is there.

    ``pod``: people of one pod meet every week anyway, so of two plans with equally many repeats the one with fewer
    pod-mates in one room is better; a pod never counts as a repeat. ``traits`` take no part.
    """

    id: str
    pod: str | None = None
    traits: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Met:
    """Two people who met before this session, and how heavily that weighs: usually how often, less if long ago."""

    one: str
    other: str
    weight: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        if not 0 <= self.weight <= MOST_WEIGHT:
            raise ValueError(f"weight is {float(self.weight):g}; allowed: 0 to {MOST_WEIGHT}")


@dataclass(frozen=True, slots=True)
class Session:
    """Who is there, how large rooms are, for how many rounds.

    ``met``: a pair named more than once weighs the sum. ``apart``: of each group no two ever share a room.
    ``current``: the rooms in which people sit now, if the first round has begun. Who is there but in no room has come
    late; who is in a room but no longer among the attendees has left.
    """

    attendees: tuple[Attendee, ...]
    room_size: RoomSize
    rounds: int = 1
    met: tuple[Met, ...] = ()
    apart: tuple[tuple[str, ...], ...] = ()
    current: Round | None = None

    def __post_init__(self) -> None:
        if found := [fault for rule in _RULES for fault in rule(self)]:
            raise SessionError(found)

    @property
    def room_counts(self) -> range:
        """The numbers of rooms that keep the size bounds."""
        return room_counts(len(self.attendees), self.room_size)


@dataclass(frozen=True, slots=True)
class RoomPlan:
    """Rooms for each round, how many pairs meet again (``repeats``; see ``scoring``) and a proven lower bound on that.

    ``moved``: who of those in ``current`` has to change rooms, and ``moved_bound`` the fewest that have to in any plan;
    both are None without ``current``. ``reason`` says why there is no plan, where there is none.
    """

    rounds: tuple[Round, ...]
    repeats: Fraction = Fraction(0)
    bound: Fraction = Fraction(0)
    status: Status = Status.OPTIMAL
    moved: tuple[str, ...] | None = None
    moved_bound: int | None = None
    reason: str = ""


def room_counts(people: int, size: RoomSize) -> range:
    """The numbers of rooms into which that many people can be split.

    >>> room_counts(41, RoomSize(6, 10)), room_counts(11, RoomSize(6, 10))
    (range(5, 7), range(2, 2))
    """
    return range(-(-people // size.max), people // size.min + 1)


def _bounds(session: Session) -> Iterator[Fault]:
    if not 1 <= session.rounds <= MOST_ROUNDS:
        yield Fault("$.rounds", f"is {session.rounds}; allowed: 1 to {MOST_ROUNDS}")
    if not 2 <= len(session.attendees) <= MOST_ATTENDEES:
        yield Fault("$.attendees", f"has {len(session.attendees)} items; allowed: 2 to {MOST_ATTENDEES}")


def _duplicates(session: Session) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for index, attendee in enumerate(session.attendees):
        if first.setdefault(attendee.id, index) != index:
            path = f"$.attendees[{index}].id"
            yield Fault(path, f"{attendee.id!r} is also attendees[{first[attendee.id]}]; allowed: each id once")


def _splittable(session: Session) -> Iterator[Fault]:
    people, size = len(session.attendees), session.room_size
    if people < 2 or room_counts(people, size):
        return
    fewer, more = people // size.min, -(-people // size.max)
    ways = [f"max {-(-people // fewer)} for {_rooms(people, fewer)}"] if fewer else []
    ways.append(f"min {people // more} for {_rooms(people, more)}")
    what = f"{people} people cannot be split into rooms of {size.min} to {size.max}"
    yield Fault("$.room_size", f"{what}; allowed: {', or '.join(ways)}")


def _rooms(people: int, rooms: int) -> str:
    if rooms == 1:
        return f"one room of {people}"
    small, extra = divmod(people, rooms)
    return f"{rooms} rooms of {small}" + (f" and {small + 1}" if extra else "")


def _met_by_whom(session: Session) -> Iterator[Fault]:
    known = {attendee.id for attendee in session.attendees}
    for index, met in enumerate(session.met):
        for place, name in enumerate((met.one, met.other)):
            if name not in known:
                yield _stranger(f"$.met[{index}][{place}]", name)
        if met.one == met.other:
            yield Fault(f"$.met[{index}]", f"pairs {met.one!r} with themselves; allowed: two different ids")


def _apart_from_whom(session: Session) -> Iterator[Fault]:
    known = {attendee.id for attendee in session.attendees}
    for index, names in enumerate(session.apart):
        path = f"$.apart[{index}]"
        for place, name in enumerate(names):
            if name not in known:
                yield _stranger(f"{path}[{place}]", name)
        for name, count in Counter(names).items():
            if count > 1:
                yield Fault(path, f"names {name!r} {count} times; allowed: each id once")
        if len(set(names)) < 2:
            yield Fault(path, "names fewer than two people; allowed: two or more ids")


def _seated_once(session: Session) -> Iterator[Fault]:
    first: dict[str, str] = {}
    for room, names in enumerate(session.current or ()):
        for place, name in enumerate(names):
            path = f"$.current[{room}][{place}]"
            if first.setdefault(name, path) != path:
                yield Fault(path, f"{name!r} already sits at {first[name]}; allowed: one room for each")


def _stranger(path: str, name: str) -> Fault:
    return Fault(path, f"{name!r} is not among the attendees; allowed: the id of an attendee")


_RULES = (_bounds, _duplicates, _splittable, _met_by_whom, _apart_from_whom, _seated_once)
