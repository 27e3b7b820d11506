from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from calendars import CalendarError, feed_uid, occurrence_uid

LONDON_WINTER = datetime(2026, 12, 1, 18, 0, tzinfo=ZoneInfo("Europe/London"))
NAIVE = datetime(2026, 12, 1, 18, 0)  # noqa: DTZ001  # the very thing to refuse


@pytest.mark.parametrize("field", ["start", "end", "changed_at", "created_at"])
@pytest.mark.parametrize("instant", [NAIVE, LONDON_WINTER])
def test_only_aware_utc_instants_are_taken(event, field, instant):
    with pytest.raises(CalendarError, match=rf"^{field}: must be an aware UTC instant"):
        event(**{field: instant})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("uid", ""),
        ("uid", "a b@pods.example"),
        ("title", " \x07 "),
        ("organizer_name", ""),
        ("organizer_address", "mailto:a@pods.example"),
        ("organizer_address", "a@pods.example\r\nATTENDEE:mailto:b@pods.example"),
        ("sequence", -1),
        ("conference", "javascript:alert(1)"),
        ("conference", "meet.example/lantern"),
        ("conference", "https://"),
        ("conference", "https://[meet"),
        ("conference", "https://meet.example/a b"),
        ("conference", "https://meet.example/a\nb"),
        ("conference", 'https://meet.example/"'),
    ],
)
def test_an_event_names_the_field_it_refuses(event, field, value):
    with pytest.raises(CalendarError) as refused:
        event(**{field: value})
    assert (refused.value.field, refused.value.value) == (field, value)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("uid", "feed 1"),
        ("name", "\n"),
        ("changed_at", NAIVE),
        ("url", "ftp://pods.example"),
        ("source", "/f/token.ics"),
        ("refresh", timedelta(0)),
        ("refresh", timedelta(seconds=1.5)),
        ("timezone", "Mars/Base"),
        ("timezone", "../etc/passwd"),
        ("timezone", ""),
        ("color", "#008080"),
    ],
)
def test_a_feed_names_the_field_it_refuses(feed, field, value):
    with pytest.raises(CalendarError) as refused:
        feed(**{field: value})
    assert (refused.value.field, refused.value.value) == (field, value)


@pytest.mark.parametrize("length", [timedelta(0), timedelta(hours=-1), timedelta(microseconds=5)])
def test_an_event_lasts_at_least_a_second(event, length):
    with pytest.raises(CalendarError, match=r"^end: must be at least a second after start"):
        event(end=event().start + length)


def test_a_feed_has_each_uid_once(event, feed):
    with pytest.raises(CalendarError, match=r"^events: must have each UID once"):
        feed(event(1), event(1))


def test_database_instants_in_a_named_utc_zone_are_taken(event):
    assert event(changed_at=datetime(2026, 10, 1, tzinfo=ZoneInfo("UTC")))


def test_a_link_with_letters_beyond_ascii_is_taken(event):
    assert event(conference="https://meet.example/Küche")


def test_an_occurrence_uid_is_the_row_id_and_the_host():
    assert occurrence_uid(UUID(int=7), "pods.example") == "00000000-0000-0000-0000-000000000007@pods.example"


def test_a_feed_and_an_occurrence_of_one_id_differ():
    assert feed_uid(UUID(int=7), "pods.example") == f"feed-{occurrence_uid(UUID(int=7), 'pods.example')}"


@pytest.mark.parametrize(
    "host", ["", "https://pods.example", "Pods.example", "pods.example:443", "pods.example\r\nX:1"]
)
def test_a_uid_needs_a_bare_host_name(host):
    with pytest.raises(CalendarError, match=r"^host: must be a bare"):
        occurrence_uid(UUID(int=7), host)
