"""What a member's own calendar has taken, as half hours of their normal week."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from podsched.domain.availability import DAYS, clock

STEP = 30
_HALF_HOUR = timedelta(minutes=STEP)


@dataclass(frozen=True, slots=True)
class Taken:
    """In how many of so many weeks each half hour is taken: ``{"mon 09:00": 8}``."""

    weeks: int
    counts: dict[str, int]

    def lines(self) -> list[str]:
        """The same in words, half hours that are alike together: ``Mon 09:00-12:30, in 6 of 8 weeks``."""
        spans: list[list[int]] = []
        for day, name in enumerate(DAYS):
            for minute in range(0, 24 * 60, STEP):
                weeks = self.counts.get(f"{name} {clock(minute)}", 0)
                if not weeks:
                    continue
                last = spans[-1] if spans else None
                if last and (last[0], last[2], last[3]) == (day, minute, weeks):
                    last[2] = minute + STEP
                else:
                    spans.append([day, minute, minute + STEP, weeks])
        return [
            f"{DAYS[day].capitalize()} {clock(start)}-{clock(end)}, in {weeks} of {self.weeks} weeks"
            for day, start, end, weeks in spans
        ]


def taken(intervals: Iterable[tuple[datetime, datetime]], *, first: date, weeks: int, zone: str) -> Taken:
    """Lays intervals (UTC) over the weeks from ``first`` on a member's clock; an hour that is cut counts as taken."""
    busy = sorted(intervals)
    counts: dict[str, int] = {}
    for number in range(7 * weeks):
        day = first + timedelta(days=number)
        for minute in range(0, 24 * 60, STEP):
            start = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=ZoneInfo(zone))
            if _is_taken(busy, start):
                spot = f"{DAYS[day.weekday()]} {clock(minute)}"
                counts[spot] = counts.get(spot, 0) + 1
    return Taken(weeks, counts)


def _is_taken(busy: Sequence[tuple[datetime, datetime]], start: datetime) -> bool:
    """Whether any interval, none of which overlap, touches the half hour."""
    end = start.astimezone(busy[0][0].tzinfo) + _HALF_HOUR if busy else start
    before = bisect_right(busy, (end, end)) - 1
    while before >= 0 and busy[before][0] >= end:
        before -= 1
    return before >= 0 and busy[before][1] > start
