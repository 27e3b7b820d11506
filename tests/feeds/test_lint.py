import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from calendars import Series, faults, render, render_series

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


@pytest.fixture
def weekly(event, feed):
    """Three weeks of which the second is cancelled and the third moved."""
    zone = ZoneInfo("Europe/Berlin")
    slots = tuple(datetime(2026, 10, day, 19, 0, tzinfo=zone).astimezone(UTC) for day in (6, 13, 20))
    first, third = (event(n, start=slots[n], end=slots[n] + timedelta(hours=1)) for n in (0, 2))
    third = replace(third, start=third.start + timedelta(days=1), end=third.end + timedelta(days=1), sequence=3)
    series = Series(
        uid="series-1@pods.example",
        zone="Europe/Berlin",
        slots=slots,
        events=(first, None, third),
        title=first.title,
        conference=first.conference,
        minutes=60,
        sequence=0,
        changed_at=first.changed_at,
        created_at=first.created_at,
        organizer_name=first.organizer_name,
        organizer_address=first.organizer_address,
    )
    return render_series(feed(first, third), [series])


def test_a_series_is_without_fault(weekly):
    assert b"VTIMEZONE" in weekly
    assert b"EXDATE" in weekly
    assert b"RECURRENCE-ID" in weekly
    assert faults(weekly) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (b"COUNT=3", b"UNTIL=20261020T190000", "UNTIL is not UTC"),
        (b"COUNT=3", b"UNTIL=20261020", "UNTIL is not UTC"),
        (b"COUNT=3", b"COUNT=3;UNTIL=20261020T170000Z", "UNTIL and COUNT together"),
        (b"FREQ=WEEKLY;COUNT=3", b"COUNT=3;FREQ=WEEKLY", "RRULE does not start with"),
        (b"TZID:Europe/Berlin", b"TZID:Europe/Rome", "TZID Europe/Berlin has no VTIMEZONE"),
        (b"Europe/Berlin", b"UTC", "TZID UTC stands for UTC"),
        (b"Europe/Berlin", b"GMT", "TZID GMT stands for UTC"),
        (b"TZNAME:CET\r\n", b"RDATE:20271031T030000\r\n", "VTIMEZONE Europe/Berlin: RDATE is misread"),
        (b"BEGIN:DAYLIGHT", b"BEGIN:STANDARD\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT", "2 STANDARD, not at most 1"),
        (b"TZOFFSETTO:+0100", b"TZOFFSETTO:+010000", "TZOFFSETTO is not an offset in hours and minutes"),
        (b"FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU", b"FREQ=YEARLY;BYMONTHDAY=25", "STANDARD has no yearly RRULE"),
        (b"SEQUENCE:3\r\nCREATED", b"SEQUENCE:4\r\nCREATED", "a smaller SEQUENCE than its master"),
        (b"RECURRENCE-ID;", b"RECURRENCE-ID;RANGE=THISANDFUTURE;", "RANGE is misread"),
        (b"RECURRENCE-ID;TZID=Europe/Berlin:20261020T19", b"RECURRENCE-ID;TZID=Europe/Berlin:20261020T18", "the zone"),
        (b"RECURRENCE-ID;TZID=Europe/Berlin:20261020T190000\r\n", b"", "UID series-1@pods.example appears 2 times"),
        (b"RRULE:FREQ=WEEKLY;COUNT=3\r\n", b"", "RECURRENCE-ID without an event that has RRULE"),
        (b"EXDATE;TZID=Europe/Berlin:20261013T190000", b"EXDATE:20261013T170000Z", "EXDATE has not the zone and hour"),
        (
            b"EXDATE;TZID=Europe/Berlin:20261013",
            b"EXDATE;TZID=Europe/Berlin:20261020",
            "is in EXDATE and has an override",
        ),
    ],
)
def test_a_fault_of_a_series_is_told(weekly, old, new, fault):
    assert old in weekly
    times = -1 if old == b"Europe/Berlin" else 1
    assert any(fault in line for line in faults(weekly.replace(old, new, times)))


def test_a_zone_that_appears_twice_is_told(weekly):
    zone = weekly[weekly.index(b"BEGIN:VTIMEZONE") : weekly.index(b"BEGIN:VEVENT")]
    assert faults(weekly.replace(zone, zone * 2)) == ["VTIMEZONE Europe/Berlin appears 2 times"]


def test_an_empty_zone_is_told(weekly):
    zone = weekly[weekly.index(b"BEGIN:STANDARD") : weekly.index(b"END:VTIMEZONE")]
    assert faults(weekly.replace(zone, b"")) == ["VTIMEZONE Europe/Berlin: neither STANDARD nor DAYLIGHT"]


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
