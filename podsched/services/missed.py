"""Who missed two check-ins in a row: one private mail, and a task for the hosts until they are back or were asked."""

import uuid
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from podsched.domain.budget import bedtime, mornings, next_morning
from podsched.domain.zones import local_day
from podsched.models import (
    CheckIn,
    Cohort,
    CohortState,
    Enrolment,
    EnrolmentState,
    MailKind,
    MailState,
    Membership,
    OutboxMail,
    Seat,
)
from podsched.services import checkins, outbox, stops
from podsched.services.rhythms import days, is_asked
from podsched.services.scheduling import Scheduled, schedule

IN_A_ROW = 2
#: Nobody is written to about this twice within so long.
QUIET_FOR = timedelta(days=14)
#: Two missed check-ins that lie further back are no news.
RECENT = timedelta(days=9)
#: The mail waits so many days at most for one that is free.
WAITS = timedelta(days=3)


def plan(session: Session, *, at: datetime) -> None:
    for member in _silent(session, at=at):
        streak = _streak(session, member, at=at)
        if streak is not None and is_asked(member) and not days(member).is_away(local_day(at, member.timezone)):
            _notice(session, member, *streak, at=at)


def _silent(session: Session, *, at: datetime) -> list[Enrolment]:
    """Those with no answer of the last days of whom we have not spoken lately."""
    answered = exists().where(
        CheckIn.enrolment_id == Enrolment.id, CheckIn.local_day >= at.date() - timedelta(days=IN_A_ROW - 1)
    )
    rows = (
        select(Enrolment)
        .join(Enrolment.cohort)
        .where(
            Cohort.state == CohortState.RUNNING,
            Enrolment.state == EnrolmentState.ENROLLED,
            Enrolment.checkins_off_at.is_(None),
            or_(Enrolment.missed_at.is_(None), Enrolment.missed_at <= at - QUIET_FOR),
            ~answered,
        )
        .order_by(Enrolment.id)
        .options(joinedload(Enrolment.cohort), selectinload(Enrolment.away), joinedload(Enrolment.membership))
    )
    return [*session.scalars(rows)]


def _streak(session: Session, member: Enrolment, *, at: datetime) -> tuple[date, date | None] | None:
    """The first of the two days that went by without an answer, and the last one with; None if there are no such two."""
    today = checkins.today(member, at=at)
    missed = [day for day in _mailed(session, member) if day < today and days(member).asks_on(day)][:IN_A_ROW]
    if len(missed) < IN_A_ROW or missed[0] < today - RECENT:
        return None
    answered = session.scalar(
        select(CheckIn.local_day).where(CheckIn.enrolment_id == member.id).order_by(CheckIn.local_day.desc()).limit(1)
    )
    if answered is not None and answered >= missed[-1]:
        return None
    return missed[-1], answered


def _mailed(session: Session, member: Enrolment) -> list[date]:
    """The days about which they were asked by a mail that has left, the latest first: what never came was not missed."""
    mine = (OutboxMail.membership_id == member.membership_id, OutboxMail.kind == MailKind.CHECK_IN)
    rows = (
        select(OutboxMail.about)
        .where(*mine, OutboxMail.state == MailState.SENT, OutboxMail.occurrence.startswith(member.id.hex))
        .order_by(OutboxMail.occurrence.desc())
        .limit(IN_A_ROW + 3)
    )
    return [date.fromisoformat(about["day"]) for about in session.scalars(rows)]


def _notice(session: Session, member: Enrolment, since: date, answered: date | None, *, at: datetime) -> None:
    """Once for each streak: it ends with an answer, and the last answer before it tells it from all others."""
    occurrence = f"{member.id.hex}:{answered or 'never'}"
    if outbox.is_known(session, member.membership_id, MailKind.MISSED, occurrence):
        return
    member.missed_at = at
    if stops.is_stopped(session, member.membership_id, MailKind.MISSED):
        return
    mail = Scheduled(MailKind.MISSED, occurrence, {"enrolment": member.id.hex, "since": since.isoformat()})
    first = next_morning(at, member.timezone)
    options = mornings(first, member.timezone, until=first + WAITS)
    until = bedtime(first + WAITS, member.timezone)
    schedule(session, mail, member.membership, member.timezone, options, at=at, until=until)


def is_wanted(session: Session, member: Enrolment, since: date, *, at: datetime) -> bool:
    """Asked again when the mail is about to leave: an answer, a pause, a quiet week or a stop since means no."""
    today = local_day(at, member.timezone)
    theirs = days(member)
    return (
        is_asked(member)
        and not theirs.is_away(today)
        and theirs.season.week_of(today) is not None
        and not theirs.season.is_quiet(today)
        and not session.scalar(select(exists().where(_answered_from(member.id, since))))
        and not stops.is_stopped(session, member.membership_id, MailKind.MISSED)
    )


def _answered_from(enrolment_id: uuid.UUID, day: date) -> ColumnElement[bool]:
    return (CheckIn.enrolment_id == enrolment_id) & (CheckIn.local_day >= day)


def to_ask_after(session: Session, cohort: Cohort, *, at: datetime) -> list[Enrolment]:
    """The members whom a host should ask how they are: noticed lately, and neither back nor asked since."""
    back = exists().where(CheckIn.enrolment_id == Enrolment.id, CheckIn.answered_at >= Enrolment.missed_at)
    rows = (
        select(Enrolment)
        .where(
            Enrolment.cohort_id == cohort.id,
            Enrolment.state == EnrolmentState.ENROLLED,
            Enrolment.checkins_off_at.is_(None),
            Enrolment.missed_at > at - QUIET_FOR,
            or_(Enrolment.asked_after_at.is_(None), Enrolment.asked_after_at < Enrolment.missed_at),
            ~back,
        )
        .order_by(Enrolment.missed_at, Enrolment.id)
        .options(
            joinedload(Enrolment.membership).joinedload(Membership.person),
            selectinload(Enrolment.away),
            joinedload(Enrolment.seat).joinedload(Seat.pod),
        )
    )
    return [member for member in session.scalars(rows) if not days(member).is_away(local_day(at, member.timezone))]


def asked_after(member: Enrolment, *, at: datetime) -> None:
    """A host has asked them; the task is done."""
    member.asked_after_at = at
