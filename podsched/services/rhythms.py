"""Where rows become the plain values of domain.rhythm."""

from datetime import datetime

from podsched.domain.rhythm import Days, Season, next_checkin
from podsched.domain.words import clock_changes, weekly
from podsched.domain.zones import local_day
from podsched.models import Cohort, CohortState, Enrolment, EnrolmentState, Meeting


def season(cohort: Cohort) -> Season:
    quiet = frozenset(quiet_week.week for quiet_week in cohort.quiet_weeks)
    return Season(first=cohort.starts_on, weeks=cohort.weeks, quiet=quiet)


def days(enrolment: Enrolment) -> Days:
    off_at = enrolment.checkins_off_at
    return Days(
        season=season(enrolment.cohort),
        cadence=enrolment.cadence,
        paused_from=enrolment.paused_from,
        paused_until=enrolment.paused_until,
        away=tuple((span.first_day, span.last_day) for span in enrolment.away),
        off_after=local_day(off_at, enrolment.timezone) if off_at else None,
    )


def hour_changes(meeting: Meeting, zone: str) -> list[str]:
    """What clocks there do to the weekly hour since the week before; a week that was moved by hand is no such change."""
    before = [other.slot_at for other in meeting.pod.meetings if other.week == meeting.week - 1]
    return [] if meeting.is_moved else clock_changes([*before, meeting.slot_at], zone)


def moved_by_hand(meeting: Meeting, zone: str) -> list[str]:
    return [f"Moved this week; it is usually {weekly(meeting.slot_at, zone)}."] if meeting.is_moved else []


def plan_next_checkin(enrolment: Enrolment, *, after: datetime) -> None:
    """Sets the one instant at which this member is due next; call it whenever something it depends on changes.

    A check-in that is due already and waits for the clock to come round is left to it, or it would be skipped.
    """
    if enrolment.next_checkin_at is not None and enrolment.next_checkin_at <= after:
        return
    enrolment.next_checkin_at = (
        next_checkin(days(enrolment), zone=enrolment.timezone, minute=enrolment.checkin_minute, after=after)
        if is_asked(enrolment)
        else None
    )


def is_asked(enrolment: Enrolment) -> bool:
    return (
        enrolment.cohort.state is CohortState.RUNNING
        and enrolment.state is EnrolmentState.ENROLLED
        and enrolment.checkins_off_at is None
        and enrolment.seat is not None
    )
