"""A member's times: saved whole, shown to others only as counts."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from podsched.db import lock
from podsched.domain.availability import DAYS, Away, Window, clock, longest_block
from podsched.errors import Faults
from podsched.models import AvailabilityWindow, DatesAway, Enrolment, EnrolmentState
from podsched.services.joining import times_came
from podsched.services.rhythms import plan_next_checkin

STEP = 30
#: With fewer answers, or fewer people at one hour, a count would show somebody's own grid.
FEWEST_TO_COUNT = 5
FEWEST_TO_SHOW = 3


def record(
    session: Session, enrolment: Enrolment, windows: Sequence[Window], away: Sequence[Away], *, at: datetime
) -> None:
    """Replaces the member's times; refused when no block is as long as the meeting."""
    minutes = enrolment.cohort.meeting_minutes
    longest = longest_block(windows)
    if longest < minutes:
        raise Faults({"times": _too_short(longest, minutes)})
    lock(session, enrolment)  # of two tabs that save at once, the second replaces what the first has saved
    enrolment.windows = [
        AvailabilityWindow(weekday=w.weekday, start_minute=w.start, end_minute=w.end, level=w.level) for w in windows
    ]
    enrolment.away = _spans(away)
    enrolment.times_saved_at = at
    session.flush()
    plan_next_checkin(enrolment, after=at)
    times_came(session, enrolment, at=at)


def _too_short(longest: int, minutes: int) -> str:
    if longest == 0:
        return f"Mark at least one block of {minutes} minutes in which you could meet."
    return f"Your longest block is {longest} minutes; the meeting needs {minutes}. Make one block {minutes - longest} minutes longer."


def _spans(away: Iterable[Away]) -> list[DatesAway]:
    longest: dict[date, Away] = {}
    for span in away:
        known = longest.get(span.first)
        longest[span.first] = span if known is None or span.last > known.last else known
    return [DatesAway(first_day=span.first, last_day=span.last) for span in longest.values()]


def windows_of(enrolment: Enrolment) -> tuple[Window, ...]:
    return tuple(Window(w.weekday, w.start_minute, w.end_minute, w.level) for w in enrolment.windows)


def away_of(enrolment: Enrolment) -> tuple[Away, ...]:
    return tuple(Away(span.first_day, span.last_day) for span in enrolment.away)


def shared_times(session: Session, enrolment: Enrolment) -> dict[str, int]:
    """How many others could meet at each half hour of this member's week: ``{"tue 18:00": 12}``. Counts only, and none while few have answered."""
    others = (
        session.scalars(
            select(Enrolment)
            .where(
                Enrolment.cohort_id == enrolment.cohort_id,
                Enrolment.id != enrolment.id,
                Enrolment.state == EnrolmentState.ENROLLED,
                Enrolment.times_saved_at.is_not(None),
            )
            .options(joinedload(Enrolment.windows))
        )
        .unique()
        .all()
    )
    if len(others) < FEWEST_TO_COUNT:
        return {}
    monday = enrolment.cohort.starts_on - timedelta(days=enrolment.cohort.starts_on.weekday())
    here = ZoneInfo(enrolment.timezone)
    counts: Counter[str] = Counter()
    for other in others:
        counts.update(_half_hours(other, monday, here))
    return {"members": len(others)} | {spot: number for spot, number in counts.items() if number >= FEWEST_TO_SHOW}


def _half_hours(other: Enrolment, monday: date, here: ZoneInfo) -> set[str]:
    there = ZoneInfo(other.timezone)
    spots = set()
    for window in other.windows:
        for minute in range(window.start_minute, window.end_minute, STEP):
            day = monday + timedelta(days=window.weekday)
            wall = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=there)
            mine = wall.astimezone(UTC).astimezone(here)
            half_hour = mine.minute // STEP * STEP
            spots.add(f"{DAYS[mine.weekday()]} {clock(mine.hour * 60 + half_hour)}")
    return spots
