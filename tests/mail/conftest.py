"""A pod whose twelve mails (six receipts, six reveals) wait in the outbox, and a door for mail that comes in."""

import smtplib
from datetime import UTC, datetime

import builders
import pytest
from servers import AnyPort
from sqlalchemy import select

from podsched.app import house_of
from podsched.cli.listen import Door, Handler
from podsched.db import reading, writing
from podsched.house import build
from podsched.models import OutboxMail
from podsched.settings import read


@pytest.fixture
def smtp_app(environ, smtp_sink, request):
    environ["MAIL_URL"] = f"smtp+plain://{smtp_sink.host}:{smtp_sink.port}"
    return request.getfixturevalue("app")


@pytest.fixture
def pod(app, time):
    with writing(house_of(app).engine) as session:
        return builders.published(session, house_of(app).addresses)[0]


@pytest.fixture
def outbox_rows(app):
    """Asks for all rows as they stand, in the order of their due time."""

    def rows():
        with reading(house_of(app).engine) as session:
            return session.scalars(select(OutboxMail).order_by(OutboxMail.due_at, OutboxMail.id)).all()

    return rows


@pytest.fixture
def listening(house, environ, time):
    """The house as it is with incoming mail turned on, a week before the first cohort starts."""
    time.set(datetime(2027, 1, 11, tzinfo=UTC))
    return build(read({**environ, "PODSCHED_MAIL_IN": "127.0.0.1:2525"}))


class AnyDoor(AnyPort, Door):
    """The door as it is, on a port that the system chooses."""


@pytest.fixture
def door(listening):
    controller = AnyDoor(Handler(listening), hostname="127.0.0.1", port=0)
    controller.start()
    yield controller.port
    controller.stop()


@pytest.fixture
def post(door):
    """Sends a message by SMTP; the reply of the server, as (code, words)."""

    def send(message, to=None, sender="somebody@example.net", protocol=smtplib.SMTP):
        with protocol("127.0.0.1", door) as server:
            try:
                server.send_message(message, from_addr=sender, to_addrs=[to or str(message["To"])])
            except smtplib.SMTPRecipientsRefused as refused:
                code, words = next(iter(refused.recipients.values()))
            except smtplib.SMTPResponseException as refused:
                code, words = refused.smtp_code, refused.smtp_error
            else:
                return 250, ""
        return code, words.decode()

    return send
