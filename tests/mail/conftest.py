"""A pod whose twelve mails (six receipts, six reveals) wait in the outbox."""

import builders
import pytest
from sqlalchemy import select

from podsched.app import house_of
from podsched.db import reading, writing
from podsched.models import OutboxMail


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
