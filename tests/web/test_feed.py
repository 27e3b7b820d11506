"""The feed as calendar programs ask for it."""

import pytest
from icalendar import Calendar


@pytest.fixture
def feed(browser, town, path_of):
    """Ask for a0's feed; the answer."""
    path = path_of(town.feed["a0"])
    return lambda method="GET", **headers: browser().client.open(
        path, method=method, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def test_it_is_a_calendar_and_nothing_else(feed):
    answer = feed()
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert answer.headers["Cache-Control"] == "private, max-age=300"
    assert "Set-Cookie" not in answer.headers
    assert len(Calendar.from_ical(answer.data).events) == 8


def test_head_says_the_same_without_the_bytes(feed):
    whole, head = feed(), feed("HEAD")
    assert (head.status_code, head.data) == (200, b"")
    assert dict(head.headers) == dict(whole.headers)


@pytest.mark.parametrize(
    ("given", "status"),
    [("{etag}", 304), ('"other", {etag}', 304), ("W/{etag}", 304), ("*", 304), ('"other"', 200), ('"', 200), ("", 200)],
)
def test_if_none_match(feed, given, status):
    etag = feed().headers["ETag"]
    answer = feed(If_None_Match=given.format(etag=etag))
    assert (answer.status_code, answer.headers["ETag"]) == (status, etag)
    assert (answer.data == b"") == (status == 304)
    assert answer.headers["Last-Modified"] == feed().headers["Last-Modified"]


@pytest.mark.parametrize(("offset", "status"), [(-1, 200), (0, 304), (86400, 304)])
def test_if_modified_since(feed, offset, status):
    from datetime import timedelta
    from email.utils import format_datetime, parsedate_to_datetime

    changed = parsedate_to_datetime(feed().headers["Last-Modified"])
    since = format_datetime(changed + timedelta(seconds=offset), usegmt=True)
    assert feed(If_Modified_Since=since).status_code == status


def test_if_none_match_wins_over_if_modified_since(feed):
    assert feed(If_None_Match='"other"', If_Modified_Since="Fri, 01 Jan 2100 00:00:00 GMT").status_code == 200


@pytest.mark.parametrize("since", ["yesterday", "Fri, 99 Jan 2100 00:00:00 GMT", "\x00"])
def test_a_date_that_is_none_is_ignored(feed, since):
    assert feed(If_Modified_Since=since).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"])
def test_it_is_read_only(feed, method):
    answer = feed(method)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")
    assert not answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("token", ["never", "x" * 4000, "%F0%9F%99%82"])
def test_an_unknown_address_is_a_plain_nothing(browser, token):
    answer = browser().get(f"/f/{token}.ics")
    assert (answer.status_code, answer.data, answer.mimetype) == (404, b"", "text/plain")


def test_a_new_address_ends_the_old_one(browser, signed_in, town, path_of):
    old = path_of(town.feed["a0"])
    mine = signed_in("a0")
    mine.press(f"/me/{town.id['a0']}/calendar/rotate")
    notice = browser().get(old)
    assert (notice.status_code, notice.text.count("BEGIN:VEVENT")) == (200, 1)
    assert "SUMMARY:This calendar address was replaced" in notice.text
    new = mine.text(f"/me/{town.id['a0']}/calendar").split('class="copy" tabindex="0">')[1].split("<")[0]
    assert browser().get(path_of(new)).status_code == 200


def test_reading_pages_leaves_the_bytes_as_they_are(feed, signed_in, town, time):
    before = feed().data
    time.move(hours=5)
    signed_in("a0").get(f"/me/{town.id['a0']}/calendar")
    assert feed().data == before


def test_the_database_away_is_no_page_either(feed, monkeypatch):
    from sqlalchemy.exc import OperationalError

    from podsched.services import serving

    def away(*_, **__):
        raise OperationalError("SELECT", {}, Exception("away"))

    monkeypatch.setattr(serving, "served", away)
    answer = feed()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert not answer.headers["Content-Type"].startswith("text/html")
