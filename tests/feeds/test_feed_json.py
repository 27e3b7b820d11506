import json

import pytest

from calendars import CalendarError, NotAFeed, Status, feed_from_json, render, render_file

FEED_KEYS = "name, url, uid, changed_at, timezone, description, source, color, refresh_minutes, events"


@pytest.fixture
def form():
    return {
        "name": "Lantern pod",
        "url": "https://pods.example/pod",
        "uid": "feed-1@pods.example",
        "changed_at": "2026-10-01T08:00:00Z",
        "timezone": "Europe/Berlin",
        "refresh_minutes": 15,
        "events": [
            {
                "uid": "1@pods.example",
                "start": "2026-10-20T17:00:00Z",
                "end": "2026-10-20T18:00:00Z",
                "title": "Retro",
                "changed_at": "2026-10-01T08:00:00Z",
                "created_at": "2026-09-30T08:00:00Z",
                "organizer_name": "Lantern pod",
                "organizer_address": "no-reply@pods.example",
                "conference": None,
                "sequence": 2,
                "status": "TENTATIVE",
            }
        ],
    }


def faults(data):
    with pytest.raises(NotAFeed) as refused:
        feed_from_json(data)
    return list(refused.value.faults)


def test_a_feed_is_read_from_its_json_form(form):
    read = feed_from_json(form)
    assert (read.name, read.timezone, read.refresh.seconds) == ("Lantern pod", "Europe/Berlin", 900)
    assert (read.events[0].title, read.events[0].sequence, read.events[0].status) == ("Retro", 2, Status.TENTATIVE)
    assert read.events[0].start.isoformat() == "2026-10-20T17:00:00+00:00"


def test_a_file_is_rendered(form, tmp_path):
    path = tmp_path / "feed.json"
    path.write_text(json.dumps(form))
    assert render_file(path) == render(feed_from_json(form))


def test_every_fault_is_told_at_once_with_its_path(form):
    del form["url"]
    form |= {"colour": "teal", "timezone": "Mars/Base", "refresh_minutes": 0}
    form["events"][0] |= {"start": "2026-10-20 17:00", "title": "", "sequence": "2", "status": "DONE"}
    form["events"].append(7)
    assert faults(form) == [
        "url: is missing",
        f"'colour': is not known, allowed are {FEED_KEYS}",
        "refresh_minutes: must be a whole number from 1 to 527040, not 0",
        "events[0].start: must be an instant like 2026-10-20T17:00:00Z, not '2026-10-20 17:00'",
        "events[0].sequence: must be a whole number from 0 to 2147483647, not '2'",
        "events[0].status: must be one of CONFIRMED, TENTATIVE, CANCELLED, not 'DONE'",
        "events[0].title: must hold visible text, not ''",
        "events[1]: must be an object, not 7",
        "timezone: must be an IANA time zone, not 'Mars/Base'",
    ]


@pytest.mark.parametrize(
    ("key", "value", "fault"),
    [
        ("end", "2026-10-20T17:00:00Z", "events[0].end: must be at least a second after start"),
        ("start", "2026-10-20T17:00:00+02:00", "events[0].start: must be an instant like"),
        ("start", "2026-13-20T17:00:00Z", "events[0].start: must be an instant like"),
        ("start", 5, "events[0].start: must be text, not 5"),
        ("sequence", True, "events[0].sequence: must be a whole number"),
        ("conference", "ftp://a", "events[0].conference: must be an http or https link"),
        ("uid", "a b", "events[0].uid: must be 1 to 255 letters"),
        ("title\ud83d\n", "x", "events[0].'title\\ud83d\\n': is not known"),
    ],
)
def test_a_fault_of_an_event_is_told(form, key, value, fault):
    form["events"][0][key] = value
    (told,) = faults(form)
    assert told.startswith(fault)


def test_a_uid_that_appears_twice_is_told(form):
    form["events"] *= 2
    assert faults(form) == ["events: must have each UID once, not '1@pods.example' again"]


@pytest.mark.parametrize("data", [None, [], "feed", 7, True])
def test_what_is_no_object_is_no_feed(data):
    assert faults(data)[0].startswith("feed: must be an object")


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000, b'{"a": ' + b"9" * 5000 + b"}"])
def test_a_file_that_is_no_json_is_told(tmp_path, data):
    path = tmp_path / "feed.json"
    path.write_bytes(data)
    with pytest.raises(NotAFeed, match=r"^(file: is not JSON in UTF-8|.*is missing)"):
        render_file(path)


def test_a_file_in_which_nothing_takes_place_is_refused(form, tmp_path):
    path = tmp_path / "feed.json"
    path.write_text(json.dumps(form | {"events": []}))
    with pytest.raises(CalendarError, match=r"^events: must hold an event"):
        render_file(path)
