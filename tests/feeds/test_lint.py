import subprocess
import sys
from pathlib import Path

import pytest

from calendars import faults, render

ROOT = Path(__file__).parents[2]


@pytest.fixture
def good(event, feed):
    return render(feed(event()))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (b"BEGIN:VCALENDAR", b"\xef\xbb\xbfBEGIN:VCALENDAR", "starts with a byte order mark"),
        (b"CALSCALE:GREGORIAN\r\n", b"CALSCALE:GREGORIAN\n", "a line ends with CR or LF alone"),
        (b"TRANSP:OPAQUE\r\n", b"TRANSP:OPAQUE\r\n\r\n", "is blank"),
        (b"SUMMARY:", b"SUMMARY:" + b"x" * 80, "octets, more than 75"),
        (b"SUMMARY:", b"SUMMARY:\x07", "holds a control character"),
        (b"SUMMARY:", "SUMMARY:\u2028".encode(), "some readers take for a line end"),
        (b"SUMMARY:", b"SUMMARY:\xf0\x9f\r\n \x95\xaf", "is folded in half"),
        (b"SUMMARY:", b"SUMMARY ", "not a content line"),
        (b"END:VEVENT", b"END:VTODO", "END:VTODO closes nothing"),
        (b"METHOD:PUBLISH", b"METHOD:REQUEST", "turns a feed into an invitation"),
        (b";VALUE=DURATION", b"", "REFRESH-INTERVAL lacks VALUE=DURATION"),
        (b"X-PUBLISHED-TTL:PT1H", b"X-PUBLISHED-TTL:P1D", "REFRESH-INTERVAL and X-PUBLISHED-TTL differ"),
        (b"X-PUBLISHED-TTL:PT1H\r\n", b"", "VCALENDAR has 0 X-PUBLISHED-TTL, not 1"),
        (b"SEQUENCE:0\r\n", b"", "0 SEQUENCE, not 1"),
        (b"STATUS:CONFIRMED", b"STATUS:CANCELLED", "shown as if it took place"),
        (b"STATUS:CONFIRMED", b"STATUS:CONFIRMED\r\nSTATUS:CONFIRMED", "2 STATUS, not at most 1"),
        (b"TRANSP:OPAQUE", b"ATTENDEE:mailto:a@pods.example", "ATTENDEE does not belong in a feed"),
        (b"TRANSP:OPAQUE", b"RDATE:20261101T170000Z", "RDATE does not belong in a feed"),
        (b"TRANSP:OPAQUE", b"RRULE:FREQ=HOURLY", "RRULE does not start with"),
        (b"TRANSP:OPAQUE", b"RRULE:BYDAY=MO;FREQ=WEEKLY", "RRULE does not start with"),
        (b"TRANSP:OPAQUE", b"RECURRENCE-ID;RANGE=THISANDFUTURE:20261020T170000Z", "RANGE is misread"),
        (b"TRANSP:OPAQUE", b"DURATION:PT1H", "DTEND and DURATION together"),
        (b"DTEND:20261020T180000Z", b"TRANSP:OPAQUE", "neither DTEND nor DURATION"),
        (b"DTEND:20261020T180000Z", b"DTEND:20261020T170000Z", "DTEND is not after DTSTART"),
        (b"DTSTART:20261020T170000Z", b"DTSTART:20261020T170000", "DTSTART floats"),
        (b"DTSTART:", b"DTSTART;TZID=Europe/Berlin:", "has both TZID and Z"),
        (b"DTSTAMP:20261001T080000Z", b"DTSTAMP:20261001T080000", "DTSTAMP is not UTC"),
        (b"CONFERENCE;VALUE=URI", b"CONFERENCE", "CONFERENCE lacks VALUE=URI"),
        (b"mailto:no-reply@pods.example", b"no-reply@pods.example", "ORGANIZER is not a mailto"),
    ],
)
def test_a_fault_is_told(good, old, new, fault):
    assert old in good
    assert any(fault in line for line in faults(good.replace(old, new)))


def test_a_uid_that_appears_twice_is_told(good):
    event = good[good.index(b"BEGIN:VEVENT") : good.index(b"END:VCALENDAR")]
    assert faults(good.replace(event, event * 2)) == [
        "UID 00000000-0000-0000-0000-000000000001@pods.example appears 2 times"
    ]


def test_an_empty_calendar_is_told(good):
    event = good[good.index(b"BEGIN:VEVENT") : good.index(b"END:VCALENDAR")]
    assert faults(good.replace(event, b"")) == ["no VEVENT: clients keep the old events or refuse an empty calendar"]


@pytest.mark.parametrize(
    "data", [b"", b"<!doctype html>\r\n", b"BEGIN:VCALENDAR\r\n", b"END:VCALENDAR\r\n", b"\xff\x00"]
)
def test_what_is_no_calendar_is_told_without_a_crash(data):
    assert "the text is not exactly one VCALENDAR" in faults(data) or "VCALENDAR is never closed" in faults(data)


def lint(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "calendars", "lint", *arguments], capture_output=True, text=True, check=False
    )


def test_the_command_is_silent_about_a_good_file(good, tmp_path):
    (tmp_path / "good.ics").write_bytes(good)
    done = lint(str(tmp_path / "good.ics"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_command_prints_a_fault_a_line_and_fails(good, tmp_path):
    (tmp_path / "bad.ics").write_bytes(good.replace(b"SEQUENCE:0\r\n", b"").replace(b"VERSION:2.0\r\n", b""))
    done = lint(str(tmp_path / "bad.ics"))
    assert (done.returncode, len(done.stdout.splitlines())) == (1, 2)


def test_the_command_says_which_file_it_cannot_read(tmp_path):
    done = lint(str(tmp_path / "none.ics"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "none.ics: No such file" in done.stderr
