"""The installation that mail is measured on: many members whose check-in is due at one minute, on either database."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from bench import shifted
from bench.measuring import tests_module, without_settings
from podsched import house, migrations, settings
from podsched.db import reading, writing
from podsched.domain.availability import Level
from podsched.domain.pods import pod_name
from podsched.leash import leashed
from podsched.models import (
    Cohort,
    CohortState,
    Community,
    Enrolment,
    EnrolmentState,
    FormingRun,
    MailKind,
    MailState,
    Meeting,
    Membership,
    OutboxMail,
    Person,
    Pod,
    Rank,
    RunState,
    Seat,
)

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session

    from podsched.house import House

ROOT = Path(__file__).resolve().parent.parent
SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"
ZONE = "Europe/London"
POD, COHORT = 8, 120
_CHECK_INS = OutboxMail.kind == MailKind.CHECK_IN


@dataclass(frozen=True, slots=True)
class Due:
    """When it is for the processes of the benchmark: ``shift`` seconds later than now, on a Wednesday morning."""

    day: date
    shift: float

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.shift)


def wednesday() -> Due:
    """Shortly after nine on the next Wednesday in winter time, so that UTC is London's clock."""
    now = datetime.now(UTC)
    day = date(now.year + 1, 1, 20)
    day += timedelta(days=(2 - day.weekday()) % 7)
    at = datetime.combine(day, time_of_day(9, 1), UTC)
    return Due(day, (at - now).total_seconds())


@dataclass(slots=True)
class Installation:
    """Where everything is, and its processes."""

    folder: Path
    environ: dict[str, str]
    house: House
    due: Due
    #: What else must be ended with it.
    closing: ExitStack

    def start(self, *command: str) -> Popen[bytes]:
        """A process of podsched; it ends with this one, whatever happens."""
        argv = leashed([sys.executable, "-m", "bench.shifted", str(self.due.shift), *command])
        with (self.folder / "log").open("ab") as log:
            environ = self.environ | shifted.GUNICORN | {shifted.SECONDS: str(self.due.shift)}
            return Popen(argv, stdin=DEVNULL, stdout=DEVNULL, stderr=log, env=environ, cwd=ROOT)

    def unsent(self) -> int:
        """How many check-ins have not left yet, planned or not."""
        with reading(self.house.engine) as session:
            planned = select(func.count()).where(Enrolment.next_checkin_at <= self.due.now())
            waiting = select(func.count()).where(
                _CHECK_INS, OutboxMail.state.in_((MailState.WAITING, MailState.CLAIMED))
            )
            return session.scalars(planned).one() + session.scalars(waiting).one()

    def states(self) -> dict[str, int]:
        """How many check-ins are in which state; other mail goes its own way meanwhile."""
        with reading(self.house.engine) as session:
            rows = session.execute(select(OutboxMail.state, func.count()).where(_CHECK_INS).group_by(OutboxMail.state))
            return {state.value: count for state, count in rows}

    def message_ids(self) -> set[str]:
        """What the Message-IDs of the check-ins begin with."""
        with reading(self.house.engine) as session:
            return {str(each) for each in session.scalars(select(OutboxMail.id).where(_CHECK_INS))}

    def make_due(self) -> None:
        """Every member is asked once more; what was sent before is forgotten."""
        with writing(self.house.engine) as session:
            session.query(OutboxMail).delete()
            at = datetime.combine(self.due.day, time_of_day(9), UTC)
            session.execute(update(Enrolment).values(next_checkin_at=at))


@contextmanager
def installation(kind: str, members: int, *, mail_port: int, redis_url: str = "") -> Iterator[Installation]:
    """A folder of its own with a database of that kind and so many members in it."""
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        due = wednesday()
        environ = without_settings() | {
            "PODSCHED_VAR": str(folder / "var"),
            "PODSCHED_BASE_URL": "https://pods.example.org",
            "MAIL_URL": f"smtp+plain://127.0.0.1:{mail_port}",
            "REDIS_URL": redis_url or "redis://127.0.0.1:1/0",
        }
        if kind == POSTGRESQL:
            environ["DATABASE_URL"] = closing.enter_context(postgres())
        ours = house.build(settings.read(environ))
        closing.callback(ours.engine.dispose)
        migrations.upgrade(ours.engine)
        with writing(ours.engine) as session:
            _people(session, members, due)
        made = Installation(folder, environ, ours, due, closing)
        made.make_due()
        yield made


@contextmanager
def postgres() -> Iterator[str]:
    """A server of our own, as the tests start theirs."""
    servers = tests_module("servers")
    home = Path(tempfile.mkdtemp(prefix="podsched-postgres-"))
    try:
        with servers.running_postgres(home) as url:
            yield url
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _people(session: Session, members: int, due: Due) -> None:
    at = due.now() - timedelta(days=30)
    community = Community(name="Kitchen Table", timezone=ZONE, rules="Be kind.", created_at=at)
    host = Membership(
        community=community,
        person=Person(name="Mira Holm", email="mira@example.org", created_at=at),
        rank=Rank.HOST,
        created_at=at,
    )
    session.add(host)
    session.flush()
    for first in range(0, members, COHORT):
        _cohort(session, community, host, first, min(COHORT, members - first), due)


def _cohort(session: Session, community: Community, host: Membership, first: int, members: int, due: Due) -> None:
    at = due.now() - timedelta(days=30)
    monday = due.day - timedelta(days=due.day.weekday(), weeks=1)
    cohort = Cohort(
        community=community, code=f"makers-{first}", name="Winter makers", purpose="Each of us finishes one thing.",
        audience="People who make something.", timezone=ZONE, starts_on=monday, weeks=8, meeting_minutes=60, pod_min=6,
        pod_max=10, cap=150, answers_until=monday - timedelta(days=3), state=CohortState.RUNNING, created_at=at,
    )  # fmt: skip
    session.add(cohort)
    session.flush()
    run = FormingRun(
        cohort_id=cohort.id, requested_by_id=host.id, requested_at=at, state=RunState.PUBLISHED, roster={"members": []},
        roster_sha256="", attempt=1, progress={},
    )  # fmt: skip
    session.add(run)
    session.flush()
    for number in range(-(-members // POD)):
        seats = min(POD, members - number * POD)
        pod = _pod(cohort, run.id, number, monday, at)
        session.add(pod)
        for seat in range(seats):
            session.add(_seat(community, cohort, pod, first + number * POD + seat, at))
    session.flush()


def _pod(cohort: Cohort, run: uuid.UUID, number: int, monday: date, at: datetime) -> Pod:
    starts = [datetime.combine(monday + timedelta(weeks=week, days=1), time_of_day(18), UTC) for week in range(8)]
    return Pod(
        cohort=cohort, run_id=run, number=number + 1, name=pod_name(number + 1), timezone=ZONE, weekday=1,
        start_minute=1080, shared_goals=["making"], created_at=at,
        meetings=[
            Meeting(week=week, starts_at=start, slot_at=start, ends_at=start + timedelta(hours=1), created_at=at,
                    changed_at=at)
            for week, start in enumerate(starts, 1)
        ],
    )  # fmt: skip


def _seat(community: Community, cohort: Cohort, pod: Pod, number: int, at: datetime) -> Seat:
    person = Person(name=f"Member {number}", email=f"member{number}@example.net", created_at=at)
    membership = Membership(community=community, person=person, rank=Rank.MEMBER, rules_accepted_at=at, created_at=at)
    enrolment = Enrolment(
        cohort=cohort, membership=membership, state=EnrolmentState.ENROLLED, goal=f"Finish thing {number}",
        timezone=ZONE, cadence=5, checkin_minute=540, times_saved_at=at, joined_at=at,
    )  # fmt: skip
    return Seat(pod=pod, enrolment=enrolment, level=Level.FREE, why=["free every week"], created_at=at)


def until(condition: Callable[[], object], seconds: float) -> float:
    """Seconds until it holds; raises when it does not hold in time."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"still not so after {seconds} s")
        time.sleep(0.1)
    return time.monotonic() - began
