"""What a VTIMEZONE says, read by two libraries, is what zoneinfo says; zones it could not tell give none."""

import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical
from icalendar import Calendar, Timezone

from calendars import CalendarError, vtimezone, zone_rules

FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
TOLD = [
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "Europe/Berlin",
    "Europe/London",
    "Europe/Dublin",
    "Atlantic/Azores",
    "Antarctica/Troll",
    "Australia/Lord_Howe",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Easter",
    "Asia/Beirut",
]
FIXED = ["Asia/Kolkata", "Asia/Kathmandu", "Asia/Tehran", "Pacific/Apia", "America/Phoenix", "Africa/Abidjan"]
UNTOLD = [
    "Africa/Cairo",  # until 24:00 on the last Thursday
    "America/Santiago",  # at 24:00 on a Saturday
    "America/Nuuk",  # an hour before a Sunday
    "Asia/Jerusalem",  # 26 hours into a Thursday
    "Asia/Gaza",  # the moon
    "Africa/Casablanca",  # the moon
    "UTC",
    "Etc/UTC",
    "GMT",
    "Etc/GMT-0",
    "Factory",
]


def told(zone, first=FIRST, last=LAST):
    return vtimezone(zone, first=first, last=last)


def calendar(zone):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", *told(zone), "END:VCALENDAR", ""]
    return "\r\n".join(lines)


def by_icalendar(zone):
    return next(each for each in Calendar.from_ical(calendar(zone)).walk() if isinstance(each, Timezone)).to_tz()


def by_dateutil(zone):
    return tzical(io.StringIO(calendar(zone))).get(zone)


def changes(zone):
    """The hours at which a zone's offset becomes another, and the first hour of each year."""
    hours = [FIRST + n * HOUR for n in range(int((LAST - FIRST) / HOUR))]
    offsets = [at.astimezone(ZoneInfo(zone)).utcoffset() for at in hours]
    return [at for at, before, after in zip(hours[1:], offsets, offsets[1:], strict=False) if before != after]


def around(at):
    return [at + n * HOUR / 2 for n in range(-96, 97)]


@pytest.mark.parametrize("zone", TOLD)
@pytest.mark.parametrize("reader", [by_icalendar, by_dateutil])
def test_a_reader_sees_the_offsets_of_the_zone_around_each_change(reader, zone):
    read, real = reader(zone), ZoneInfo(zone)
    assert len(changes(zone)) == 6
    walls = [at.astimezone(real) for change in changes(zone) for at in around(change)]
    # At a wall time that is shown twice, readers may take either; the first and the last hour of it are told apart above.
    single = [wall for wall in walls if wall.replace(fold=0).utcoffset() == wall.replace(fold=1).utcoffset()]
    assert len(single) > 0.9 * len(walls)
    assert [wall.replace(tzinfo=read).utcoffset() for wall in single] == [wall.utcoffset() for wall in single]


@pytest.mark.parametrize("zone", FIXED)
@pytest.mark.parametrize("reader", [by_icalendar, by_dateutil])
def test_a_fixed_zone_is_one_standard(reader, zone):
    assert [line for line in told(zone) if line.startswith(("BEGIN", "RRULE"))] == ["BEGIN:VTIMEZONE", "BEGIN:STANDARD"]
    noons = [FIRST.replace(hour=12, tzinfo=None) + timedelta(days=day) for day in range(365)]
    offsets = [{noon.replace(tzinfo=each).utcoffset() for noon in noons} for each in (reader(zone), ZoneInfo(zone))]
    assert offsets[0] == offsets[1]


@pytest.mark.parametrize("zone", UNTOLD)
def test_a_zone_that_no_plain_yearly_rule_tells_gives_none(zone):
    assert told(zone) is None


def test_every_zone_is_told_as_it_is_or_not_at_all():
    from zoneinfo import available_timezones

    lines = {zone: told(zone) for zone in available_timezones()}
    assert sum(each is not None for each in lines.values()) > 500
    for zone, each in lines.items():
        assert each is None or 7 <= len(each) <= 17, zone
        assert each is None or each[1] == f"TZID:{zone}"


def test_new_york_reads_as_every_client_knows_it():
    assert told("America/New_York") == (
        "BEGIN:VTIMEZONE",
        "TZID:America/New_York",
        "BEGIN:STANDARD",
        "DTSTART:19701101T020000",
        "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU",
        "TZOFFSETFROM:-0400",
        "TZOFFSETTO:-0500",
        "TZNAME:EST",
        "END:STANDARD",
        "BEGIN:DAYLIGHT",
        "DTSTART:19700308T020000",
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU",
        "TZOFFSETFROM:-0500",
        "TZOFFSETTO:-0400",
        "TZNAME:EDT",
        "END:DAYLIGHT",
        "END:VTIMEZONE",
    )


def test_dublin_saves_time_in_summer_like_everybody():
    assert [line for line in told("Europe/Dublin") if line.startswith(("TZNAME", "TZOFFSETTO", "BEGIN"))][1:] == [
        "BEGIN:STANDARD",
        "TZOFFSETTO:+0000",
        "TZNAME:GMT",
        "BEGIN:DAYLIGHT",
        "TZOFFSETTO:+0100",
        "TZNAME:IST",
    ]


def test_half_an_hour_of_daylight_time_is_told():
    assert "TZOFFSETTO:+1030" in told("Australia/Lord_Howe")
    assert "TZOFFSETTO:+1100" in told("Australia/Lord_Howe")


@pytest.mark.parametrize("zone", TOLD)
def test_each_onset_begins_on_a_day_of_its_own_rule(zone):
    for component in Calendar.from_ical(calendar(zone)).walk():
        if component.name in {"STANDARD", "DAYLIGHT"}:
            start, rule = component["DTSTART"].dt, component["RRULE"]
            day = rule["BYDAY"][0]
            assert (start.year, start.month) == (1970, rule["BYMONTH"][0])
            assert ["MO", "TU", "WE", "TH", "FR", "SA", "SU"][start.weekday()] == day[-2:]
            after, before = start + timedelta(weeks=1), start - timedelta(weeks=int(day[:-2]))
            assert (after if day.startswith("-1") else before).month != start.month


@pytest.mark.parametrize(
    ("zone", "year"),
    [
        ("Europe/London", 1971),  # summer time all year round
        ("America/New_York", 2006),  # other weeks until 2007
        ("Pacific/Apia", 2021),  # summer time given up
        ("Asia/Tehran", 2022),  # the same, within the year
    ],
)
def test_years_in_which_the_rule_was_another_give_none(zone, year):
    first = datetime(year, 1, 2, tzinfo=UTC)
    assert told(zone, first, first + timedelta(days=360)) is None


def test_the_lines_do_not_depend_on_the_instants():
    assert told("Europe/Berlin", FIRST, FIRST) == told("Europe/Berlin", LAST, LAST + timedelta(days=4000))


@pytest.mark.parametrize("zone", ["Mars/Base", "../etc/passwd", "", "Europe/Berlin\r\nX:1"])
def test_a_name_that_is_no_zone_is_refused(zone):
    with pytest.raises(CalendarError, match=r"^zone: must be an IANA time zone"):
        told(zone)


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (FIRST.replace(tzinfo=None), LAST, "first"),
        (FIRST, LAST.astimezone(ZoneInfo("Asia/Kolkata")), "last"),
        (LAST, FIRST, "last"),
    ],
)
def test_instants_are_utc_and_in_order(first, last, field):
    with pytest.raises(CalendarError, match=rf"^{field}: must"):
        told("Europe/Berlin", first, last)


@pytest.mark.parametrize(
    "footer",
    [
        "CET-1CEST,J80,J300",
        "CET-1CEST,80,300",
        "CET-1CEST,M3.5.0/-1,M10.5.0",
        "CET-1CEST,M3.5.0/24,M10.5.0",
        "CET-1CEST",
        "LMT-0:49:56",
        "CET-1CET-1,M3.5.0,M10.5.0",
        "",
    ],
)
def test_footers_of_another_form_are_not_told(monkeypatch, footer):
    monkeypatch.setattr(zone_rules, "zone_file", lambda zone: b"TZif2" + b"\0" * 40 + f"\n{footer}\n".encode())
    monkeypatch.setattr(zone_rules, "_rule", zone_rules._rule.__wrapped__)
    assert told("Europe/Berlin") is None


def test_zones_come_from_the_tzdata_package_where_the_machine_has_none(monkeypatch):
    here = zone_rules.zone_file("Europe/Berlin")
    monkeypatch.setattr(zone_rules.zoneinfo, "TZPATH", ())
    assert zone_rules.zone_file("Europe/Berlin").rpartition(b"\nCET")[2] == here.rpartition(b"\nCET")[2]
    assert zone_rules.zone_file("Mars/Base") == b""
