"""Who is told of a change by mail, beside the calendars that follow by themselves: D1 of the mails.

A feed may be read twice a day only, so whatever changes within the next two days, and every cancellation, also goes out
at once. Whoever gets invitations instead of a feed is told of every change, for nothing else tells their calendar.
"""

import enum
import uuid
from collections import defaultdict
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from podsched.db import lock
from podsched.domain.budget import MORNING, mornings, next_morning, now_or_morning
from podsched.models import (
    Cohort,
    Enrolment,
    Invitation,
    MailKind,
    MailState,
    Meeting,
    OutboxMail,
    PartStat,
    Pod,
)
from podsched.services import outbox, rotation
from podsched.services.cohorts import coming_meetings
from podsched.services.rhythms import hour_changes
from podsched.services.scheduling import Scheduled, schedule, schedule_all

SOON = timedelta(hours=48)
#: An invitation goes out so long before its meeting.
INVITED_AHEAD = timedelta(days=8)
#: A meeting whose hour moves on somebody's clock is told of so long before it.
CLOCKS_TOLD_AHEAD = timedelta(days=7)
_ONCE = "once"


class Change(enum.StrEnum):
    MOVED = "moved"
    CANCELLED = "cancelled"
    RESTORED = "restored"
    ROOM = "room"


def tell(session: Session, meeting: Meeting, change: Change, *, before: datetime, at: datetime) -> None:
    """Puts a mail for everybody whom the change concerns; the mail says what is true when it leaves.

    Whoever was told of a change to this meeting before is told of this one as well, from what they last heard.
    """
    is_soon = min(before, meeting.starts_at) - at <= SOON
    told = _told(session, meeting)
    for member in rotation.members(session, meeting.pod):
        invitation = _invitation(session, member, meeting)
        if invitation is not None and change is Change.MOVED:
            invitation.partstat = PartStat.NEEDS_ACTION  # what was answered was about another hour
            invitation.hour_sequence = meeting.sequence
        earlier = told.get(member.membership_id, [])
        if invitation is None and not is_soon and change is not Change.CANCELLED and not earlier:
            continue
        unheard = next((mail for mail in earlier if mail.state is MailState.WAITING), None)
        heard = unheard.about["before"] if unheard else before.isoformat()
        _put(session, MailKind.CHANGE, member, meeting, at=at, change=change.value, before=heard)


def _told(session: Session, meeting: Meeting) -> dict[uuid.UUID, list[OutboxMail]]:
    """The mails about changes of a meeting so far, by membership, the earliest first."""
    about = OutboxMail.occurrence.contains(f":{meeting.id.hex}:")
    rows = select(OutboxMail).where(OutboxMail.kind == MailKind.CHANGE, about).order_by(OutboxMail.created_at)
    told: dict[uuid.UUID, list[OutboxMail]] = defaultdict(list)
    for mail in session.scalars(rows):
        told[mail.membership_id].append(mail)
    return told


def invite_to_coming(session: Session, pod: Pod, member: Enrolment, *, at: datetime) -> None:
    """The meetings of the coming days, at once, for it was asked for; later ones when their week comes."""
    for meeting in pod.coming(at):
        if meeting.starts_at <= at + INVITED_AHEAD and _is_new(session, member, meeting, at=at):
            _put(session, MailKind.INVITATION, member, meeting, at=at, state=_state(meeting, at))


def plan_invitations(session: Session, cohort: Cohort, *, at: datetime) -> None:
    """The invitations of the coming week, for those who want them."""
    wanted = select(Enrolment.id).where(Enrolment.cohort_id == cohort.id, Enrolment.invites)
    if session.scalar(wanted.limit(1)) is None:
        return
    meetings = coming_meetings(session, cohort, at=at, within=INVITED_AHEAD)
    members = rotation.members_of(session, {meeting.pod for meeting in meetings})
    to_invite = [(meeting, member) for meeting in meetings for member in members[meeting.pod_id] if member.invites]
    lock(session, cohort)
    pairs = select(Invitation.enrolment_id, Invitation.meeting_id)
    rows = session.execute(pairs.where(Invitation.meeting_id.in_({meeting.id for meeting in meetings})))
    invited = {(enrolment_id, meeting_id) for enrolment_id, meeting_id in rows}
    for meeting, member in to_invite:
        if (member.id, meeting.id) not in invited and _is_new(session, member, meeting, at=at):
            first = now_or_morning(at, member.timezone)
            state = _state(meeting, at)
            mail = _before(MailKind.INVITATION, member, meeting, first, state=state, at=at)
            if not schedule(session, mail, at=at):
                _put(session, MailKind.INVITATION, member, meeting, at=at, state=state)


def _is_new(session: Session, member: Enrolment, meeting: Meeting, *, at: datetime) -> bool:
    """Whether they had no invitation to this meeting yet; now they have."""
    if _invitation(session, member, meeting) is not None:
        return False
    session.add(
        Invitation(enrolment_id=member.id, meeting_id=meeting.id, partstat=PartStat.NEEDS_ACTION, created_at=at)
    )
    session.flush()
    return True


def _state(meeting: Meeting, at: datetime) -> str:
    """Whoever left and came back is invited to the same hour again."""
    return f"{meeting.sequence}:{at:%y%m%d%H%M}"


def plan_clock_changes(session: Session, cohort: Cohort, *, at: datetime) -> None:
    """A mail a week before a meeting that moves on a member's clock, on a morning of theirs that has no other mail.

    Where there is none left, the mail of the day before the meeting says it.
    """
    zones = set(session.scalars(select(Enrolment.timezone).where(Enrolment.cohort_id == cohort.id)))
    coming = coming_meetings(session, cohort, at=at, within=CLOCKS_TOLD_AHEAD)
    moves_in = {meeting: {zone for zone in zones if hour_changes(meeting, zone)} for meeting in coming}
    meetings = [meeting for meeting in coming if moves_in[meeting]]
    if not meetings:
        return
    members = rotation.members_of(session, {meeting.pod for meeting in meetings})
    moving = [
        (meeting, member)
        for meeting in meetings
        for member in members[meeting.pod_id]
        if member.timezone in moves_in[meeting]
    ]
    known = outbox.known_among(session, [member.membership_id for _, member in moving], MailKind.CLOCK_CHANGE)
    new = [
        _before(MailKind.CLOCK_CHANGE, member, meeting, _this_morning_or_next(at, member.timezone), state=_ONCE, at=at)
        for meeting, member in moving
        if _occurrence(member, meeting, _ONCE) not in known
    ]
    schedule_all(session, new, at=at)


def _before(
    kind: MailKind, member: Enrolment, meeting: Meeting, first: datetime, *, state: str, at: datetime
) -> Scheduled:
    """A mail on ``first`` or a later morning, as long as the meeting is still to come."""
    return Scheduled(
        kind,
        member.membership,
        _occurrence(member, meeting, state),
        _about(member, meeting),
        zone=member.timezone,
        options=mornings(first, member.timezone, until=meeting.starts_at),
        until=_expiry(meeting, at),
        matters=True,
    )


def _this_morning_or_next(at: datetime, zone: str) -> datetime:
    """Now in the hours of the morning there, else the next nine o'clock."""
    return at if MORNING <= at.astimezone(ZoneInfo(zone)).time() < time(12) else next_morning(at, zone)


def withdraw(session: Session, member: Enrolment, *, at: datetime) -> None:
    """Whoever has left is invited to nothing any more, and their calendar is told so."""
    for invitation in session.scalars(select(Invitation).where(Invitation.enrolment_id == member.id)).all():
        if invitation.meeting.ends_at > at and not invitation.meeting.is_cancelled:
            state = _state(invitation.meeting, at)
            _put(session, MailKind.UNINVITED, member, invitation.meeting, at=at, state=state)
        session.delete(invitation)
    session.flush()


def _invitation(session: Session, member: Enrolment, meeting: Meeting) -> Invitation | None:
    return session.get(Invitation, (member.id, meeting.id))


def _put(
    session: Session,
    kind: MailKind,
    member: Enrolment,
    meeting: Meeting,
    *,
    at: datetime,
    state: str | None = None,
    **about: str,
) -> None:
    """One mail for each state of a meeting; another ``state`` makes another one of it."""
    outbox.put(
        session,
        membership_id=member.membership_id,
        kind=kind,
        occurrence=_occurrence(member, meeting, state or str(meeting.sequence)),
        about={**_about(member, meeting), **about},
        at=at,
        expires_at=_expiry(meeting, at),
    )


def _occurrence(member: Enrolment, meeting: Meeting, state: str) -> str:
    return f"{member.id.hex}:{meeting.id.hex}:{state}"


def _about(member: Enrolment, meeting: Meeting) -> dict[str, str]:
    return {"enrolment": member.id.hex, "meeting": meeting.id.hex, "sequence": str(meeting.sequence)}


def _expiry(meeting: Meeting, at: datetime) -> datetime:
    return max(meeting.ends_at, at + timedelta(hours=1))
