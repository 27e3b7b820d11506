"""Where rows become the plain values of domain.rhythm."""

from datetime import date, datetime

from sqlalchemy.orm import joinedload, selectinload

from podsched.domain.budget import is_awake
from podsched.domain.rhythm import Days, Season, next_checkin
from podsched.domain.words import clock_changes, weekly
from podsched.domain.zones import local_day
from podsched.models import Cohort, CohortState, Community, Enrolment, EnrolmentState, Holiday, Meeting

#: What of a cohort decides which of its days are quiet, to be read along with it.
WITH_QUIET_DAYS = (
    selectinload(Cohort.quiet_weeks),
    joinedload(Cohort.community).selectinload(Community.holidays),
)


def season(cohort: Cohort) -> Season:
    quiet = frozenset(quiet_week.week for quiet_week in cohort.quiet_weeks)
    holidays = tuple((holiday.first_day, holiday.last_day) for holiday in cohort.community.holidays)
    return Season(first=cohort.starts_on, weeks=cohort.weeks, quiet=quiet, holidays=holidays)


def why_quiet(meeting: Meeting) -> str | None:
    """What makes a meeting optional: a quiet week or a holiday, unless a host has set an hour for it."""
    if meeting.is_moved:
        return None
    cohort = meeting.pod.cohort
    day = local_day(meeting.slot_at, meeting.pod.timezone)
    if holiday := holiday_on(cohort, day):
        return holiday.name
    return "Quiet week" if season(cohort).is_quiet(day) else None


def holiday_on(cohort: Cohort, day: date) -> Holiday | None:
    return next((one for one in cohort.community.holidays if one.first_day <= day <= one.last_day), None)


def is_held(meeting: Meeting) -> bool:
    """On quiet days a retro is optional: only an hour that a host has set for it says that it is held."""
    return not meeting.is_cancelled and why_quiet(meeting) is None


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


def planned_day(enrolment: Enrolment) -> date | None:
    """The local day of their next check-in."""
    return local_day(enrolment.next_checkin_at, enrolment.timezone) if enrolment.next_checkin_at else None


def keep_today(enrolment: Enrolment, planned: date | None, *, at: datetime) -> None:
    """Whoever travels, or moves the hour, past a check-in that was still to come today is asked at once instead.

    ``planned`` is the day of their next check-in as it was before; at night the day is let go.
    """
    today = local_day(at, enrolment.timezone)
    following = planned_day(enrolment)
    is_lost = planned is not None and planned <= today and (following is None or following > today)
    if is_lost and is_asked(enrolment) and days(enrolment).asks_on(today) and is_awake(at, enrolment.timezone):
        enrolment.next_checkin_at = at


def is_asked(enrolment: Enrolment) -> bool:
    return (
        enrolment.cohort.state is CohortState.RUNNING
        and enrolment.state is EnrolmentState.ENROLLED
        and enrolment.checkins_off_at is None
        and enrolment.seat is not None
    )
