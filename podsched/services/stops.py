"""Kinds of mail that a person has stopped, by one press in the mail or on their page, and starts again on their page."""

import uuid
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from podsched.db import insert_into
from podsched.domain.budget import Wishes
from podsched.errors import NotFound
from podsched.models import Enrolment, MailKind, MailStop, Membership

#: What of it a person is told when it has stopped.
NAMES = {
    MailKind.TIMES_MISSING: "reminders of missing times",
    MailKind.RETRO_TOMORROW: "mail the day before your pod meets",
    MailKind.MISSED: "mail after two missed check-ins",
    MailKind.NUDGE: "reminders of an open check-in",
    MailKind.DIGEST: "the Monday digest for hosts",
}


def member_named(session: Session, membership_id: uuid.UUID, kind: MailKind) -> Membership:
    """Whom a signed link to stop mail speaks for."""
    membership = session.get(Membership, membership_id)
    if membership is None or kind not in NAMES:
        raise NotFound
    return membership


def is_stopped(session: Session, membership_id: uuid.UUID, kind: MailKind) -> bool:
    if kind is MailKind.NUDGE:  # off unless asked for
        wanted = select(Enrolment.id).where(Enrolment.membership_id == membership_id, Enrolment.nudges)
        return session.scalar(wanted.limit(1)) is None
    return session.get(MailStop, (membership_id, kind)) is not None


def who_stopped(session: Session, kind: MailKind, *, among: Collection[uuid.UUID]) -> Collection[uuid.UUID]:
    rows = select(MailStop.membership_id).where(MailStop.membership_id.in_(among), MailStop.kind == kind)
    return set(session.scalars(rows))


def stop(session: Session, membership: Membership, kind: MailKind, *, at: datetime) -> None:
    """From this moment on, also for what is in the outbox already; a second press changes nothing."""
    if kind is MailKind.NUDGE:
        session.execute(update(Enrolment).where(Enrolment.membership_id == membership.id).values(nudges=False))
        return
    row = insert_into(MailStop, session.get_bind().dialect)
    session.execute(row.values(membership_id=membership.id, kind=kind, stopped_at=at).on_conflict_do_nothing())


def start(session: Session, membership: Membership, kind: MailKind) -> None:
    session.execute(delete(MailStop).where(MailStop.membership_id == membership.id, MailStop.kind == kind))


def choose(session: Session, enrolment: Enrolment, *, nudges: bool, retro: bool, missed: bool, at: datetime) -> None:
    """What a member ticked on their own page."""
    enrolment.nudges = nudges
    for kind, wanted in ((MailKind.RETRO_TOMORROW, retro), (MailKind.MISSED, missed)):
        if wanted:
            start(session, enrolment.membership, kind)
        else:
            stop(session, enrolment.membership, kind, at=at)


def wishes(session: Session, enrolment: Enrolment) -> Wishes:
    """What they have chosen, to tell them how much mail that is."""
    return Wishes(
        check_ins=0 if enrolment.checkins_off_at else enrolment.cadence,
        nudges=enrolment.nudges,
        retro=not is_stopped(session, enrolment.membership_id, MailKind.RETRO_TOMORROW),
        invites=enrolment.invites,
    )
