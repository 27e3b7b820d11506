"""Invitations by mail instead of a feed: who wants them, and what was answered."""

import uuid
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from podsched.models import Enrolment, Invitation, Meeting, PartStat, Pod
from podsched.services import notices


def choose(session: Session, enrolment: Enrolment, pod: Pod, *, invites: bool, at: datetime) -> None:
    """From now on; the meetings of the coming days are invited to at once."""
    enrolment.invites = invites
    session.flush()
    if invites:
        notices.invite_to_coming(session, pod, enrolment, at=at)


def answers_of(session: Session, enrolment: Enrolment) -> Mapping[uuid.UUID, PartStat]:
    """What a member has answered so far, by meeting."""
    rows = select(Invitation).where(Invitation.enrolment_id == enrolment.id)
    return {row.meeting_id: row.partstat for row in session.scalars(rows)}


def answers_to(session: Session, meeting: Meeting) -> Mapping[uuid.UUID, PartStat]:
    """What was answered about a meeting, by enrolment."""
    rows = select(Invitation).where(Invitation.meeting_id == meeting.id)
    return {row.enrolment_id: row.partstat for row in session.scalars(rows)}


def record_reply(
    session: Session, meeting_id: uuid.UUID, sender: str, partstat: PartStat, *, replied_at: datetime
) -> bool:
    """Takes an answer from the mailbox that was invited; an older one, or somebody else's, changes nothing."""
    rows = select(Invitation).where(Invitation.meeting_id == meeting_id).with_for_update()
    for invitation in session.scalars(rows):
        if invitation.enrolment.membership.person.email != sender.lower():
            continue
        if invitation.replied_at is not None and replied_at <= invitation.replied_at:
            return False
        invitation.partstat, invitation.replied_at = partstat, replied_at
        return True
    return False
