"""The outbox: every mail is a row, written in the transaction that decides it.

A delivery job claims due rows for a while, asks again whether each is wanted, sends, and settles the row. A claim
is fenced by the count of attempts: a worker that was thought dead cannot settle what another has taken over.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from sqlalchemy import ColumnElement, Select, and_, any_, delete, exists, func, or_, select, text, update
from sqlalchemy.orm import Session, contains_eager, joinedload

from podsched.db import insert_into
from podsched.models import MailKind, MailState, Membership, OutboxMail

#: Longer than clocks of two machines differ, shorter than anybody should wait for what a dead worker held.
LEASE = timedelta(seconds=110)
BATCH = 100
#: So many rows are written by one statement; SQLite takes no more than 32,766 values.
AT_ONCE = 1000
#: A mail whose sender dies each time is given up after these; a server that is away is tried until the mail is stale.
MOST_ATTEMPTS = 300
KEEPS = timedelta(days=3)
#: In the words of the index, or SQLite would read every mail there ever was.
_OPEN = text("outbox.state IN ('waiting', 'claimed')")
#: What somebody waits for with the page open goes before what comes at its hour.
URGENT = {MailKind.SIGN_IN, MailKind.RECEIPT, MailKind.LEAVE, MailKind.ADDRESS}


@dataclass(frozen=True, slots=True)
class Claim:
    id: uuid.UUID
    #: The attempt this claim is for.
    fence: int


@dataclass(frozen=True, slots=True)
class NewMail:
    """What is decided of a mail: to whom, of what kind, and what makes it one of its kind."""

    membership_id: uuid.UUID
    kind: MailKind
    occurrence: str
    about: dict[str, str]
    due_at: datetime
    expires_at: datetime
    on_day: date | None = None


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
    mail = NewMail(membership_id, kind, occurrence, about, due, expires_at or due + KEEPS, on_day)
    insert = insert_into(OutboxMail, session.get_bind().dialect).values(_row(mail, at=at)).on_conflict_do_nothing()
    return session.scalar(insert.returning(OutboxMail.id)) is not None


def put_all(session: Session, mails: Sequence[NewMail], *, at: datetime) -> int:
    """Decides on many at once; how many of them are new."""
    new = 0
    for some in (mails[start : start + AT_ONCE] for start in range(0, len(mails), AT_ONCE)):
        insert = insert_into(OutboxMail, session.get_bind().dialect).values([_row(mail, at=at) for mail in some])
        new += len(session.scalars(insert.on_conflict_do_nothing().returning(OutboxMail.id)).all())
    return new


def _row(mail: NewMail, *, at: datetime) -> dict[str, object]:
    return {
        "id": uuid.uuid4(),
        "membership_id": mail.membership_id,
        "kind": mail.kind,
        "occurrence": mail.occurrence,
        "about": mail.about,
        "priority": 0 if mail.kind in URGENT else 1,
        "due_at": mail.due_at,
        "on_day": mail.on_day,
        "expires_at": mail.expires_at,
        "state": MailState.WAITING,
        "attempts": 0,
        "created_at": at,
    }


def is_known(session: Session, membership_id: uuid.UUID, kind: MailKind, occurrence: str) -> bool:
    """Whether this mail was decided on before, whatever became of it."""
    same = (OutboxMail.membership_id == membership_id, OutboxMail.kind == kind, OutboxMail.occurrence == occurrence)
    return bool(session.scalar(select(exists().where(*same))))


def known_among(session: Session, people: Collection[uuid.UUID], kind: MailKind) -> set[str]:
    """The occurrences of a kind that were decided on before for any of these."""
    rows = select(OutboxMail.occurrence).where(OutboxMail.membership_id.in_(people), OutboxMail.kind == kind)
    return set(session.scalars(rows))


def withdraw(session: Session, *, membership_id: uuid.UUID, kind: MailKind, occurrence: str) -> None:
    """Takes back a mail that still waits; one that is on its way is asked about when it leaves."""
    waiting = (OutboxMail.kind == kind, OutboxMail.occurrence == occurrence, OutboxMail.state == MailState.WAITING)
    session.execute(delete(OutboxMail).where(OutboxMail.membership_id == membership_id, *waiting))


def has_due(session: Session, *, at: datetime) -> bool:
    return bool(session.scalar(select(exists().where(is_due(at)))))


def claim(session: Session, *, at: datetime, limit: int = BATCH) -> list[Claim]:
    """Takes due rows for this worker alone, those first that somebody waits for; commit at once, then send."""
    due = select(OutboxMail.id).where(is_due(at)).order_by(OutboxMail.priority, OutboxMail.due_at).limit(limit)
    taken = session.execute(
        update(OutboxMail)
        .where(_is_one_of(session, due.with_for_update(skip_locked=True)))
        .values(state=MailState.CLAIMED, lease_until=at + LEASE, attempts=OutboxMail.attempts + 1)
        .returning(OutboxMail.id, OutboxMail.attempts, OutboxMail.priority, OutboxMail.due_at)
        .execution_options(synchronize_session=False)
    )
    in_order = sorted(taken, key=lambda row: (row.priority, row.due_at, row.id))
    return [Claim(row.id, row.attempts) for row in in_order]


def _is_one_of(session: Session, due: Select[uuid.UUID]) -> ColumnElement[bool]:
    """PostgreSQL takes rows twice as fast by an array, and reads the rows to lock only once."""
    if session.get_bind().dialect.name == "postgresql":
        return OutboxMail.id == any_(func.array(due.scalar_subquery()))
    return OutboxMail.id.in_(due.scalar_subquery())


def is_due(at: datetime) -> ColumnElement[bool]:
    """Its time has come and nobody is sending it: it waits, or whoever had it is gone."""
    waiting = and_(OutboxMail.state == MailState.WAITING, OutboxMail.due_at <= at)
    abandoned = and_(OutboxMail.state == MailState.CLAIMED, OutboxMail.lease_until <= at)
    return and_(_OPEN, or_(waiting, abandoned))


def held(session: Session, claims: Iterable[Claim]) -> dict[Claim, OutboxMail]:
    """The rows of those claims that have not passed to somebody else, with whom each is for."""
    rows = (
        select(OutboxMail)
        .where(OutboxMail.state == MailState.CLAIMED, OutboxMail.id.in_([claim.id for claim in claims]))
        .options(
            joinedload(OutboxMail.membership).options(joinedload(Membership.person), joinedload(Membership.community))
        )
    )
    found = {Claim(mail.id, mail.attempts): mail for mail in session.scalars(rows)}
    return {claim: found[claim] for claim in claims if claim in found}


def renew(session: Session, claims: Iterable[Claim], *, at: datetime) -> set[Claim]:
    """Begins the lease of these claims anew; those that are still ours."""
    return _change(session, claims, lease_until=at + LEASE)


def settle(
    session: Session, claims: Iterable[Claim], state: MailState, *, at: datetime, reason: str | None = None
) -> None:
    sent_at = at if state is MailState.SENT else None
    _change(session, claims, state=state, sent_at=sent_at, reason=reason, lease_until=None)


def release(session: Session, claims: Iterable[Claim]) -> None:
    """Gives back what was taken and not begun, as if nobody had looked at it."""
    _change(session, claims, state=MailState.WAITING, lease_until=None)


def try_later(session: Session, claim: Claim, *, at: datetime, reason: str) -> None:
    """Back to waiting, from a quarter of a minute to one of an hour, with some jitter, for as long as it is not stale."""
    jitter = Random(f"{claim.id}:{claim.fence}").uniform(0.8, 1.2)  # noqa: S311  spreads load, guards nothing
    times = session.scalar(select(OutboxMail.put_off).where(OutboxMail.id == claim.id)) or 0
    due = at + timedelta(seconds=15 * 2 ** min(times, 6) * jitter)
    first = func.coalesce(OutboxMail.first_due_at, OutboxMail.due_at)
    again = {"due_at": due, "first_due_at": first, "put_off": times + 1}
    _change(session, [claim], state=MailState.WAITING, reason=reason, lease_until=None, **again)


def _change(session: Session, claims: Iterable[Claim], **values: object) -> set[Claim]:
    """Those of the claims that were still held and are changed now."""
    of_attempt: dict[int, list[uuid.UUID]] = defaultdict(list)
    for claim in claims:
        of_attempt[claim.fence].append(claim.id)
    changed: set[Claim] = set()
    for fence, ids in of_attempt.items():
        ours = (OutboxMail.id.in_(ids), OutboxMail.attempts == fence, OutboxMail.state == MailState.CLAIMED)
        rows = update(OutboxMail).where(*ours).values(**values).returning(OutboxMail.id)
        found = session.scalars(rows.execution_options(synchronize_session=False))
        changed.update(Claim(row, fence) for row in found)
    return changed


def oldest_due(session: Session, *, at: datetime) -> datetime | None:
    """Since when the mail that can still be sent in time has waited."""
    return session.scalar(select(func.min(OutboxMail.due_at)).where(is_due(at), OutboxMail.expires_at > at))


def dead(session: Session, community_id: uuid.UUID, *, limit: int = 20) -> list[OutboxMail]:
    """A community's mail that no attempt could deliver, the latest first, with whom it was for."""
    rows = (
        select(OutboxMail)
        .join(OutboxMail.membership)
        .where(OutboxMail.sent_at.is_(None), OutboxMail.state == MailState.DEAD)
        .where(Membership.community_id == community_id)
        .order_by(OutboxMail.due_at.desc())
        .options(contains_eager(OutboxMail.membership).joinedload(Membership.person))
    )
    return [*session.scalars(rows.limit(limit))]
