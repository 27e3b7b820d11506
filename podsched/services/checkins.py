"""Daily check-ins: planned one ahead for each member, answered once a local day."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from podsched.db import lock
from podsched.domain.availability import DAY_NAMES
from podsched.domain.budget import bedtime, is_awake
from podsched.domain.rhythm import STALE_AFTER, accepts_answer, checkin_day, next_checkin
from podsched.domain.zones import local_day
from podsched.errors import NotFound, Refused
from podsched.models import Answer, CheckIn, Enrolment, EnrolmentState, MailKind, Pod
from podsched.services import foresight, outbox, rotation
from podsched.services.outbox import NewMail
from podsched.services.rhythms import WITH_QUIET_DAYS, days, is_asked

BATCH = 500
#: Whoever asked for it is reminded so long after the check-in, if it is still open.
NUDGED_AFTER = timedelta(hours=5)


def plan_due(session: Session, *, at: datetime) -> int:
    """Puts check-ins that are due into the outbox and writes down when the next one is; both or neither.

    A batch at a time: how many were put, 0 when nothing is due. What another clock is planning is left to it.
    """
    due = session.scalars(
        select(Enrolment)
        .where(Enrolment.next_checkin_at <= at)
        .order_by(Enrolment.next_checkin_at)
        .limit(BATCH)
        .with_for_update(of=Enrolment, skip_locked=True)
        .options(
            joinedload(Enrolment.cohort).options(*WITH_QUIET_DAYS),
            joinedload(Enrolment.seat),
            selectinload(Enrolment.away),
        )
    ).all()
    decided = [mail for enrolment in due for mail in _plan(enrolment, at=at)]
    session.flush()
    outbox.put_all(session, decided, at=at)
    return sum(mail.kind is MailKind.CHECK_IN for mail in decided)


def _plan(enrolment: Enrolment, *, at: datetime) -> Iterator[NewMail]:
    due = enrolment.next_checkin_at
    assert due is not None
    wanted = is_asked(enrolment)
    enrolment.next_checkin_at = _following(enrolment, max(due, at - STALE_AFTER)) if wanted else None
    if not wanted or at - due >= STALE_AFTER:
        return
    day = local_day(due, enrolment.timezone)
    yield _mail(enrolment, MailKind.CHECK_IN, day, due, due + STALE_AFTER)
    nudged_at = due + NUDGED_AFTER
    # In the hours of mail alone: at night it is not moved, it is left out.
    if enrolment.nudges and is_awake(nudged_at, enrolment.timezone):
        yield _mail(enrolment, MailKind.NUDGE, day, nudged_at, bedtime(nudged_at, enrolment.timezone))


def _following(enrolment: Enrolment, after: datetime) -> datetime | None:
    return next_checkin(days(enrolment), zone=enrolment.timezone, minute=enrolment.checkin_minute, after=after)


def _mail(enrolment: Enrolment, kind: MailKind, day: date, due_at: datetime, expires_at: datetime) -> NewMail:
    return NewMail(
        membership_id=enrolment.membership_id,
        kind=kind,
        occurrence=f"{enrolment.id.hex}:{day}",
        about={"enrolment": enrolment.id.hex, "day": day.isoformat()},
        due_at=due_at,
        expires_at=expires_at,
    )


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
