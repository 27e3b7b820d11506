"""The forming queue: the real engine, and workers that die while it thinks."""

import random

import builders
import pytest
from builders import AT
from servers import eventually
from sqlalchemy import func, select

import matching
from podsched.app import house_of
from podsched.db import reading, writing
from podsched.domain.availability import DAYS
from podsched.jobs import periodic, queues
from podsched.jobs.forming import form_pods
from podsched.models import FormingRun, Membership, Pod, RunState
from podsched.services import forming, publishing

pytestmark = pytest.mark.usefixtures("time")


def asked(house, count, times=lambda _number: "Tue 18:00-20:00\nWed 07:00-09:00 if need be"):
    """A queued run of a cohort with that many members."""
    with writing(house.engine) as session:
        host = builders.found(session)
        cohort = builders.opened(session, host, cap=80)
        for number in range(count):
            builders.joined(session, cohort, 1, times=times(number))
        return forming.request(session, cohort, host, at=AT).id


def seen(house, run):
    with reading(house.engine) as session:
        return session.get_one(FormingRun, run)


@pytest.mark.usefixtures("app")
def test_the_engine_leaves_a_sound_proposal_that_can_be_published(house):
    run = asked(house, 14)
    form_pods(run.hex)
    found = seen(house, run)
    roster, plan = matching.read_roster(found.roster), matching.read_plan(found.plan)
    assert (found.state, found.attempt, matching.faults(roster, plan)) == (RunState.PROPOSED, 1, [])
    assert (sum(len(pod.members) for pod in plan.pods), plan.unplaced) == (14, ())
    with writing(house.engine) as session:
        pods = publishing.publish(session, session.get_one(FormingRun, run), house.addresses, at=AT)
    assert [len(pod.meetings) for pod in pods] == [6, 6]


@pytest.mark.usefixtures("app")
def test_a_job_that_runs_twice_does_its_work_once(house):
    run = asked(house, 6)
    form_pods(run.hex)
    first = seen(house, run)
    form_pods(run.hex)
    again = seen(house, run)
    assert (again.plan, again.attempt, again.finished_at) == (first.plan, 1, first.finished_at)


def test_a_job_for_a_run_that_was_cancelled_does_nothing(house):
    run = asked(house, 6)
    with writing(house.engine) as session:
        forming.cancel(session, session.get_one(FormingRun, run), at=AT)
    form_pods(run.hex)
    assert (seen(house, run).state, seen(house, run).plan) == (RunState.CANCELLED, None)


@pytest.mark.usefixtures("app")
def test_a_run_cancelled_while_the_engine_thinks_stays_cancelled(house, monkeypatch):
    run = asked(house, 6)
    taken = forming.take

    def take_then_cancel(session, run_id, *, at):
        got = taken(session, run_id, at=at)
        forming.cancel(session, session.get_one(FormingRun, run_id), at=at)
        return got

    monkeypatch.setattr(forming, "take", take_then_cancel)
    form_pods(run.hex)
    assert (seen(house, run).state, seen(house, run).plan) == (RunState.CANCELLED, None)


@pytest.mark.usefixtures("app")
def test_people_who_cannot_meet_get_a_plan_without_pods_and_a_reason_each(house):
    run = asked(house, 7, times=lambda number: f"{DAYS[number]} 10:00-11:00")
    form_pods(run.hex)
    found = seen(house, run)
    if found.state is RunState.PROPOSED:
        assert found.plan["pods"] == []
        assert len({lost["id"] for lost in found.plan["unplaced"]}) == 7
    else:
        assert (found.state, bool(found.reason)) == (RunState.FAILED, True)


def test_a_worker_killed_while_forming_leaves_nothing_half_written_and_the_next_one_finishes(
    queued_app, start_worker, kill_worker, time, monkeypatch
):
    house, dice = house_of(queued_app), random.Random(1)

    def times(_number):
        return "\n".join(f"{DAYS[day]} {dice.randrange(7, 20):02d}:00-22:00" for day in dice.sample(range(7), 2))

    run = asked(house, 60, times=times)
    worker = start_worker(queues.FORMING)
    assert house.bells.ring_forming(run)
    eventually(lambda: seen(house, run).state is not RunState.QUEUED)
    kill_worker(worker)
    killed = seen(house, run)
    assert (killed.state, killed.attempt, killed.plan) == (RunState.RUNNING, 1, None)
    with writing(house.engine) as session:
        assert session.scalar(select(func.count()).select_from(Pod)) == 0
        assert forming.sweep(session, at=time.at) == [run]  # the dead one's clock was that of this machine
    monkeypatch.setattr(forming, "SECONDS", 1)
    form_pods(run.hex)
    found = seen(house, run)
    assert (found.state, found.attempt) == (RunState.PROPOSED, 2)
    assert matching.faults(matching.read_roster(found.roster), matching.read_plan(found.plan)) == []


def test_a_run_rung_while_redis_was_away_is_rung_again_by_the_clock(queued_app, valkey):
    run = asked(house_of(queued_app), 6)
    periodic.tick(queued_app)
    (job,) = valkey.lrange("rq:queue:forming", 0, -1)
    assert job.decode().startswith(f"form-{run.hex}-")


def test_the_host_who_asked_is_written_down(house):
    run = asked(house, 6)
    with reading(house.engine) as session:
        assert session.get_one(Membership, seen(house, run).requested_by_id).person.name == "Mira Holm"
