"""What a host may want to look after this week, cohort by cohort; on Mondays by mail, where there is anything."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from podsched.domain.budget import WAKES, bedtime, mornings, on
from podsched.domain.words import count, day, listed
from podsched.domain.zones import local_day
from podsched.models import (
    CheckIn,
    Cohort,
    CohortState,
    Community,
    Enrolment,
    EnrolmentState,
    MailKind,
    Meeting,
    MeetingState,
    Membership,
    Pod,
    Rank,
    Recap,
    Retro,
    Seat,
)
from podsched.services import missed, nudging, outbox, stops
from podsched.services.cohorts import takes_answers
from podsched.services.rhythms import is_held
from podsched.services.scheduling import Scheduled, schedule

MONDAY = 0
#: What happened longer ago was in the digest before.
LOOKS_BACK = timedelta(days=7)
#: So many names in a line, then "and 4 more".
MOST_NAMES = 5
#: What comes up later on a Monday waits for the next.
WITHIN = timedelta(hours=2)
#: A digest that finds Monday taken waits so long at most.
WAITS = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Section:
    """A cohort, or the community itself, and a sentence for each thing to look after."""

    name: str
    lines: tuple[str, ...]


def plan(session: Session, *, at: datetime) -> None:
    """H1: once each Monday at eight in the morning of the community's zone."""
    for community in session.scalars(select(Community)):
        monday = local_day(at, community.timezone)
        first = on(monday, WAKES, community.timezone)
        is_time = monday.weekday() == MONDAY and first <= at < first + WITHIN
        if is_time and gather(session, community, at=at):
            _put(session, community, monday, first, at=at)


def _put(session: Session, community: Community, monday: date, first: datetime, *, at: datetime) -> None:
    of_community = select(Membership).where(Membership.community_id == community.id, Membership.rank == Rank.HOST)
    hosts = session.scalars(of_community.order_by(Membership.id)).all()
    stopped = stops.who_stopped(session, MailKind.DIGEST, among=[host.id for host in hosts])
    for host in hosts:
        if host.id in stopped:
            continue
        mail = Scheduled(
            MailKind.DIGEST,
            host,
            monday.isoformat(),
            {},
            zone=community.timezone,
            options=mornings(first, community.timezone, until=first + WAITS),
            until=bedtime(first + WAITS, community.timezone),
        )
        schedule(session, mail, at=at)


def gather(session: Session, community: Community, *, at: datetime) -> list[Section]:
    """Everything there is to look after now; empty when there is nothing."""
    live = Cohort.state.in_((CohortState.OPEN, CohortState.RUNNING))
    rows = select(Cohort).where(Cohort.community_id == community.id, live).order_by(Cohort.starts_on, Cohort.name)
    found = [Section(cohort.name, _of_cohort(session, cohort, at=at)) for cohort in session.scalars(rows).all()]
    found.append(Section(community.name, _undelivered(session, community, at=at)))
    return [section for section in found if section.lines]


def _of_cohort(session: Session, cohort: Cohort, *, at: datetime) -> tuple[str, ...]:
    if cohort.state is CohortState.OPEN:
        return _unanswered(session, cohort, at=at)
    return (
        *_small_pods(session, cohort),
        *_without_recap(session, cohort, at=at),
        *_stuck(session, cohort, at=at),
        *(f"Ask how {one.membership.person.name} is doing." for one in missed.to_ask_after(session, cohort, at=at)),
    )


def _unanswered(session: Session, cohort: Cohort, *, at: datetime) -> tuple[str, ...]:
    late = nudging.missing(session, cohort) if takes_answers(cohort, at=at) else []
    if not late:
        return ()
    names = _named([enrolment.membership.person.name for enrolment in late])
    return (f"{count(len(late), 'person has', 'people have')} not sent their times: {names}.",)


def _named(names: list[str]) -> str:
    more = len(names) - MOST_NAMES
    return listed([*names[:MOST_NAMES], f"{more} more"] if more > 0 else names)


def _small_pods(session: Session, cohort: Cohort) -> list[str]:
    rows = select(Pod).where(Pod.cohort_id == cohort.id).order_by(Pod.number)
    pods = session.scalars(rows.options(selectinload(Pod.seats).joinedload(Seat.enrolment)))
    return [
        f"{pod.name} pod has {count(pod.people, 'person', 'people')}; a pod needs {cohort.pod_min}."
        for pod in pods
        if pod.people < cohort.pod_min
    ]


def _without_recap(session: Session, cohort: Cohort, *, at: datetime) -> list[str]:
    sent = select(Retro.meeting_id).join(Recap, Recap.retro_id == Retro.id).where(Recap.sent_at.is_not(None))
    rows = (
        select(Meeting)
        .join(Meeting.pod)
        .where(
            Pod.cohort_id == cohort.id,
            Meeting.ends_at <= at,
            Meeting.ends_at > at - LOOKS_BACK,
            Meeting.state == MeetingState.PLANNED,
            Meeting.id.not_in(sent),
        )
        .order_by(Pod.number, Meeting.week)
        .options(joinedload(Meeting.pod))
    )
    held = [meeting for meeting in session.scalars(rows) if is_held(meeting)]
    return [f"{meeting.pod.name} pod has no recap of week {meeting.week}." for meeting in held]


def _stuck(session: Session, cohort: Cohort, *, at: datetime) -> list[str]:
    """Whose last word of the week was that they are stuck."""
    latest = (
        select(CheckIn.enrolment_id, func.max(CheckIn.local_day).label("day")).group_by(CheckIn.enrolment_id).subquery()
    )
    rows = (
        select(CheckIn)
        .join(latest, (latest.c.enrolment_id == CheckIn.enrolment_id) & (latest.c.day == CheckIn.local_day))
        .join(CheckIn.enrolment)
        .where(
            Enrolment.cohort_id == cohort.id,
            Enrolment.state == EnrolmentState.ENROLLED,
            CheckIn.stuck,
            CheckIn.answered_at > at - LOOKS_BACK,
        )
        .order_by(CheckIn.answered_at)
        .options(joinedload(CheckIn.enrolment).joinedload(Enrolment.membership).joinedload(Membership.person))
    )
    return [
        f"{found.enrolment.membership.person.name} is stuck since {day(found.local_day)}."
        for found in session.scalars(rows)
    ]


def _undelivered(session: Session, community: Community, *, at: datetime) -> tuple[str, ...]:
    dead = [mail for mail in outbox.dead(session, community.id) if mail.due_at > at - LOOKS_BACK]
    if not dead:
        return ()
    people = _named(sorted({mail.membership.person.name for mail in dead}))
    return (f"{count(len(dead), 'mail')} could not be delivered, to {people}.",)
