"""A round of mail: who goes first, when it ends, and that a slow server takes nothing out of our hands."""

import socket
import threading
from datetime import timedelta

import builders
import pytest
from builders import AT
from servers import eventually
from sqlalchemy import func, select, update

from podsched.app import house_of
from podsched.db import reading, writing
from podsched.jobs import delivery, leases, running
from podsched.jobs.delivery import drain
from podsched.mail import send
from podsched.models import MailKind, MailState, OutboxMail
from podsched.services import outbox

pytestmark = pytest.mark.usefixtures("time")


@pytest.fixture
def smtp_app(environ, smtp_sink, request):
    environ["MAIL_URL"] = f"smtp+plain://{smtp_sink.host}:{smtp_sink.port}"
    return request.getfixturevalue("app")


def counted(app):
    with reading(house_of(app).engine) as session:
        return dict(session.execute(select(OutboxMail.state, func.count()).group_by(OutboxMail.state)).all())


def test_who_waits_with_the_page_open_is_served_first(app, pod, time):
    with writing(house_of(app).engine) as session:
        session.execute(update(OutboxMail).where(OutboxMail.kind == MailKind.RECEIPT).values(due_at=time.at))
        session.execute(update(OutboxMail).where(OutboxMail.kind != MailKind.RECEIPT).values(due_at=AT))
    with writing(house_of(app).engine) as session:
        first = [claim.id for claim in outbox.claim(session, at=time.at, limit=6)]
        kinds = set(session.scalars(select(OutboxMail.kind).where(OutboxMail.id.in_(first))))
    assert kinds == {MailKind.RECEIPT}


def test_a_round_that_lasts_too_long_ends_after_a_batch_and_rings_for_the_next(queued_app, pod, monkeypatch):
    monkeypatch.setattr(outbox, "claim", lambda session, at: _claim(session, at=at, limit=5))
    drain(queued_app, seconds=0)
    assert counted(queued_app) == {MailState.SENT: 5, MailState.WAITING: 7}
    with house_of(queued_app).bells.connection() as connection:
        assert connection.llen("rq:queue:mail") == 1


_claim = outbox.claim


def test_a_worker_told_to_stop_ends_after_a_batch(queued_app, pod, monkeypatch):
    monkeypatch.setattr(outbox, "claim", lambda session, at: _claim(session, at=at, limit=5))
    monkeypatch.setattr(running, "_stopping", threading.Event())
    running.stop()
    drain(queued_app)
    assert counted(queued_app) == {MailState.SENT: 5, MailState.WAITING: 7}


def test_a_server_that_goes_away_for_good_is_asked_once_and_not_for_each_mail(smtp_app, smtp_sink, pod, monkeypatch):
    asked = []
    configured = send._Verified.configure_host

    def configure_host(connection):
        asked.append(len(smtp_sink.received))
        if len(asked) > 1:
            raise ConnectionRefusedError("nobody there")
        return configured(connection)

    async def handle_data(server, _session, _envelope):
        if len(smtp_sink.received) == 4:
            server.transport.abort()
            return "250 never read"
        return await type(smtp_sink).handle_DATA(smtp_sink, server, _session, _envelope)

    monkeypatch.setattr(send._Verified, "configure_host", configure_host)
    smtp_sink.handle_DATA = handle_data
    drain(smtp_app)
    assert asked == [0, 4]
    assert counted(smtp_app) == {MailState.SENT: 4, MailState.WAITING: 8}


def test_a_server_that_does_not_greet_in_time_is_as_good_as_away(environ, request, monkeypatch):
    monkeypatch.setattr(send, "SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        environ["MAIL_URL"] = f"smtp+plain://127.0.0.1:{silent.getsockname()[1]}"
        app = request.getfixturevalue("app")
        request.getfixturevalue("pod")
        drain(app)
    assert counted(app) == {MailState.WAITING: 12}
    with reading(house_of(app).engine) as session:
        assert "cannot be reached" in session.scalars(select(OutboxMail.reason)).first()


def test_a_lease_is_kept_by_a_thread_while_a_server_thinks(app, pod, monkeypatch, time):
    monkeypatch.setattr(leases, "EVERY", timedelta(milliseconds=10))
    house = house_of(app)
    with writing(house.engine) as session:
        claims = outbox.claim(session, at=time.at)
    with leases.Leases(house, claims):
        time.move(seconds=100)
        eventually(lambda: _leased_until(house) == {time.at + outbox.LEASE})


def test_what_was_lost_to_another_is_not_sent(app, pod, time):
    house = house_of(app)
    with writing(house.engine) as session:
        ours = outbox.claim(session, at=time.at)
    time.move(minutes=3)
    with writing(house.engine) as session:
        theirs = outbox.claim(session, at=time.at, limit=4)
    with leases.Leases(house, ours) as kept:
        time.move(seconds=10)
        assert [kept.is_ours(claim) for claim in ours] == [claim.id not in {c.id for c in theirs} for claim in ours]


def _leased_until(house):
    with reading(house.engine) as session:
        return set(session.scalars(select(OutboxMail.lease_until)))


def test_a_clock_that_is_a_minute_and_a_half_ahead_takes_nothing_from_who_keeps_it(app, pod, time):
    """Two machines: what is renewed every five seconds is safe from a clock that far ahead."""
    with writing(house_of(app).engine) as session:
        outbox.claim(session, at=time.at)
    ahead = time.at + timedelta(seconds=90) + 2 * leases.EVERY
    with writing(house_of(app).engine) as session:
        assert outbox.claim(session, at=ahead) == []


def test_a_round_with_nothing_due_asks_no_server(environ, request):
    environ["MAIL_URL"] = "smtp+plain://127.0.0.1:1"
    app = request.getfixturevalue("app")
    with writing(house_of(app).engine) as session:
        builders.opened(session, builders.found(session))
    drain(app)
    assert not list((house_of(app).settings.var / "sending").glob("*.journal"))
    assert delivery.LONGEST < 600


def test_who_was_interrupted_often_waits_no_longer_when_a_server_puts_them_off(app, pod, time):
    with writing(house_of(app).engine) as session:
        session.execute(update(OutboxMail).values(attempts=9))
    with writing(house_of(app).engine) as session:
        claims = outbox.claim(session, at=time.at)
        for claim in claims:
            outbox.try_later(session, claim, at=time.at, reason="451 later")
        assert set(session.scalars(select(OutboxMail.put_off))) == {1}
        assert max(session.scalars(select(OutboxMail.due_at))) <= time.at + timedelta(seconds=18)
