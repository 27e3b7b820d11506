"""Reminders that the clock decides on: missing times before the form closes, and the retro of tomorrow."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from podsched.domain.budget import MORNING, WAKES, day_before, mornings, on
from podsched.domain.zones import local_day
from podsched.models import (
    Cohort,
    CohortState,
    Enrolment,
    EnrolmentState,
    MailKind,
    MailState,
    Meeting,
    OutboxMail,
)
from podsched.services import nudging, outbox, rotation, stops
from podsched.services.cohorts import coming_meetings
from podsched.services.rhythms import is_held
from podsched.services.scheduling import Scheduled, schedule, schedule_all

#: So long before the form closes those who are missing are asked by the clock.
ASKED_BEFORE = (timedelta(hours=72), timedelta(hours=24))
#: From nine to eleven; what was not sent by then is not sent.
ASKED_WITHIN = timedelta(hours=2)
#: The day of such a mail is kept free of others from so long before the meeting.
RETRO_PLANNED_AHEAD = timedelta(days=8)
#: Pods that were published, or a meeting that was moved, later than this before the mail are told by that mail already.
LATE = timedelta(hours=1)
#: On the day itself it comes at least so long before the meeting.
IN_GOOD_TIME = timedelta(hours=2)


def plan_times_missing(session: Session, *, at: datetime) -> None:
    """A2: asked twice in the mornings before the form closes, unless a host has asked within the day."""
    for cohort in session.scalars(select(Cohort).where(Cohort.state == CohortState.OPEN)):
        for before in ASKED_BEFORE:
            moment = _closes_at(cohort) - before
            if abs(moment - at) <= timedelta(hours=12) + ASKED_WITHIN:
                _ask_at(session, cohort, moment, f"{before.total_seconds() / 3600:.0f}h", at=at)


def _closes_at(cohort: Cohort) -> datetime:
    return on(cohort.answers_until + timedelta(days=1), time(), cohort.timezone)


def _ask_at(session: Session, cohort: Cohort, moment: datetime, which: str, *, at: datetime) -> None:
    late = nudging.missing(session, cohort, to_ask=True)
    stopped = stops.who_stopped(session, MailKind.TIMES_MISSING, among=[member.membership_id for member in late])
    for member in late:
        due = _nearest_morning(moment, member.timezone)
        is_now = due <= at < due + ASKED_WITHIN
        if not is_now or member.membership_id in stopped or not nudging.may_ask(member, at):
            continue
        if at - member.joined_at < nudging.COOL_DOWN:  # the mail they got on joining says it
            continue
        closes = _closes_at(cohort)
        mail = Scheduled(
            MailKind.TIMES_MISSING,
            member.membership,
            f"{member.id.hex}:{which}",
            {"enrolment": member.id.hex},
            zone=member.timezone,
            options=mornings(due, member.timezone, until=closes - ASKED_WITHIN),
            until=closes,
            lasts=ASKED_WITHIN,
        )
        chosen = schedule(session, mail, at=at)
        member.nudged_at = chosen or member.nudged_at


def _nearest_morning(moment: datetime, zone: str) -> datetime:
    day = local_day(moment, zone)
    around = (on(day + timedelta(days=shift), MORNING, zone) for shift in (-1, 0, 1))
    return min(around, key=lambda morning: abs(morning - moment))


def plan_retro_mail(session: Session, cohort: Cohort, *, at: datetime) -> None:
    """C3: decided a week ahead, so that its day stays free for it; what it says is read when it leaves."""
    coming = coming_meetings(session, cohort, at=at, within=RETRO_PLANNED_AHEAD)
    meetings = [meeting for meeting in coming if is_held(meeting)]
    members = rotation.members_of(session, {meeting.pod for meeting in meetings})
    people = [member.membership_id for of_pod in members.values() for member in of_pod]
    waiting = _waiting(session, people)
    known = outbox.known_among(session, people, MailKind.RETRO_TOMORROW)
    stopped = stops.who_stopped(session, MailKind.RETRO_TOMORROW, among=people)
    for meeting in meetings:
        _withdraw_older_hours(session, meeting, waiting.get(meeting.id, []))
    new = [
        _retro_mail(member, meeting, at=at)
        for meeting in meetings
        for member in members[meeting.pod_id]
        if member.membership_id not in stopped and _occurrence(member, meeting) not in known
    ]
    schedule_all(session, new, at=at)


def _waiting(session: Session, people: Collection[uuid.UUID]) -> dict[uuid.UUID, list[OutboxMail]]:
    """Mails that have not left yet, by their meeting."""
    of_kind = (OutboxMail.kind == MailKind.RETRO_TOMORROW, OutboxMail.state == MailState.WAITING)
    found: dict[uuid.UUID, list[OutboxMail]] = defaultdict(list)
    for mail in session.scalars(select(OutboxMail).where(OutboxMail.membership_id.in_(people), *of_kind)):
        found[uuid.UUID(mail.about["meeting"])].append(mail)
    return found


def _occurrence(member: Enrolment, meeting: Meeting) -> str:
    return f"{member.id.hex}:{meeting.id.hex}:{meeting.starts_at:%y%m%d%H%M}"


def _withdraw_older_hours(session: Session, meeting: Meeting, mails: list[OutboxMail]) -> None:
    """A meeting that was moved frees the day that was kept for it."""
    for mail in mails:
        if mail.about["starts"] != meeting.starts_at.isoformat():
            session.delete(mail)
    session.flush()


def _retro_mail(member: Enrolment, meeting: Meeting, *, at: datetime) -> Scheduled:
    options = [*_days_for(meeting.starts_at, member.timezone)]
    is_late = options[0] < at - LATE
    still = [] if is_late else [option for option in options if option >= at - LATE]
    about = {"enrolment": member.id.hex, "meeting": meeting.id.hex, "starts": meeting.starts_at.isoformat()}
    return Scheduled(
        MailKind.RETRO_TOMORROW,
        member.membership,
        _occurrence(member, meeting),
        about,
        zone=member.timezone,
        options=still,
        until=meeting.starts_at,
    )


def _days_for(starts_at: datetime, zone: str) -> Iterator[datetime]:
    """The day before; if another mail has that day, the morning of the meeting, or two days before."""
    yield day_before(starts_at, zone)
    morning = on(local_day(starts_at, zone), WAKES, zone)
    if morning <= starts_at - IN_GOOD_TIME:
        yield morning
    yield day_before(starts_at, zone, days=2)


def is_wanted(session: Session, member: Enrolment, meeting: Meeting, starts: str, *, at: datetime) -> bool:
    """Asked again when the mail is about to leave: moved, called off, over, away or not wanted any more means no."""
    return (
        meeting.starts_at.isoformat() == starts
        and meeting.starts_at > at
        and is_held(meeting)
        and member.state is EnrolmentState.ENROLLED
        and rotation.is_there(member, meeting)
        and not stops.is_stopped(session, member.membership_id, MailKind.RETRO_TOMORROW)
    )
