"""One event and one feed, told apart from others only by what a test changes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from calendars import Event, Feed, feed_uid, occurrence_uid

HOST = "pods.example"


@pytest.fixture
def event():
    def build(number=1, **changes):
        start = datetime(2026, 10, 20, 17, 0, tzinfo=UTC) + timedelta(weeks=number - 1)
        usual = Event(
            uid=occurrence_uid(UUID(int=number), HOST),
            start=start,
            end=start + timedelta(hours=1),
            title="Lantern pod: retro",
            description="Agenda: wins, stuck, next week.\nYour role: note-taker",
            conference="https://meet.example/lantern",
            sequence=0,
            changed_at=datetime(2026, 10, 1, 8, 0, tzinfo=UTC),
            created_at=datetime(2026, 9, 30, 8, 0, tzinfo=UTC),
            organizer_name="Lantern pod",
            organizer_address="no-reply@pods.example",
        )
        return replace(usual, **changes)

    return build


@pytest.fixture
def feed(event):
    def build(*events, **changes):
        usual = Feed(
            uid=feed_uid(UUID(int=99), HOST),
            name="Lantern pod",
            description="Retros and rituals of your pod.",
            url="https://pods.example/pod",
            source="https://pods.example/f/example.ics",
            changed_at=datetime(2026, 10, 1, 8, 0, tzinfo=UTC),
            events=events or (event(1), event(2)),
            timezone="Europe/Berlin",
        )
        return replace(usual, **changes)

    return build
