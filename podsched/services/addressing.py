"""The address a person's mail goes to: changed by a press in the new mailbox, never by typing alone."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from podsched.db import lock
from podsched.errors import NotFound, Refused
from podsched.models import MailKind, Membership, OutboxMail, Person, Rank
from podsched.services import access, joining, outbox
from podsched.services.links import NewAddress, hashed

#: A link that confirms an address is good for so long.
LINK_LIVES = timedelta(hours=24)
#: Anybody's mailbox can be typed in, so few mails go out.
MOST_A_DAY = 5


def refuse_gone(session: Session, membership: Membership) -> None:
    """Whoever has left every cohort and is no host gets no mail, so there is no address to change."""
    if membership.rank is not Rank.HOST and not access.enrolments_of(session, membership):
        raise NotFound


def ask(session: Session, membership: Membership, email: str, *, at: datetime) -> None:
    """Mails a link to the new address, whether or not somebody here has it: only its owner is to learn that."""
    asked = select(func.count()).where(
        OutboxMail.membership_id == membership.id,
        OutboxMail.kind == MailKind.ADDRESS,
        OutboxMail.created_at > at - timedelta(days=1),
    )
    if (session.scalar(asked) or 0) >= MOST_A_DAY:
        raise Refused(f"That is {MOST_A_DAY} addresses within a day. Try again tomorrow, or ask your host.")
    outbox.put(
        session,
        membership_id=membership.id,
        kind=MailKind.ADDRESS,
        occurrence=f"{hashed(email)[:32]}:{at:%Y%m%d%H%M}",
        about={"address": email},
        at=at,
        expires_at=at + LINK_LIVES,
    )


def membership_named(session: Session, asked: NewAddress) -> Membership:
    membership = session.get(Membership, asked.membership_id)
    if membership is None:
        raise NotFound
    return membership


def is_stale(person: Person, asked: NewAddress, *, at: datetime) -> bool:
    """A day later, or once another press has changed the address in the meantime."""
    if person.email_changed_at is not None and asked.at <= person.email_changed_at:
        return True
    return at > asked.at + LINK_LIVES


def is_done(person: Person, asked: NewAddress) -> bool:
    return person.email == asked.email and person.mail_failed_at is None


def confirm(session: Session, membership: Membership, asked: NewAddress, *, at: datetime) -> None:
    """From now on mail goes to the new address; the old one is told if it still works. A second press changes nothing."""
    person = membership.person
    lock(session, person)
    if is_done(person, asked) or is_stale(person, asked, at=at):
        return
    old, worked = person.email, person.mail_failed_at is None
    if asked.email != old:
        _move(session, person, asked.email)
    person.email_changed_at = at
    person.mail_failed_at = person.mail_failed_reason = None
    session.flush()
    if worked and asked.email != old:
        _tell(session, membership, old, at=at)
    for enrolment in access.enrolments_of(session, membership)[:1]:
        joining.send_link(session, enrolment, at=at)


def _move(session: Session, person: Person, email: str) -> None:
    try:
        with session.begin_nested():
            person.email = email
    except IntegrityError:
        session.refresh(person)
        raise Refused(
            "Somebody here has this address already; perhaps you, under another name. Ask for the link that goes with it, "
            "or use another address."
        ) from None


def _tell(session: Session, membership: Membership, old: str, *, at: datetime) -> None:
    outbox.put(
        session,
        membership_id=membership.id,
        kind=MailKind.ADDRESS_CHANGED,
        occurrence=f"{at:%Y%m%d%H%M%S}",
        about={"address": old},
        at=at,
    )
