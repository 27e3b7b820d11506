"""The letters of reminders, from an outbox row to what it says by now, or to None when it is no longer wanted."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from podsched.domain.budget import is_awake
from podsched.domain.letters import Letter
from podsched.domain.rhythm import prompt
from podsched.domain.words import count, how_soon, weekly
from podsched.domain.zones import place
from podsched.models import (
    Commitment,
    Enrolment,
    EnrolmentState,
    MailKind,
    MailState,
    Meeting,
    OutboxMail,
    Pod,
    Rank,
)
from podsched.services import access, checkins, digest, missed, reminders, rotation, stops
from podsched.services.letter_parts import Composer, from_community, is_paused, letter_to, with_pod
from podsched.services.links import Addresses
from podsched.services.rhythms import hour_changes

#: A reminder of a mail that has only just come is none.
AFTER_THE_MAIL = timedelta(hours=3)


def _nudge(session: Session, mail: OutboxMail, addresses: Addresses, at: datetime) -> Letter | None:
    enrolment, pod = with_pod(session, mail)
    asked = date.fromisoformat(mail.about["day"])
    if enrolment is None or pod is None or not enrolment.nudges or not is_awake(at, enrolment.timezone):
        return None
    if not checkins.is_wanted(session, enrolment, asked, at=at) or not _has_come(session, mail, at=at):
        return None
    return _stoppable(session, mail, enrolment, addresses, at=at, pod=pod, values={
        "question": prompt(asked),
        "goal": enrolment.goal,
        "answer": addresses.check_in(enrolment.id, asked),
        "pause": addresses.personal_page(enrolment, "pause"),
    })  # fmt: skip


def _has_come(session: Session, mail: OutboxMail, *, at: datetime) -> bool:
    """Whether the check-in it is about was sent, some time ago."""
    asked = (OutboxMail.kind == MailKind.CHECK_IN, OutboxMail.occurrence == mail.occurrence)
    sent_at = session.scalar(
        select(OutboxMail.sent_at).where(
            OutboxMail.membership_id == mail.membership_id, *asked, OutboxMail.state == MailState.SENT
        )
    )
    return sent_at is not None and at - sent_at >= AFTER_THE_MAIL


def _retro_tomorrow(session: Session, mail: OutboxMail, addresses: Addresses, at: datetime) -> Letter | None:
    enrolment, pod = with_pod(session, mail)
    meeting = session.get(Meeting, uuid.UUID(mail.about["meeting"]))
    if enrolment is None or pod is None or meeting is None or meeting.pod_id != pod.id or is_paused(enrolment, at):
        return None
    if not reminders.is_wanted(session, enrolment, meeting, mail.about["starts"], at=at):
        return None
    zone = enrolment.timezone
    roles = rotation.of_week(session, pod, meeting.week)
    return _stoppable(session, mail, enrolment, addresses, at=at, pod=pod, values={
        "week": meeting.week,
        "weeks": enrolment.cohort.weeks,
        "soon": how_soon(meeting.starts_at, at, zone),
        "weekly": weekly(meeting.starts_at, zone),
        "when": f"{weekly(meeting.starts_at, zone)} your time ({place(zone)})",
        "moved_from": weekly(meeting.slot_at, zone) if meeting.is_moved else None,
        "changes": hour_changes(meeting, zone),
        "roles": [role.value for role, holder in roles.items() if holder.id == enrolment.id],
        "promises": _promises(session, enrolment, pod, before_week=meeting.week),
        "room": pod.room_url,
        "page": addresses.personal_page(enrolment, "pod"),
        "pause": addresses.personal_page(enrolment, "pause"),
    })  # fmt: skip


def _promises(session: Session, enrolment: Enrolment, pod: Pod, *, before_week: int) -> list[str]:
    """What they said they would do in the last retro that was held."""
    of_pod = (Commitment.pod_id == pod.id, Commitment.week < before_week)
    last = select(func.max(Commitment.week)).where(*of_pod).scalar_subquery()
    rows = select(Commitment.text).where(*of_pod, Commitment.week == last, Commitment.enrolment_id == enrolment.id)
    return [*session.scalars(rows.order_by(Commitment.created_at, Commitment.id))]


def _missed(session: Session, mail: OutboxMail, addresses: Addresses, at: datetime) -> Letter | None:
    enrolment, pod = with_pod(session, mail)
    since = date.fromisoformat(mail.about["since"])
    if enrolment is None or pod is None or not missed.is_wanted(session, enrolment, since, at=at):
        return None
    return _stoppable(session, mail, enrolment, addresses, at=at, pod=pod, values={
        "fewer": enrolment.cadence > 1,
        "about": addresses.personal_page(enrolment, "about"),
        "pause": addresses.personal_page(enrolment, "pause"),
    })  # fmt: skip


def _goodbye(session: Session, mail: OutboxMail, addresses: Addresses, at: datetime) -> Letter | None:
    enrolment = session.get(Enrolment, uuid.UUID(mail.about["enrolment"]))
    if enrolment is None or enrolment.state is not EnrolmentState.LEFT:  # taken back meanwhile
        return None
    pod = access.pod_for_member(session, enrolment)
    return letter_to(session, mail.kind.value, enrolment, addresses, at=at, pod=pod, values={})


def _digest(session: Session, mail: OutboxMail, addresses: Addresses, at: datetime) -> Letter | None:
    host = mail.membership
    sections = digest.gather(session, host.community, at=at)
    if host.rank is not Rank.HOST or not sections or stops.is_stopped(session, host.id, mail.kind):
        return None
    stop = addresses.stop(mail.kind, host.id)
    values = {
        "things": count(sum(len(section.lines) for section in sections), "thing"),
        "sections": sections,
        "page": addresses.page("/host"),
        "stop": stop,
    }
    return from_community(host, mail.kind.value, values, stop_url=stop)


COMPOSERS: Mapping[MailKind, Composer] = {
    MailKind.NUDGE: _nudge,
    MailKind.RETRO_TOMORROW: _retro_tomorrow,
    MailKind.MISSED: _missed,
    MailKind.GOODBYE: _goodbye,
    MailKind.DIGEST: _digest,
}


def _stoppable(
    session: Session,
    mail: OutboxMail,
    enrolment: Enrolment,
    addresses: Addresses,
    *,
    at: datetime,
    pod: Pod,
    values: Mapping[str, object],
) -> Letter:
    """A letter of a kind that one press ends."""
    stop = addresses.stop(mail.kind, enrolment.membership_id)
    return letter_to(
        session,
        mail.kind.value,
        enrolment,
        addresses,
        at=at,
        pod=pod,
        values={**values, "stop": stop},
        stop_url=stop,
    )
