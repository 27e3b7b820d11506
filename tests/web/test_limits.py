"""Whoever guesses becomes slow; whoever knows does not."""

import builders
import pytest

from podsched.app import house_of
from podsched.db import writing
from podsched.web import limits

TOKEN = "nobody-was-ever-given-this-token-0123456789"


@pytest.fixture
def ask(queued_app):
    client = queued_app.test_client()
    return lambda token=TOKEN, address="192.0.2.1": client.get(f"/f/{token}.ics", environ_base={"REMOTE_ADDR": address})


def test_an_address_that_guesses_calendars_is_slowed_down_and_no_other(ask):
    statuses = [ask().status_code for _ in range(limits.UNKNOWN_FEEDS.amount + 1)]
    assert statuses == [404] * limits.UNKNOWN_FEEDS.amount + [429]
    assert ask("another-token-that-opens-nothing").status_code == 429
    assert ask().headers["Retry-After"] == "60"
    assert ask(address="192.0.2.2").status_code == 404


def test_a_calendar_that_is_known_is_never_limited(queued_app, ask):
    house = house_of(queued_app)
    with writing(house.engine) as session:
        pod = builders.published(session, house.addresses)[0]
        token = house.addresses.feed_token(builders.members_of(session, pod)[0])
    for _ in range(limits.UNKNOWN_FEEDS.amount + 1):
        ask()
    assert [ask().status_code, ask(token).status_code] == [429, 200]


def test_without_redis_nobody_is_counted(app):
    client = app.test_client()
    statuses = {client.get(f"/f/{TOKEN}.ics").status_code for _ in range(limits.UNKNOWN_FEEDS.amount + 1)}
    assert statuses == {404}
