"""The outbox: every mail is a row, written in the transaction that decides it.

A delivery job claims due rows for two minutes, asks again whether each is wanted, sends, and settles the row. A claim
is fenced by the count of attempts: a worker that was thought dead cannot settle what another has taken over.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session, contains_eager

from podsched.db import insert_into
from podsched.models import MailKind, MailState, Membership, OutboxMail

LEASE = timedelta(minutes=2)
BATCH = 50
#: A mail whose sender dies each time is given up after these; a server that is away is tried until the mail is stale.
MOST_ATTEMPTS = 300
KEEPS = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Claim:
    id: uuid.UUID
    #: The attempt this claim is for.
    fence: int


def put(
    session: Session,
    *,
    membership_id: uuid.UUID,
    kind: MailKind,
    occurrence: str,
    about: dict[str, str],
    at: datetime,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
    on_day: date | None = None,
) -> bool:
    """Decides on a mail. The same person, kind and occurrence a second time changes nothing.

    Nor does a second mail of one day, where ``on_day`` says which day of theirs it is to have for itself.
    """
    due = due_at or at
    written = session.scalar(
        insert_into(OutboxMail, session.get_bind().dialect)
        .values(
            id=uuid.uuid4(),
            membership_id=membership_id,
            kind=kind,
            occurrence=occurrence,
            about=about,
            due_at=due,
            on_day=on_day,
            expires_at=expires_at or due + KEEPS,
            state=MailState.WAITING,
            attempts=0,
            created_at=at,
        )
        .on_conflict_do_nothing()
        .returning(OutboxMail.id)
    )
    return written is not None


def withdraw(session: Session, *, membership_id: uuid.UUID, kind: MailKind, occurrence: str) -> None:
    """Takes back a mail that still waits; one that is on its way is asked about when it leaves."""
    waiting = (OutboxMail.kind == kind, OutboxMail.occurrence == occurrence, OutboxMail.state == MailState.WAITING)
    session.execute(delete(OutboxMail).where(OutboxMail.membership_id == membership_id, *waiting))


def has_due(session: Session, *, at: datetime) -> bool:
    return bool(session.scalar(select(exists().where(_due(at)))))


def claim(session: Session, *, at: datetime, limit: int = BATCH) -> list[Claim]:
    """Takes due rows for this worker alone; commit at once, then send."""
    due = (
        select(OutboxMail.id).where(_due(at)).order_by(OutboxMail.due_at).limit(limit).with_for_update(skip_locked=True)
    )
    taken = session.execute(
        update(OutboxMail)
        .where(OutboxMail.id.in_(due.scalar_subquery()))
        .values(state=MailState.CLAIMED, lease_until=at + LEASE, attempts=OutboxMail.attempts + 1)
        .returning(OutboxMail.id, OutboxMail.attempts, OutboxMail.due_at)
        .execution_options(synchronize_session=False)
    )
    return [Claim(row.id, row.attempts) for row in sorted(taken, key=lambda row: (row.due_at, row.id))]


def _due(at: datetime) -> ColumnElement[bool]:
    waiting = and_(OutboxMail.state == MailState.WAITING, OutboxMail.due_at <= at)
    abandoned = and_(OutboxMail.state == MailState.CLAIMED, OutboxMail.lease_until <= at)
    return or_(waiting, abandoned)


def held(session: Session, claim: Claim, *, at: datetime) -> OutboxMail | None:
    """The claimed row with its lease begun anew, or None when the claim has passed to somebody else."""
    still_ours = (OutboxMail.id == claim.id, OutboxMail.attempts == claim.fence, OutboxMail.state == MailState.CLAIMED)
    renewed = update(OutboxMail).where(*still_ours).values(lease_until=at + LEASE).returning(OutboxMail.id)
    return session.get(OutboxMail, claim.id) if session.scalar(renewed) is not None else None


def settle(session: Session, claim: Claim, state: MailState, *, at: datetime, reason: str | None = None) -> None:
    _change(session, claim, state=state, sent_at=at if state is MailState.SENT else None, reason=reason)


def try_later(session: Session, claim: Claim, *, at: datetime, reason: str) -> None:
    """Back to waiting, longer each time up to a quarter of an hour, with some jitter, for as long as it is not stale."""
    jitter = Random(f"{claim.id}:{claim.fence}").uniform(0.8, 1.2)  # noqa: S311  spreads load, guards nothing
    wait = timedelta(seconds=30 * 2 ** min(claim.fence, 5) * jitter)
    _change(session, claim, state=MailState.WAITING, due_at=at + wait, reason=reason)


def _change(session: Session, claim: Claim, **values: object) -> None:
    session.execute(
        update(OutboxMail)
        .where(OutboxMail.id == claim.id, OutboxMail.attempts == claim.fence, OutboxMail.state == MailState.CLAIMED)
        .values(lease_until=None, **values)
    )


def oldest_due(session: Session, *, at: datetime) -> datetime | None:
    """Since when the mail that can still be sent in time has waited."""
    return session.scalar(select(func.min(OutboxMail.due_at)).where(_due(at), OutboxMail.expires_at > at))


def dead(session: Session, community_id: uuid.UUID, *, limit: int = 20) -> list[OutboxMail]:
    """A community's mail that no attempt could deliver, the latest first, with whom it was for."""
    rows = (
        select(OutboxMail)
        .join(OutboxMail.membership)
        .where(OutboxMail.state == MailState.DEAD, Membership.community_id == community_id)
        .order_by(OutboxMail.due_at.desc())
        .options(contains_eager(OutboxMail.membership).joinedload(Membership.person))
    )
    return [*session.scalars(rows.limit(limit))]
