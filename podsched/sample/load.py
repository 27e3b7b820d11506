"""Loads the sample community through the services a host and members use, at the instants they would have used them."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

import matching
from matching.engine import form
from podsched import clock
from podsched.db import reading, writing
from podsched.domain.availability import Level, Window, merged, read_times
from podsched.domain.rhythm import instant
from podsched.domain.zones import local_day
from podsched.house import House
from podsched.models import (
    Answer,
    Cohort,
    CohortState,
    Community,
    Enrolment,
    Meeting,
    Membership,
    Outcome,
    Pod,
    Seat,
)
from podsched.sample import ctu, people
from podsched.sample.people import Someone
from podsched.services import (
    availability,
    checkins,
    cohorts,
    forming,
    joining,
    publishing,
    quiet,
    recaps,
    retros,
    rotation,
)
from podsched.services import people as members
from podsched.services.cohorts import CohortSetup
from podsched.services.joining import About, Joiner
from podsched.services.links import TERMINAL_LINK_LIVES, hand_out_personal, make_sign_in
from podsched.services.rhythms import days, season

NAME = "Kitchen Table Collective"
HOME = "Europe/Prague"
WEEKS_PAST = 2
#: Everybody has a place long before; somebody waits for the first start.
SECONDS_TO_FORM = 3.0
#: Half of the cohort is late with a check-in now and then; every eleventh answer is missing, as in life.
MISSING_EVERY = 11


def is_loaded(house: House) -> bool:
    with reading(house.engine) as session:
        return session.scalar(select(Community.id).where(Community.name == NAME)) is not None


def load(house: House) -> dict[str, Any]:
    """Everything in one transaction: a load that is interrupted leaves the database empty for the next one."""
    now = clock.now()
    monday = now.astimezone(ZoneInfo(HOME)).date()
    first = monday - timedelta(days=monday.weekday(), weeks=WEEKS_PAST)
    with writing(house.engine) as session:
        host = _found(session, at=_at(first, -28))
        makers = cohorts.open_cohort(session, host.community, _makers(first), at=_at(first, -28))
        for number, someone in enumerate(people.makers()):
            _join(session, makers, someone, ctu.STUDENTS[number], at=_at(first, -20, minutes=97 * number))
        _take_a_long_weekend(session, house, host.community, first)
        _form_and_publish(session, house, makers, host, at=_at(first, -7))
        _live(session, house, makers.id, until=now)
        easiest = sorted(ctu.STUDENTS[len(people.makers()) :], key=len, reverse=True)[:9]
        writers = cohorts.open_cohort(session, host.community, _writers(first), at=now - timedelta(days=3))
        for number, someone in enumerate(people.writers()):
            pattern = easiest[number] if number < len(easiest) else ""
            _join(session, writers, someone, pattern, at=now - timedelta(hours=40 - 2 * number))
    return links(house)


def _at(first: date, day: int, *, minutes: int = 0) -> datetime:
    return datetime.combine(first + timedelta(days=day), time(9), tzinfo=UTC) + timedelta(minutes=minutes)


def _found(session: Session, *, at: datetime) -> Membership:
    community = members.found_community(session, name=NAME, timezone=HOME, at=at)
    hosts = [members.add_host(session, community, email=email, name=name, at=at) for name, email in people.HOSTS]
    return hosts[0]


def _take_a_long_weekend(session: Session, house: House, community: Community, first: date) -> None:
    friday = first + timedelta(weeks=WEEKS_PAST + 1, days=4)
    monday = friday + timedelta(days=3)
    at = _at(first, -10)
    quiet.add_holiday(session, community, house.addresses, name="Long weekend", first=friday, last=monday, at=at)


def _makers(first: date) -> CohortSetup:
    return CohortSetup(
        name="Autumn makers",
        purpose="Eight weeks in which each of us finishes one thing that matters to them.",
        audience="People who make something beside work or studies and want company.",
        timezone=HOME,
        starts_on=first,
        answers_until=first - timedelta(days=8),
        weeks=8,
        meeting_minutes=60,
        pod_min=6,
        pod_max=8,
        cap=80,
    )


def _writers(first: date) -> CohortSetup:
    return CohortSetup(
        name="Winter writers",
        purpose="Six weeks to get one piece of writing in front of readers.",
        audience="Anybody with a draft, a blog or a thesis that waits.",
        timezone=HOME,
        starts_on=first + timedelta(weeks=WEEKS_PAST + 3),
        answers_until=first + timedelta(weeks=WEEKS_PAST + 3, days=-5),
        weeks=6,
        meeting_minutes=60,
        pod_min=6,
        pod_max=10,
        cap=40,
    )


def _join(session: Session, cohort: Cohort, someone: Someone, pattern: str, *, at: datetime) -> None:
    about = About(
        someone.zone, someone.goal, someone.tags, cadence=(5, 5, 3, 5, 1)[len(pattern) % 5], checkin_minute=540
    )
    joined = joining.join(session, cohort, Joiner(someone.name, someone.email, about), at=at)
    if pattern:
        windows = read_times(someone.times) or local_windows(pattern, someone.zone, cohort.starts_on)
        availability.record(session, joined.enrolment, windows, (), at=at + timedelta(minutes=6))


def local_windows(pattern: str, zone: str, monday: date) -> tuple[Window, ...]:
    """A student's times on the clock of another place: the same instants in the first week, nights only if need be."""
    shift = _offset(zone, monday) - _offset(HOME, monday)
    windows: list[Window] = []
    for letter in pattern:
        weekday, start, end = ctu.TIMES[ord(letter) - ord("a")]
        windows += _shifted(weekday, start, end, shift)
    return merged(windows)


def _offset(zone: str, day: date) -> int:
    offset = datetime.combine(day, time(12), tzinfo=ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return int(offset.total_seconds()) // 60


def _shifted(weekday: int, start: int, end: int, shift: int) -> Iterable[Window]:
    begin = (weekday * 1440 + start + shift) % 10_080
    for half_hour in range(begin, begin + end - start, 30):
        day, minute = divmod(half_hour % 10_080, 1440)
        level = Level.FREE if 8 * 60 <= minute < 21 * 60 else Level.IF_NEEDED
        yield Window(day, minute, minute + 30, level)


def _form_and_publish(session: Session, house: House, cohort: Cohort, host: Membership, *, at: datetime) -> None:
    """What the forming job does, without a queue."""
    run = forming.request(session, cohort, host, at=at)
    taken = forming.take(session, run.id, at=at)
    assert taken is not None
    plan = form(matching.read_roster(taken.roster), seconds=SECONDS_TO_FORM, seed=1)
    forming.adopt(session, taken, matching.write_plan(plan), at=at + timedelta(seconds=plan.seconds))
    session.refresh(run)
    publishing.publish(session, run, house.addresses, at=at + timedelta(minutes=5))


def _live(session: Session, house: House, cohort_id: Any, *, until: datetime) -> None:
    """The weeks that are over: retros were held, check-ins answered."""
    for pod in session.scalars(select(Pod).join(Pod.cohort).where(Cohort.id == cohort_id).order_by(Pod.number)):
        for meeting in pod.meetings:
            if meeting.ends_at <= until:
                _hold(session, house, meeting)
        for number, member in enumerate(rotation.members(session, pod)):
            _check_in(session, member, pod.number * 5 + number, until=until)


def _hold(session: Session, house: House, meeting: Meeting) -> None:
    at, ends = meeting.starts_at, meeting.ends_at
    present = rotation.members(session, meeting.pod)
    leader = present[meeting.week % len(present)].membership
    turn = meeting.pod.number + meeting.week
    retros.start(session, meeting, at=at)
    if turn % 2:
        retros.mark_away(session, meeting, present[-1].id, away=True)
    for number, promise in enumerate(retros.commitments(session, meeting, week=meeting.week - 1)):
        outcome = (Outcome.KEPT, Outcome.KEPT, Outcome.PARTLY, Outcome.MISSED)[(number + turn) % 4]
        retros.settle(session, meeting, promise.id, outcome)
    retros.add_note(session, meeting, leader, "wins", people.WINS[turn % 3], at=at + timedelta(minutes=30))
    retros.add_note(session, meeting, leader, "stuck", people.STUCK[turn % 2], at=at + timedelta(minutes=20))
    for number, member in enumerate(present):
        text = people.PROMISES[(number + turn) % len(people.PROMISES)]
        retros.commit_to(session, meeting, member.id, text, at=at + timedelta(minutes=40, seconds=number))
    recap = retros.close(session, meeting, house.addresses, at=ends)
    recaps.send(session, recap, house.addresses, at=ends + timedelta(minutes=5))


def _check_in(session: Session, member: Enrolment, seed: int, *, until: datetime) -> None:
    theirs, day, number = days(member), season(member.cohort).first, seed
    while day <= local_day(until, member.timezone):
        due = instant(day, member.checkin_minute, member.timezone)
        answered_at = due + timedelta(minutes=5 + number % 50) if due else until
        if theirs.asks_on(day) and answered_at < until and number % MISSING_EVERY:
            answer = (Answer.DONE, Answer.DONE, Answer.PARTLY, Answer.DONE, Answer.AWAY)[number % 5]
            line = people.LINES[number % len(people.LINES)]
            checkins.answer(session, member, day, answer, line=line, stuck=number % 17 == 0, at=answered_at)
        day, number = day + timedelta(days=1), number + 3


def links(house: House) -> dict[str, Any]:
    """The links to press: fresh for the host, the same as ever for members. Those with a pod come first."""
    with writing(house.engine) as session:
        community = session.scalars(select(Community).where(Community.name == NAME)).one()
        host = session.scalars(
            select(Membership).where(Membership.community_id == community.id).order_by(Membership.created_at).limit(1)
        ).one()
        rows = session.scalars(
            select(Enrolment)
            .join(Enrolment.cohort)
            .where(Cohort.community_id == community.id)
            .order_by(Cohort.state == CohortState.OPEN, Enrolment.joined_at)
        ).all()
        seated = set(session.scalars(select(Seat.enrolment_id)))
        return {
            "host": make_sign_in(session, house.addresses, host, at=clock.now(), lives=TERMINAL_LINK_LIVES),
            "members": [
                {
                    "email": row.membership.person.email,
                    "link": hand_out_personal(session, house.addresses, row.membership, at=row.joined_at),
                    "feed": house.addresses.feed(row) if row.id in seated else None,
                }
                for row in sorted(rows, key=lambda row: row.id not in seated)
            ],
            "mailbox": house.addresses.page("/mailbox"),
        }


__all__ = ["is_loaded", "links", "load", "local_windows"]
