"""What Prometheus is told: scraped over HTTP, read with its own parser, compared with the rows."""

import threading
from collections import Counter
from datetime import timedelta
from urllib.request import Request, urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select, update
from werkzeug.serving import make_server

from podsched.db import reading, writing
from podsched.jobs import queues
from podsched.jobs.worker import make
from podsched.models import FormingRun, MailKind, MailState, OutboxMail, PeriodicWork, StoredFeed
from podsched.settings import SettingsError, read

TOKEN = "a-token-that-is-only-for-tests-0123456789"


@pytest.fixture
def environ(environ, valkey, valkey_url):
    return environ | {"PODSCHED_METRICS_TOKEN": TOKEN, "REDIS_URL": valkey_url}


@pytest.fixture
def address(lived_in):
    """The town's application behind a real server."""
    server = make_server("localhost", 0, lived_in, threaded=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield f"http://localhost:{server.port}/metrics"
    server.shutdown()
    serving.join()
    server.server_close()


@pytest.fixture
def scraped(address):
    """Scrapes; returns the values of each metric by its labels, in the order of their names."""

    def scrape():
        asked = Request(address, headers={"Authorization": f"Bearer {TOKEN}"})
        with urlopen(asked) as answer:
            assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
            text = answer.read().decode()
        return {
            family.name: {
                tuple(value for _, value in sorted(sample.labels.items())): sample.value for sample in family.samples
            }
            for family in text_string_to_metric_families(text)
        }

    return scrape


def test_numbers_are_those_of_the_rows(scraped, house, time):
    minute = timedelta(minutes=1)
    with writing(house.engine) as session:
        mails = session.scalars(select(OutboxMail).order_by(OutboxMail.kind, OutboxMail.id)).all()
        session.execute(update(OutboxMail).values(sent_at=time.at - minute * 90))
        for number, mail in enumerate(mails[:10]):
            mail.sent_at, mail.due_at = time.at - minute, time.at - minute - timedelta(seconds=number + 1)
            mail.state = MailState.SENT
        for mail, state in zip(mails[10:], (MailState.WAITING, MailState.DEAD, MailState.DROPPED), strict=False):
            mail.state, mail.sent_at, mail.due_at, mail.expires_at = state, None, time.at - minute * 7, time.at + minute
        session.add(PeriodicWork(name="ring-for-mail", next_at=time.at - minute))
    found = scraped()
    with reading(house.engine) as session:
        rows = session.scalars(select(OutboxMail)).all()
        runs = Counter(session.scalars(select(FormingRun.state)))
        feeds = Counter(session.scalars(select(StoredFeed.style)))
    open_mails = Counter((mail.kind.value, mail.state.value) for mail in rows if mail.sent_at is None)
    shown = found["podsched_outbox_mails"]
    assert len(shown) == 3 * len(MailKind)
    assert {labels: count for labels, count in shown.items() if count} == {
        labels: count for labels, count in open_mails.items() if labels[1] != "dropped"
    }
    assert sum(found["podsched_outbox_mails_last_hour"].values()) == 11
    assert found["podsched_outbox_dead_last_day"] == {(): 1}
    assert found["podsched_outbox_oldest_due_seconds"] == {(): 7 * 60}
    assert found["podsched_mail_lag_seconds"] == pytest.approx({("0.5",): 5, ("0.95",): 10, ("1",): 10}, abs=0.001)
    assert {labels[0]: n for labels, n in found["podsched_forming_runs"].items() if n} == dict(runs)
    assert {labels[0]: n for labels, n in found["podsched_feeds_stored"].items() if n} == dict(feeds)
    assert found["podsched_periodic_overdue_seconds"] == {("ring-for-mail",): 60}
    assert (found["podsched_database_up"], found["podsched_redis_up"]) == ({(): 1}, {(): 1})


def test_bells_and_workers_are_counted_by_queue(scraped, house):
    with house.bells.connection() as connection:
        worker = make(queues.MAIL, connection)
        worker.register_birth()
        for _ in range(3):
            house.bells.ring_mail()
        found = scraped()
        assert found["podsched_queue_jobs"] == {("mail",): 3, ("forming",): 0}
        assert found["podsched_queue_workers"] == {("mail",): 1, ("forming",): 0}
        worker.register_death()
    assert scraped()["podsched_queue_workers"] == {("mail",): 0, ("forming",): 0}


def test_nobody_is_named(address, town):
    with urlopen(Request(address, headers={"Authorization": f"Bearer {TOKEN}"})) as answer:
        text = answer.read().decode()
    assert [word for word in ("@", "Kitchen", "Library", "Makers", "Alder", town.id["a0"]) if word in text] == []


@pytest.mark.parametrize(
    "given",
    [
        "", TOKEN, f"Basic {TOKEN}", "Bearer", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN.upper()}", "Bearer \u00fc\u00fc",
    ],
)  # fmt: skip
def test_without_the_token_there_is_nothing(browser, given):
    mine = browser()
    answer = mine.get("/metrics", headers={"Authorization": given} if given else {})
    assert (answer.status_code, answer.data) == (404, mine.get("/nothing").data)


def test_the_word_before_the_token_may_be_written_in_any_case(browser):
    assert browser().get("/metrics", headers={"Authorization": f"bearer {TOKEN}"}).status_code == 200


class TestWithoutTheSetting:
    @pytest.fixture
    def environ(self, environ):
        return {name: value for name, value in environ.items() if name != "PODSCHED_METRICS_TOKEN"}

    @pytest.mark.parametrize("given", ["Bearer ", "Bearer None", f"Bearer {TOKEN}"])
    def test_there_is_no_such_page(self, browser, given):
        assert browser().get("/metrics", headers={"Authorization": given}).status_code == 404


class TestWithRedisAway:
    @pytest.fixture
    def environ(self, environ):
        return environ | {"REDIS_URL": "redis://127.0.0.1:1/0"}

    def test_it_is_said_and_the_rest_is_told(self, scraped):
        found = scraped()
        assert (found["podsched_redis_up"], found["podsched_database_up"]) == ({(): 0}, {(): 1})
        assert found["podsched_queue_jobs"] == {}


def test_a_database_that_is_away_is_said(environ, valkey_url):
    """Settings alone make an application; nothing asks the database before somebody wants something of it."""
    from podsched.app import create_app

    app = create_app(read(environ | {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}))
    answer = app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    found = {family.name: family.samples for family in text_string_to_metric_families(answer.text)}
    assert (answer.status_code, found["podsched_database_up"][0].value) == (200, 0)
    assert found["podsched_redis_up"][0].value == 1
    assert "podsched_outbox_mails" not in found


@pytest.mark.parametrize("token", ["x" * 31, "ü" * 40, "with spaces " * 4, "line\nbreaks" * 4])
def test_a_token_that_is_short_or_no_header_is_refused(environ, token):
    with pytest.raises(SettingsError) as told:
        read(environ | {"PODSCHED_METRICS_TOKEN": token})
    assert [fault.split(":")[0] for fault in told.value.faults] == ["PODSCHED_METRICS_TOKEN"]
    assert token not in told.value.faults[0]


def test_settings_do_not_print_the_token(environ):
    assert TOKEN not in repr(read(environ))
