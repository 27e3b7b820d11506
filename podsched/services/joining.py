"""Joining a cohort, and what a member decides about mail."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from podsched.db import lock
from podsched.domain.zones import local_day
from podsched.errors import Faults, Refused
from podsched.models import Cohort, Enrolment, EnrolmentState, GoalTag, MailKind, Membership, Rank
from podsched.services import outbox, people, scheduling
from podsched.services.cohorts import enrolled_count, takes_answers, waiting
from podsched.services.rhythms import keep_today, plan_next_checkin, planned_day

LONGEST_PAUSE = timedelta(days=70)
#: Long enough to mark one's hours in one sitting.
LINK_AFTER = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class About:
    """What a member says about themselves, apart from when they can meet."""

    timezone: str
    goal: str
    tags: tuple[str, ...]
    cadence: int
    checkin_minute: int


@dataclass(frozen=True, slots=True)
class Joiner:
    name: str
    email: str
    about: About


@dataclass(frozen=True, slots=True)
class Joined:
    enrolment: Enrolment
    #: False when the address was known: then only the link in the mail opens its pages.
    is_new: bool


def join(session: Session, cohort: Cohort, joiner: Joiner, *, at: datetime) -> Joined:
    """Enrols somebody, or puts them on the waiting list when the last seat is gone."""
    # The cohort's row is the gate: of two who want the last seat, one waits here for the other.
    lock(session, cohort)
    if not takes_answers(cohort, at=at):
        raise Refused("This cohort takes no more members. Ask the host about the next one.")
    is_known = bool(people.memberships_with(session, joiner.email))
    person = people.person_with(session, email=joiner.email, name=joiner.name, at=at)
    membership = people.membership_of(session, cohort.community, person)
    if membership is not None:
        return _join_again(session, cohort, membership, joiner, at=at)
    membership = Membership(
        community_id=cohort.community_id, person=person, rank=Rank.MEMBER, rules_accepted_at=at, created_at=at
    )
    session.add(membership)
    session.flush()
    enrolment = enrol(session, cohort, membership, joiner.about, at=at)
    if is_known:  # in another community of this installation
        send_receipt(session, enrolment, at=at)
    else:
        _send_link_unless_times_come(session, enrolment, at=at)
    return Joined(enrolment, is_new=not is_known)


def _join_again(session: Session, cohort: Cohort, membership: Membership, joiner: Joiner, *, at: datetime) -> Joined:
    enrolment = session.scalar(
        select(Enrolment).where(Enrolment.cohort_id == cohort.id, Enrolment.membership_id == membership.id)
    )
    if enrolment is None:
        enrolment = enrol(session, cohort, membership, joiner.about, at=at)
    send_link(session, enrolment, at=at)
    return Joined(enrolment, is_new=False)


def enrol(session: Session, cohort: Cohort, membership: Membership, about: About, *, at: datetime) -> Enrolment:
    full = enrolled_count(session, cohort) >= cohort.cap or waiting(session, cohort) != []
    enrolment = Enrolment(
        cohort=cohort,
        membership=membership,
        state=EnrolmentState.WAITING if full else EnrolmentState.ENROLLED,
        joined_at=at,
        goal=about.goal,
        timezone=about.timezone,
        cadence=about.cadence,
        checkin_minute=about.checkin_minute,
        tags=[GoalTag(tag=tag) for tag in about.tags],
    )
    session.add(enrolment)
    session.flush()
    return enrolment


def change_about(session: Session, enrolment: Enrolment, about: About, *, at: datetime) -> None:
    lock(session, enrolment)
    moves = enrolment.timezone != about.timezone
    planned = planned_day(enrolment)
    enrolment.goal = about.goal
    enrolment.timezone = about.timezone
    enrolment.cadence = about.cadence
    enrolment.checkin_minute = about.checkin_minute
    kept = {tag.tag: tag for tag in enrolment.tags}
    enrolment.tags = [kept.get(tag) or GoalTag(tag=tag) for tag in about.tags]
    session.flush()
    plan_next_checkin(enrolment, after=at)
    keep_today(enrolment, planned, at=at)
    if moves:
        scheduling.move_to(session, enrolment, about.timezone, at=at)


def send_receipt(session: Session, enrolment: Enrolment, *, at: datetime) -> None:
    """A1: what was understood, and the personal link as it is now; one for each press."""
    _put_receipt(session, enrolment, f"{at:%Y%m%d%H%M%S}", at=at)


def send_link(session: Session, enrolment: Enrolment, *, at: datetime) -> None:
    """The same for somebody who asked at the door, where anybody can ask: at most once a minute."""
    _put_receipt(session, enrolment, f"{at:%Y%m%d%H%M}", at=at)


def _put_receipt(session: Session, enrolment: Enrolment, moment: str, *, at: datetime) -> None:
    outbox.put(
        session,
        membership_id=enrolment.membership_id,
        kind=MailKind.RECEIPT,
        occurrence=f"{enrolment.id.hex}:{moment}:{enrolment.membership.link_serial}",
        about={"enrolment": enrolment.id.hex},
        at=at,
    )


def _send_link_unless_times_come(session: Session, enrolment: Enrolment, *, at: datetime) -> None:
    """Whoever closes the page before marking hours still gets their link; saved times bring a receipt with it anyway."""
    outbox.put(
        session,
        membership_id=enrolment.membership_id,
        kind=MailKind.RECEIPT,
        occurrence=_joined(enrolment),
        about={"enrolment": enrolment.id.hex, "unless": "times"},
        at=at,
        due_at=at + LINK_AFTER,
    )


def times_came(session: Session, enrolment: Enrolment, *, at: datetime) -> None:
    outbox.withdraw(
        session, membership_id=enrolment.membership_id, kind=MailKind.RECEIPT, occurrence=_joined(enrolment)
    )
    send_receipt(session, enrolment, at=at)


def _joined(enrolment: Enrolment) -> str:
    return f"{enrolment.id.hex}:joined"


def pause(session: Session, enrolment: Enrolment, *, until: date, at: datetime) -> None:
    """No check-in and no reminder before ``until``; takes effect at once, also for what is in the outbox already."""
    today = local_day(at, enrolment.timezone)
    if not today < until <= today + LONGEST_PAUSE:
        raise Faults({"until": "Choose a day from tomorrow on, at most ten weeks ahead."})
    if enrolment.paused_until is None or enrolment.paused_until < today:  # else it is the same pause, made longer
        enrolment.paused_from = today
    enrolment.paused_until = until
    session.flush()
    plan_next_checkin(enrolment, after=at)


def resume(session: Session, enrolment: Enrolment, *, at: datetime) -> None:
    """Mail starts again today; the days of the pause stay what they were."""
    today = local_day(at, enrolment.timezone)
    if enrolment.paused_until is not None and enrolment.paused_until > today:
        enrolment.paused_until = today
    enrolment.checkins_off_at = None
    enrolment.membership.complained_at = None
    session.flush()
    plan_next_checkin(enrolment, after=at)


def stop_check_ins(session: Session, enrolment: Enrolment, *, at: datetime) -> None:
    enrolment.checkins_off_at = at
    session.flush()
    plan_next_checkin(enrolment, after=at)
