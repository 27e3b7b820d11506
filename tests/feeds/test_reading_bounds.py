"""What a hostile, broken or enormous calendar may do: be refused, or lose single events, and never cost much."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from calendars import CalendarError, bounds, busy_times, reading, rules

START = datetime(2026, 1, 5, tzinfo=UTC)
WEEK = START + timedelta(weeks=1)
YEAR = START + timedelta(days=400)
DENTIST = (
    "BEGIN:VEVENT\r\nUID:good\r\nDTSTART:20260109T150000Z\r\nDTEND:20260109T160000Z\r\nSUMMARY:Dentist\r\nEND:VEVENT"
)
DENTIST_TIMES = ["09 15:00/16:00"]


def event(*lines, uid="bad"):
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT"])


def calendar(*parts):
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *parts, "END:VCALENDAR", ""]).encode()


def read(data, end=WEEK):
    return busy_times(data, start=START, end=end, zone="Europe/Berlin")


def times(found):
    return [f"{each.start:%d %H:%M}/{each.end:%H:%M}" for each in found.busy]


@pytest.fixture
def budgets(monkeypatch):
    """The budgets of the files read, to see what they cost."""
    made = []

    def build():
        made.append(bounds.Budget())
        return made[-1]

    monkeypatch.setattr(reading, "Budget", build)
    return made


ALL = bounds.Budget()


REFUSED = {
    "empty": (b"", "an empty file"),
    "blank": (b" \r\n\r\n", "an empty file"),
    "only a byte order mark": (b"\xef\xbb\xbf", "an empty file"),
    "login page": (b"<!doctype html><html><title>Sign in</title></html>", "a web page: sign in"),
    "web page after blank lines": (b"\n\n  <html></html>", "a web page"),
    "JSON": (b'{"events":[]}', "JSON"),
    "JSON list": (b"[]", "JSON"),
    "zip": (b"PK\x03\x04" + bytes(100), "a zip archive: unpack it"),
    "gzip": (b"\x1f\x8b\x08" + bytes(100), "a gzip archive: unpack it"),
    "PNG": (b"\x89PNG\r\n\x1a\n" + bytes(20), "a file with NUL bytes"),
    "CSV": (b"start,end\n2026-01-05,2026-01-06\n", "must be a calendar that starts with BEGIN:VCALENDAR"),
    "NUL": (calendar(event("SUMMARY:a\0b")), "a file with NUL bytes"),
    "Latin-1": (calendar(DENTIST).replace(b"Dentist", b"Z\xe4hne"), "must be saved as UTF-8, not 'another encoding'"),
    "half a character": (calendar(DENTIST).replace(b"Dentist", b"\xf0\x9f"), "must be saved as UTF-8"),
    "UTF-16": (calendar(DENTIST).decode().encode("utf-16"), "must be saved as UTF-8, not 'UTF-16'"),
    "UTF-16 without a mark": (calendar(DENTIST).decode().encode("utf-16-le"), "not 'UTF-16'"),
    "UTF-16, big end first": (calendar(DENTIST).decode().encode("utf-16-be"), "not 'UTF-16'"),
    "an event without its calendar": (DENTIST.encode(), "must be a calendar that starts with BEGIN:VCALENDAR"),
    "closed in the wrong order": (
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\nEND:VEVENT\n",
        "close its components",
    ),
    "closed twice": (calendar(DENTIST) + b"END:VCALENDAR\r\n", "close its components"),
    "broken off": (calendar(DENTIST)[:-60], "must be complete; download it again"),
    "never closed": (b"BEGIN:VCALENDAR\r\n", "breaks off inside VCALENDAR"),
    "a byte too large": (calendar(DENTIST).ljust(524_289), "must be at most 512 KiB"),
    "5 MB": (calendar(event("SUMMARY:" + "x" * 5_000_000)), "must be at most 512 KiB"),
    "100,000 events": (calendar(*[DENTIST] * 100_000), "must be at most 512 KiB"),
    "20,000 inside each other": (
        b"BEGIN:VCALENDAR\n" + b"BEGIN:X\n" * 20_000 + b"END:X\n" * 20_000 + b"END:VCALENDAR\n",
        "at most 10 components inside each other",
    ),
    "11 inside each other": (
        b"BEGIN:VCALENDAR\n" + b"BEGIN:X\n" * 10 + b"END:X\n" * 10 + b"END:VCALENDAR\n",
        "at most 10 components inside each other",
    ),
    "5,001 components": (calendar(*["BEGIN:X\r\nEND:X"] * 5_000), "must have at most 5,000 entries"),
    "a line beyond 64 KiB": (calendar(event("SUMMARY:" + "x" * 65_536)), "must have no line beyond 64 KiB"),
    "a folded line beyond 64 KiB": (calendar(event("SUMMARY:" + "x\r\n " * 65_536)), "must have no line beyond 64 KiB"),
    "200,000 parameters": (
        calendar(event("DTSTART" + ";X=1" * 100_000 + ":20260105T090000Z")),
        "no line beyond 64 KiB",
    ),
    "100,000 EXDATE": (
        calendar(event("DTSTART:20260105T090000Z", "EXDATE:" + ",".join(["20260105T090000Z"] * 100_000))),
        "at most 512 KiB",
    ),
}


@pytest.mark.parametrize(("data", "said"), REFUSED.values(), ids=REFUSED)
def test_a_file_is_refused(data, said, budgets):
    with pytest.raises(CalendarError) as refusal:
        read(data)
    assert refusal.value.field == "file"
    assert said in str(refusal.value)
    assert len(str(refusal.value)) < 200
    assert budgets == [ALL], "refused before anything was worked out"


NINE = "DTSTART:20260105T090000Z"
SKIPPED = {
    "end before start": ([NINE, "DTEND:20260105T080000Z"], "it ends before it starts"),
    "end before start on the clock": (
        ["DTSTART;TZID=Europe/Berlin:20260105T090000", "DTEND;TZID=Europe/Berlin:20260104T100000"],
        "it ends before it starts",
    ),
    "a last day before the first": (["DTSTART;VALUE=DATE:20260105", "DTEND;VALUE=DATE:20260104"], "it ends before"),
    "negative duration": ([NINE, "DURATION:-PT1H"], "its duration is negative"),
    "no start": (["DTEND:20260105T080000Z"], "it has no start"),
    "two starts": ([NINE, "DTSTART:20260106T090000Z", "DURATION:PT1H"], "it has 2 DTSTART lines"),
    "two ends": ([NINE, "DTEND:20260105T100000Z", "DTEND:20260105T110000Z"], "it has 2 DTEND lines"),
    "an impossible date": (["DTSTART:20261345T996100Z", "DURATION:PT1H"], "is not a date or time that exists"),
    "30 February": (["DTSTART;VALUE=DATE:20260230"], "is not a date or time that exists"),
    "no date at all": (["DTSTART:tomorrow"], "its DTSTART is not a date or time: 'TOMORROW'"),
    "an empty date": (["DTSTART:"], "its DTSTART is not a date or time"),
    "digits of another script": (["DTSTART:٢٠٢٦٠١٠٥T090000Z"], "its DTSTART is not a date or time"),
    "the year 0": (["DTSTART:00000101T000000Z", "DURATION:PT1H"], "is not a date or time that exists"),
    "beyond the year 9999": (["DTSTART;TZID=Etc/GMT+12:99991231T235900", "DURATION:PT2H"], "out of range"),
    "an end beyond the year 9999": (["DTSTART:99991231T235900Z", "DURATION:PT2H"], "its end is out of range"),
    "before the year 1": (["DTSTART;TZID=Asia/Kolkata:00010101T000000", "DURATION:PT2H"], "out of range"),
    "an endless duration": ([NINE, "DURATION:P999999999W"], "out of range"),
    "a duration with too many digits": ([NINE, "DURATION:P" + "9" * 5_000 + "D"], "its duration cannot be read"),
    "no duration": ([NINE, "DURATION:an hour"], "its duration cannot be read"),
    "an empty duration": ([NINE, "DURATION:P"], "its duration cannot be read"),
    "an unknown zone": (["DTSTART;TZID=Nowhere/City:20260105T090000"], "its time zone 'Nowhere/City' is not known"),
    "an unknown zone at the end": ([NINE, "DTEND;TZID=Nowhere:20260105T100000"], "its time zone 'Nowhere'"),
    "a zone that is a path": (["DTSTART;TZID=../../etc/passwd:20260105T090000"], "its time zone '../../etc/passwd'"),
    "a zone that is a folder": (["DTSTART;TZID=Europe:20260105T090000"], "its time zone 'Europe'"),
    "a zone that is the machine's": (["DTSTART;TZID=localtime:20260105T090000"], "its time zone 'localtime'"),
    "a zone with a long name": ([f"DTSTART;TZID={'x' * 9_000}:20260105T090000"], "its time zone 'xxx"),
    "every second": (["DTSTART:20000101T090000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY"], "more often than daily"),
    "every minute": (["DTSTART:20000101T090000Z", "DURATION:PT1S", "RRULE:FREQ=MINUTELY"], "more often than daily"),
    "every hour since the year 1": (["DTSTART:00010101T000000Z", "RRULE:FREQ=HOURLY"], "more often than daily"),
    "every hour by a daily rule": (
        [NINE, "RRULE:FREQ=DAILY;BYMINUTE=" + ",".join(map(str, range(60)))],
        "more often than hourly",
    ),
    "interval 0": ([NINE, "RRULE:FREQ=DAILY;INTERVAL=0"], "INTERVAL=0, which must be 1 or more"),
    "a negative interval": ([NINE, "RRULE:FREQ=DAILY;INTERVAL=-1"], "INTERVAL=-1, which must be 1 or more"),
    "a count of 0": ([NINE, "RRULE:FREQ=DAILY;COUNT=0"], "COUNT=0, which must be 1 or more"),
    "a count with too many digits": ([NINE, "RRULE:FREQ=DAILY;COUNT=" + "9" * 5_000], "which must be 1 or more"),
    "no frequency": ([NINE, "RRULE:COUNT=3"], "no frequency that is known"),
    "an unknown frequency": ([NINE, "RRULE:FREQ=FORTNIGHTLY"], "no frequency that is known"),
    "an empty rule": ([NINE, "RRULE:"], "no frequency that is known"),
    "no weekday": ([NINE, "RRULE:FREQ=WEEKLY;BYDAY=XX"], "BYDAY=XX, which is not a list of weekdays"),
    "no month": ([NINE, "RRULE:FREQ=YEARLY;BYMONTH=13"], "BYMONTH=13, which must lie between 1 and 12"),
    "month day 0": ([NINE, "RRULE:FREQ=MONTHLY;BYMONTHDAY=0"], "must lie between -31 and 31"),
    "words for numbers": ([NINE, "RRULE:FREQ=MONTHLY;BYMONTHDAY=first"], "which is not a list of numbers"),
    "no week start": ([NINE, "RRULE:FREQ=WEEKLY;WKST=XX"], "WKST=XX, which is not a weekday"),
    "an impossible last day": (
        [NINE, "RRULE:FREQ=DAILY;UNTIL=20261345"],
        "its RRULE is not a date or time that exists",
    ),
    "Easter": ([NINE, "RRULE:FREQ=YEARLY;BYEASTER=0"], "another calendar than the Gregorian"),
    "the Hebrew calendar": ([NINE, "RRULE:RSCALE=HEBREW;FREQ=YEARLY"], "another calendar than the Gregorian"),
    "ten rules": ([NINE, *["RRULE:FREQ=DAILY"] * 10], "it has 10 rules"),
    "two thousand years to count": (
        ["DTSTART:00010101T000000Z", "DURATION:PT1M", "RRULE:FREQ=DAILY;COUNT=1000000000"],
        "its rule takes too long to work out",
    ),
    "a day that never comes, counted": (
        ["DTSTART:00010101T000000Z", "RRULE:FREQ=DAILY;COUNT=2;BYMONTH=2;BYMONTHDAY=30"],
        "its rule takes too long to work out",
    ),
    "300 years long every day": (
        ["DTSTART:17000101T000000Z", "DURATION:P99999D", "RRULE:FREQ=DAILY"],
        "its rule takes too long to work out",
    ),
    "an unreadable exception": ([NINE, "RRULE:FREQ=DAILY", "EXDATE:never"], "its EXDATE is not a date or time"),
    "an unreadable extra date": ([NINE, "RDATE:20260106T090000Z/"], "its RDATE is not a date or time"),
    "a period that ends first": (
        [NINE, "RDATE;VALUE=PERIOD:20260106T090000Z/20260106T080000Z"],
        "it ends before it starts",
    ),
    "an unreadable occurrence": (["RECURRENCE-ID:soon", NINE], "its RECURRENCE-ID is not a date or time"),
    "an occurrence beyond all years": (
        ["RECURRENCE-ID;TZID=Etc/GMT+12:99991231T235900", NINE],
        "its date is out of range",
    ),
}


@pytest.mark.parametrize(("lines", "said"), SKIPPED.values(), ids=SKIPPED)
def test_one_bad_event_is_named_and_the_others_are_read(lines, said):
    found = read(calendar(event(*lines), DENTIST))
    assert times(found) == DENTIST_TIMES
    assert found.events == 1
    (line,) = found.skipped
    assert line.startswith("Event 1 was left out: ")
    assert said in line
    assert len(line) < 160


def test_a_bad_free_busy_is_named():
    found = read(calendar(DENTIST, "BEGIN:VFREEBUSY\r\nFREEBUSY:now/PT1H\r\nEND:VFREEBUSY"))
    assert times(found) == DENTIST_TIMES
    assert found.skipped == ("Event 2 was left out: its FREEBUSY is not a date or time: 'NOW'.",)


def test_a_zone_of_the_file_that_cannot_be_read_is_unknown():
    zone = "BEGIN:VTIMEZONE\r\nTZID:Odd\r\n{}\r\nEND:VTIMEZONE"
    change = "BEGIN:STANDARD\r\nDTSTART:{}\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:{}\r\n{}\r\nEND:STANDARD"
    broken = [
        "",
        change.format("19700101T000000", "soon", "X:"),
        change.format("never", "+0100", "X:"),
        change.format("19701301T000000", "+0100", "X:"),
        change.format("19700101T000000", "+9900", "X:"),
        change.format("19700101T000000", "+0100", "RRULE:FREQ=SECONDLY"),
        change.format("19700101T000000", "+0100", "TZOFFSETTO:+0200"),
        "BEGIN:STANDARD\r\nEND:STANDARD",
        "\r\n".join([change.format("19700101T000000", "+0100", "X:")] * 501),
    ]
    for part in broken:
        found = read(calendar(zone.format(part), event("DTSTART;TZID=Odd:20260105T090000", "DURATION:PT1H"), DENTIST))
        assert times(found) == DENTIST_TIMES
        assert found.skipped == ("Event 1 was left out: its time zone 'Odd' is not known.",)


def test_titles_in_messages_are_cleaned_and_short():
    titles = ["Tea\\n\x07at \u202efour\u2066", "x" * 5_000, "<b>bold</b>", "\x1b[31m", "a\\, b\\; c"]
    found = read(calendar(*(event(f"SUMMARY:{title}", uid=title[:3]) for title in titles)))
    assert [line.partition(" was left")[0] for line in found.skipped] == [
        "Event 1 (Tea at four)",
        f"Event 2 ({'x' * 40})",
        "Event 3 (<b>bold</b>)",
        "Event 4 ([31m)",
        "Event 5 (a, b; c)",
    ]


def test_twenty_are_named_and_the_rest_counted():
    found = read(calendar(DENTIST, *(event(uid=str(number)) for number in range(1_025))))
    assert len(found.skipped) == 21
    assert found.skipped[-1] == "and 1,005 more"
    assert (found.events, times(found)) == (1, DENTIST_TIMES)


ACCEPTED = {
    "a byte order mark": b"\xef\xbb\xbf" + calendar(DENTIST),
    "LF": calendar(DENTIST).replace(b"\r\n", b"\n"),
    "CR": calendar(DENTIST).replace(b"\r\n", b"\r"),
    "blank lines": calendar(DENTIST).replace(b"\r\n", b"\r\n\r\n"),
    "blank lines first": b"\r\n\r\n" + calendar(DENTIST),
    "no last line end": calendar(DENTIST).rstrip(),
    "small letters": calendar(DENTIST).replace(b"BEGIN:VEVENT", b"begin:vevent"),
    "lines that are none": calendar("what is this", ":", ";", "=", DENTIST, "\x01\x02"),
    "an open quote": calendar('X-A;B="c:d', DENTIST),
    "exactly 512 KiB": calendar(DENTIST).ljust(524_288, b"\n"),
    "a line of 64 KiB": calendar("X-A:" + "x" * 65_532, DENTIST),
    "folded within a character": calendar(DENTIST).replace(b"Dentist", b"Z\xc3\r\n \xa4hne"),
    "9 inside each other": calendar(*["BEGIN:X"] * 9, *["END:X"] * 9, DENTIST),
    "HTML in the title": calendar(DENTIST.replace("Dentist", "<img src=x onerror=alert(1)>")),
    "an attachment elsewhere": calendar(DENTIST.replace("SUMMARY", "ATTACH:file:///etc/passwd\r\nSUMMARY")),
    "an invitation": calendar(
        "METHOD:REQUEST", DENTIST.replace("SUMMARY", "ATTENDEE:mailto:victim@example.org\r\nSUMMARY")
    ),
    "a title with line separators": calendar(DENTIST.replace("Dentist", "a\u2028END:VEVENT\x85b")),
}


@pytest.mark.parametrize("data", ACCEPTED.values(), ids=ACCEPTED)
def test_what_is_odd_but_clear_is_read(data):
    found = read(data)
    assert times(found) == DENTIST_TIMES
    assert (found.events, found.skipped) == (1, ())


def spent(budget):
    names = [field.name for field in dataclasses.fields(budget) if not field.name.startswith("own")]
    return {name: getattr(ALL, name) - getattr(budget, name) for name in names}


def test_a_bomb_of_191_bytes_costs_nothing(budgets):
    for rule in ("SECONDLY", "MINUTELY", "HOURLY", "DAILY;INTERVAL=0"):
        bomb = calendar(event("DTSTART:00010101T000000Z", "DURATION:PT1S", f"RRULE:FREQ={rule}"))
        assert len(bomb) < 191
        assert len(read(bomb).skipped) == 1
    assert [spent(each)["steps"] for each in budgets] == [0] * 4


@pytest.mark.parametrize(
    ("lines", "most"),
    [
        (["DTSTART:00010101T000000Z", "DURATION:PT1M", "RRULE:FREQ=DAILY"], 900),
        (["DTSTART:00010101T000000Z", "DURATION:PT1M", "RRULE:FREQ=WEEKLY"], 250),
        (["DTSTART:00010101T000000Z", "DURATION:PT1M", "RRULE:FREQ=MONTHLY"], 150),
        (["DTSTART:00010101T000000Z", "DURATION:PT1M", "RRULE:FREQ=YEARLY"], 200),
        ([NINE, "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"], 900),
        ([NINE, "RRULE:FREQ=YEARLY;BYDAY=53MO,-53TU"], 400),
        ([NINE, "RRULE:FREQ=DAILY;COUNT=1000000000"], 900),
        ([NINE, "RRULE:FREQ=DAILY;INTERVAL=999999999999999999"], 2),
        ([NINE, "RRULE:FREQ=DAILY;UNTIL=99991231T235959Z"], 900),
        ([NINE, "RRULE:FREQ=DAILY;BYMONTHDAY=" + ",".join(["1"] * 30_000)], 900),
    ],
)
def test_only_the_weeks_asked_for_are_looked_at(lines, most, budgets):
    assert read(calendar(event(*lines)), YEAR).skipped == ()
    assert spent(budgets[0])["steps"] <= most


def full(*lines, number=4_900):
    """As many events of that kind as a file may have."""
    parts, size = [], 100
    for each in range(number):
        part = event(*lines, uid=str(each))
        size += len(part) + 2
        if size > bounds.LARGEST:
            break
        parts.append(part)
    return calendar(*parts)


DAILY = "RRULE:FREQ=DAILY"
FULL = {
    "every day": [NINE, "DURATION:PT1M", DAILY],
    "every day in Berlin": ["DTSTART;TZID=Europe/Berlin:20260105T090000", "DURATION:PT1M", DAILY],
    "every week since 1970": ["DTSTART:19700105T090000Z", "DURATION:PT1M", "RRULE:FREQ=WEEKLY"],
    "never": [NINE, "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"],
    "weeks that never come": [NINE, "RRULE:FREQ=YEARLY;BYWEEKNO=53;BYMONTH=6"],
    "counted from the year 1": ["DTSTART:00010101T000000Z", "DURATION:PT1M", "RRULE:FREQ=DAILY;COUNT=999999999"],
    "every hour by a daily rule": [NINE, "RRULE:FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24)))],
    "once": [NINE, "DURATION:PT1M"],
}


@pytest.mark.parametrize("lines", FULL.values(), ids=FULL)
def test_a_full_file_stays_within_its_budget(lines, budgets, monkeypatch):
    looked_at = []
    fits = rules._fits
    monkeypatch.setattr(rules, "_fits", lambda *each: looked_at.append(each) or fits(*each))
    found = read(full(*lines), YEAR)
    assert found.events <= 2_000
    assert found.skipped[-1].endswith("more")
    assert len(looked_at) <= ALL.steps + 1_000
    assert spent(budgets[0])["occurrences"] <= ALL.occurrences + 1_001


def test_a_greedy_event_does_not_cost_the_others_theirs():
    greedy = event("DTSTART:00010101T000000Z", "DURATION:PT1M", "RRULE:FREQ=DAILY;COUNT=999999999")
    assert times(read(calendar(greedy, DENTIST))) == DENTIST_TIMES


def test_one_event_takes_place_a_thousand_times_at_most():
    dates = ",".join(f"20260105T{number // 60 % 24:02}{number % 60:02}00Z" for number in range(1_001))
    found = read(calendar(event(NINE.replace("09", "08"), "DURATION:PT1S", f"RDATE:{dates}"), DENTIST))
    assert "more than 1,000 times" in found.skipped[0]
    assert times(found) == DENTIST_TIMES


def test_a_hundred_zones_are_looked_up_at_most(budgets, monkeypatch):
    asked = []
    from calendars import zones

    monkeypatch.setattr(zones, "ZoneInfo", lambda name: asked.append(name) or zones.UTC)
    found = read(
        calendar(*(event(f"DTSTART;TZID=Zone{each}/City:20260105T090000", uid=str(each)) for each in range(900)))
    )
    assert len(asked) == 100
    assert found.skipped[-1] == "and 780 more"


def test_zones_of_many_files_in_one_share_the_limit(budgets):
    data = b"".join(calendar(f"X-WR-TIMEZONE:Zone{each}/City") for each in range(2_000))
    assert read(data).events == 0
    assert spent(budgets[0])["zones"] == ALL.zones


def test_five_hundred_changes_of_a_zone_are_not_worked_out_for_every_year(budgets):
    change = (
        "BEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n"
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:STANDARD"
    )
    zone = "\r\n".join(["BEGIN:VTIMEZONE", "TZID:Odd", *[change] * 500, "END:VTIMEZONE"])
    years = (event(f"DTSTART;TZID=Odd:{1700 + year}0105T090000", uid=str(year)) for year in range(2_000))
    found = read(calendar(zone, *years, DENTIST))
    assert spent(budgets[0])["steps"] <= ALL.steps + 5_000
    assert times(found) == DENTIST_TIMES


def test_many_overrides_of_many_versions_are_looked_at_once_each():
    onward = [
        event(f"RECURRENCE-ID;RANGE=THISANDFUTURE:202601{1 + each % 28:02}T09{each // 28:02}00Z", NINE)
        for each in range(500)
    ]
    found = read(calendar(*[event(NINE, DAILY)] * 500, *onward, DENTIST))
    assert "it changes from some day on more than 20 times" in found.skipped[0]
    assert times(found) == DENTIST_TIMES


VALID = [
    calendar(
        DENTIST, event("DTSTART;TZID=Europe/Berlin:20260105T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;BYDAY=MO")
    ),
    calendar(
        "X-WR-TIMEZONE:Asia/Kolkata",
        "BEGIN:VTIMEZONE\r\nTZID:Odd\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0200\r\n"
        "TZOFFSETTO:+0100\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nEND:VTIMEZONE",
        event("DTSTART;TZID=Odd:20260105T090000", "DTEND;TZID=Odd:20260105T100000", "RRULE:FREQ=MONTHLY;COUNT=9"),
        event("RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Odd:20260205T090000", "DTSTART:20260206T090000Z", "DURATION:P1D"),
        event(
            "DTSTART;VALUE=DATE:20260106", "RDATE;VALUE=DATE:20260110,20260111", "EXDATE;VALUE=DATE:20260110", uid="c"
        ),
        "BEGIN:VFREEBUSY\r\nFREEBUSY;FBTYPE=BUSY:20260107T090000Z/PT1H\r\nEND:VFREEBUSY",
    ),
]
PIECES = [
    *("BEGIN:VEVENT", "END:VEVENT", "END:VCALENDAR", ":", ";", ",", "/", "\r\n", "\r\n ", '"', "-", "0", "9" * 30, "Z"),
    *("TZID=", "VALUE=DATE", "DURATION:-P1W", "DURATION:P99999999W", "RRULE:FREQ=YEARLY;BYYEARDAY=-366", "COUNT=3;"),
    *("INTERVAL=0;", "UNTIL=0001;", "BYSETPOS=-1;", "00010101T000000Z", "99991231T235959", "\ud7ff", "\x00", "²", "٣"),
]


@st.composite
def mutated(draw):
    data = bytearray(draw(st.sampled_from(VALID)))
    for _ in range(draw(st.integers(1, 8))):
        place = draw(st.integers(0, len(data)))
        kind = draw(st.sampled_from(["insert", "overwrite", "delete", "repeat"]))
        piece = draw(st.one_of(st.binary(max_size=4), st.sampled_from(PIECES).map(str.encode)))
        if kind == "insert":
            data[place:place] = piece
        elif kind == "overwrite":
            data[place : place + len(piece)] = piece
        elif kind == "delete":
            del data[place : place + draw(st.integers(1, 30))]
        else:
            data[place:place] = data[place : place + 60]
    return bytes(data)


@st.composite
def lines_of_events(draw):
    names = st.sampled_from(["DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "SEQUENCE"])
    line = st.builds("{}:{}".format, names, st.text(st.sampled_from("0129TZPDWMH/,;=-+FREQDAILYUNTIL"), max_size=24))
    events = draw(st.lists(st.lists(line, max_size=6), max_size=4))
    return calendar(*(event(NINE, *lines) if draw(st.booleans()) else event(*lines) for lines in events))


def tried(data, end):
    try:
        return read(data, end)
    except CalendarError as refusal:
        return refusal


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(st.binary(max_size=200), mutated(), lines_of_events()))
@example(calendar(event("DTSTART:20260105T090000Z", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;BYDAY=\ud7fcMO\u202e")))
def test_nothing_but_a_calendar_error_is_ever_raised(data):
    for end in (WEEK, YEAR):
        found = tried(data, end)
        if isinstance(found, CalendarError):
            assert found.field == "file"
            continue
        assert all(START <= each.start < each.end <= end for each in found.busy)
        assert all(one.end < other.start for one, other in zip(found.busy, found.busy[1:], strict=False))
        assert json.dumps(found.skipped).isascii()
        assert all(line.isprintable() for line in found.skipped)
