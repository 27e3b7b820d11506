"""A year of check-in mail in nine places: seven cohorts, one after the other, through the services and the database.

Each mail is expected from the zones alone, and none is planned a second before its time.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import builders
import pytest
from local_time import reckoned
from sqlalchemy import select

from podsched.models import Enrolment, MailKind, OutboxMail
from podsched.services import checkins, joining, publishing, quiet

FIRST = date(2027, 1, 11)
WEEKS, COHORTS = 8, 7
OPENED = datetime(2027, 1, 4, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Someone:
    zone: str
    minute: int
    cadence: int = 5
    away: tuple[date, date] | None = None
    #: The local day on whose first minutes they pause, and the day on which they are back.
    paused: tuple[date, date] | None = None


CAST = (
    Someone("Europe/Berlin", 540, paused=(date(2027, 3, 24), date(2027, 4, 1))),
    Someone("America/New_York", 1410),
    Someone("Australia/Lord_Howe", 120, cadence=3),
    Someone("Pacific/Apia", 0),
    Someone("Asia/Kathmandu", 345, away=(date(2027, 10, 7), date(2027, 10, 20))),
    Someone("Africa/Casablanca", 150),
    Someone("America/Santiago", 30, cadence=1),
    Someone("Africa/Cairo", 30),  # in Cairo clocks change on working days: this is jumped over on Friday, 30 April
    Someone("Africa/Cairo", 1410),  # and this comes twice on Thursday, 28 October
)
#: Over the weekend of a change of the clock, one in the middle of a week, and around a month's end.
HOLIDAYS = (
    (date(2027, 3, 26), date(2027, 3, 29)),
    (date(2027, 6, 16), date(2027, 6, 16)),
    (date(2027, 10, 29), date(2027, 11, 2)),
)
DAYS = {5: {0, 1, 2, 3, 4}, 3: {0, 2, 4}, 1: {2}}


def is_asked(person, day):
    cohort, number = divmod((day - FIRST).days, 7 * WEEKS)
    in_quiet_week = number // 7 == cohort  # the first week of the first cohort, the second of the second ...
    out = any(span and span[0] <= day < span[1] for span in (person.paused, _after(person.away)))
    holiday = any(first <= day <= last for first, last in HOLIDAYS)
    return day.weekday() in DAYS[person.cadence] and not in_quiet_week and not out and not holiday


def _after(span):
    return span and (span[0], span[1] + timedelta(days=1))


def expected():
    """(person, local day, instant) of every mail of the year."""
    days = [FIRST + timedelta(days=number) for number in range(7 * WEEKS * COHORTS)]
    return [
        (number, day, reckoned(day, person.minute, person.zone))
        for number, person in enumerate(CAST)
        for day in days
        if is_asked(person, day)
    ]


@pytest.fixture
def year(session, house):
    """The seven cohorts, all published in the first week of the year."""
    host = builders.found(session)
    for number, (first, last) in enumerate(HOLIDAYS):
        quiet.add_holiday(
            session, host.community, house.addresses, name=f"Holiday {number}", first=first, last=last, at=OPENED
        )
    for number in range(COHORTS):
        _cohort(session, house.addresses, host, number)
    return session


def _cohort(session, addresses, host, number):
    first = FIRST + timedelta(weeks=WEEKS * number)
    cohort = builders.opened(
        session, host, starts_on=first, answers_until=first - timedelta(days=3), weeks=WEEKS, pod_max=10
    )
    for person in CAST:
        about = {"timezone": person.zone, "cadence": person.cadence, "checkin_minute": person.minute}
        away = f"{person.away[0]} to {person.away[1]}" if person.away else ""
        builders.joined(session, cohort, 1, away=away, **about)
    publishing.publish(session, builders.proposed(session, cohort, host), addresses, at=OPENED)
    quiet.set_week(session, cohort, number + 1, addresses, quiet=True, at=OPENED)


def test_a_year_holds_one_mail_for_each_day_of_each_person_at_their_own_minute(year):
    wanted = expected()
    pauses = {reckoned(person.paused[0], 5, person.zone): person for person in CAST if person.paused}
    due = Counter(at for *_, at in wanted)
    for at in sorted({*due, *pauses}):
        assert checkins.plan_due(year, at=at - SECOND) == 0
        if at in pauses:
            _pause(year, pauses[at], at)
        assert checkins.plan_due(year, at=at) == due[at]
    assert checkins.plan_due(year, at=at + timedelta(days=30)) == 0
    assert _mailed(year) == Counter(wanted)


def _pause(session, person, at):
    for enrolment in _theirs(session, person):
        joining.pause(session, enrolment, until=person.paused[1], at=at)


def _theirs(session, person):
    who = (Enrolment.timezone == person.zone, Enrolment.checkin_minute == person.minute)
    return session.scalars(select(Enrolment).where(*who)).all()


def _mailed(session):
    people = {each.id.hex: number for number, one in enumerate(CAST) for each in _theirs(session, one)}
    rows = session.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.CHECK_IN))
    return Counter((people[r.about["enrolment"]], date.fromisoformat(r.about["day"]), r.due_at) for r in rows)
