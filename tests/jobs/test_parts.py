"""Parts of a large run: solved here, by other workers, or lost; never waited for in vain."""

import random
from datetime import timedelta

import builders
import pytest
from builders import AT
from rq import Worker
from rq.worker import WorkerStatus
from servers import eventually
from sqlalchemy import select

import matching
from matching.engine.large import place
from matching.engine.parts import Part, Solved
from matching.engine.search import Search
from matching.problem import pose
from podsched.app import house_of
from podsched.db import reading, writing
from podsched.domain.availability import DAYS
from podsched.jobs import queues
from podsched.jobs.parts import SharedParts, form_part
from podsched.models import FormingPart
from podsched.services import forming, parts

CAN_MEET = Part(
    size=(2, 3),
    units=(0b001, 0b010, 0b100),
    must=(),
    places=((0b111, 0b111, 0b111),),
    own=(),
    apart=(),
    companions=(),
    pods=(),
    counts_if_needed=True,
    effort=1.0,
    seconds=20.0,
    seed=1,
)


def asked(house):
    """The id of a queued run."""
    with writing(house.engine) as session:
        host = builders.found(session)
        cohort = builders.opened(session, host, cap=80)
        for _ in range(6):
            builders.joined(session, cohort, 1, times="Tue 18:00-20:00")
        return forming.request(session, cohort, host, at=AT).id


@pytest.fixture
def run(house):
    return asked(house)


def idle_workers(valkey):
    return [worker for worker in Worker.all(connection=valkey) if worker.get_state() == WorkerStatus.IDLE]


def waiting(house):
    with reading(house.engine) as session:
        return session.scalars(select(FormingPart).order_by(FormingPart.ticket)).all()


def ask(house, run, ticket=1):
    with writing(house.engine) as session:
        return parts.ask(session, run, ticket, CAN_MEET.to_json(), at=AT)


@pytest.mark.usefixtures("time", "app")
def test_a_part_is_solved_once_and_its_answer_is_handed_over_once(house, run):
    part = ask(house, run)
    form_part(part.hex)
    form_part(part.hex)
    with writing(house.engine) as session:
        (answered,) = parts.collect(session, run, at=AT)
        assert parts.collect(session, run, at=AT) == []
    assert answered.ticket == 1
    assert Solved.from_json(answered.answer).most_placed == 3


def test_a_part_that_nobody_wants_any_more_is_left_alone(house, run):
    part = ask(house, run)
    with writing(house.engine) as session:
        parts.forget(session, run)
    form_part(part.hex)
    assert waiting(house) == []


def test_a_part_whose_worker_is_silent_for_long_is_lost(house, run):
    part = ask(house, run, ticket=7)
    with writing(house.engine) as session:
        assert parts.take(session, part, at=AT) == CAN_MEET.to_json()
        assert parts.take(session, part, at=AT) is None
        assert parts.collect(session, run, at=AT + parts.LOST_AFTER) == []
        (lost,) = parts.collect(session, run, at=AT + parts.LOST_AFTER + timedelta(seconds=1))
    assert (lost.ticket, lost.answer) == (7, None)


def test_without_other_workers_a_run_solves_every_part_itself(house, run):
    shared = SharedParts(house, run)
    assert shared.at_once == 1
    for ticket in (1, 2, 3):
        shared.submit(ticket, CAN_MEET)
    found = {}
    while len(found) < 3:
        found.update(shared.answers(5))
    shared.close()
    assert {ticket: solved.most_placed for ticket, solved in found.items()} == {1: 3, 2: 3, 3: 3}
    assert waiting(house) == []


def test_another_worker_takes_a_part_when_its_bell_rings(queued_app, start_worker, valkey):
    house = house_of(queued_app)
    run = asked(house)
    start_worker(queues.FORMING)
    eventually(lambda: idle_workers(valkey), seconds=60)
    shared = SharedParts(house, run)
    assert shared.at_once == 2
    shared.submit(1, CAN_MEET)
    shared.submit(2, CAN_MEET)
    eventually(lambda: [row.ticket for row in waiting(house) if row.answered_at], seconds=60)
    found = {}
    while len(found) < 2:
        found.update(shared.answers(5))
    shared.close()
    assert {ticket: solved.most_placed for ticket, solved in found.items()} == {1: 3, 2: 3}


def test_people_are_placed_by_all_workers_together(queued_app, start_worker, valkey):
    house, dice = house_of(queued_app), random.Random(3)
    run = asked(house)
    start_worker(queues.FORMING)
    eventually(lambda: idle_workers(valkey), seconds=60)
    people = [
        {
            "id": f"m{n}",
            "timezone": "Europe/Berlin",
            "free": [f"{dice.choice(DAYS).lower()} {dice.randrange(8, 20):02}:00-21:00"],
        }
        for n in range(90)
    ]
    roster = matching.read_roster(
        {
            "roster": 1,
            "period": {"start": "2027-01-11", "weeks": 2},
            "meeting": {"minutes": 60},
            "pod_size": {"min": 6, "max": 10},
            "members": people,
        }
    )
    search = Search(seconds=20, seed=1, workers=1, members=90, on_progress=None, stop=None)
    found = place(pose(roster), search, SharedParts(house, run), until=15)
    assert sum(len(group.units) for group in found.groups) <= found.most_placed <= 90
    assert waiting(house) == []
