"""A town of two communities, built once through the services, and browsers for everybody in it."""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from podsched.db import writing
from podsched.domain.availability import read_times
from podsched.house import House, build
from podsched.models import Answer, Enrolment, EnrolmentState, MailState, Membership, OutboxMail, Pod
from podsched.services import (
    availability,
    checkins,
    cohorts,
    forming,
    joining,
    links,
    people,
    publishing,
    quiet,
    recaps,
    retros,
)
from podsched.services.cohorts import CohortSetup
from podsched.services.joining import About, Joiner
from podsched.settings import read

SECRET = "a-secret-that-is-only-for-tests-0123456789"
OPENED = datetime(2027, 1, 4, 9, tzinfo=UTC)  # a Monday
FIRST = date(2027, 1, 11)
#: In the second week: the first retro of Alder is closed, the second may be held.
NOW = datetime(2027, 1, 19, 17, 30, tzinfo=UTC)
#: In the fourth week.
GARDEN_DAYS = date(2027, 2, 1), date(2027, 2, 3)
TIMES = "Tue 18:00-20:00 free\nWed 07:00-09:00 if need be"


@dataclass
class Town:
    """Names of things: ids as text, tokens as they stand in addresses."""

    database: Path
    id: dict[str, str] = field(default_factory=dict)
    link: dict[str, str] = field(default_factory=dict)
    feed: dict[str, str] = field(default_factory=dict)
    code: dict[str, str] = field(default_factory=dict)
    check_in: dict[str, str] = field(default_factory=dict)
    stop: dict[str, str] = field(default_factory=dict)


class Browser:
    """A test client that finds the CSRF token as a page gives it."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self._token = None

    def get(self, path, **more):
        return self.client.get(path, buffered=True, **more)

    def text(self, path):
        return self.get(path).get_data(as_text=True)

    @property
    def token(self):
        if self._token is None:
            self._token = re.search(r'name="csrf_token" value="([^"]+)"', self.text("/link"))[1]
        return self._token

    def press(self, path, **fields):
        """Post a form as its page would."""
        return self.client.post(path, data={"csrf_token": self.token, **fields})

    def open(self, path):
        """Press the button behind a link; the session starts anew, and its token with it."""
        answer = self.press(path)
        self._token = None
        return answer


@pytest.fixture(scope="session")
def town(migrated, tmp_path_factory) -> Town:
    """Community Kitchen: pods Alder and Birch running, writers open. Community Library: one pod running."""
    folder = tmp_path_factory.mktemp("town")
    path = folder / "podsched.sqlite"
    path.write_bytes(migrated.read_bytes())
    house = build(read({"PODSCHED_VAR": str(folder), "PODSCHED_SECRET_KEY": SECRET}))
    made = Town(path)
    with writing(house.engine) as session:
        kitchen = _community(session, house, made, "Kitchen", "hana", "hugo")
        makers = _cohort(session, made, kitchen, "makers")
        _people(session, house, made, makers, "a", 7)
        _people(session, house, made, makers, "b", 6)
        _publish(session, house, made, makers, {"alder": "a", "birch": "b"}, "hana")
        library = _community(session, house, made, "Library", "lena")
        readers = _cohort(session, made, library, "readers")
        _people(session, house, made, readers, "c", 6)
        _publish(session, house, made, readers, {"cosmos": "c"}, "lena")
        writers = _cohort(session, made, kitchen, "writers", starts=FIRST + timedelta(weeks=4))
        _people(session, house, made, writers, "w", 6)
        _run(session, made, writers, {"proposed": "w"}, "hana")
        _people(session, house, made, writers, "missing", 1, times="")
        _week_one(session, house, made)
        session.execute(update(OutboxMail).values(state=MailState.SENT))
        _one_dead(session, made, "a1")
        first, last = GARDEN_DAYS
        quiet.add_holiday(session, kitchen, house.addresses, name="Garden days", first=first, last=last, at=OPENED)
        made.id["kitchen-holiday"] = str(kitchen.holidays[0].id)
        session.get_one(Enrolment, _uuid(made, "a6")).state = EnrolmentState.LEFT
    house.engine.dispose()  # the last connection to close folds the log into the file
    return made


def _uuid(town, name):
    from uuid import UUID

    return UUID(town.id[name])


def _community(session, house, town, name, *hosts):
    community = people.found_community(session, name=name, timezone="Europe/Prague", at=OPENED)
    for host in hosts:
        membership = people.add_host(session, community, email=f"{host}@example.org", name=host.title(), at=OPENED)
        town.id[host] = str(membership.id)
        town.link[host] = links.hand_out_personal(session, house.addresses, membership, at=OPENED)
    return community


def _cohort(session, town, community, name, starts=FIRST):
    setup = CohortSetup(
        name=name.title(), purpose=f"One thing done, {name}.", audience="People who make.", timezone="Europe/Prague",
        starts_on=starts, answers_until=starts - timedelta(days=3), weeks=8, meeting_minutes=60, pod_min=6, pod_max=8,
        cap=60,
    )  # fmt: skip
    cohort = cohorts.open_cohort(session, community, setup, at=OPENED)
    town.id[name], town.code[name] = str(cohort.id), cohort.code
    return cohort


def _people(session, house, town, cohort, letter, count, times=TIMES):
    for number in range(count):
        name = f"{letter}{number}"
        about = About("Europe/Prague", f"The goal of {name}", ("making",), cadence=5, checkin_minute=540)
        joined = joining.join(session, cohort, Joiner(name.title(), f"{name}@example.org", about), at=OPENED)
        enrolment = joined.enrolment
        if times:
            availability.record(session, enrolment, read_times(times), (), at=OPENED)
        town.id[name], town.id[f"{name}-member"] = str(enrolment.id), str(enrolment.membership_id)
        town.link[name] = links.hand_out_personal(session, house.addresses, enrolment.membership, at=OPENED)
        town.check_in[name] = house.addresses.check_in(enrolment.id, NOW.date())
        town.stop[name] = house.addresses.stop_check_ins(enrolment.id)


def _run(session, town, cohort, pods, host):
    """A run with a plan in hand: every pod meets on Tuesdays at 18:00 in Prague."""
    membership = session.get_one(Membership, _uuid(town, host))
    run = forming.request(session, cohort, membership, at=OPENED)
    taken = forming.take(session, run.id, at=OPENED)
    forming.adopt(session, taken, _plan(town, cohort, pods), at=OPENED)
    session.refresh(run)
    town.id[f"{cohort.name.lower()}-run"] = str(run.id)
    return run


def _plan(town, cohort, pods):
    slot = {"weekday": "tue", "start": "18:00", "timezone": "Europe/Prague", "minutes": 60}
    first = datetime.combine(cohort.starts_on, OPENED.timetz()).replace(hour=17) + timedelta(days=1)
    meetings = [(first + timedelta(weeks=week)).isoformat() for week in range(8)]
    return {
        "pods": [
            {
                "id": name, "slot": slot, "meetings": meetings, "shared_goals": ["making"],
                "members": [
                    {"id": _uuid(town, f"{letter}{number}").hex, "level": "free", "local": ["Tue 18:00"], "why": ["free every week"]}
                    for number in range(9) if f"{letter}{number}" in town.id
                ],
            }
            for name, letter in pods.items()
        ],
        "unplaced": [], "objective": [{"name": "placed", "value": 6, "bound": 6, "proven": True}], "seconds": 0.1,
    }  # fmt: skip


def _publish(session, house, town, cohort, pods, host):
    run = _run(session, town, cohort, pods, host)
    made = publishing.publish(session, run, house.addresses, at=OPENED)
    for name, pod in zip(pods, made, strict=True):
        town.id[name] = str(pod.id)
        for meeting in pod.meetings:
            town.id[f"{name}-{meeting.week}"] = str(meeting.id)
        for seat in pod.seats:
            person = seat.enrolment.membership.person.name.lower()
            town.feed[person] = house.addresses.feed(seat.enrolment)


def _week_one(session, house, town):
    """Alder has held its first retro and opened the second; its recap is a draft, for each pod."""
    for name in ("alder", "birch", "cosmos"):
        pod = session.get_one(Pod, _uuid(town, name))
        first, second = pod.meetings[:2]
        retros.start(session, first, at=first.starts_at)
        member = pod.seats[0].enrolment
        retros.add_note(session, first, member.membership, "wins", f"{name} won", at=first.starts_at)
        retros.commit_to(session, first, member.id, f"{name} will ship", at=first.starts_at)
        recap = retros.close(session, first, house.addresses, at=first.ends_at)
        town.id[f"{name}-recap"] = str(recap.id)
        retros.start(session, second, at=NOW)
        promise = retros.commitments(session, second, week=1)[0]
        town.id[f"{name}-promise"] = str(promise.id)
        for week in (1, 2):
            town.id[f"{name}-taker-{week}"] = _taker(session, pod, week)
        checkins.answer(
            session,
            member,
            date(2027, 1, 18),
            Answer.DONE,
            line=f"{name} line",
            stuck=False,
            at=NOW - timedelta(days=1),
        )
        if name != "alder":
            recaps.send(session, recap, house.addresses, at=first.ends_at)
    session.flush()


def _one_dead(session, town, name):
    """A mail to somebody that the mail server would not take."""
    mails = select(OutboxMail).where(OutboxMail.membership_id == _uuid(town, f"{name}-member"))
    dead = session.scalars(mails.order_by(OutboxMail.kind, OutboxMail.id)).first()
    dead.state, dead.reason = MailState.DEAD, "550 5.1.1 No such mailbox"
    town.id[f"{name}-dead-mail"] = str(dead.id)


def _taker(session, pod, week):
    from podsched.models import Role, RoleAssignment

    found = session.get_one(RoleAssignment, (pod.id, week, Role.NOTE_TAKER))
    return found.enrolment.membership.person.name.lower()


@pytest.fixture
def lived_in(app: Flask, town: Town, environ, time) -> Flask:
    """The application over a copy of the town, in its second week."""
    Path(environ["PODSCHED_VAR"], "podsched.sqlite").write_bytes(town.database.read_bytes())
    time.set(NOW)
    return app


@pytest.fixture
def browser(lived_in: Flask):
    """Open a fresh browser."""
    return lambda: Browser(lived_in.test_client())


@pytest.fixture
def signed_in(browser, house: House, town: Town):
    """A browser signed in by somebody's personal link, or as a host by a sign-in link."""

    def sign_in(name, *, host=False):
        mine = browser()
        link = sign_in_link(house, town, name) if host else town.link[name]
        assert mine.open(path_of(link)).status_code == 303
        return mine

    return sign_in


def sign_in_link(house, town, name):
    with writing(house.engine) as session:
        return links.make_sign_in(session, house.addresses, session.get_one(Membership, _uuid(town, name)), at=NOW)


@pytest.fixture
def new_sign_in_link(lived_in, house, town):
    return lambda name: path_of(sign_in_link(house, town, name))


def path_of(link):
    return "/" + link.split("/", 3)[3]


@pytest.fixture(name="path_of")
def path_of_a_link():
    return path_of


@pytest.fixture
def rows(house):
    """Every row of every table, to compare before and after; what a request notes about itself is left out."""

    def read_all():
        from podsched.models.base import Base

        with house.engine.execution_options(reading=True).connect() as connection:
            return {
                table.name: sorted(map(repr, connection.execute(select(table))))
                for table in Base.metadata.sorted_tables
            }

    return read_all
