"""Who may see what. Views have no other way to a thing: found for somebody, or NotFound without a hint."""

import uuid
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from podsched.errors import NotFound
from podsched.models import (
    Cohort,
    Enrolment,
    EnrolmentState,
    FormingRun,
    Meeting,
    Membership,
    OutboxMail,
    Pod,
    Rank,
    Recap,
    Retro,
    Role,
    RoleAssignment,
    Seat,
)

#: What belongs to one cohort.
Thing = TypeVar("Thing", FormingRun, Enrolment, Pod)


def cohort_by_code(session: Session, code: str) -> Cohort:
    cohort = session.scalar(select(Cohort).where(Cohort.code == code).options(joinedload(Cohort.community)))
    if cohort is None:
        raise NotFound
    return cohort


def cohort_for_host(session: Session, host: Membership, cohort_id: uuid.UUID) -> Cohort:
    cohort = session.get(Cohort, cohort_id)
    if host.rank is not Rank.HOST:
        raise NotFound
    if cohort is None or cohort.community_id != host.community_id:
        raise NotFound
    return cohort


def run_for_host(session: Session, host: Membership, run_id: uuid.UUID) -> FormingRun:
    return _of_hosts_cohort(session, host, FormingRun, run_id)


def enrolment_for_host(session: Session, host: Membership, enrolment_id: uuid.UUID) -> Enrolment:
    return _of_hosts_cohort(session, host, Enrolment, enrolment_id)


def pod_for_host(session: Session, host: Membership, pod_id: uuid.UUID) -> Pod:
    return _of_hosts_cohort(session, host, Pod, pod_id)


def mail_for_host(session: Session, host: Membership, mail_id: uuid.UUID) -> OutboxMail:
    mail = session.get(OutboxMail, mail_id)
    if mail is None or host.rank is not Rank.HOST or mail.membership.community_id != host.community_id:
        raise NotFound
    return mail


def _of_hosts_cohort(session: Session, host: Membership, kind: type[Thing], thing_id: uuid.UUID) -> Thing:
    thing = session.get(kind, thing_id)
    if thing is None:
        raise NotFound
    cohort_for_host(session, host, thing.cohort_id)
    return thing


def enrolments_of(session: Session, member: Membership) -> list[Enrolment]:
    """The member's own, the latest cohort first; what they left is not among them."""
    return [
        *session.scalars(
            select(Enrolment)
            .where(Enrolment.membership_id == member.id, Enrolment.state != EnrolmentState.LEFT)
            .join(Enrolment.cohort)
            .order_by(Cohort.starts_on.desc())
            .options(joinedload(Enrolment.cohort))
        )
    ]


def enrolment_for_member(session: Session, member: Membership, enrolment_id: uuid.UUID) -> Enrolment:
    enrolment = session.get(Enrolment, enrolment_id)
    if enrolment is None or enrolment.membership_id != member.id:
        raise NotFound
    if enrolment.state is EnrolmentState.LEFT:
        raise NotFound
    return enrolment


def enrolment_named(session: Session, enrolment_id: uuid.UUID) -> Enrolment:
    """One that a signed link names, whatever became of it."""
    enrolment = session.get(Enrolment, enrolment_id)
    if enrolment is None:
        raise NotFound
    return enrolment


def pod_for_member(session: Session, enrolment: Enrolment) -> Pod | None:
    return session.scalar(
        select(Pod)
        .join(Seat)
        .where(Seat.enrolment_id == enrolment.id)
        .options(selectinload(Pod.meetings), selectinload(Pod.seats))
    )


def meeting_for(session: Session, actor: Membership, meeting_id: uuid.UUID, *, as_host: bool) -> Meeting:
    """A meeting for its host, or for a member of its pod."""
    meeting = session.get(Meeting, meeting_id)
    if meeting is None:
        raise NotFound
    if as_host and _hosts(actor, meeting.pod):
        return meeting
    if seat_of(session, actor, meeting.pod) is None:
        raise NotFound
    return meeting


def meeting_for_host(session: Session, host: Membership, meeting_id: uuid.UUID) -> Meeting:
    meeting = session.get(Meeting, meeting_id)
    if meeting is None:
        raise NotFound
    pod_for_host(session, host, meeting.pod_id)
    return meeting


def may_run(session: Session, actor: Membership, meeting: Meeting, *, as_host: bool) -> bool:
    """The retro is led by a host, signed in as one, or by that week's note-taker."""
    if as_host and _hosts(actor, meeting.pod):
        return True
    taker = session.get(RoleAssignment, (meeting.pod_id, meeting.week, Role.NOTE_TAKER))
    return taker is not None and taker.enrolment.membership_id == actor.id


def retro_for_leader(session: Session, actor: Membership, meeting_id: uuid.UUID, *, as_host: bool) -> Meeting:
    meeting = meeting_for(session, actor, meeting_id, as_host=as_host)
    if not may_run(session, actor, meeting, as_host=as_host):
        raise NotFound
    return meeting


def recap_for_leader(session: Session, actor: Membership, recap_id: uuid.UUID, *, as_host: bool) -> Recap:
    recap = session.scalar(
        select(Recap).where(Recap.id == recap_id).options(joinedload(Recap.retro).joinedload(Retro.meeting))
    )
    if recap is None:
        raise NotFound
    retro_for_leader(session, actor, recap.retro.meeting_id, as_host=as_host)
    return recap


def seat_of(session: Session, actor: Membership, pod: Pod) -> Seat | None:
    return session.scalar(
        select(Seat)
        .join(Seat.enrolment)
        .where(Seat.pod_id == pod.id, Enrolment.membership_id == actor.id, Enrolment.state == EnrolmentState.ENROLLED)
    )


def _hosts(actor: Membership, pod: Pod) -> bool:
    return actor.rank is Rank.HOST and actor.community_id == pod.cohort.community_id
