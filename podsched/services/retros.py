"""The weekly retro: a pod's hour, item by item. Every line is kept as its own row, so two tabs lose nothing."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from podsched.db import lock
from podsched.domain.agenda import AGENDA, EXTRA_MINUTES, KEYS, Item
from podsched.errors import NotFound, Refused
from podsched.models import (
    Absence,
    Commitment,
    Enrolment,
    Meeting,
    MeetingState,
    Membership,
    Outcome,
    Pod,
    Recap,
    Retro,
    RetroNote,
    RetroState,
    Role,
)
from podsched.services import feeds, recaps, rotation
from podsched.services.links import Addresses

OPENS_BEFORE = timedelta(hours=1)
MOST_NOTES = 60
#: A retro that is still open so long after its hour is closed by itself.
CLOSED_BY_ITSELF_AFTER = timedelta(hours=2)
#: For so long the note-taker finds the way back to a retro that was never finished.
FORGOTTEN_AFTER = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class Room:
    """Everything the retro page shows."""

    meeting: Meeting
    retro: Retro | None
    item: Item
    position: int
    members: list[Enrolment]
    away: set[uuid.UUID]
    last: list[Commitment]
    new: list[Commitment]
    notes: dict[str, list[RetroNote]]
    roles: dict[Role, Enrolment]
    next_roles: dict[Role, Enrolment]
    recap: Recap | None
    opens_at: datetime


def of_meeting(session: Session, meeting: Meeting) -> Retro | None:
    return session.scalar(select(Retro).where(Retro.meeting_id == meeting.id))


def unfinished(session: Session, pod: Pod, *, at: datetime) -> list[Meeting]:
    """Meetings whose room is open or whose recap has not gone out, the latest first."""
    sent = select(Retro.meeting_id).join(Recap, Recap.retro_id == Retro.id).where(Recap.sent_at.is_not(None))
    rows = select(Meeting).where(
        Meeting.pod_id == pod.id,
        Meeting.starts_at <= at + OPENS_BEFORE,
        Meeting.ends_at > at - FORGOTTEN_AFTER,
        Meeting.id.not_in(sent),
        Meeting.state == MeetingState.PLANNED,
    )
    return [*session.scalars(rows.order_by(Meeting.week.desc()))]


def close_forgotten(session: Session, addresses: Addresses, *, at: datetime) -> int:
    """Retros that nobody closed: their recap is drafted all the same, and goes out by itself."""
    rows = (
        select(Meeting)
        .join(Retro, Retro.meeting_id == Meeting.id)
        .where(Retro.state == RetroState.OPEN, Meeting.ends_at <= at - CLOSED_BY_ITSELF_AFTER)
    )
    forgotten = session.scalars(rows).all()
    for meeting in forgotten:
        close(session, meeting, addresses, at=at)
    return len(forgotten)


def room(session: Session, meeting: Meeting) -> Room:
    retro = of_meeting(session, meeting)
    position = retro.item if retro else 0
    members = rotation.members(session, meeting.pod)
    notes: dict[str, list[RetroNote]] = {key: [] for key in KEYS}
    for note in _notes(session, retro):
        notes[note.item].append(note)
    absent = {absence.enrolment_id for absence in retro.absences} if retro else set()
    return Room(
        meeting=meeting,
        retro=retro,
        item=AGENDA[position],
        position=position,
        members=members,
        away=absent,
        last=commitments(session, meeting, week=meeting.week - 1),
        new=commitments(session, meeting, week=meeting.week),
        notes=notes,
        roles=rotation.of_week(session, meeting.pod, meeting.week),
        next_roles=rotation.of_week(session, meeting.pod, meeting.week + 1),
        recap=recaps.of_retro(session, retro) if retro else None,
        opens_at=meeting.starts_at - OPENS_BEFORE,
    )


def _notes(session: Session, retro: Retro | None) -> list[RetroNote]:
    if retro is None:
        return []
    rows = select(RetroNote).where(RetroNote.retro_id == retro.id).order_by(RetroNote.created_at, RetroNote.id)
    return [*session.scalars(rows.options(joinedload(RetroNote.author).joinedload(Membership.person)))]


def commitments(session: Session, meeting: Meeting, *, week: int) -> list[Commitment]:
    rows = (
        select(Commitment)
        .where(Commitment.pod_id == meeting.pod_id, Commitment.week == week)
        .order_by(Commitment.created_at, Commitment.id)
        .options(joinedload(Commitment.enrolment).joinedload(Enrolment.membership).joinedload(Membership.person))
    )
    return [*session.scalars(rows)]


def start(session: Session, meeting: Meeting, *, at: datetime) -> Retro:
    """Opens the room; a second press finds it open. Members who said they would be away are marked so."""
    lock(session, meeting)
    found = of_meeting(session, meeting)
    if found is not None:
        return found
    if meeting.is_cancelled:
        raise Refused("This meeting was cancelled.")
    if at < meeting.starts_at - OPENS_BEFORE:
        raise Refused("This retro opens an hour before it starts.")
    away = [member for member in rotation.members(session, meeting.pod) if not rotation.is_there(member, meeting)]
    retro = Retro(
        meeting=meeting,
        state=RetroState.OPEN,
        item=0,
        item_ends_at=max(at, meeting.starts_at) + timedelta(minutes=AGENDA[0].minutes),
        opened_at=at,
        absences=[Absence(enrolment_id=member.id) for member in away],
    )
    session.add(retro)
    session.flush()
    return retro


def open_retro(session: Session, meeting: Meeting) -> Retro:
    retro = session.scalar(select(Retro).where(Retro.meeting_id == meeting.id).with_for_update())
    if retro is None:
        raise Refused("This retro has not been started.")
    if retro.state is RetroState.CLOSED:
        raise Refused("This retro is closed. What was written is in its recap.")
    return retro


def go_to(session: Session, meeting: Meeting, position: int, *, at: datetime) -> None:
    """Turns to an item of the agenda and starts its clock; turning twice to the same one changes nothing."""
    retro = open_retro(session, meeting)
    if not 0 <= position < len(AGENDA):
        raise NotFound
    if position != retro.item:
        retro.item = position
        retro.item_ends_at = at + timedelta(minutes=AGENDA[position].minutes)


def extend(session: Session, meeting: Meeting, *, at: datetime) -> None:
    retro = open_retro(session, meeting)
    retro.item_ends_at = max(retro.item_ends_at, at) + timedelta(minutes=EXTRA_MINUTES)


def add_note(session: Session, meeting: Meeting, author: Membership, item: str, text: str, *, at: datetime) -> None:
    retro = open_retro(session, meeting)
    if item not in KEYS:
        raise NotFound
    if len(_notes(session, retro)) >= MOST_NOTES:
        raise Refused(f"This retro holds {MOST_NOTES} lines already. Fold some together in the recap.")
    session.add(RetroNote(retro_id=retro.id, item=item, text=text, author_id=author.id, created_at=at))


def commit_to(session: Session, meeting: Meeting, enrolment_id: uuid.UUID, text: str, *, at: datetime) -> None:
    """One promise a member and week: writing again changes it."""
    open_retro(session, meeting)
    member = _member(session, meeting, enrolment_id)
    for commitment in commitments(session, meeting, week=meeting.week):
        if commitment.enrolment_id == member.id:
            commitment.text = text
            return
    session.add(Commitment(enrolment_id=member.id, pod_id=meeting.pod_id, week=meeting.week, text=text, created_at=at))


def settle(session: Session, meeting: Meeting, commitment_id: uuid.UUID, outcome: Outcome) -> None:
    open_retro(session, meeting)
    for commitment in commitments(session, meeting, week=meeting.week - 1):
        if commitment.id == commitment_id:
            commitment.outcome = outcome
            return
    raise NotFound


def mark_away(session: Session, meeting: Meeting, enrolment_id: uuid.UUID, *, away: bool) -> None:
    retro = open_retro(session, meeting)
    member = _member(session, meeting, enrolment_id)
    kept = [absence for absence in retro.absences if absence.enrolment_id != member.id]
    retro.absences = [*kept, Absence(enrolment_id=member.id)] if away else kept


def _member(session: Session, meeting: Meeting, enrolment_id: uuid.UUID) -> Enrolment:
    for member in rotation.members(session, meeting.pod):
        if member.id == enrolment_id:
            return member
    raise NotFound


def close(session: Session, meeting: Meeting, addresses: Addresses, *, at: datetime) -> Recap:
    """Ends the hour: next week's roles are drawn and the recap is drafted. Closing again finds the same recap."""
    feeds.hold(session, meeting.pod.cohort)
    found = of_meeting(session, meeting)
    if found is not None:
        lock(session, found)
    if found is not None and found.state is RetroState.CLOSED:
        return recaps.of_retro_or_404(session, found)
    retro = open_retro(session, meeting)
    rotation.assign(session, meeting.pod, week=meeting.week + 1, at=at)
    retro.state = RetroState.CLOSED
    retro.closed_at = at
    recap = recaps.draft(session, meeting, retro, at=at)
    feeds.refresh(session, meeting.pod, addresses, at=at)
    return recap
