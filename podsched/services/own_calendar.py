"""A member's own calendar, read from a file for the hours that are taken. Nothing else of it is kept."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

import calendars
from podsched.db import lock
from podsched.domain.busy import Taken, taken
from podsched.errors import Faults
from podsched.models import BusyTime, Enrolment

#: Intervals kept of one calendar; more would be none that a person has.
MOST = 2000


@dataclass(frozen=True, slots=True)
class Read:
    """What a file gave: how many intervals, and a sentence for each event that was left out."""

    intervals: int
    left_out: tuple[str, ...]


def read(session: Session, enrolment: Enrolment, data: bytes, *, at: datetime) -> Read:
    """Replaces what was read before; a file that cannot be read changes nothing and is refused in words."""
    start, end = _span(enrolment)
    try:
        reading = calendars.busy_times(data, start=start, end=end, zone=enrolment.timezone)
    except calendars.CalendarError as error:
        raise Faults({"file": f"The file {error.reason}."}) from None
    lock(session, enrolment)
    enrolment.busy = [BusyTime(starts_at=one.start, ends_at=one.end) for one in reading.busy[:MOST]]
    enrolment.calendar_read_at = at
    session.flush()
    return Read(len(enrolment.busy), reading.skipped)


def forget(session: Session, enrolment: Enrolment) -> None:
    lock(session, enrolment)
    enrolment.busy = []
    enrolment.calendar_read_at = None
    session.flush()


def of_week(enrolment: Enrolment) -> Taken | None:
    """The half hours of the member's week that their calendar has taken; None if none was read."""
    if enrolment.calendar_read_at is None:
        return None
    cohort = enrolment.cohort
    intervals = [(one.starts_at, one.ends_at) for one in enrolment.busy]
    return taken(intervals, first=cohort.starts_on, weeks=cohort.weeks, zone=enrolment.timezone)


def _span(enrolment: Enrolment) -> tuple[datetime, datetime]:
    """The weeks of the cohort on the member's clock."""
    zone, first = ZoneInfo(enrolment.timezone), enrolment.cohort.starts_on
    last = first + timedelta(weeks=enrolment.cohort.weeks)
    return tuple(datetime.combine(day, time(), tzinfo=zone).astimezone(UTC) for day in (first, last))  # type: ignore[return-value]  # two of them
