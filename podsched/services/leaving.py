"""Leaving a cohort, and being taken back by its host."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from podsched.errors import Refused
from podsched.models import CohortState, Enrolment, EnrolmentState, MailKind, Pod
from podsched.services import access, feeds, notices, outbox, rotation
from podsched.services.cohorts import admit_waiting, enrolled_count, takes_answers
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
    feeds.hold(session, enrolment.cohort)
    if enrolment.state is EnrolmentState.LEFT:
        return
    pod = access.pod_for_member(session, enrolment)
    enrolment.state = EnrolmentState.LEFT
    session.flush()
    enrolment.next_checkin_at = None
    _say_goodbye(session, enrolment, at=at)
    if pod is not None:
        notices.withdraw(session, enrolment, at=at)
        rotation.pass_on(session, pod, enrolment, at=at)
        feeds.end_for_member(session, enrolment, addresses, at=at)
        _tell_calendars(session, pod, addresses, at=at)
    if takes_answers(enrolment.cohort, at=at):
        admit_waiting(session, enrolment.cohort, at=at)


def _say_goodbye(session: Session, enrolment: Enrolment, *, at: datetime) -> None:
    """X1: the last mail; whoever is taken back and leaves again gets another one."""
    outbox.put(
        session,
        membership_id=enrolment.membership_id,
        kind=MailKind.GOODBYE,
        occurrence=f"{enrolment.id.hex}:{at:%Y%m%d%H%M%S}",
        about={"enrolment": enrolment.id.hex},
        at=at,
    )


def take_back(session: Session, enrolment: Enrolment, addresses: Addresses, *, at: datetime) -> None:
    """Gives a member who left their old seat again, if the pod still has room for it."""
    cohort = enrolment.cohort
    feeds.hold(session, cohort)
    if enrolment.state is not EnrolmentState.LEFT:
        return
    if cohort.state is CohortState.CLOSED:
        raise Refused("This cohort is over.")
    pod = access.pod_for_member(session, enrolment)
    if pod is not None and len(rotation.members(session, pod)) >= cohort.pod_max:
        raise Refused(f"{pod.name} pod is full: it has {cohort.pod_max} people.")
    if pod is None and enrolled_count(session, cohort) >= cohort.cap:
        raise Refused(f"All {cohort.cap} seats of this cohort are taken.")
    enrolment.state = EnrolmentState.ENROLLED
    session.flush()
    plan_next_checkin(enrolment, after=at)
    if pod is not None:
        _tell_calendars(session, pod, addresses, at=at)


def _tell_calendars(session: Session, pod: Pod, addresses: Addresses, *, at: datetime) -> None:
    """Every event of the pod says how many they are."""
    for meeting in pod.meetings:
        rotation.mark_changed(meeting, at=at)
    feeds.refresh(session, pod, addresses, at=at)
