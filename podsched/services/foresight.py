"""What the letters of a batch are going to ask for, read at once: a letter on its own asks the database a dozen times.

It lives in one session of one short transaction, beside the rows themselves, and whoever is asked looks here first.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from podsched.models import CheckIn, Enrolment, Membership, OutboxMail, Pod, Seat
from podsched.services.links import Addresses, hand_out_personals
from podsched.services.rhythms import WITH_QUIET_DAYS

_KEY = "podsched.foresight"


@dataclass(slots=True)
class Foresight:
    #: Held, because a session keeps its rows only as long as somebody else does.
    enrolments: Sequence[Enrolment]
    #: Which of these members have answered on which day; only ``asked_on`` were looked up.
    answered: set[tuple[uuid.UUID, date]] = field(default_factory=set)
    asked_on: set[tuple[uuid.UUID, date]] = field(default_factory=set)
    reply_addresses: dict[uuid.UUID, str | None] = field(default_factory=dict)


def of(session: Session) -> Foresight | None:
    return session.info.get(_KEY)


def look_ahead(session: Session, mails: Iterable[OutboxMail], addresses: Addresses, *, at: datetime) -> None:
    """Reads what mails about enrolments have in common; the session is good for nothing but writing them."""
    mails = [mail for mail in mails if "enrolment" in mail.about]
    ahead = Foresight(_enrolments(session, {uuid.UUID(mail.about["enrolment"]) for mail in mails}))
    ahead.asked_on = {
        (uuid.UUID(mail.about["enrolment"]), date.fromisoformat(mail.about["day"]))
        for mail in mails
        if "day" in mail.about
    }
    ahead.answered = _answered(session, ahead.asked_on)
    hand_out_personals(session, addresses, [enrolment.membership for enrolment in ahead.enrolments], at=at)
    session.info[_KEY] = ahead


def has_answered(session: Session, enrolment_id: uuid.UUID, day: date, *, ask: Callable[[], object]) -> bool:
    ahead = of(session)
    if ahead is None or (enrolment_id, day) not in ahead.asked_on:
        return ask() is not None
    return (enrolment_id, day) in ahead.answered


def reply_address(session: Session, community_id: uuid.UUID, *, ask: Callable[[], str | None]) -> str | None:
    ahead = of(session)
    if ahead is None:
        return ask()
    if community_id not in ahead.reply_addresses:
        ahead.reply_addresses[community_id] = ask()
    return ahead.reply_addresses[community_id]


def _enrolments(session: Session, ids: set[uuid.UUID]) -> Sequence[Enrolment]:
    membership = joinedload(Enrolment.membership)
    return session.scalars(
        select(Enrolment)
        .where(Enrolment.id.in_(ids))
        .options(
            membership.joinedload(Membership.person),
            membership.joinedload(Membership.community),
            joinedload(Enrolment.cohort).options(*WITH_QUIET_DAYS),
            selectinload(Enrolment.away),
            joinedload(Enrolment.seat).joinedload(Seat.pod).selectinload(Pod.meetings),
        )
    ).all()


def _answered(session: Session, asked: set[tuple[uuid.UUID, date]]) -> set[tuple[uuid.UUID, date]]:
    if not asked:
        return set()
    people, days = {enrolment for enrolment, _ in asked}, {day for _, day in asked}
    rows = select(CheckIn.enrolment_id, CheckIn.local_day)
    found = session.execute(rows.where(CheckIn.enrolment_id.in_(people), CheckIn.local_day.in_(days)))
    return {(row.enrolment_id, row.local_day) for row in found}
