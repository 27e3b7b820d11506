"""Daily check-ins: planned one ahead for each member, answered once a local day."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from podsched.db import lock
from podsched.domain.availability import DAY_NAMES
from podsched.domain.budget import bedtime, is_awake
from podsched.domain.rhythm import STALE_AFTER, accepts_answer, checkin_day, next_checkin
from podsched.errors import NotFound, Refused
from podsched.models import Answer, CheckIn, Enrolment, EnrolmentState, MailKind, Pod
from podsched.services import foresight, outbox, rotation
from podsched.services.cohorts import today_in
from podsched.services.rhythms import days, is_asked

BATCH = 500
#: Whoever asked for it is reminded so long after the check-in, if it is still open.
NUDGED_AFTER = timedelta(hours=5)


def plan_due(session: Session, *, at: datetime) -> int:
    """Puts every check-in that is due into the outbox and writes down when the next one is; both or neither."""
    due = session.scalars(
        select(Enrolment)
        .where(Enrolment.next_checkin_at <= at)
        .order_by(Enrolment.next_checkin_at)
        .limit(BATCH)
        .options(joinedload(Enrolment.cohort), selectinload(Enrolment.away))
    )
    return sum(_plan(session, enrolment, at=at) for enrolment in due)


def _plan(session: Session, enrolment: Enrolment, *, at: datetime) -> int:
    due = enrolment.next_checkin_at
    if due is None or not _move_on(session, enrolment, due, at=at):
        return 0  # another clock was faster
    if not is_asked(enrolment) or at - due >= STALE_AFTER:
        return 0
    day = today_in(enrolment.timezone, due)
    outbox.put(
        session,
        membership_id=enrolment.membership_id,
        kind=MailKind.CHECK_IN,
        occurrence=f"{enrolment.id.hex}:{day}",
        about={"enrolment": enrolment.id.hex, "day": day.isoformat()},
        at=at,
        due_at=due,
        expires_at=due + STALE_AFTER,
    )
    if enrolment.nudges:
        _plan_nudge(session, enrolment, day, due + NUDGED_AFTER, at=at)
    return 1


def _plan_nudge(session: Session, enrolment: Enrolment, day: date, due: datetime, *, at: datetime) -> None:
    """In the hours of mail alone: at night it is not moved, it is left out."""
    if is_awake(due, enrolment.timezone):
        outbox.put(
            session,
            membership_id=enrolment.membership_id,
            kind=MailKind.NUDGE,
            occurrence=f"{enrolment.id.hex}:{day}",
            about={"enrolment": enrolment.id.hex, "day": day.isoformat()},
            at=at,
            due_at=due,
            expires_at=bedtime(due, enrolment.timezone),
        )


def _move_on(session: Session, enrolment: Enrolment, due: datetime, *, at: datetime) -> bool:
    after = max(due, at - STALE_AFTER)
    following = (
        next_checkin(days(enrolment), zone=enrolment.timezone, minute=enrolment.checkin_minute, after=after)
        if is_asked(enrolment)
        else None
    )
    unchanged = (Enrolment.id == enrolment.id, Enrolment.next_checkin_at == due)
    moved = update(Enrolment).where(*unchanged).values(next_checkin_at=following).returning(Enrolment.id)
    return session.scalar(moved) is not None


def is_wanted(session: Session, enrolment: Enrolment, day: date, *, at: datetime) -> bool:
    """Asked again when the mail is about to leave: answered, paused, quiet, away or gone means no."""
    return (
        is_open(enrolment, day)
        and accepts_answer(day, at=at, zone=enrolment.timezone)
        and not foresight.has_answered(session, enrolment.id, day, ask=lambda: answered_on(session, enrolment.id, day))
    )


def is_open(enrolment: Enrolment, day: date) -> bool:
    """Whether this member is asked on that day of theirs."""
    return is_asked(enrolment) and days(enrolment).asks_on(day)


def answered_on(session: Session, enrolment_id: uuid.UUID, day: date) -> CheckIn | None:
    return session.scalar(select(CheckIn).where(CheckIn.enrolment_id == enrolment_id, CheckIn.local_day == day))


def asked_by_mail(session: Session, enrolment_id: uuid.UUID) -> Enrolment:
    """The member a check-in link speaks for; NotFound once they have left."""
    enrolment = session.get(Enrolment, enrolment_id)
    if enrolment is None or enrolment.state is not EnrolmentState.ENROLLED:
        raise NotFound
    return enrolment


def answer(
    session: Session, enrolment: Enrolment, day: date, given: Answer, *, line: str, stuck: bool, at: datetime
) -> CheckIn:
    """Takes the day's answer; pressed again it is changed, never doubled."""
    if not accepts_answer(day, at=at, zone=enrolment.timezone):
        raise Refused(
            "This check-in is over: it could be answered until four the next morning. The next one comes by mail."
        )
    # The member's row is the gate: two presses at once take turns here.
    lock(session, enrolment)
    found = answered_on(session, enrolment.id, day)
    if found is None:
        found = CheckIn(enrolment=enrolment, local_day=day)
        session.add(found)
    found.answer = given
    found.line = line
    found.stuck = stuck
    found.answered_at = at
    session.flush()
    return found


def today(enrolment: Enrolment, *, at: datetime) -> date:
    return checkin_day(at, enrolment.timezone)


class Mark(StrEnum):
    """What a day looks like on the pod page; each has a shape and a word."""

    DONE = "done"
    PARTLY = "partly"
    AWAY = "away"
    OPEN = "not yet"
    MISSED = "no answer"
    NOT_ASKED = "no check-in"


@dataclass(frozen=True, slots=True)
class DayMark:
    name: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class MemberWeek:
    name: str
    is_you: bool
    today: Mark
    line: str
    stuck: bool
    days: tuple[DayMark, ...]
    goal: str


def pod_week(session: Session, pod: Pod, viewer: Enrolment | None, *, at: datetime) -> list[MemberWeek]:
    """Who did, partly did, is away: each member by their own calendar of this week."""
    members = rotation.members(session, pod)
    monday = checkin_day(at, (viewer.timezone if viewer else pod.timezone))
    monday -= timedelta(days=monday.weekday())
    week = [monday + timedelta(days=number) for number in range(7)]
    answers = {
        (found.enrolment_id, found.local_day): found
        for found in session.scalars(
            select(CheckIn).where(
                CheckIn.enrolment_id.in_([member.id for member in members]), CheckIn.local_day.in_(week)
            )
        )
    }
    return [_member_week(member, week, answers, viewer, at=at) for member in members]


def _member_week(
    member: Enrolment,
    week: list[date],
    answers: dict[tuple[uuid.UUID, date], CheckIn],
    viewer: Enrolment | None,
    *,
    at: datetime,
) -> MemberWeek:
    their_today = checkin_day(at, member.timezone)
    latest = answers.get((member.id, their_today))
    return MemberWeek(
        name=member.membership.person.name,
        is_you=viewer is not None and viewer.id == member.id,
        today=_mark(member, their_today, answers, today=their_today),
        line=latest.line if latest else "",
        stuck=latest.stuck if latest else False,
        days=tuple(DayMark(DAY_NAMES[day.weekday()], _mark(member, day, answers, today=their_today)) for day in week),
        goal=member.goal,
    )


def _mark(member: Enrolment, day: date, answers: dict[tuple[uuid.UUID, date], CheckIn], *, today: date) -> Mark:
    found = answers.get((member.id, day))
    if found is not None:
        return Mark(found.answer.value)
    theirs = days(member)
    if theirs.is_away(day):
        return Mark.AWAY
    if not theirs.asks_on(day):
        return Mark.NOT_ASKED
    return Mark.MISSED if day < today else Mark.OPEN
