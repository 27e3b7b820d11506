"""A cast and its state, built by the services that hosts and members use.

``found`` a community, ``opened`` a cohort, ``joined`` members with times, ``proposed`` pods, ``published`` the whole.
"""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Table, select
from sqlalchemy.orm import Session, joinedload, selectinload

from podsched.domain.availability import read_away, read_times
from podsched.models import Base, Cohort, Community, Enrolment, FormingRun, Membership, Pod, Seat
from podsched.services import availability, cohorts, forming, joining, people, publishing
from podsched.services.cohorts import CohortSetup
from podsched.services.joining import About, Joiner
from podsched.services.links import Addresses

#: Where the clock of the tests starts (see conftest): a Monday morning, two weeks before the first cohort.
AT = datetime(2027, 1, 4, 9, tzinfo=UTC)
FIRST_DAY = date(2027, 1, 18)
HOME = "Europe/Berlin"
TIMES = "Tue 18:00-20:00 free"


def found(session: Session, name: str = "Kitchen Table", host: str = "Mira Holm", *, at: datetime = AT) -> Membership:
    """A community; its host is returned."""
    community = people.found_community(session, name=name, timezone=HOME, at=at)
    address = f"{host.split(maxsplit=1)[0].lower()}@example.org"
    return people.add_host(session, community, email=address, name=host, at=at)


def setup(**changes: Any) -> CohortSetup:
    usual = {
        "name": "Winter makers",
        "purpose": "Each of us finishes one thing.",
        "audience": "People who make something.",
        "timezone": HOME,
        "starts_on": FIRST_DAY,
        "answers_until": FIRST_DAY - timedelta(days=3),
        "weeks": 6,
        "meeting_minutes": 60,
        "pod_min": 6,
        "pod_max": 8,
        "cap": 40,
    }
    return CohortSetup(**usual | changes)


def opened(session: Session, host: Membership, *, at: datetime = AT, **changes: Any) -> Cohort:
    return cohorts.open_cohort(session, host.community, setup(**changes), at=at)


def joiner(number: int, **changes: Any) -> Joiner:
    usual = {
        "timezone": HOME,
        "goal": f"Finish thing {number}",
        "tags": ("making",),
        "cadence": 5,
        "checkin_minute": 540,
    }
    return Joiner(f"Member {number}", f"member{number}@example.net", About(**usual | changes))


def joined(
    session: Session, cohort: Cohort, count: int, *, times: str = TIMES, away: str = "", at: datetime = AT, **about: Any
) -> list[Enrolment]:
    """That many more members, all with the same times."""
    first = len(session.scalars(select(Enrolment.id).where(Enrolment.cohort_id == cohort.id)).all()) + 1
    made = []
    for number in range(first, first + count):
        enrolment = joining.join(session, cohort, joiner(number, **about), at=at + timedelta(seconds=number)).enrolment
        if times:
            availability.record(session, enrolment, read_times(times), read_away(away), at=at)
        made.append(enrolment)
    return made


def plan_of(run: FormingRun, *, pods: int = 1) -> dict[str, Any]:
    """A plan in the words of the contract, written by hand: everybody meets on Tuesdays at 18:00 of Berlin."""
    first = date.fromisoformat(run.roster["period"]["start"])
    tuesday = first + timedelta(days=(1 - first.weekday()) % 7)
    days = [tuesday + timedelta(weeks=week) for week in range(run.roster["period"]["weeks"])]
    starts = [datetime(day.year, day.month, day.day, 18, tzinfo=ZoneInfo(HOME)).astimezone(UTC) for day in days]
    members = run.roster["members"]
    return {
        "plan": 1,
        "roster_sha256": run.roster_sha256,
        "status": "optimal",
        "seconds": 0.1,
        "seed": 1,
        "pods": [
            {
                "id": f"pod-{number + 1}",
                "slot": {"weekday": "tue", "start": "18:00", "timezone": HOME, "minutes": 60},
                "meetings": [start.strftime("%Y-%m-%dT%H:%M:%SZ") for start in starts],
                "members": [
                    {"id": member["id"], "level": "free", "local": ["Tue 18:00"], "why": ["free every week"]}
                    for member in members[number::pods]
                ],
                "shared_goals": ["making"],
            }
            for number in range(pods)
        ],
        "unplaced": [],
        "objective": [{"name": "placed", "value": len(members), "bound": len(members), "proven": True}],
        "reason": "",
    }


def proposed(session: Session, cohort: Cohort, host: Membership, *, pods: int = 1, at: datetime = AT) -> FormingRun:
    """A finished run, without the engine."""
    run = forming.request(session, cohort, host, at=at)
    taken = forming.take(session, run.id, at=at)
    assert taken is not None
    assert forming.adopt(session, taken, plan_of(run, pods=pods), at=at)
    session.refresh(run)
    return run


def published(
    session: Session, addresses: Addresses, *, members: int = 6, pods: int = 1, at: datetime = AT, **about: Any
) -> list[Pod]:
    """A running cohort in a community of its own.

    Where nothing else is there yet, what the services made of it once is put into the database again, row by row.
    """
    if session.scalar(select(Community.id).limit(1)) is not None:
        return _published(session, addresses, members, pods, at, about)
    made = (addresses, members, pods, at, *sorted(about.items()))
    if made not in _MADE:
        _published(session, addresses, members, pods, at, about)
        _MADE[made] = {
            table: [dict(row._mapping) for row in session.execute(table.select())]
            for table in Base.metadata.sorted_tables
        }
    else:
        for table, rows in _MADE[made].items():
            if rows:
                session.execute(table.insert(), rows)
    session.expunge_all()
    whole = (joinedload(Pod.cohort), selectinload(Pod.meetings), selectinload(Pod.seats).joinedload(Seat.enrolment))
    return [*session.scalars(select(Pod).order_by(Pod.number).options(*whole))]


#: The rows of each cohort that was asked for.
_MADE: dict[tuple[Any, ...], dict[Table, list[dict[str, Any]]]] = {}


def _published(
    session: Session, addresses: Addresses, members: int, pods: int, at: datetime, about: dict[str, Any]
) -> list[Pod]:
    host = found(session)
    cohort = opened(session, host)
    joined(session, cohort, members, **about)
    return publishing.publish(session, proposed(session, cohort, host, pods=pods, at=at), addresses, at=at)


def members_of(session: Session, pod: Pod) -> list[Enrolment]:
    """Everybody with a seat, in the order in which they joined."""
    ids = {seat.enrolment_id for seat in pod.seats}
    rows = session.scalars(select(Enrolment).where(Enrolment.id.in_(ids)).order_by(Enrolment.joined_at))
    return [*rows]


def for_cohorts(work: Callable[..., object], session: Session, *, at: datetime) -> None:
    """What the clock does for each running cohort."""
    for cohort_id in cohorts.running_ids(session):
        work(session, session.get_one(Cohort, cohort_id), at=at)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each call returned, or the exception it raised, when all of them start in the same moment."""
    start, results = threading.Barrier(len(calls)), [None] * len(calls)

    def run(number: int) -> None:
        start.wait()
        try:
            results[number] = calls[number]()
        except Exception as error:  # noqa: BLE001 - it is what the test asks about
            results[number] = error

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results
