"""Times and counts as people say them."""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from podsched.domain.zones import local_day, place

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day(of: date) -> str:
    """Such as: Thu 14 Jan."""
    return f"{_DAYS[of.weekday()]} {of.day} {_MONTHS[of.month - 1]}"


def day_and_year(of: date) -> str:
    """Such as: 14 Jan 2027."""
    return f"{of.day} {_MONTHS[of.month - 1]} {of.year}"


def span(first: date, last: date) -> str:
    """Such as: 24 Dec 2026 to 1 Jan 2027."""
    return day_and_year(first) if first == last else f"{day_and_year(first)} to {day_and_year(last)}"


def weekly(at: datetime, zone: str) -> str:
    """Such as: Tue 18:00."""
    wall = at.astimezone(ZoneInfo(zone))
    return f"{_DAYS[wall.weekday()]} {wall:%H:%M}"


def moment(at: datetime, zone: str) -> str:
    """Such as: Thu 14 Jan, 18:00."""
    wall = at.astimezone(ZoneInfo(zone))
    return f"{day(wall.date())}, {wall:%H:%M}"


def here(at: datetime, zone: str) -> str:
    """Such as: Thu 14 Jan, 18:00 your time (Lahore)."""
    return f"{moment(at, zone)} your time ({place(zone)})"


def how_soon(then: datetime, now: datetime, zone: str) -> str:
    """Such as: today, tomorrow, in 2 days."""
    days = (local_day(then, zone) - local_day(now, zone)).days
    return ("today", "tomorrow")[days] if 0 <= days < 2 else f"in {days} days"


def stretches(starts: Iterable[datetime], zone: str) -> list[tuple[str, date, date]]:
    """The wall-clock hours of a weekly meeting there: (Tue 18:00, first day, last day) for each run of equal weeks."""
    walls = [start.astimezone(ZoneInfo(zone)) for start in starts]
    runs = groupby(walls, key=lambda wall: f"{_DAYS[wall.weekday()]} {wall:%H:%M}")
    return [(hour, run[0].date(), run[-1].date()) for hour, run in ((hour, list(found)) for hour, found in runs)]


def clock_changes(starts: Iterable[datetime], zone: str) -> list[str]:
    """One sentence for each week in which the meeting moves on the clock there."""
    runs = stretches(starts, zone)
    return [
        f"From {day(first)} this meeting is {after} for you, not {before}."
        for (before, _, _), (after, first, _) in pairwise(runs)
    ]


def ago(then: datetime, now: datetime) -> str:
    """Such as: within the last hour, 7 hours ago, 3 days ago."""
    passed = int((now - then).total_seconds()) // 3600
    if passed < 1:
        return "within the last hour"
    return f"{count(passed, 'hour')} ago" if passed < 48 else f"{count(passed // 24, 'day')} ago"


def hours(minutes: int) -> str:
    """Such as: 8.5 h."""
    whole, rest = divmod(minutes, 60)
    return f"{whole} h" if not rest else f"{minutes / 60:.2f}".rstrip("0").rstrip(".") + " h"


def count(number: int, one: str, many: str | None = None) -> str:
    """Such as: 1 member, 2 members."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def listed(names: Iterable[str]) -> str:
    """Such as: Ana, Bo and Cy."""
    *most, last = [*names] or [""]
    return f"{', '.join(most)} and {last}" if most else last
