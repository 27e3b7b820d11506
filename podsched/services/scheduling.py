"""The one place that picks the day of a scheduled mail, so that nobody gets two on one day.

A row of the outbox that has a day of its own holds that day for its recipient; the database lets no second one in.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from podsched.domain.budget import bedtime, first_free, mornings, now_or_morning
from podsched.domain.zones import local_day
from podsched.models import Enrolment, MailKind, MailState, Membership, OutboxMail
from podsched.services import outbox
from podsched.services.outbox import NewMail

#: Two clocks that want the same day at once: the one that loses looks again, this often at most.
TRIES = 3


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A mail that may go on one day of several."""

    kind: MailKind
    recipient: Membership
    occurrence: str
    about: Mapping[str, str]
    #: The recipient's own.
    zone: str
    #: When it may be due, what is best first.
    options: Iterable[datetime]
    #: It makes no sense after this.
    until: datetime
    #: After an outage it goes late rather than never.
    matters: bool = False
    #: So long after it was due it is stale; else at the end of its day.
    lasts: timedelta | None = None

    def due(self, at: datetime) -> NewMail:
        """The mail as it is decided."""
        evening = at + self.lasts if self.lasts else bedtime(at, self.zone)
        return NewMail(
            membership_id=self.recipient.id,
            kind=self.kind,
            occurrence=self.occurrence,
            about={**self.about},
            due_at=at,
            expires_at=self.until if self.matters else min(self.until, evening),
            on_day=local_day(at, self.zone),
        )


def schedule(session: Session, mail: Scheduled, *, at: datetime) -> datetime | None:
    """Puts a mail at the first option whose day is free; when it is due, or None if it is there already or has no day.

    It keeps to its day and to the hours of mail, and is dropped where they pass in an outage; unless it ``matters``.
    """
    choices = [*mail.options]
    for _ in range(TRIES):
        if outbox.is_known(session, mail.recipient.id, mail.kind, mail.occurrence):
            return None
        due = first_free(choices, taken(session, mail.recipient, at=at), mail.zone)
        if due is None:
            return None
        if outbox.put_all(session, [mail.due(due)], at=at):
            return due
    return None


def schedule_all(session: Session, mails: Sequence[Scheduled], *, at: datetime) -> None:
    """The same for many at once, which nobody has decided on yet; in their order.

    One whose day another clock takes in this moment is not decided on, and is looked at again the next time.
    """
    days = _taken(session, {mail.recipient.id for mail in mails}, at=at)
    chosen = []
    for mail in mails:
        due = first_free(mail.options, days[mail.recipient.id], mail.zone)
        if due is not None:
            days[mail.recipient.id].add(local_day(due, mail.zone))
            chosen.append(mail.due(due))
    outbox.put_all(session, chosen, at=at)


def taken(session: Session, recipient: Membership, *, at: datetime) -> set[date]:
    """The recipient's days from yesterday on that have a scheduled mail."""
    return _taken(session, [recipient.id], at=at)[recipient.id]


def _taken(session: Session, people: Collection[uuid.UUID], *, at: datetime) -> dict[uuid.UUID, set[date]]:
    since = at.date() - timedelta(days=1)
    rows = select(OutboxMail.membership_id, OutboxMail.on_day).where(
        OutboxMail.membership_id.in_(people), OutboxMail.on_day >= since
    )
    days: dict[uuid.UUID, set[date]] = defaultdict(set)
    for person, day in session.execute(rows):
        days[person].add(cast("date", day))
    return days


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
