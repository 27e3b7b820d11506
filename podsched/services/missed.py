"""Who missed two check-ins in a row: one private mail, and a task for the hosts until they are back or were asked."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from podsched.domain.budget import bedtime, mornings, next_morning
from podsched.domain.zones import local_day
from podsched.models import (
    CheckIn,
    Cohort,
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


def plan(session: Session, cohort: Cohort, *, at: datetime) -> None:
    silent = _silent(session, cohort, at=at)
    mailed, answered = _mailed(session, silent), _last_answers(session, silent)
    for member in silent:
        last = answered.get(member.id)
        since = _since(member, mailed[member.id], last, at=at)
        if since is not None and is_asked(member) and not days(member).is_away(local_day(at, member.timezone)):
            _notice(session, member, since, last, at=at)


def _silent(session: Session, cohort: Cohort, *, at: datetime) -> Sequence[Enrolment]:
    """Those with no answer of the last days of whom we have not spoken lately."""
    answered = exists().where(
        CheckIn.enrolment_id == Enrolment.id, CheckIn.local_day >= at.date() - timedelta(days=IN_A_ROW - 1)
    )
    rows = (
        select(Enrolment)
        .where(
            Enrolment.cohort_id == cohort.id,
            Enrolment.state == EnrolmentState.ENROLLED,
            Enrolment.checkins_off_at.is_(None),
            or_(Enrolment.missed_at.is_(None), Enrolment.missed_at <= at - QUIET_FOR),
            ~answered,
        )
        .order_by(Enrolment.id)
        .options(
            selectinload(Enrolment.away),
            joinedload(Enrolment.membership),
            joinedload(Enrolment.seat),
            joinedload(Enrolment.cohort),
        )
    )
    return session.scalars(rows).all()


def _since(member: Enrolment, mailed: list[date], answered: date | None, *, at: datetime) -> date | None:
    """The first of the two days that went by without an answer; None if there are no such two."""
    today = checkins.today(member, at=at)
    missed = [day for day in mailed if day < today and days(member).asks_on(day)][:IN_A_ROW]
    if len(missed) < IN_A_ROW or missed[0] < today - RECENT:
        return None
    return missed[-1] if answered is None or answered < missed[-1] else None


def _mailed(session: Session, members: Iterable[Enrolment]) -> dict[uuid.UUID, list[date]]:
    """The days about which each was asked by a mail that has left, the latest first: what never came was not missed."""
    people = {member.id: member.membership_id for member in members}
    of_kind = (OutboxMail.kind == MailKind.CHECK_IN, OutboxMail.state == MailState.SENT)
    rows = select(OutboxMail.about).where(OutboxMail.membership_id.in_(people.values()), *of_kind)
    asked: dict[uuid.UUID, list[date]] = defaultdict(list)
    for about in session.scalars(rows):
        asked[uuid.UUID(about["enrolment"])].append(date.fromisoformat(about["day"]))
    return {member: sorted(asked[member], reverse=True) for member in people}


def _last_answers(session: Session, members: Iterable[Enrolment]) -> dict[uuid.UUID, date]:
    """The last day of each that has an answer."""
    last = select(CheckIn.enrolment_id, func.max(CheckIn.local_day)).group_by(CheckIn.enrolment_id)
    return dict(session.execute(last.where(CheckIn.enrolment_id.in_([member.id for member in members]))).all())


def _notice(session: Session, member: Enrolment, since: date, answered: date | None, *, at: datetime) -> None:
    """Once for each streak: it ends with an answer, and the last answer before it tells it from all others."""
    occurrence = f"{member.id.hex}:{answered or 'never'}"
    if outbox.is_known(session, member.membership_id, MailKind.MISSED, occurrence):
        return
    member.missed_at = at
    if stops.is_stopped(session, member.membership_id, MailKind.MISSED):
        return
    first, season = next_morning(at, member.timezone), days(member).season
    waits = mornings(first, member.timezone, until=first + WAITS)
    mail = Scheduled(
        MailKind.MISSED,
        member.membership,
        occurrence,
        {"enrolment": member.id.hex, "since": since.isoformat()},
        zone=member.timezone,
        options=[morning for morning in waits if not season.is_quiet(local_day(morning, member.timezone))],
        until=bedtime(first + WAITS, member.timezone),
    )
    schedule(session, mail, at=at)


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
