"""The outbox as whoever looks after it sees it: what waits late, what is dead, why, once more, and set aside."""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from podsched.errors import Faults, Refused
from podsched.models import Enrolment, MailKind, MailState, Membership, OutboxMail, Person
from podsched.services.outbox import KEEPS, MOST_ATTEMPTS, is_due

#: A short id is the beginning of a whole one; fewer characters name too many mails to mean one.
SHORTEST_ID = 4
_ID_DIGITS = 32
#: The states of mail that has not left, in a form the index over it understands.
_UNSENT = OutboxMail.sent_at.is_(None)
#: Why a mail in this state is not sent once more, or not set aside; empty where it may be.
_NOT_AGAIN: dict[MailState, str] = {
    MailState.WAITING: "waits already",
    MailState.CLAIMED: "is being sent now",
    MailState.SENT: "was sent; it is not sent twice",
    MailState.DROPPED: "",
    MailState.DEAD: "",
}
_NOT_ASIDE: dict[MailState, str] = {
    MailState.WAITING: "",
    MailState.CLAIMED: "is being sent now and may be on the wire",
    MailState.SENT: "was sent",
    MailState.DROPPED: "was dropped already",
    MailState.DEAD: "",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """Which mails to list. Without a state or an address: those that wait late and those that are dead."""

    states: tuple[MailState, ...] = ()
    kinds: tuple[MailKind, ...] = ()
    to: str | None = None
    limit: int = 50


def counts(session: Session) -> dict[MailState, int]:
    rows = session.execute(select(OutboxMail.state, func.count()).group_by(OutboxMail.state))
    found = {row[0]: row[1] for row in rows}
    return {state: found.get(state, 0) for state in MailState}


def listed(session: Session, wish: Wish, *, at: datetime) -> list[OutboxMail]:
    """The mails that are wished for, the longest due first; of those that were sent, the latest first."""
    order = OutboxMail.sent_at.desc() if set(wish.states) == {MailState.SENT} else OutboxMail.due_at
    rows = _with_person().where(*_conditions(wish, at)).order_by(order, OutboxMail.id).limit(wish.limit)
    return [*session.scalars(rows)]


def _conditions(wish: Wish, at: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wish.states:
        found.append(OutboxMail.state.in_(wish.states))
        if set(wish.states) == {MailState.SENT}:
            found.append(OutboxMail.sent_at.is_not(None))
        elif MailState.SENT not in wish.states:
            found.append(_UNSENT)
    elif wish.to is None:
        found.append(and_(_UNSENT, or_(is_due(at), OutboxMail.state == MailState.DEAD)))
    if wish.kinds:
        found.append(OutboxMail.kind.in_(wish.kinds))
    if wish.to is not None:
        found.append(Person.email == wish.to.lower())
    return found


def _with_person() -> Select[OutboxMail]:
    whom = contains_eager(OutboxMail.membership)
    return (
        select(OutboxMail)
        .join(OutboxMail.membership)
        .join(Membership.person)
        .options(whom.contains_eager(Membership.person), whom.joinedload(Membership.community))
    )


def named(session: Session, ids: Iterable[str]) -> list[OutboxMail]:
    """The mails of these ids, whole or short; Faults with a sentence for each that names none or several."""
    mails: dict[uuid.UUID, OutboxMail] = {}
    faults: dict[str, str] = {}
    for text in ids:
        try:
            found = _one(session, text)
        except Refused as refused:
            faults[text] = str(refused)
        else:
            mails[found.id] = found
    if faults:
        raise Faults(faults)
    return [*mails.values()]


def _one(session: Session, text: str) -> OutboxMail:
    digits = text.replace("-", "").lower()
    if not SHORTEST_ID <= len(digits) <= _ID_DIGITS or set(digits) - set("0123456789abcdef"):
        raise Refused(f"is no id of a mail: {SHORTEST_ID} to {_ID_DIGITS} of the digits that the list shows")
    first, last = (uuid.UUID(digits.ljust(_ID_DIGITS, filler)) for filler in "0f")
    rows = session.scalars(_with_person().where(OutboxMail.id.between(first, last)).limit(2)).all()
    if not rows:
        raise Refused("no mail has this id")
    if len(rows) > 1:
        raise Refused("several mails begin so; give more of it")
    return rows[0]


def zone_of(session: Session, mail: OutboxMail) -> str:
    """The zone of the member's own clock; the community's where the mail is about no cohort."""
    about = mail.about.get("enrolment")
    enrolment = session.get(Enrolment, uuid.UUID(about)) if about else None
    return enrolment.timezone if enrolment else mail.membership.community.timezone


def dead_ids(session: Session) -> list[uuid.UUID]:
    return _free(session, OutboxMail.state == MailState.DEAD)


def waiting_ids(session: Session, kind: MailKind) -> list[uuid.UUID]:
    return _free(session, OutboxMail.state == MailState.WAITING, OutboxMail.kind == kind)


def _free(session: Session, *wanted: ColumnElement[bool]) -> list[uuid.UUID]:
    """Held from now on, without those that a sender is taking in this moment."""
    rows = select(OutboxMail.id).where(_UNSENT, *wanted).with_for_update(skip_locked=True)
    return [*session.scalars(rows)]


def on_the_wire(session: Session, kind: MailKind) -> int:
    claimed = (OutboxMail.state == MailState.CLAIMED, OutboxMail.kind == kind)
    return session.scalar(select(func.count()).where(_UNSENT, *claimed)) or 0


def retry(session: Session, ids: Collection[uuid.UUID], *, at: datetime) -> int:
    """They wait again, due now and as fresh as new ones; Faults, and nothing changed, when one of them may not."""
    mails = _held(session, ids, _NOT_AGAIN)
    for mail in mails:
        mail.state, mail.reason, mail.lease_until = MailState.WAITING, None, None
        mail.due_at, mail.first_due_at, mail.expires_at = at, None, at + KEEPS
        if mail.attempts >= MOST_ATTEMPTS:
            # The count is the fence of a claim, so it goes on where it can: only one that was given up for being
            # interrupted too often starts anew, hours after its first claims.
            mail.attempts = 0
    session.flush()
    return len(mails)


def set_aside(session: Session, ids: Collection[uuid.UUID], *, reason: str) -> int:
    """They are dropped; Faults, and nothing changed, when one of them is gone or may be on its way."""
    mails = _held(session, ids, _NOT_ASIDE)
    for mail in mails:
        mail.state, mail.reason, mail.lease_until = MailState.DROPPED, reason, None
    session.flush()
    return len(mails)


def _held(session: Session, ids: Collection[uuid.UUID], why_not: dict[MailState, str]) -> list[OutboxMail]:
    """The rows, locked against a sender that would claim them now, each found fit."""
    mails = [mail for some in _portions([*ids]) for mail in session.scalars(_locked(some))]
    faults = {mail.id.hex[:8]: sentence for mail in mails if (sentence := why_not[mail.state])}
    if faults:
        raise Faults(faults)
    return mails


def _locked(ids: Sequence[uuid.UUID]) -> Select[OutboxMail]:
    rows = select(OutboxMail).where(OutboxMail.id.in_(ids)).order_by(OutboxMail.id).with_for_update()
    return rows.execution_options(populate_existing=True)


def _portions(ids: list[uuid.UUID], size: int = 500) -> Iterable[list[uuid.UUID]]:
    """SQLite takes a limited number of values in one statement."""
    return (ids[start : start + size] for start in range(0, len(ids), size))
