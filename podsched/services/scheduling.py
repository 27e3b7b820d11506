"""The one place that picks the day of a scheduled mail, so that nobody gets two on one day.

A row of the outbox that has a day of its own holds that day for its recipient; the database lets no second one in.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from podsched.domain.budget import bedtime, first_free, mornings, now_or_morning
from podsched.domain.zones import local_day
from podsched.models import Enrolment, MailKind, MailState, Membership, OutboxMail
from podsched.services import outbox

#: Two clocks that want the same day at once: the one that loses looks again, this often at most.
TRIES = 3


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A mail that may go on one day of several."""

    kind: MailKind
    occurrence: str
    about: Mapping[str, str]
    #: After an outage it goes late rather than never.
    matters: bool = False
    #: So long after it was due it is stale; else at the end of its day.
    lasts: timedelta | None = None


def schedule(
    session: Session,
    mail: Scheduled,
    recipient: Membership,
    zone: str,
    options: Iterable[datetime],
    *,
    at: datetime,
    until: datetime,
) -> datetime | None:
    """Puts a mail at the first option whose day is free; when it is due, or None if it is there already or has no day.

    It keeps to its day and to the hours of mail, and is dropped where they pass in an outage; unless it ``matters``.
    """
    choices = [*options]
    for _ in range(TRIES):
        if outbox.is_known(session, recipient.id, mail.kind, mail.occurrence):
            return None
        due = first_free(choices, taken(session, recipient, at=at), zone)
        if due is None:
            return None
        if outbox.put(
            session,
            membership_id=recipient.id,
            kind=mail.kind,
            occurrence=mail.occurrence,
            about={**mail.about},
            at=at,
            due_at=due,
            expires_at=until if mail.matters else min(until, due + mail.lasts if mail.lasts else bedtime(due, zone)),
            on_day=local_day(due, zone),
        ):
            return due
    return None


def taken(session: Session, recipient: Membership, *, at: datetime) -> set[date]:
    """The recipient's days from yesterday on that have a scheduled mail."""
    since = at.date() - timedelta(days=1)
    mine = (OutboxMail.membership_id == recipient.id, OutboxMail.on_day >= since)
    return {day for day in session.scalars(select(OutboxMail.on_day).where(*mine)) if day is not None}


def move_to(session: Session, enrolment: Enrolment, zone: str, *, at: datetime) -> None:
    """After a move, mail that waits arrives in the hours of the new place; that of the day before is decided anew."""
    for mail in _waiting(session, enrolment):
        if mail.kind is MailKind.RETRO_TOMORROW:
            session.delete(mail)
        else:
            _shift(session, mail, enrolment, zone, at=at)
        session.flush()


def _shift(session: Session, mail: OutboxMail, enrolment: Enrolment, zone: str, *, at: datetime) -> None:
    first = now_or_morning(max(mail.due_at, at), zone)
    days = mornings(first, zone, until=max(mail.expires_at, first + timedelta(days=1)))
    due = first_free(days, taken(session, enrolment.membership, at=at) - {mail.on_day}, zone)
    if due is not None:
        mail.due_at, mail.on_day = due, local_day(due, zone)
        mail.expires_at = max(mail.expires_at, bedtime(due, zone))


def _waiting(session: Session, enrolment: Enrolment) -> list[OutboxMail]:
    mine = (OutboxMail.membership_id == enrolment.membership_id, OutboxMail.state == MailState.WAITING)
    rows = select(OutboxMail).where(*mine, OutboxMail.on_day.is_not(None)).order_by(OutboxMail.due_at)
    return [mail for mail in session.scalars(rows) if mail.about.get("enrolment") == enrolment.id.hex]
