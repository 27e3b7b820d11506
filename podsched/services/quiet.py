"""Days on which nobody is asked anything: quiet weeks of a cohort and holidays of its community.

Check-ins and reminders stop by themselves. A meeting on such a day is optional, and calendars say so.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from podsched.db import lock
from podsched.domain.zones import local_day
from podsched.errors import Faults, NotFound, Refused
from podsched.models import Cohort, CohortState, Community, Holiday, QuietWeek
from podsched.services import feeds, rotation
from podsched.services.cohorts import running_enrolments
from podsched.services.feed_events import pods_of
from podsched.services.links import Addresses
from podsched.services.rhythms import plan_next_checkin, season, why_quiet

LONGEST = timedelta(days=60)
FURTHEST = timedelta(days=2 * 365)
#: Members see a holiday so long before it begins.
ANNOUNCED = timedelta(days=14)

#: What makes each meeting of a cohort optional, if anything does.
_Reasons = dict[uuid.UUID, str | None]


@dataclass(frozen=True, slots=True)
class HolidayDraft:
    """None where nothing usable was given."""

    name: str | None
    first_day: date | None
    last_day: date | None


def set_week(session: Session, cohort: Cohort, week: int, addresses: Addresses, *, quiet: bool, at: datetime) -> None:
    if not 1 <= week <= cohort.weeks:
        raise Refused(f"This cohort has weeks 1 to {cohort.weeks}.")
    feeds.hold(session, cohort)
    before = _reasons(session, cohort)
    kept = [quiet_week for quiet_week in cohort.quiet_weeks if quiet_week.week != week]
    cohort.quiet_weeks = [*kept, QuietWeek(week=week)] if quiet else kept
    session.flush()
    _follow(session, cohort, before, addresses, at=at)


def add_holiday(
    session: Session, community: Community, addresses: Addresses, *, name: str, first: date, last: date, at: datetime
) -> None:
    """The same a second time changes nothing."""
    before = _hold_all(session, community)
    if any((one.name, one.first_day, one.last_day) == (name, first, last) for one in community.holidays):
        return
    if faults := impossible(community, HolidayDraft(name, first, last), at=at):
        raise Faults(faults)
    community.holidays.append(Holiday(name=name, first_day=first, last_day=last))
    _follow_all(session, community, before, addresses, at=at)


def remove_holiday(
    session: Session, community: Community, addresses: Addresses, holiday_id: uuid.UUID, *, at: datetime
) -> None:
    before = _hold_all(session, community)
    found = next((one for one in community.holidays if one.id == holiday_id), None)
    if found is None:
        raise NotFound
    community.holidays.remove(found)
    _follow_all(session, community, before, addresses, at=at)


def impossible(community: Community, draft: HolidayDraft, *, at: datetime) -> dict[str, str]:
    """Field -> what to change, for everything in a draft that cannot be; what is missing is not judged."""
    first, last = draft.first_day, draft.last_day
    today = local_day(at, community.timezone)
    faults = {}
    if first and first > today + FURTHEST:
        faults["first_day"] = "Choose a day within the next two years."
    if last and last < today:
        faults["last_day"] = "This day is past."
    if not first or not last:
        return faults
    if last < first:
        faults["last_day"] = "The last day is before the first."
    elif last - first >= LONGEST:
        faults["last_day"] = f"A holiday lasts {LONGEST.days} days at most."
    elif other := _overlapping(community, first, last):
        faults["first_day"] = f"{other.name} is on these days already. Remove it first, or choose other days."
    return faults


def _overlapping(community: Community, first: date, last: date) -> Holiday | None:
    return next((one for one in community.holidays if one.first_day <= last and first <= one.last_day), None)


def still_to_come(community: Community, *, at: datetime) -> list[Holiday]:
    """The holidays that are not over, the next first."""
    today = local_day(at, community.timezone)
    return [one for one in community.holidays if one.last_day >= today]


def within_cohort(cohort: Cohort) -> list[Holiday]:
    """The holidays that touch its weeks."""
    last = season(cohort).last
    return [one for one in cohort.community.holidays if one.first_day <= last and one.last_day >= cohort.starts_on]


def ahead(cohort: Cohort, today: date) -> list[Holiday]:
    """What a member of it should know of: those that have begun, or begin soon."""
    return [one for one in within_cohort(cohort) if one.last_day >= today and one.first_day <= today + ANNOUNCED]


def _hold_all(session: Session, community: Community) -> dict[Cohort, _Reasons]:
    """Locks what running cohorts show, then the community; in the order in which others lock them."""
    running = select(Cohort).where(Cohort.community_id == community.id, Cohort.state == CohortState.RUNNING)
    cohorts = session.scalars(running.order_by(Cohort.id)).all()
    for cohort in cohorts:
        feeds.hold(session, cohort)
    lock(session, community)
    session.refresh(community)
    return {cohort: _reasons(session, cohort) for cohort in cohorts}


def _follow_all(
    session: Session, community: Community, before: dict[Cohort, _Reasons], addresses: Addresses, *, at: datetime
) -> None:
    session.flush()
    session.expire(community, ["holidays"])  # to have them in their order
    for cohort, reasons in before.items():
        _follow(session, cohort, reasons, addresses, at=at)


def _reasons(session: Session, cohort: Cohort) -> _Reasons:
    return {meeting.id: why_quiet(meeting) for pod in pods_of(session, [cohort]) for meeting in pod.meetings}


def _follow(session: Session, cohort: Cohort, before: _Reasons, addresses: Addresses, *, at: datetime) -> None:
    """Everybody's next check-in is planned anew, and calendars say which meetings are optional now."""
    for enrolment in running_enrolments(session, cohort):
        plan_next_checkin(enrolment, after=at)
    is_changed = False
    for pod in pods_of(session, [cohort]):
        changed = [meeting for meeting in pod.meetings if why_quiet(meeting) != before[meeting.id]]
        for meeting in changed:
            rotation.mark_changed(meeting, at=at)
        if changed:
            feeds.refresh_pod(session, pod, addresses, at=at)
            is_changed = True
    if is_changed:
        feeds.refresh_cohort(session, cohort, addresses, at=at)
