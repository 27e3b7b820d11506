"""How much mail is enough: one scheduled mail a local day beside the check-in, and none at night."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from podsched.domain.rhythm import instant
from podsched.domain.zones import local_day

#: The hours in which mail arrives that nobody chose an hour for.
WAKES, SLEEPS = time(8), time(21)
#: The hour of mail that can wait for the morning.
MORNING = time(9)
#: The latest minute at which something is begun that is to arrive before ``SLEEPS``.
_LAST = time(20, 30)


def is_awake(at: datetime, zone: str) -> bool:
    return WAKES <= at.astimezone(ZoneInfo(zone)).time() < SLEEPS


def bedtime(at: datetime, zone: str) -> datetime:
    """The end of the hours of mail of that local day."""
    return on(local_day(at, zone), SLEEPS, zone)


def on(day: date, hour: time, zone: str) -> datetime:
    """That hour of a local day; of the next day where the place has skipped this one."""
    minute = 60 * hour.hour + hour.minute
    return next(at for shift in count() if (at := instant(day + timedelta(days=shift), minute, zone)))


def awake(at: datetime, zone: str) -> datetime:
    """The nearest moment of the same local day in the hours of mail."""
    wall = at.astimezone(ZoneInfo(zone))
    return at if is_awake(at, zone) else on(wall.date(), WAKES if wall.time() < WAKES else _LAST, zone)


def day_before(at: datetime, zone: str, *, days: int = 1) -> datetime:
    """The same wall time one day earlier, moved into the hours of mail."""
    wall = at.astimezone(ZoneInfo(zone))
    return awake(on(wall.date() - timedelta(days=days), wall.time(), zone), zone)


def now_or_morning(at: datetime, zone: str) -> datetime:
    """Now in the hours of mail, else the next nine o'clock."""
    return at if is_awake(at, zone) else next_morning(at, zone)


def next_morning(at: datetime, zone: str) -> datetime:
    wall = at.astimezone(ZoneInfo(zone))
    return on(wall.date() + timedelta(days=wall.time() > MORNING), MORNING, zone)


def mornings(first: datetime, zone: str, *, until: datetime) -> Iterator[datetime]:
    """``first``, then every later morning while there is time."""
    at = first
    while at <= until:
        yield at
        at = on(local_day(at, zone) + timedelta(days=1), MORNING, zone)


def first_free(options: Iterable[datetime], taken: Collection[date], zone: str) -> datetime | None:
    """The first moment whose local day has no scheduled mail yet."""
    return next((at for at in options if local_day(at, zone) not in taken), None)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a member has chosen about mail."""

    #: Check-ins a week, 0 when they are off.
    check_ins: int
    nudges: bool
    retro: bool
    invites: bool

    @property
    def parts(self) -> tuple[tuple[int, str], ...]:
        """How many of what, at most, in a week."""
        parts = (
            (self.check_ins, "check-in"),
            (self.check_ins * self.nudges, "reminder"),
            (int(self.retro), "mail the day before your pod meets"),
            (int(self.invites), "invitation"),
            (1, "recap"),
        )
        return tuple((number, what) for number, what in parts if number)

    @property
    def most(self) -> int:
        """The mails of a week in which nothing out of the ordinary happens."""
        return sum(number for number, _ in self.parts)
