"""The mail queue with a real server and real processes."""

import asyncio
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import builders
import pytest
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import import_attribute
from servers import eventually
from sqlalchemy import select, update

import podsched
from podsched import settings
from podsched.app import house_of
from podsched.cli.serve import children
from podsched.db import reading, writing
from podsched.jobs import periodic, queues
from podsched.jobs.delivery import drain
from podsched.jobs.queues import Bells
from podsched.jobs.worker import make
from podsched.models import MailKind, OutboxMail, PeriodicWork

pytestmark = pytest.mark.usefixtures("time")


def states(app):
    with reading(house_of(app).engine) as session:
        return Counter(state.value for state in session.scalars(select(OutboxMail.state)))


def test_a_bell_brings_a_worker_that_sends_everything_due(queued_app, pod):
    house = house_of(queued_app)
    assert house.bells.ring_mail()
    assert states(queued_app) == {"waiting": 12}
    with house.bells.connection() as connection:
        assert make(queues.MAIL, connection).work(burst=True, logging_level="ERROR")
    assert states(queued_app) == {"sent": 12}


def test_ringing_twice_sends_nothing_twice(queued_app, smtp_sink, pod):
    house = house_of(queued_app)
    assert [house.bells.ring_mail(), house.bells.ring_mail()] == [True, True]
    with house.bells.connection() as connection:
        make(queues.MAIL, connection).work(burst=True, logging_level="ERROR")
        assert Queue(queues.MAIL, connection=connection).count == 0
    assert len(list((house.settings.mailbox / "new").iterdir())) == 12


@pytest.mark.parametrize(
    ("queue", "function"),
    [
        (queues.MAIL, "os.getcwd"),
        (queues.MAIL, queues.FORM),
        (queues.MAIL, "podsched.jobs.delivery.drain"),
        (queues.MAIL, "podsched.jobs.delivery.house_of"),
    ],
)
def test_a_function_that_is_not_on_the_list_of_its_queue_is_refused(queued_app, queue, function):
    with house_of(queued_app).bells.connection() as connection:
        waiting = Queue(queue, connection=connection, serializer=JSONSerializer)
        job = waiting.enqueue_call(function, job_id="evil")
        make(queue, connection).work(burst=True, logging_level="CRITICAL")
        failed = Job.fetch(job.id, connection=connection, serializer=JSONSerializer)
        assert failed.get_status().value == "failed"
        assert f"NotAllowed: {function} is not run from the queue '{queue}'" in failed.latest_result().exc_string


def test_every_function_on_a_list_is_there_and_every_queue_has_a_list():
    assert set(queues.ALLOWED) == set(queues.ALL)
    assert {queues.MAIL: {queues.DELIVER}, queues.FORMING: {queues.FORM, queues.FORM_PART}} == queues.ALLOWED
    names = [import_attribute(name).__name__ for names in queues.ALLOWED.values() for name in names]
    assert sorted(names) == ["deliver", "form_part", "form_pods"]


def test_every_queue_is_served_by_one_worker_of_the_service_and_of_the_procfile(house):
    ours = [child.argv[-1] for child in children(house.settings, 8000) if "worker" in child.argv]
    lines = (Path(podsched.__file__).parents[1] / "Procfile").read_text().splitlines()
    theirs = [line.split()[-1] for line in lines if " worker " in line]
    assert ours == theirs == list(queues.ALL)


def test_a_mail_worker_killed_in_the_middle_loses_nothing(environ, smtp_sink, request, start_worker, kill_worker, time):
    environ["MAIL_URL"] = f"smtp+plain://{smtp_sink.host}:{smtp_sink.port}"
    app = request.getfixturevalue("queued_app")
    request.getfixturevalue("pod")
    _make_due_for_ever(app)
    stuck, take = threading.Event(), type(smtp_sink).handle_DATA

    async def handle_data(*call):
        if len(smtp_sink.received) == 5:
            stuck.set()
            await asyncio.sleep(60)
        return await take(smtp_sink, *call)

    smtp_sink.handle_DATA = handle_data
    worker = start_worker(queues.MAIL)
    assert house_of(app).bells.ring_mail()
    eventually(stuck.is_set)
    kill_worker(worker)
    assert states(app) == {"claimed": 12}
    del smtp_sink.handle_DATA
    drain(app)  # what the dead one has written down beside the database is read first
    assert states(app) == {"sent": 12}
    assert len(smtp_sink.received) == len({message["Message-ID"] for message in smtp_sink.messages}) == 12


def _make_due_for_ever(app):
    """Due for a worker that has the clock of this machine, too."""
    with writing(house_of(app).engine) as session:
        long_ago, far = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
        session.execute(update(OutboxMail).values(due_at=long_ago, expires_at=far))


def test_without_redis_no_bell_rings_and_nobody_is_kept_waiting(app, pod):
    bells = house_of(app).bells
    assert [bells.ring_mail(), bells.ring_forming(pod.id), bells.is_reachable()] == [False, False, False]


@pytest.mark.parametrize("scheme", ["redis", "rediss", "valkey", "valkeys"])
def test_every_address_of_a_queue_that_settings_take_is_understood(environ, scheme):
    assert Bells(settings.read({**environ, "REDIS_URL": f"{scheme}://127.0.0.1:1/0"}).redis_url).ring_mail() is False


def test_a_queue_that_is_there_is_reachable(valkey_url):
    assert Bells(valkey_url).is_reachable()


def test_without_redis_the_clock_sends_by_itself(app, pod):
    periodic.tick(app)
    assert states(app) == {"sent": 12}


def test_a_clock_plans_check_ins_and_they_leave_on_their_day(app, pod, time):
    time.move(days=13, hours=23)
    periodic.tick(app)
    time.move(seconds=10)
    periodic.tick(app)
    assert states(app) == {"dropped": 12, "sent": 6, "waiting": 6}  # the mail of the day before the meeting waits


def test_two_clocks_send_nothing_twice(app, pod, time):
    time.move(days=14)
    builders.at_once(*[lambda: periodic.tick(app)] * 3)
    time.move(seconds=10)
    builders.at_once(*[lambda: periodic.tick(app)] * 3)
    with reading(house_of(app).engine) as session:
        assert Counter(session.scalars(select(OutboxMail.kind)))[MailKind.CHECK_IN] == 6
    assert len(list((house_of(app).settings.mailbox / "new").iterdir())) == 6


def test_work_that_fails_is_logged_and_stops_no_other_work(app, pod, monkeypatch, caplog):
    def broken(*_):
        raise RuntimeError("no")

    work = [periodic.Periodic(w.name, w.every, broken if "recap" in w.name else w.work) for w in periodic.WORK]
    monkeypatch.setattr(periodic, "WORK", work)
    periodic.tick(app)
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        "send-overdue-recaps failed"
    ]
    assert states(app) == {"sent": 12}


def test_work_is_due_again_after_its_time_and_not_before(app, time):
    periodic.tick(app)
    with reading(house_of(app).engine) as session:
        due = {row.name: row.next_at - time.at for row in session.scalars(select(PeriodicWork))}
    assert due == {work.name: work.every for work in periodic.WORK}
    assert min(due.values()) >= timedelta(seconds=periodic.TICK_SECONDS)
