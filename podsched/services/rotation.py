"""Who is greeter, note-taker and curator in which week."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from podsched.domain.roles import rotate
from podsched.domain.zones import local_day
from podsched.models import (
    Cohort,
    Enrolment,
    EnrolmentState,
    Meeting,
    MeetingState,
    Membership,
    Pod,
    Role,
    RoleAssignment,
    Seat,
)
from podsched.services.rhythms import days

ROLES = (Role.GREETER, Role.NOTE_TAKER, Role.CURATOR)
DRAWN_AHEAD = timedelta(days=6)


def members(session: Session, pod: Pod) -> list[Enrolment]:
    """Active members by name, in the order their seats were given."""
    return members_of(session, [pod])[pod.id]


def members_of(session: Session, pods: Iterable[Pod]) -> dict[uuid.UUID, list[Enrolment]]:
    """The same for several pods, by the pod."""
    by_pod: dict[uuid.UUID, list[Enrolment]] = {pod.id: [] for pod in pods}
    rows = (
        select(Enrolment)
        .join(Enrolment.seat)
        .where(Seat.pod_id.in_(by_pod), Enrolment.state == EnrolmentState.ENROLLED)
        .options(
            joinedload(Enrolment.membership).joinedload(Membership.person),
            contains_eager(Enrolment.seat),
            selectinload(Enrolment.away),
            joinedload(Enrolment.cohort),
        )
        .order_by(Seat.created_at, Enrolment.joined_at, Enrolment.id)
    )
    for enrolment in session.scalars(rows):
        assert enrolment.seat is not None
        by_pod[enrolment.seat.pod_id].append(enrolment)
    return by_pod


def assign(session: Session, pod: Pod, *, week: int, at: datetime) -> dict[Role, Enrolment]:
    """Draws the roles of a week once; drawn again, they stay as they are. Empty after the last week."""
    drawn = of_week(session, pod, week)
    meeting = session.scalar(select(Meeting).where(Meeting.pod_id == pod.id, Meeting.week == week))
    if drawn or meeting is None:
        return drawn
    present = [enrolment for enrolment in members(session, pod) if is_there(enrolment, meeting)]
    by_id = {enrolment.id: enrolment for enrolment in present}
    if not present:
        return {}
    chosen = rotate(ROLES, [*by_id], _held(session, pod))
    for role, enrolment_id in chosen.items():
        session.add(RoleAssignment(pod_id=pod.id, week=week, role=role, enrolment_id=enrolment_id))
    mark_changed(meeting, at=at)
    session.flush()
    return {role: by_id[enrolment_id] for role, enrolment_id in chosen.items()}


def pass_on(session: Session, pod: Pod, leaver: Enrolment, *, at: datetime) -> None:
    """The coming roles of somebody who is no longer among the members go to those who are."""
    coming = {meeting.week: meeting for meeting in pod.coming(at)}
    rows = select(RoleAssignment).where(
        RoleAssignment.pod_id == pod.id, RoleAssignment.enrolment_id == leaver.id, RoleAssignment.week.in_(coming)
    )
    for theirs in session.scalars(rows).all():
        meeting = coming[theirs.week]
        busy = {enrolment.id for enrolment in of_week(session, pod, theirs.week).values()}
        present = [one.id for one in members(session, pod) if one.id not in busy and is_there(one, meeting)]
        heir = rotate([theirs.role], present, _held(session, pod)).get(theirs.role)
        if heir is None:
            session.delete(theirs)
        else:
            theirs.enrolment_id = heir
        mark_changed(meeting, at=at)
        session.flush()
        session.expire(theirs)


def is_there(enrolment: Enrolment, meeting: Meeting) -> bool:
    return not is_away_on(enrolment, local_day(meeting.starts_at, enrolment.timezone))


def is_away_on(enrolment: Enrolment, local_day: date) -> bool:
    return days(enrolment).is_away(local_day)


def of_week(session: Session, pod: Pod, week: int) -> dict[Role, Enrolment]:
    return of_weeks(session, pod, RoleAssignment.week == week).get(week, {})


def of_weeks(session: Session, pod: Pod, *which: ColumnElement[bool]) -> dict[int, dict[Role, Enrolment]]:
    """Who has which role, by week; those weeks only for which somebody was drawn."""
    rows = session.scalars(
        select(RoleAssignment)
        .where(RoleAssignment.pod_id == pod.id, *which)
        .options(joinedload(RoleAssignment.enrolment).joinedload(Enrolment.membership).joinedload(Membership.person))
    )
    held: dict[int, dict[Role, Enrolment]] = defaultdict(dict)
    for row in rows:
        held[row.week][row.role] = row.enrolment
    return {week: {role: of[role] for role in ROLES if role in of} for week, of in held.items()}


def _held(session: Session, pod: Pod) -> dict[uuid.UUID, list[Role]]:
    held: dict[uuid.UUID, list[Role]] = defaultdict(list)
    rows = select(RoleAssignment).where(RoleAssignment.pod_id == pod.id).order_by(RoleAssignment.week)
    for row in session.scalars(rows):
        held[row.enrolment_id].append(row.role)
    return held


def mark_changed(meeting: Meeting, *, at: datetime) -> None:
    """A change a calendar shows: later than the last one, in whole seconds, so that no client misses it."""
    meeting.changed_at = max(at.replace(microsecond=0), meeting.changed_at + timedelta(seconds=1))


def mark_own_changed(enrolment: Enrolment, *, at: datetime) -> None:
    """The same for a change that one member's calendar alone shows."""
    before = enrolment.feed_changed_at
    whole = at.replace(microsecond=0)
    enrolment.feed_changed_at = whole if before is None else max(whole, before + timedelta(seconds=1))


def without_roles(session: Session, *, at: datetime) -> dict[Cohort, list[tuple[Pod, int]]]:
    """Pods and weeks of the coming days for which nobody was drawn, because the retro before was not held."""
    drawn = exists().where(RoleAssignment.pod_id == Meeting.pod_id, RoleAssignment.week == Meeting.week)
    coming = (Meeting.starts_at > at, Meeting.starts_at <= at + DRAWN_AHEAD)
    rows = select(Meeting).where(*coming, ~drawn, Meeting.state == MeetingState.PLANNED)
    missing: dict[Cohort, list[tuple[Pod, int]]] = defaultdict(list)
    for meeting in session.scalars(rows.options(joinedload(Meeting.pod).joinedload(Pod.cohort))):
        missing[meeting.pod.cohort].append((meeting.pod, meeting.week))
    return missing
