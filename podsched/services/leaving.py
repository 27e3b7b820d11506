"""Leaving a cohort, and being taken back by its host."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from podsched.db import lock
from podsched.errors import Refused
from podsched.models import Enrolment, EnrolmentState, MailKind
from podsched.services import access, feeds, notices, outbox, rotation
from podsched.services.cohorts import admit_waiting, takes_answers
from podsched.services.links import Addresses
from podsched.services.rhythms import plan_next_checkin

#: A link to leave is good for so long.
LINK_LIVES = timedelta(hours=24)


def ask(session: Session, enrolment: Enrolment, *, at: datetime) -> None:
    """Mails a link that leaves: whoever holds the phone of a member is not yet the member. At most one a minute."""
    outbox.put(
        session,
        membership_id=enrolment.membership_id,
        kind=MailKind.LEAVE,
        occurrence=f"{enrolment.id.hex}:{at:%Y%m%d%H%M}",
        about={"enrolment": enrolment.id.hex},
        at=at,
    )


def leave(session: Session, enrolment: Enrolment, addresses: Addresses, *, at: datetime) -> None:
    """Ends mail, calendar and roles at once; a second press changes nothing. Who waits longest gets a free seat."""
    lock(session, enrolment.cohort)
    if enrolment.state is EnrolmentState.LEFT:
        return
    pod = access.pod_for_member(session, enrolment)
    enrolment.state = EnrolmentState.LEFT
    session.flush()
    enrolment.next_checkin_at = None
    if pod is not None:
        notices.withdraw(session, enrolment)
        rotation.pass_on(session, pod, enrolment, at=at)
        feeds.end_for_member(session, enrolment, addresses, at=at)
        feeds.refresh(session, pod, addresses, at=at)
    if takes_answers(enrolment.cohort, at=at):
        admit_waiting(session, enrolment.cohort, at=at)


def take_back(session: Session, enrolment: Enrolment, addresses: Addresses, *, at: datetime) -> None:
    """Gives a member who left their old seat again, if the pod still has room for it."""
    lock(session, enrolment.cohort)
    if enrolment.state is not EnrolmentState.LEFT:
        return
    pod = access.pod_for_member(session, enrolment)
    if pod is not None and len(rotation.members(session, pod)) >= enrolment.cohort.pod_max:
        raise Refused(f"{pod.name} pod is full: it has {enrolment.cohort.pod_max} people.")
    enrolment.state = EnrolmentState.ENROLLED
    session.flush()
    plan_next_checkin(enrolment, after=at)
    if pod is not None:
        feeds.refresh(session, pod, addresses, at=at)
