"""Mail that does not arrive, and mail that nobody wanted: what stops then, and who is told."""

import uuid
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from podsched.models import Enrolment, EnrolmentState, MailKind, Membership, OutboxMail, Person
from podsched.services import boxes, joining
from podsched.services.boxes import BounceBox
from podsched.services.links import Addresses

#: What somebody asks for at the door still goes out, for a mailbox may have come back to life; the others go elsewhere.
_STILL_SENT = {MailKind.SIGN_IN, MailKind.RECEIPT, MailKind.ADDRESS, MailKind.ADDRESS_CHANGED}


def stops(mail: OutboxMail) -> str | None:
    """Why this mail is not to leave, once its person's address is known not to work."""
    person = mail.membership.person
    if person.mail_failed_at is None or mail.kind in _STILL_SENT:
        return None
    return f"This address does not work: {person.mail_failed_reason}"


def refused(session: Session, mail_id: uuid.UUID, reason: str, *, at: datetime) -> None:
    """The server we send through says that there is no such mailbox; one that was to be confirmed is not theirs yet."""
    mail = session.get(OutboxMail, mail_id)
    if mail is not None and mail.about.get("address") in {None, mail.membership.person.email}:
        _fail(mail.membership.person, reason, at=at)


def came_back(session: Session, addresses: Addresses, box: BounceBox, reason: str, *, at: datetime) -> bool:
    """A server further away gave up. False for a mail that is none of ours or went to an address they have left since."""
    mail = _sent_from(session, addresses, box)
    if mail is None:
        return False
    _fail(mail.membership.person, reason, at=at)
    return True


def complained(session: Session, addresses: Addresses, senders: Iterable[str], *, at: datetime) -> bool:
    """Somebody told their provider that our mail is spam: as if they had pressed the link that stops check-ins."""
    for sender in senders:
        box = boxes.read(addresses, sender)
        mail = _sent_from(session, addresses, box) if isinstance(box, BounceBox) else None
        if mail is not None:
            _stop(session, mail.membership, at=at)
            return True
    return False


def _sent_from(session: Session, addresses: Addresses, box: BounceBox) -> OutboxMail | None:
    mail = session.get(OutboxMail, box.mail_id)
    return mail if mail is not None and box.is_of(addresses, mail.membership.person.email) else None


def _fail(person: Person, reason: str, *, at: datetime) -> None:
    """The first time counts: it says since when."""
    if person.mail_failed_at is None:
        person.mail_failed_at = at
        person.mail_failed_reason = reason


def _stop(session: Session, membership: Membership, *, at: datetime) -> None:
    membership.complained_at = at
    theirs = select(Enrolment).where(Enrolment.membership_id == membership.id, Enrolment.state != EnrolmentState.LEFT)
    for enrolment in session.scalars(theirs):
        if enrolment.checkins_off_at is None:
            joining.stop_check_ins(session, enrolment, at=at)
