"""The rhythm of a cohort: which week it is, whose check-in is due when, what is asked on which day."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from podsched.domain.zones import local_day

#: Check-ins a week -> the weekdays they fall on (Monday is 0).
CADENCES = {5: (0, 1, 2, 3, 4), 3: (0, 2, 4), 1: (2,)}
#: A day's check-in is taken until shortly before four the next morning.
LATE_UNTIL = time(4)
#: A check-in that could not be sent within this time is not sent at all.
STALE_AFTER = timedelta(hours=6)

#: What each weekday's check-in is about, in a word.
RITUALS = {0: "Goal", 1: "Step", 2: "Mess", 3: "Step", 4: "Win"}

_PROMPTS = {
    0: "What is the one thing you want done by Friday?",
    1: "How did it go with this week's goal since yesterday?",
    2: "Show something unfinished: a link or two lines. How far is it?",
    3: "What is in your way, and did you move it a little?",
    4: "Did you get this week's goal done? Whom do you want to thank?",
    5: "How did your goal go?",
    6: "How did your goal go?",
}


@dataclass(frozen=True, slots=True)
class Season:
    """The days of a cohort: ``weeks`` weeks from ``first``, some of them quiet, as are its community's holidays."""

    first: date
    weeks: int
    quiet: frozenset[int] = frozenset()
    #: The first and the last day of each.
    holidays: tuple[tuple[date, date], ...] = ()

    @property
    def last(self) -> date:
        return self.first + timedelta(weeks=self.weeks, days=-1)

    def week_of(self, day: date) -> int | None:
        """1 for the first week; None outside the cohort."""
        week = (day - self.first).days // 7 + 1
        return week if 1 <= week <= self.weeks else None

    def is_quiet(self, day: date) -> bool:
        return self.week_of(day) in self.quiet or any(first <= day <= last for first, last in self.holidays)


@dataclass(frozen=True, slots=True)
class Days:
    """What decides on which local days one member is asked."""

    season: Season
    cadence: int
    #: The first day of a pause and the first day after it.
    paused_from: date | None = None
    paused_until: date | None = None
    away: tuple[tuple[date, date], ...] = ()
    #: The last day asked about, once check-in mail was turned off.
    off_after: date | None = None

    def asks_on(self, day: date) -> bool:
        return (
            self.season.week_of(day) is not None
            and not self.season.is_quiet(day)
            and day.weekday() in CADENCES[self.cadence]
            and not self.is_away(day)
            and not (self.off_after is not None and day > self.off_after)
        )

    def is_away(self, day: date) -> bool:
        return self._is_paused(day) or any(first <= day <= last for first, last in self.away)

    def _is_paused(self, day: date) -> bool:
        if self.paused_until is None or day >= self.paused_until:
            return False
        return self.paused_from is None or day >= self.paused_from


def instant(day: date, minute: int, zone: str) -> datetime | None:
    """The UTC instant of a local wall time: the first of two, the offset before a gap (RFC 5545, 3.3.5).

    None when that local day does not exist there (Apia, 30 December 2011).
    """
    wall = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=ZoneInfo(zone))
    utc = wall.astimezone(UTC)
    return utc if local_day(utc, zone) == day else None


def next_checkin(days: Days, *, zone: str, minute: int, after: datetime) -> datetime | None:
    """The first instant later than ``after`` at which this member is due a check-in, None when the cohort has no more."""
    day = max(local_day(after, zone), days.season.first)
    while day <= days.season.last:
        if days.asks_on(day):
            due = instant(day, minute, zone)
            if due is not None and due > after:
                return due
        day += timedelta(days=1)
    return None


def checkin_day(at: datetime, zone: str) -> date:
    """The local day an answer given now belongs to: before four in the morning it is still yesterday."""
    wall = at.astimezone(ZoneInfo(zone))
    return wall.date() - timedelta(days=1) if wall.time() < LATE_UNTIL else wall.date()


def accepts_answer(day: date, *, at: datetime, zone: str) -> bool:
    """From the start of that local day until shortly before four the next morning."""
    wall = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return datetime.combine(day, time()) <= wall < datetime.combine(day + timedelta(days=1), LATE_UNTIL)


def prompt(day: date) -> str:
    return _PROMPTS[day.weekday()]
