"""The question: who takes part, when they can meet, and which rules hold.

Values refuse nonsense when they are built: a single value raises ``ValueError`` with what is wrong and what is
allowed; a ``Roster`` looks at everything together and raises ``RosterError`` with all faults at once.
Times of the week are minutes since Monday 00:00 on the member's own clock (0 to 10079).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from matching.errors import RosterError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

DAY = 1440
WEEK = 7 * DAY
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
STEPS = (5, 10, 15, 20, 30, 60)
MOST_MEMBERS = 20_000

#: Names that the zone database carries for machines, not for people's clocks.
NOT_ZONES = frozenset({"Factory", "localtime", "posixrules"})


@lru_cache(maxsize=1)
def known_zones() -> frozenset[str]:
    """Every zone name that a member may have."""
    prefixes = ("posix/", "right/")
    return frozenset(name for name in available_timezones() - NOT_ZONES if not name.startswith(prefixes))


def clock(minutes: int) -> str:
    """Minutes since midnight as ``HH:MM``.

    >>> clock(1110)
    '18:30'
    """
    return f"{minutes // 60:02}:{minutes % 60:02}"


def require_between(name: str, value: int, low: int, high: int) -> None:
    """Raise ``ValueError`` unless ``low <= value <= high``."""
    if not low <= value <= high:
        raise ValueError(f"{name} is {value}; allowed: {low} to {high}")


def require_history(awkward: int) -> int:
    """The count of earlier awkward hours; raises ``ValueError`` unless it is one that a life can hold."""
    require_between("awkward", awkward, 0, 1000)
    return awkward


def require_zone(name: str) -> None:
    """Raise ``ValueError`` unless the name is a zone of the IANA database."""
    if name not in known_zones():
        raise ValueError(f"{name!r} is not a time zone; allowed: an IANA name such as 'Europe/Lisbon'")


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of every local week: ``minutes`` long (1 to 1440), from ``start`` on, perhaps across midnight."""

    start: int
    minutes: int

    def __post_init__(self) -> None:
        require_between("the start of a window", self.start, 0, WEEK - 1)
        require_between("the length of a window in minutes", self.minutes, 1, DAY)

    def __str__(self) -> str:
        day, start = divmod(self.start, DAY)
        end = start + self.minutes
        return f"{WEEKDAYS[day]} {clock(start)}-{clock(end if end <= DAY else end - DAY)}"


@dataclass(frozen=True, slots=True)
class Away:
    """Local dates, both included, on which a member is excused."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(
                f"ends on {self.last}, before its start {self.first}; allowed: an end on or after the start"
            )

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        return f"{self.first}/{self.last}"


@dataclass(frozen=True, slots=True)
class Period:
    """The weeks of a cohort: week 1 is the seven days from ``start``, any day of the week."""

    start: date
    weeks: int

    def __post_init__(self) -> None:
        require_between("the year of the start", self.start.year, 2000, 2100)
        require_between("weeks", self.weeks, 1, 52)


@dataclass(frozen=True, slots=True)
class Meeting:
    """How long a weekly meeting lasts and on which grid of local minutes it may start."""

    minutes: int
    step: int = 30

    def __post_init__(self) -> None:
        require_between("minutes", self.minutes, 5, 480)
        if self.step not in STEPS:
            raise ValueError(f"step is {self.step}; allowed: {', '.join(map(str, STEPS))}")


@dataclass(frozen=True, slots=True)
class PodSize:
    """Fewest and most members of a pod."""

    min: int
    max: int

    def __post_init__(self) -> None:
        require_between("min", self.min, 2, 100)
        require_between("max", self.max, 2, 100)
        if self.min > self.max:
            raise ValueError(f"min {self.min} is above max {self.max}; allowed: min at most max")


@dataclass(frozen=True, slots=True)
class Slot:
    """A weekday (0 is Monday) and a wall-clock start (minutes since midnight) in a named zone; lasts ``minutes``."""

    weekday: int
    start: int
    timezone: str
    minutes: int

    def __post_init__(self) -> None:
        require_between("weekday", self.weekday, 0, 6)
        require_between("start", self.start, 0, DAY - 1)
        require_zone(self.timezone)

    def __str__(self) -> str:
        return f"{WEEKDAYS[self.weekday].capitalize()} {clock(self.start)} {self.timezone}"


@dataclass(frozen=True, slots=True)
class Member:
    """One person: their clock, their times, their goals; ``awkward`` counts earlier cohorts at an awkward hour."""

    id: str
    timezone: str
    free: tuple[Window, ...] = ()
    if_needed: tuple[Window, ...] = ()
    away: tuple[Away, ...] = ()
    goals: tuple[str, ...] = ()
    goal: str = ""
    traits: Mapping[str, str] = field(default_factory=dict)
    skills: Mapping[str, int] = field(default_factory=dict)
    awkward: int = 0

    def __post_init__(self) -> None:
        require_zone(self.timezone)
        require_history(self.awkward)


@dataclass(frozen=True, slots=True)
class NeverAlone:
    """In no pod is somebody the only one with this value of this trait."""

    trait: str
    value: str


@dataclass(frozen=True, slots=True)
class Lock:
    """A pod that must exist under this name, with these members and, if given, at this slot."""

    pod: str
    members: tuple[str, ...] = ()
    slot: Slot | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """``together``, ``apart``, ``never_alone`` and ``locked`` always hold; ``spread`` (trait names) is a wish."""

    together: tuple[tuple[str, ...], ...] = ()
    apart: tuple[tuple[str, ...], ...] = ()
    never_alone: tuple[NeverAlone, ...] = ()
    spread: tuple[str, ...] = ()
    locked: tuple[Lock, ...] = ()


@dataclass(frozen=True, slots=True)
class Roster:
    """Everything the engine needs to know; raises ``RosterError`` when its parts contradict each other."""

    period: Period
    meeting: Meeting
    pod_size: PodSize
    members: tuple[Member, ...]
    rules: Rules = Rules()

    def __post_init__(self) -> None:
        from matching.consistency import contradictions  # noqa: PLC0415 - it reads the values defined here

        if found := contradictions(self):
            raise RosterError(found)

    def member(self, identity: str) -> Member:
        """The member with that id; ``KeyError`` if there is none."""
        for member in self.members:
            if member.id == identity:
                return member
        raise KeyError(identity)
