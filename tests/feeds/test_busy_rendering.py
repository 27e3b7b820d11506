"""What strangers are told: when somebody is busy and nothing else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from calendars import CalendarError, Status, faults, render, render_busy, render_freebusy

START, END = datetime(2026, 10, 20, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)


def lines(data):
    return data.decode().replace("\r\n ", "").split("\r\n")


def values(data, name):
    return [line.partition(":")[2] for line in lines(data) if line.split(":")[0].split(";")[0] == name]


def at(day, hour, minute=0):
    return datetime(2026, 10, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def full(event, feed):
    return feed(event(1, location="Sofia’s kitchen"), event(2, sequence=3), event(3, status=Status.CANCELLED))


@pytest.mark.parametrize("name", ["DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "STATUS", "CREATED", "TRANSP"])
def test_busy_events_are_those_of_the_feed(full, name):
    assert values(render_busy(full), name) == values(render(full), name)
    assert values(render_busy(full), "UID")[1:] == values(render(full), "UID")[1:]


def test_busy_events_say_nothing_but_busy(full):
    data = render_busy(full)
    assert values(data, "SUMMARY") == ["Busy"] * 2
    assert values(data, "X-WR-CALNAME") == values(data, "NAME") == ["Busy"]
    for name in ("DESCRIPTION", "X-WR-CALDESC", "LOCATION", "CONFERENCE", "SOURCE"):
        assert values(data, name) == []
    for word in (b"Lantern", b"lantern", b"Sofia", b"retro", b"example/pod", b"/f/", b"Berlin", b"meet.example"):
        assert word not in data
    assert 'ORGANIZER;CN="podsched":mailto:no-reply@pods.example' in lines(data)


def test_a_busy_feed_is_another_calendar_without_fault(full):
    data = render_busy(full)
    assert values(data, "UID")[0] == f"busy-{full.uid}"
    assert values(data, "URL") == ["https://pods.example/"]
    assert faults(data) == []


def test_a_busy_feed_is_never_empty(event, feed):
    with pytest.raises(CalendarError, match=r"^events: must hold an event"):
        render_busy(feed(event(status=Status.CANCELLED)))


def periods(data):
    return values(data, "FREEBUSY")


def test_busy_times_are_published_as_utc_periods(full):
    data = render_freebusy(full, start=START, end=END)
    assert lines(data)[5:] == [
        "BEGIN:VFREEBUSY",
        f"UID:freebusy-{full.uid}",
        "DTSTAMP:20261001T080000Z",
        "DTSTART:20261020T000000Z",
        "DTEND:20261120T000000Z",
        'ORGANIZER;CN="podsched":mailto:no-reply@pods.example',
        "FREEBUSY;FBTYPE=BUSY:20261020T170000Z/20261020T180000Z",
        "FREEBUSY;FBTYPE=BUSY:20261027T170000Z/20261027T180000Z",
        "END:VFREEBUSY",
        "END:VCALENDAR",
        "",
    ]
    assert values(data, "METHOD") == ["PUBLISH"]


def test_a_library_reads_the_periods(full):
    read = Calendar.from_ical(render_freebusy(full, start=START, end=END)).walk("VFREEBUSY")[0]
    assert [period.dt for each in read["FREEBUSY"] for period in [each]] == [
        (at(20, 17), at(20, 18)),
        (at(27, 17), at(27, 18)),
    ]


@pytest.mark.parametrize(
    ("spans", "merged"),
    [
        ([(17, 18), (18, 19)], ["20261020T170000Z/20261020T190000Z"]),
        ([(17, 20), (18, 19)], ["20261020T170000Z/20261020T200000Z"]),
        ([(17, 19), (18, 20)], ["20261020T170000Z/20261020T200000Z"]),
        ([(12, 13), (17, 18)], ["20261020T120000Z/20261020T130000Z", "20261020T170000Z/20261020T180000Z"]),
        ([(6, 9), (20, 23)], ["20261020T080000Z/20261020T090000Z", "20261020T200000Z/20261020T220000Z"]),
        ([(5, 8), (22, 23)], []),
    ],
)
def test_periods_are_merged_and_cut_to_the_window(event, feed, spans, merged):
    events = [event(n, start=at(20, first), end=at(20, last)) for n, (first, last) in enumerate(spans, 1)]
    data = render_freebusy(feed(*events[::-1]), start=at(20, 8), end=at(20, 22))
    assert periods(data) == merged


def test_a_free_window_is_told_too(event, feed):
    data = render_freebusy(feed(event(status=Status.CANCELLED)), start=START, end=END)
    assert periods(data) == []


def test_somebody_must_answer_for_the_times(feed):
    with pytest.raises(CalendarError, match=r"^events: must hold an event, whose organizer"):
        render_freebusy(replace(feed(), events=()), start=START, end=END)


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (START.replace(tzinfo=None), END, "start"),
        (START, END.replace(tzinfo=None), "end"),
        (START, START, "end"),
        (END, START, "end"),
    ],
)
def test_a_window_is_two_utc_instants_in_order(full, start, end, field):
    with pytest.raises(CalendarError, match=rf"^{field}: must"):
        render_freebusy(full, start=start, end=end)
