"""What a host may change about one meeting: its hour, and whether it is held; each change is told to those it concerns."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from podsched.db import lock
from podsched.domain.availability import Level, level_within
from podsched.domain.words import day
from podsched.domain.zones import is_on_a_clock_change, local_day
from podsched.errors import Faults, Refused
from podsched.models import Enrolment, Meeting, MeetingState, Pod, Retro
from podsched.services import feeds, notices, rotation
from podsched.services.availability import windows_of
from podsched.services.links import Addresses

#: A meeting stays in the neighbourhood of its week.
FURTHEST = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Attendance:
    """How an hour looks to one member."""

    enrolment: Enrolment
    starts_at: datetime
    #: None where the hour is outside of what they marked.
    level: Level | None
    is_away: bool


def attendance(session: Session, meeting: Meeting, starts_at: datetime) -> list[Attendance]:
    """For each member of the pod whether they marked the hour, were the meeting held then."""
    length = meeting.ends_at - meeting.starts_at
    return [_attends(member, starts_at, length) for member in rotation.members(session, meeting.pod)]


def _attends(member: Enrolment, starts_at: datetime, length: timedelta) -> Attendance:
    wall = starts_at.astimezone(ZoneInfo(member.timezone))
    first = wall.hour * 60 + wall.minute
    level = level_within(windows_of(member), wall.weekday(), first, int(length.total_seconds()) // 60)
    return Attendance(member, starts_at, level, is_away=rotation.is_away_on(member, wall.date()))


def instant(day_of: date, hour: time, zone: str) -> datetime:
    """The instant at which a clock there shows this; in a gap the offset before it counts (RFC 5545, 3.3.5)."""
    return datetime.combine(day_of, hour, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def meets_a_clock_change(session: Session, meeting: Meeting, starts_at: datetime) -> bool:
    """Whether clocks change in that very night for anybody in the pod."""
    zones = {meeting.pod.timezone, *(member.timezone for member in rotation.members(session, meeting.pod))}
    return any(is_on_a_clock_change(starts_at, zone) for zone in zones)


def move(session: Session, meeting: Meeting, starts_at: datetime, addresses: Addresses, *, at: datetime) -> None:
    """Another hour for this week alone; moving it to where it is changes nothing."""
    feeds.hold(session, meeting.pod.cohort)
    lock(session, meeting)
    _refuse_held(session, meeting, at=at)
    if meeting.is_cancelled:
        raise Refused("This meeting is cancelled. Put it back first.")
    if starts_at == meeting.starts_at:
        return
    refuse_impossible(meeting, starts_at, at=at)
    before = meeting.starts_at
    meeting.ends_at = starts_at + (meeting.ends_at - meeting.starts_at)
    meeting.starts_at = starts_at
    _tell(session, meeting, notices.Change.MOVED, before, addresses, at=at)


def refuse_impossible(meeting: Meeting, starts_at: datetime, *, at: datetime) -> None:
    """Raises Faults for an hour at which this meeting cannot be."""
    if faults := _impossible(meeting, starts_at, at=at):
        raise Faults(faults)


def _impossible(meeting: Meeting, starts_at: datetime, *, at: datetime) -> dict[str, str]:
    if starts_at <= at:
        return {"day": "This hour is past. Choose one that is still to come."}
    if abs(starts_at - meeting.slot_at) > FURTHEST:
        slot = local_day(meeting.slot_at, meeting.pod.timezone)
        return {"day": f"Stay within six days of {day(slot)}, when this week's meeting belongs."}
    length = meeting.ends_at - meeting.starts_at
    for other in meeting.pod.meetings:
        if other.id == meeting.id or other.is_cancelled:
            continue
        if other.starts_at < starts_at + length and starts_at < other.ends_at:
            return {"day": f"The pod meets for week {other.week} at this hour. Choose another."}
    return {}


def cancel(session: Session, meeting: Meeting, addresses: Addresses, *, at: datetime) -> None:
    """Nobody meets this week; told to everybody at once. A second press changes nothing."""
    feeds.hold(session, meeting.pod.cohort)
    lock(session, meeting)
    _refuse_held(session, meeting, at=at)
    if not meeting.is_cancelled:
        meeting.state = MeetingState.CANCELLED
        _tell(session, meeting, notices.Change.CANCELLED, meeting.starts_at, addresses, at=at)


def restore(session: Session, meeting: Meeting, addresses: Addresses, *, at: datetime) -> None:
    feeds.hold(session, meeting.pod.cohort)
    lock(session, meeting)
    _refuse_held(session, meeting, at=at)
    if meeting.is_cancelled:
        meeting.state = MeetingState.PLANNED
        _tell(session, meeting, notices.Change.RESTORED, meeting.starts_at, addresses, at=at)


def set_room(session: Session, pod: Pod, url: str, addresses: Addresses, *, at: datetime) -> None:
    """Where a pod meets online from now on; a new place is a change that calendars must not miss (SEQUENCE)."""
    feeds.hold(session, pod.cohort)
    if (pod.room_url or "") == url:
        return
    pod.room_url = url or None
    coming = pod.coming(at)
    for meeting in coming:
        _count_up(meeting, at=at)
    session.flush()
    feeds.refresh(session, pod, addresses, at=at)
    for meeting in coming:
        notices.tell(session, meeting, notices.Change.ROOM, before=meeting.starts_at, at=at)


def _refuse_held(session: Session, meeting: Meeting, *, at: datetime) -> None:
    if meeting.ends_at <= at:
        raise Refused("This meeting is over.")
    if session.scalar(select(Retro.id).where(Retro.meeting_id == meeting.id)) is not None:
        raise Refused("The retro of this meeting has begun, so it stays where it is.")


def _tell(
    session: Session,
    meeting: Meeting,
    change: notices.Change,
    before: datetime,
    addresses: Addresses,
    *,
    at: datetime,
) -> None:
    """The change is in every calendar with the next poll, and in the mail of those who must know before."""
    _count_up(meeting, at=at)
    session.flush()
    feeds.refresh(session, meeting.pod, addresses, at=at)
    notices.tell(session, meeting, change, before=before, at=at)


def _count_up(meeting: Meeting, *, at: datetime) -> None:
    meeting.sequence += 1
    rotation.mark_changed(meeting, at=at)
