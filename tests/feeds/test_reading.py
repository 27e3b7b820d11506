"""What an uploaded calendar says, case by case; expected times were worked out by hand in UTC."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from calendars import Busy, CalendarError, busy_times
from calendars.__main__ import main
from calendars.reading import occurrences

ROOT = Path(__file__).parents[2]
BERLIN = """BEGIN:VTIMEZONE
TZID:{name}
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE"""
FIXED = """BEGIN:VTIMEZONE
TZID:{name}
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:{offset}
TZOFFSETTO:{offset}
END:STANDARD
END:VTIMEZONE"""
HOUR = "DTEND:20260302T100000Z"
NINE = "DTSTART:20260302T090000Z"
NINE_TO_TEN = "2026-03-02 09:00/2026-03-02 10:00"


def event(*lines, uid="a"):
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT"])


def calendar(*parts):
    return "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *parts, "END:VCALENDAR", ""]).encode()


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def read(data, start="2026-03-01", end="2026-04-12", zone="Europe/Berlin", by=busy_times):
    return by(data, start=at(start), end=at(end), zone=zone)


def times(reading):
    return [f"{each.start:%Y-%m-%d %H:%M}/{each.end:%Y-%m-%d %H:%M}" for each in reading.busy]


def weekly(zone, start, end, rule="FREQ=WEEKLY"):
    return event(f"DTSTART;TZID={zone}:{start}", f"DTEND;TZID={zone}:{end}", f"RRULE:{rule}")


ONE_EVENT = {
    "UTC": ([NINE, HOUR], [NINE_TO_TEN]),
    "a rule that ended before it began": ([NINE, HOUR, "RRULE:FREQ=DAILY;UNTIL=20260301T000000Z"], []),
    "no end": ([NINE], []),
    "end equals start": ([NINE, "DTEND:20260302T090000Z"], []),
    "duration": ([NINE, "DURATION:PT1H30M"], ["2026-03-02 09:00/2026-03-02 10:30"]),
    "duration with a plus": ([NINE, "DURATION:+P1DT2H"], ["2026-03-02 09:00/2026-03-03 11:00"]),
    "a duration of weeks": ([NINE, "DURATION:P1W"], ["2026-03-02 09:00/2026-03-09 09:00"]),
    "a day on the clock has 23 hours": (
        ["DTSTART;TZID=Europe/Berlin:20260328T120000", "DURATION:P1D"],
        ["2026-03-28 11:00/2026-03-29 10:00"],
    ),
    "24 hours are exact": (
        ["DTSTART;TZID=Europe/Berlin:20260328T120000", "DURATION:PT24H"],
        ["2026-03-28 11:00/2026-03-29 11:00"],
    ),
    "floating is the reader's": (
        ["DTSTART:20260302T090000", "DTEND:20260302T100000"],
        ["2026-03-02 08:00/2026-03-02 09:00"],
    ),
    "two zones": (
        ["DTSTART;TZID=America/New_York:20260302T090000", "DTEND;TZID=Europe/London:20260302T150000"],
        ["2026-03-02 14:00/2026-03-02 15:00"],
    ),
    "zone in quotes": (
        ['DTSTART;TZID="Asia/Kolkata":20260302T090000', "DURATION:PT1H"],
        ["2026-03-02 03:30/2026-03-02 04:30"],
    ),
    "zone and Z": (["DTSTART;TZID=Asia/Kolkata:20260302T090000Z", HOUR], [NINE_TO_TEN]),
    "an unknown zone does not matter beside Z": (["DTSTART;TZID=Nowhere:20260302T090000Z", HOUR], [NINE_TO_TEN]),
    "Windows name": (
        ["DTSTART;TZID=W. Europe Standard Time:20260302T090000", "DURATION:PT1H"],
        ["2026-03-02 08:00/2026-03-02 09:00"],
    ),
    "Windows name of a half-hour zone": (
        ["DTSTART;TZID=India Standard Time:20260302T090000", "DURATION:PT1H"],
        ["2026-03-02 03:30/2026-03-02 04:30"],
    ),
    "path before the zone": (
        ["DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20260302T090000", "DURATION:PT1H"],
        ["2026-03-02 08:00/2026-03-02 09:00"],
    ),
    "path before a zone of three parts": (
        ["DTSTART;TZID=/softwarestudio.org/Olson_1/America/Argentina/Salta:20260302T090000", "DURATION:PT1H"],
        ["2026-03-02 12:00/2026-03-02 13:00"],
    ),
    "the sign of Etc is turned round": (
        ["DTSTART;TZID=Etc/GMT+12:20260302T090000", "DURATION:PT1H"],
        ["2026-03-02 21:00/2026-03-02 22:00"],
    ),
    "all day": (
        ["DTSTART;VALUE=DATE:20260302", "DTEND;VALUE=DATE:20260304"],
        ["2026-03-01 23:00/2026-03-03 23:00"],
    ),
    "all day without end": (["DTSTART;VALUE=DATE:20260302"], ["2026-03-01 23:00/2026-03-02 23:00"]),
    "all day that ends on itself": (
        ["DTSTART;VALUE=DATE:20260302", "DTEND;VALUE=DATE:20260302"],
        ["2026-03-01 23:00/2026-03-02 23:00"],
    ),
    "all day for three days": (
        ["DTSTART;VALUE=DATE:20260302", "DURATION:P3D"],
        ["2026-03-01 23:00/2026-03-04 23:00"],
    ),
    "the day of the clock change has 23 hours": (
        ["DTSTART;VALUE=DATE:20260329"],
        ["2026-03-28 23:00/2026-03-29 22:00"],
    ),
    "a date without VALUE": (["DTSTART:20260302"], ["2026-03-01 23:00/2026-03-02 23:00"]),
    "a time that the clocks skip": (
        ["DTSTART;TZID=Europe/Berlin:20260329T023000", "DURATION:PT1H"],
        ["2026-03-29 01:30/2026-03-29 02:30"],
    ),
    "from before the clocks skip to within": (
        ["DTSTART;TZID=Europe/Berlin:20260329T013000", "DTEND;TZID=Europe/Berlin:20260329T033000"],
        ["2026-03-29 00:30/2026-03-29 01:30"],
    ),
    "cut at the window": ([NINE.replace("0302", "0201"), HOUR], ["2026-03-01 00:00/2026-03-02 10:00"]),
    "before the window": ([NINE.replace("0302", "0201"), "DURATION:PT1H"], []),
    "cancelled": ([NINE, HOUR, "STATUS:CANCELLED"], []),
    "tentative": ([NINE, HOUR, "STATUS:TENTATIVE"], [NINE_TO_TEN]),
    "transparent": ([NINE, HOUR, "TRANSP:TRANSPARENT"], []),
    "opaque": ([NINE, HOUR, "TRANSP:OPAQUE"], [NINE_TO_TEN]),
    "all day, transparent": (["DTSTART;VALUE=DATE:20260302", "TRANSP:TRANSPARENT"], []),
    "Outlook free": ([NINE, HOUR, "X-MICROSOFT-CDO-BUSYSTATUS:FREE"], []),
    "Outlook elsewhere": ([NINE, HOUR, "X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE"], []),
    "Outlook tentative": ([NINE, HOUR, "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE"], [NINE_TO_TEN]),
    "Outlook away": ([NINE, HOUR, "X-MICROSOFT-CDO-BUSYSTATUS:OOF"], [NINE_TO_TEN]),
    "an alarm keeps its lines to itself": (
        [NINE, HOUR, "BEGIN:VALARM", "TRIGGER:-PT5M", "DURATION:PT5M", "STATUS:CANCELLED", "END:VALARM"],
        [NINE_TO_TEN],
    ),
    "small letters": (["dtstart:20260302t090000z", "dtend:20260302t100000z"], [NINE_TO_TEN]),
    "a folded line": (["DTSTART:20260302T\n 090000Z", HOUR], [NINE_TO_TEN]),
    "a leap second": ([NINE, "DTEND:20260302T095960Z"], ["2026-03-02 09:00/2026-03-02 09:59"]),
}


@pytest.mark.parametrize(("lines", "expected"), ONE_EVENT.values(), ids=ONE_EVENT)
def test_one_event(lines, expected):
    reading = read(calendar(event(*lines)))
    assert times(reading) == expected
    assert (reading.events, reading.skipped) == (1, ())


DAYS = "DTSTART:20260302T090000Z", "DTEND:20260302T100000Z"
RULES = {
    "count": ("FREQ=DAILY;COUNT=3", ["03-02", "03-03", "03-04"]),
    "count from before the window": ("FREQ=DAILY;INTERVAL=10;COUNT=4", ["03-02", "03-12", "03-22", "04-01"]),
    "until a time": ("FREQ=DAILY;UNTIL=20260304T090000Z", ["03-02", "03-03", "03-04"]),
    "until just before": ("FREQ=DAILY;UNTIL=20260304T085959Z", ["03-02", "03-03"]),
    "until a date": ("FREQ=DAILY;UNTIL=20260303", ["03-02", "03-03"]),
    "every second week": ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU", ["03-02", "03-08", "03-16", "03-22", "03-30", "04-05"]),
    "weeks from Sunday": (
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU",
        ["03-02", "03-15", "03-16", "03-29", "03-30"],
    ),
    "the second Tuesday": ("FREQ=MONTHLY;BYDAY=2TU", ["03-02", "03-10"]),
    "the last Friday": ("FREQ=MONTHLY;BYDAY=-1FR", ["03-02", "03-27"]),
    "the last day": ("FREQ=MONTHLY;BYMONTHDAY=-1", ["03-02", "03-31"]),
    "Friday the thirteenth": ("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", ["03-02", "03-13"]),
    "the last working day": ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", ["03-02", "03-31"]),
    "the first and third working day": (
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,3",
        ["03-02", "03-04", "04-01", "04-03"],
    ),
    "weekends by a monthly rule": (
        "FREQ=MONTHLY;BYDAY=SA,SU;UNTIL=20260316",
        ["03-02", "03-07", "03-08", "03-14", "03-15"],
    ),
    "monthly on its day": ("FREQ=MONTHLY", ["03-02", "04-02"]),
    "yearly on its day": ("FREQ=YEARLY", ["03-02"]),
    "yearly by month": ("FREQ=YEARLY;BYMONTH=3,4", ["03-02", "04-02"]),
    "yearly by day of the year": ("FREQ=YEARLY;BYYEARDAY=100,-275", ["03-02", "04-01", "04-10"]),
    "week 13 on its weekday": ("FREQ=YEARLY;BYWEEKNO=13", ["03-02", "03-23"]),
    "week 13 on Thursday": ("FREQ=YEARLY;BYWEEKNO=13;BYDAY=TH", ["03-02", "03-26"]),
    "the eleventh Monday of the year": ("FREQ=YEARLY;BYDAY=11MO", ["03-02", "03-16"]),
    "the last Sunday of March": ("FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", ["03-02", "03-29"]),
    "weekdays by a daily rule": ("FREQ=DAILY;BYDAY=SA,SU;UNTIL=20260310", ["03-02", "03-07", "03-08"]),
    "daily in April": ("FREQ=DAILY;BYMONTH=4;UNTIL=20260401", ["03-02", "04-01"]),
    "the start counts even off the rule": ("FREQ=WEEKLY;BYDAY=WE;COUNT=2", ["03-02", "03-04"]),
    "30 February never comes": ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", ["03-02"]),
    "a billion": ("FREQ=DAILY;INTERVAL=7;COUNT=1000000000", ["03-02", "03-09", "03-16", "03-23", "03-30", "04-06"]),
    "a huge interval": ("FREQ=DAILY;INTERVAL=999999999999", ["03-02"]),
    "small letters": ("freq=daily;count=2", ["03-02", "03-03"]),
    "unknown parts": ("FREQ=DAILY;X-MINE=1;COUNT=2", ["03-02", "03-03"]),
}


@pytest.mark.parametrize(("rule", "days"), RULES.values(), ids=RULES)
def test_a_rule(rule, days):
    reading = read(calendar(event(*DAYS, f"RRULE:{rule}")))
    assert [f"{each.start:%m-%d %H:%M}" for each in reading.busy] == [f"{day} 09:00" for day in days]
    assert reading.skipped == ()


def test_a_rule_with_two_hours():
    reading = read(calendar(event(NINE, "DURATION:PT1H", "RRULE:FREQ=DAILY;BYHOUR=9,17;COUNT=3")))
    assert [f"{each.start:%d %H}" for each in reading.busy] == ["02 09", "02 17", "03 09"]


def test_hours_of_a_rule_do_not_cut_a_whole_day():
    reading = read(calendar(event("DTSTART;VALUE=DATE:20260302", "RRULE:FREQ=DAILY;COUNT=2;BYHOUR=9,17")), zone="UTC")
    assert times(reading) == ["2026-03-02 00:00/2026-03-04 00:00"]


ZONES = {
    "Europe/Berlin": ("20260323T090000", ["03-23 08:00", "03-30 07:00", "04-06 07:00"]),
    "America/New_York": ("20260302T090000", ["03-02 14:00", "03-09 13:00", "03-16 13:00"]),
    "Europe/London": ("20260323T090000", ["03-23 09:00", "03-30 08:00", "04-06 08:00"]),
    "Australia/Lord_Howe": ("20260330T090000", ["03-29 22:00", "04-05 22:30"]),
    "Asia/Kolkata": ("20260323T090000", ["03-23 03:30", "03-30 03:30", "04-06 03:30"]),
    # Morocco keeps +01 all year and goes to +00 for Ramadan, from 15 February to 22 March 2026.
    "Africa/Casablanca": ("20260316T090000", ["03-16 09:00", "03-23 08:00", "03-30 08:00"]),
}


@pytest.mark.parametrize(("zone", "start", "expected"), [(zone, *row) for zone, row in ZONES.items()], ids=ZONES)
def test_nine_stays_nine_when_the_clocks_change(zone, start, expected):
    reading = read(calendar(weekly(zone, start, start.replace("T09", "T10"))))
    assert [f"{each.start:%m-%d %H:%M}" for each in reading.busy[: len(expected)]] == expected
    assert all((each.end - each.start) == timedelta(hours=1) for each in reading.busy)


@pytest.mark.parametrize("zone", ZONES)
def test_a_whole_day_is_from_midnight_to_midnight_there(zone):
    first = date(2026, 3, 27)
    reading = read(
        calendar(event("DTSTART;VALUE=DATE:20260327", "RRULE:FREQ=WEEKLY;COUNT=3")), zone=zone, end="2026-05-01"
    )
    days = [first + timedelta(weeks=week) for week in range(3)]
    assert reading.busy == tuple(
        Busy(
            datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC),
            (datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)) + timedelta(days=1)).astimezone(UTC),
        )
        for day in days
    )


def test_a_night_shift_ends_on_the_clock():
    shift = weekly("Europe/Berlin", "20260327T220000", "20260328T060000", "FREQ=DAILY;COUNT=3")
    assert times(read(calendar(shift))) == [
        "2026-03-27 21:00/2026-03-28 05:00",
        "2026-03-28 21:00/2026-03-29 04:00",
        "2026-03-29 20:00/2026-03-30 04:00",
    ]


def test_an_occurrence_in_the_hour_that_the_clocks_skip_keeps_its_length():
    early = weekly("Europe/Berlin", "20260328T023000", "20260328T030000", "FREQ=DAILY;COUNT=3")
    assert times(read(calendar(early))) == [
        "2026-03-28 01:30/2026-03-28 02:00",
        "2026-03-29 01:30/2026-03-29 02:00",
        "2026-03-30 00:30/2026-03-30 01:00",
    ]


def test_the_hour_that_comes_twice_is_the_first():
    once = event("DTSTART;TZID=Europe/Berlin:20261025T023000", "DURATION:PT30M")
    assert times(read(calendar(once), "2026-10-01", "2026-11-01")) == ["2026-10-25 00:30/2026-10-25 01:00"]


SERIES = ("DTSTART;TZID=Europe/Berlin:20260323T090000", "DTEND;TZID=Europe/Berlin:20260323T100000")
FOUR = "RRULE:FREQ=WEEKLY;COUNT=4"
WEEK_1, WEEK_2, WEEK_3 = (
    "2026-03-23 08:00/2026-03-23 09:00",
    "2026-03-30 07:00/2026-03-30 08:00",
    "2026-04-06 07:00/2026-04-06 08:00",
)
MASTER = event(*SERIES, FOUR)


def override(*lines, rid="RECURRENCE-ID;TZID=Europe/Berlin:20260330T090000"):
    return event(rid, *lines)


LATER = ("DTSTART;TZID=Europe/Berlin:20260331T140000", "DTEND;TZID=Europe/Berlin:20260331T150000")
MOVED = "2026-03-31 12:00/2026-03-31 13:00"
TOGETHER = {
    "EXDATE with zone": ([event(*SERIES, FOUR, "EXDATE;TZID=Europe/Berlin:20260330T090000")], [WEEK_1, WEEK_3]),
    "EXDATE in UTC": ([event(*SERIES, FOUR, "EXDATE:20260330T070000Z")], [WEEK_1, WEEK_3]),
    "EXDATE in another zone": ([event(*SERIES, FOUR, "EXDATE;TZID=Asia/Kolkata:20260330T123000")], [WEEK_1, WEEK_3]),
    "EXDATE floating": ([event(*SERIES, FOUR, "EXDATE:20260330T090000")], [WEEK_1, WEEK_3]),
    "EXDATE as a date": ([event(*SERIES, FOUR, "EXDATE;VALUE=DATE:20260330")], [WEEK_1, WEEK_3]),
    "EXDATE at another time": ([event(*SERIES, FOUR, "EXDATE:20260330T080000Z")], [WEEK_1, WEEK_2, WEEK_3]),
    "several EXDATE": (
        [event(*SERIES, FOUR, "EXDATE:20260323T080000Z,20260330T070000Z", "EXDATE:20260406T070000Z")],
        [],
    ),
    "RDATE": (
        [event(*SERIES, "RDATE;TZID=Europe/Berlin:20260325T120000,20260326T120000")],
        [WEEK_1, "2026-03-25 11:00/2026-03-25 12:00", "2026-03-26 11:00/2026-03-26 12:00"],
    ),
    "RDATE as a period": (
        [event(*SERIES, "RDATE;VALUE=PERIOD:20260325T120000Z/PT2H,20260326T120000Z/20260326T123000Z")],
        [WEEK_1, "2026-03-25 12:00/2026-03-25 14:00", "2026-03-26 12:00/2026-03-26 12:30"],
    ),
    "RDATE as a date": (
        [event(*SERIES, "RDATE;VALUE=DATE:20260330")],
        [WEEK_1, WEEK_2],
    ),
    "RDATE taken away again": ([event(*SERIES, "RDATE:20260325T120000Z", "EXDATE:20260325T120000Z")], [WEEK_1]),
    "two rules": (
        [event(*SERIES, "RRULE:FREQ=WEEKLY;COUNT=2", "RRULE:FREQ=DAILY;COUNT=2")],
        [WEEK_1, "2026-03-24 08:00/2026-03-24 09:00", WEEK_2],
    ),
    "moved": ([MASTER, override(*LATER)], [WEEK_1, MOVED, WEEK_3]),
    "moved, override first": ([override(*LATER), MASTER], [WEEK_1, MOVED, WEEK_3]),
    "moved, named in UTC": ([MASTER, override(*LATER, rid="RECURRENCE-ID:20260330T070000Z")], [WEEK_1, MOVED, WEEK_3]),
    "moved, named floating": (
        [MASTER, override(*LATER, rid="RECURRENCE-ID:20260330T090000")],
        [WEEK_1, MOVED, WEEK_3],
    ),
    "moved, named by its date": (
        [MASTER, override(*LATER, rid="RECURRENCE-ID;VALUE=DATE:20260330")],
        [WEEK_1, MOVED, WEEK_3],
    ),
    "moved out of the window": ([MASTER, override("DTSTART:20270101T090000Z", "DURATION:PT1H")], [WEEK_1, WEEK_3]),
    "moved into the window": (
        [
            event("DTSTART:20250101T090000Z", "DURATION:PT1H", "RRULE:FREQ=YEARLY"),
            event("RECURRENCE-ID:20260101T090000Z", NINE, HOUR),
        ],
        [NINE_TO_TEN],
    ),
    "cancelled once": ([MASTER, override(*LATER, "STATUS:CANCELLED")], [WEEK_1, WEEK_3]),
    "cancelled once without times": ([MASTER, override("STATUS:CANCELLED")], [WEEK_1, WEEK_3]),
    "free once": ([MASTER, override(*LATER, "TRANSP:TRANSPARENT")], [WEEK_1, WEEK_3]),
    "busy once": ([event(*SERIES, FOUR, "TRANSP:TRANSPARENT"), override(*LATER)], [MOVED]),
    "moved twice, the newer counts": (
        [MASTER, override(*LATER, "SEQUENCE:2"), override(NINE, HOUR, "SEQUENCE:1")],
        [WEEK_1, MOVED, WEEK_3],
    ),
    "an override alone": ([override(*LATER)], [MOVED]),
    "an override that cannot be read leaves its week": (
        [MASTER, override("DTSTART;TZID=Nowhere:20260331T140000", "DURATION:PT1H")],
        [WEEK_1, WEEK_2, WEEK_3],
    ),
    "from some week on": (
        [
            MASTER,
            override(
                "DTSTART;TZID=Europe/Berlin:20260330T110000",
                "DURATION:PT30M",
                rid="RECURRENCE-ID;TZID=Europe/Berlin;RANGE=THISANDFUTURE:20260330T090000",
            ),
        ],
        [WEEK_1, "2026-03-30 09:00/2026-03-30 09:30", "2026-04-06 09:00/2026-04-06 09:30"],
    ),
    "cancelled from some week on": (
        [MASTER, override("STATUS:CANCELLED", rid="RECURRENCE-ID;RANGE=THISANDFUTURE:20260330T070000Z")],
        [WEEK_1],
    ),
    "a newer version": ([event(NINE, HOUR), event(*LATER, "SEQUENCE:1")], [MOVED]),
    "a newer version outside the window": (
        [event(NINE, HOUR), event("DTSTART:20270101T090000Z", "DURATION:PT1H", "SEQUENCE:1")],
        [],
    ),
    "a newer version that is cancelled": ([event(NINE, HOUR), event(NINE, "STATUS:CANCELLED", "SEQUENCE:1")], []),
    "a cancelled series takes its overrides along": (
        [MASTER, override(*LATER), event(*SERIES, FOUR, "STATUS:CANCELLED", "SEQUENCE:1")],
        [],
    ),
    "one UID for all": ([event(NINE, HOUR), event(*LATER)], [NINE_TO_TEN, MOVED]),
    "no UID": (
        [event(NINE, HOUR).replace("UID:a\n", ""), event(*LATER, "SEQUENCE:3").replace("UID:a\n", "")],
        [NINE_TO_TEN, MOVED],
    ),
    "overlapping": (
        [event(NINE, HOUR), event("DTSTART:20260302T093000Z", "DURATION:PT2H", uid="b")],
        ["2026-03-02 09:00/2026-03-02 11:30"],
    ),
    "touching": (
        [event(NINE, HOUR), event("DTSTART:20260302T100000Z", "DURATION:PT1H", uid="b")],
        ["2026-03-02 09:00/2026-03-02 11:00"],
    ),
    "one within another": (
        [event(NINE, "DURATION:PT5H"), event("DTSTART:20260302T100000Z", "DURATION:PT1H", uid="b")],
        ["2026-03-02 09:00/2026-03-02 14:00"],
    ),
    "tasks and notes": (
        ["BEGIN:VTODO", "DUE:20260302T090000Z", "END:VTODO", "BEGIN:VJOURNAL", NINE, "END:VJOURNAL"],
        [],
    ),
    "a cancelling message": (["METHOD:CANCEL", event(NINE, HOUR)], []),
    "X-WR-TIMEZONE for floating times": (
        ["X-WR-TIMEZONE:America/New_York", event("DTSTART:20260302T090000", "DURATION:PT1H")],
        ["2026-03-02 14:00/2026-03-02 15:00"],
    ),
    "X-WR-TIMEZONE leaves whole days": (
        ["X-WR-TIMEZONE:America/New_York", event("DTSTART;VALUE=DATE:20260302")],
        ["2026-03-01 23:00/2026-03-02 23:00"],
    ),
    "X-WR-TIMEZONE leaves UTC": (["X-WR-TIMEZONE:America/New_York", event(NINE, HOUR)], [NINE_TO_TEN]),
    "X-WR-TIMEZONE is the clock of a rule in UTC": (
        ["X-WR-TIMEZONE:Europe/Berlin", event("DTSTART:20260323T080000Z", "DURATION:PT1H", FOUR)],
        [WEEK_1, WEEK_2, WEEK_3],
    ),
    "X-WR-TIMEZONE unknown": (["X-WR-TIMEZONE:Nowhere", event(NINE, HOUR)], [NINE_TO_TEN]),
    "a zone of the file": (
        [
            BERLIN.format(name="Customized Time Zone"),
            weekly("Customized Time Zone", "20260323T090000", "20260323T100000"),
        ],
        [WEEK_1, WEEK_2, WEEK_3],
    ),
    "a zone after the event": (
        [weekly("Ours", "20260323T090000", "20260323T100000"), BERLIN.format(name="Ours")],
        [WEEK_1, WEEK_2, WEEK_3],
    ),
    "several zones of the file": (
        [
            FIXED.format(name="A", offset="+0330"),
            FIXED.format(name="B", offset="-023015"),
            event("DTSTART;TZID=A:20260302T090000", "DURATION:PT1H"),
            event("DTSTART;TZID=B:20260302T090000", "DURATION:PT1H", uid="b"),
        ],
        ["2026-03-02 05:30/2026-03-02 06:30", "2026-03-02 11:30/2026-03-02 12:30"],
    ),
    "the file's own EST": (
        [FIXED.format(name="EST", offset="+1000"), event("DTSTART;TZID=EST:20260302T200000", "DURATION:PT1H")],
        ["2026-03-02 10:00/2026-03-02 11:00"],
    ),
    "Europe/Berlin is Berlin whatever the file says": (
        [FIXED.format(name="Europe/Berlin", offset="+0900"), MASTER],
        [WEEK_1, WEEK_2, WEEK_3],
    ),
    "a broken zone under a Windows name": (
        [
            FIXED.format(name="W. Europe Standard Time", offset="soon"),
            event("DTSTART;TZID=W. Europe Standard Time:20260302T090000", "DURATION:PT1H"),
        ],
        ["2026-03-02 08:00/2026-03-02 09:00"],
    ),
    "free and busy periods": (
        [
            "BEGIN:VFREEBUSY",
            "FREEBUSY:20260302T090000Z/PT1H,20260303T090000Z/20260303T093000Z",
            "FREEBUSY;FBTYPE=FREE:20260304T090000Z/PT1H",
            "FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260305T090000Z/PT1H",
            "FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20260306T090000Z/PT1H",
            "END:VFREEBUSY",
        ],
        [
            NINE_TO_TEN,
            "2026-03-03 09:00/2026-03-03 09:30",
            "2026-03-05 09:00/2026-03-05 10:00",
            "2026-03-06 09:00/2026-03-06 10:00",
        ],
    ),
}


@pytest.mark.parametrize(("parts", "expected"), TOGETHER.values(), ids=TOGETHER)
def test_events_together(parts, expected):
    assert times(read(calendar(*parts))) == [each for each in expected if each]


@pytest.mark.parametrize(
    ("wall", "expected"),
    [
        ("20260329T013000", "2026-03-29 00:30"),
        ("20260329T023000", "2026-03-29 01:30"),  # skipped: the offset before
        ("20260329T030000", "2026-03-29 01:00"),
        ("20261025T013000", "2026-10-24 23:30"),
        ("20261025T023000", "2026-10-25 00:30"),  # twice: the first
        ("20261025T030000", "2026-10-25 02:00"),
        ("20260101T000000", "2025-12-31 23:00"),
    ],
)
def test_a_zone_of_the_file_changes_when_berlin_does(wall, expected):
    own = calendar(BERLIN.format(name="Ours"), event(f"DTSTART;TZID=Ours:{wall}", "DURATION:PT1H"))
    real = calendar(event(f"DTSTART;TZID=Europe/Berlin:{wall}", "DURATION:PT1H"))
    reading = read(own, "2025-12-01", "2026-12-01")
    assert [f"{each.start:%Y-%m-%d %H:%M}" for each in reading.busy] == [expected]
    assert reading == read(real, "2025-12-01", "2026-12-01")


def test_two_calendars_in_one_file_have_their_own_zones():
    first = calendar(FIXED.format(name="A", offset="+0100"), event("DTSTART;TZID=A:20260302T090000", "DURATION:PT1H"))
    other = calendar(
        FIXED.format(name="A", offset="+0500"), event("DTSTART;TZID=A:20260302T090000", "DURATION:PT1H", uid="b")
    )
    assert times(read(first + other)) == ["2026-03-02 04:00/2026-03-02 05:00", "2026-03-02 08:00/2026-03-02 09:00"]


def test_occurrences_are_whole_and_not_merged():
    data = calendar(
        event("DTSTART:20260228T230000Z", "DURATION:PT2H"), event("DTSTART:20260301T000000Z", "DURATION:PT1H", uid="b")
    )
    assert times(read(data, by=occurrences)) == [
        "2026-02-28 23:00/2026-03-01 01:00",
        "2026-03-01 00:00/2026-03-01 01:00",
    ]
    assert times(read(data)) == ["2026-03-01 00:00/2026-03-01 01:00"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"zone": "Europe/Nowhere"}, "zone"),
        ({"zone": "../etc/passwd"}, "zone"),
        ({"zone": ""}, "zone"),
        ({"end": at("2026-03-01")}, "end"),
        ({"end": at("2027-04-06")}, "end"),
        ({"start": datetime(2026, 3, 1)}, "start"),  # noqa: DTZ001  having no zone is the fault
        ({"start": datetime(2026, 3, 1, tzinfo=ZoneInfo("Europe/Berlin"))}, "start"),
        ({"start": at("0001-01-01"), "end": at("0001-02-01")}, "start"),
    ],
)
def test_bad_arguments_are_refused(changes, field):
    usual = {"start": at("2026-03-01"), "end": at("2026-04-12"), "zone": "Europe/Berlin"}
    with pytest.raises(CalendarError) as refusal:
        busy_times(calendar(MASTER), **usual | changes)
    assert refusal.value.field == field


NUMBERS = st.integers(1, 4)
DAY_NAMES = st.sampled_from(["MO", "TU", "WE", "TH", "FR", "SA", "SU"])


@st.composite
def sane_rules(draw):
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(NUMBERS)}"]
    # Of MO and 1MO together the library takes the days that are both, RFC 5545 those that are either.
    ordinals = st.just("")
    if frequency in {"MONTHLY", "YEARLY"} and draw(st.booleans()):
        ordinals = st.sampled_from(["1", "2", "-1", "5"])
    options = {
        "BYDAY": st.lists(st.builds("{}{}".format, ordinals, DAY_NAMES), min_size=1, max_size=3),
        "BYMONTH": st.lists(st.integers(1, 12), min_size=1, max_size=4),
    }
    if frequency != "WEEKLY":
        options["BYMONTHDAY"] = st.lists(st.sampled_from([1, 2, 13, 28, 29, 30, 31, -1, -2]), min_size=1, max_size=3)
    if frequency == "YEARLY":
        options["BYYEARDAY"] = st.lists(st.sampled_from([1, 60, 100, 365, 366, -1, -366]), min_size=1, max_size=3)
    chosen = draw(st.sets(st.sampled_from(sorted(options)), max_size=2))
    parts += [f"{name}={','.join(map(str, draw(options[name])))}" for name in sorted(chosen)]
    # Of the week in which a series starts, the library counts only the days after the start.
    if frequency != "WEEKLY" and len(parts) > 2 and draw(st.booleans()):
        parts.append(f"BYSETPOS={draw(st.sampled_from([1, 2, -1]))}")
    if draw(st.booleans()):
        parts.append(f"WKST={draw(DAY_NAMES)}")
    parts.append(draw(st.sampled_from(["UNTIL=20270301T000000Z", "UNTIL=20260601T000000Z"])))
    return ";".join(parts)


@settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(sane_rules(), st.dates(date(2024, 1, 1), date(2026, 12, 31)), st.sampled_from(sorted(ZONES)))
def test_a_library_says_the_same(rule, first, zone):
    import icalendar
    import recurring_ical_events

    data = calendar(event(f"DTSTART;TZID={zone}:{first:%Y%m%d}T090000", "DURATION:PT1H", f"RRULE:{rule}"))
    reading = read(data, "2026-01-01", "2027-02-01", by=occurrences)
    assert reading.skipped == ()
    assume(len(reading.busy) > 1)  # the library walks a rule that never fits to the year 9999
    found = recurring_ical_events.of(icalendar.Calendar.from_ical(data)).between(at("2026-01-01"), at("2027-02-01"))
    assert [each.start for each in reading.busy] == sorted(each["DTSTART"].dt.astimezone(UTC) for each in found)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.ics"
    path.write_bytes(
        calendar(event(NINE, HOUR), event(NINE, "DTEND:20260302T103000Z", uid="b"), event("SUMMARY:Tea", uid="c"))
    )
    return str(path)


WEEKS = ["--from", "2026-03-01", "--to", "2026-03-08"]


def test_expand_prints_each_occurrence(file, capsys):
    assert main(["expand", file, *WEEKS]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines() == [
        "2026-03-02T09:00:00Z 2026-03-02T10:00:00Z",
        "2026-03-02T09:00:00Z 2026-03-02T10:30:00Z",
    ]
    assert printed.err == "Event 3 (Tea) was left out: it has no start (DTSTART).\n"


def test_busy_prints_merged_times_and_says_what_was_left_out(file, capsys):
    assert main(["busy", file, *WEEKS, "--zone", "Europe/Berlin"]) == 0
    printed = capsys.readouterr()
    assert printed.out == "2026-03-02T09:00:00Z 2026-03-02T10:30:00Z\n"
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize("command", ["expand", "busy"])
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"--zone": "Europe/Nowhere"}, "zone: must be an IANA time zone"),
        ({"--to": "2026-02-01"}, "end: must be after start"),
        ({"--to": "2029-02-01"}, "at most 400 days"),
    ],
)
def test_a_refusal_is_one_line_and_exit_2(file, capsys, command, changes, said):
    options = {"--from": "2026-03-01", "--to": "2026-03-08"} | changes
    assert main([command, file, *(word for option in options.items() for word in option)]) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert (printed.out, printed.err.count("\n")) == ("", 1)


def test_a_missing_file_and_one_that_is_no_calendar_exit_2(tmp_path, capsys):
    page = tmp_path / "page.ics"
    page.write_text("<html>Sign in</html>")
    assert main(["busy", str(page), *WEEKS]) == 2
    assert main(["busy", str(tmp_path / "none.ics"), *WEEKS]) == 2
    assert main(["busy", str(tmp_path), *WEEKS]) == 2
    assert capsys.readouterr().err.count("\n") == 3


def test_a_date_that_is_none_exits_2(file):
    command = [sys.executable, "-m", "calendars", "busy", file, "--from", "2026-03-99", "--to", "2026-04-01"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "must be a date such as 2026-03-02" in ended.stderr
