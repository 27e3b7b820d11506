"""The recap of a retro: drafted when it closes, edited by its leader, mailed to the pod once."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from podsched.db import lock
from podsched.domain.recap import MOST_BULLETS, bullets
from podsched.domain.recap import Meeting as Held
from podsched.errors import NotFound, Refused
from podsched.models import Commitment, Enrolment, MailKind, Meeting, Membership, Pod, Recap, Retro, RetroNote
from podsched.services import feeds, outbox, rotation
from podsched.services.links import Addresses

#: An unsent recap goes out by itself before the twelve hours that members were promised are over.
SENT_BY_ITSELF_AFTER = timedelta(hours=11)


def of_retro(session: Session, retro: Retro) -> Recap | None:
    return session.scalar(select(Recap).where(Recap.retro_id == retro.id))


def of_retro_or_404(session: Session, retro: Retro) -> Recap:
    recap = of_retro(session, retro)
    if recap is None:
        raise NotFound
    return recap


def draft(session: Session, meeting: Meeting, retro: Retro, *, at: datetime) -> Recap:
    recap = Recap(retro=retro, bullets=[*bullets(_held(session, meeting, retro))], created_at=at)
    session.add(recap)
    session.flush()
    return recap


def _held(session: Session, meeting: Meeting, retro: Retro) -> Held:
    notes = session.scalars(
        select(RetroNote).where(RetroNote.retro_id == retro.id).order_by(RetroNote.created_at, RetroNote.id)
    )
    by_item: dict[str, list[str]] = {}
    for note in notes:
        by_item.setdefault(note.item, []).append(note.text)
    promised = session.scalars(
        select(Commitment)
        .where(Commitment.pod_id == meeting.pod_id, Commitment.week.in_((meeting.week - 1, meeting.week)))
        .order_by(Commitment.created_at, Commitment.id)
        .options(joinedload(Commitment.enrolment).joinedload(Enrolment.membership).joinedload(Membership.person))
    ).all()
    away = {absence.enrolment_id for absence in retro.absences}
    next_roles = rotation.of_week(session, meeting.pod, meeting.week + 1)
    return Held(
        outcomes=tuple(
            (_name(c.enrolment), c.text, c.outcome.value) for c in promised if c.week < meeting.week and c.outcome
        ),
        wins=tuple(by_item.get("wins", ())),
        stuck=tuple(by_item.get("stuck", ())),
        commitments=tuple((_name(c.enrolment), c.text) for c in promised if c.week == meeting.week),
        roles=tuple((role.value, _name(holder)) for role, holder in next_roles.items()),
        away=tuple(_name(member) for member in rotation.members(session, meeting.pod) if member.id in away),
    )


def _name(enrolment: Enrolment) -> str:
    return enrolment.membership.person.name


def edit(session: Session, recap: Recap, lines: Sequence[str]) -> None:
    lock(session, recap)
    _refuse_sent(recap)
    if len(lines) > MOST_BULLETS:
        raise Refused(f"A recap has at most {MOST_BULLETS} bullets; you have {len(lines)}.")
    recap.bullets = [*lines]
    session.flush()


def send(session: Session, recap: Recap, addresses: Addresses, *, at: datetime) -> None:
    """Mails the recap to everybody in the pod, those who were away above all. An empty one is never sent."""
    feeds.hold(session, recap.retro.meeting.pod.cohort)
    lock(session, recap)
    _refuse_sent(recap)
    if not recap.bullets:
        raise Refused("There is nothing in this recap, so no mail was sent. Add a line first.")
    recap.sent_at = at
    for member in rotation.members(session, recap.retro.meeting.pod):
        outbox.put(
            session,
            membership_id=member.membership_id,
            kind=MailKind.RECAP,
            occurrence=recap.id.hex,
            about={"enrolment": member.id.hex, "recap": recap.id.hex},
            at=at,
        )
    rotation.mark_changed(recap.retro.meeting, at=at)  # the event of that week tells what came out of it
    feeds.refresh(session, recap.retro.meeting.pod, addresses, at=at)


def _refuse_sent(recap: Recap) -> None:
    if recap.sent_at is not None:
        raise Refused("This recap has been mailed and stays as it is.")


def send_overdue(session: Session, addresses: Addresses, *, at: datetime) -> int:
    """Recaps that waited for a press until shortly before the promised twelve hours."""
    overdue = session.scalars(
        select(Recap)
        .where(Recap.sent_at.is_(None), Recap.created_at <= at - SENT_BY_ITSELF_AFTER)
        .options(joinedload(Recap.retro).joinedload(Retro.meeting).joinedload(Meeting.pod))
    ).all()
    with_words = [recap for recap in overdue if recap.bullets]
    for recap in with_words:
        send(session, recap, addresses, at=at)
    return len(with_words)


def of_pod(session: Session, pod: Pod) -> list[Recap]:
    """Sent recaps, the latest first."""
    rows = (
        select(Recap)
        .join(Recap.retro)
        .join(Retro.meeting)
        .where(Meeting.pod_id == pod.id, Recap.sent_at.is_not(None))
        .order_by(Meeting.week.desc())
        .options(joinedload(Recap.retro).joinedload(Retro.meeting))
    )
    return [*session.scalars(rows)]
