"""Invitations by mail instead of a feed: who wants them, and what was answered."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import calendars
from podsched.models import Enrolment, Invitation, Meeting, PartStat, Pod
from podsched.services import feeds, notices, rotation
from podsched.services.feed_events import UID_HOST
from podsched.services.links import Addresses


def choose(session: Session, enrolment: Enrolment, pod: Pod, *, invites: bool, at: datetime) -> None:
    """From now on; the meetings of the coming days are invited to at once."""
    feeds.hold(session, pod.cohort)
    enrolment.invites = invites
    session.flush()
    if invites:
        notices.invite_to_coming(session, pod, enrolment, at=at)


def remind(
    session: Session, enrolment: Enrolment, pod: Pod, minutes: int | None, addresses: Addresses, *, at: datetime
) -> None:
    """A reminder by the member's own calendar before each meeting, or none; nobody else's feed changes."""
    feeds.hold(session, pod.cohort)
    if enrolment.alarm_minutes == minutes:
        return
    enrolment.alarm_minutes = minutes
    rotation.mark_own_changed(enrolment, at=at)
    feeds.refresh_member(session, pod, enrolment, addresses, at=at)


def answers_of(session: Session, enrolment: Enrolment) -> Mapping[uuid.UUID, PartStat]:
    """What a member has answered so far, by meeting."""
    rows = select(Invitation).where(Invitation.enrolment_id == enrolment.id)
    return {row.meeting_id: row.partstat for row in session.scalars(rows)}


def answers_to(session: Session, meeting: Meeting) -> Mapping[uuid.UUID, PartStat]:
    """What was answered about a meeting, by enrolment."""
    rows = select(Invitation).where(Invitation.meeting_id == meeting.id)
    return {row.enrolment_id: row.partstat for row in session.scalars(rows)}


def take_reply(
    session: Session, addresses: Addresses, reply: calendars.Reply, recipients: Iterable[str], *, at: datetime
) -> bool:
    """Takes an answer that was sent to the address of its own invitation; an older one changes nothing.

    False for a message about no invitation of ours.
    """
    meeting_id = calendars.occurrence_id(reply.uid, UID_HOST)
    if meeting_id is None:
        return False
    tokens = {address.partition("@")[0].rpartition("+")[2].lower() for address in recipients}
    rows = select(Invitation).where(Invitation.meeting_id == meeting_id).with_for_update()
    for invitation in session.scalars(rows):
        if addresses.reply_token(invitation.enrolment_id, meeting_id) in tokens:
            _take_newer(invitation, reply, at=at)
            return True
    return False


def _take_newer(invitation: Invitation, reply: calendars.Reply, *, at: datetime) -> None:
    """An answer to another hour than the present one counts as little as an older answer."""
    is_about_now = reply.sequence is None or reply.sequence >= invitation.hour_sequence
    if is_about_now and (invitation.replied_at is None or reply.stamped_at > invitation.replied_at):
        invitation.partstat = PartStat(reply.partstat.lower())
        invitation.replied_at = min(reply.stamped_at, at)  # a clock that is wrong must not silence later answers
