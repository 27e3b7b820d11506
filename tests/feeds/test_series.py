"""Weekly meetings told as one recurring event: what is written, and that it means what the flat feed says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from calendars import CalendarError, Series, Status, faults, render, render_series

BERLIN = "Europe/Berlin"
HOUR = timedelta(hours=1)
WEEK = timedelta(weeks=1)


def tuesdays(count, zone=BERLIN, first=datetime(2026, 10, 6, 18, 30)):  # noqa: DTZ001  # a wall time
    return [(first.replace(tzinfo=ZoneInfo(zone)) + week * WEEK).astimezone(UTC) for week in range(count)]


@pytest.fixture
def meetings(event):
    def build(slots, first_number=1):
        return [event(first_number + n, start=slot, end=slot + HOUR) for n, slot in enumerate(slots)]

    return build


@pytest.fixture
def series(event):
    def build(slots, events, **changes):
        usual = event()
        told = Series(
            uid="series-1@pods.example",
            zone=BERLIN,
            slots=tuple(slots),
            events=tuple(events),
            title=usual.title,
            description=usual.description,
            location=usual.location,
            conference=usual.conference,
            minutes=60,
            sequence=0,
            changed_at=usual.changed_at,
            created_at=usual.created_at,
            organizer_name=usual.organizer_name,
            organizer_address=usual.organizer_address,
        )
        return replace(told, **changes)

    return build


@pytest.fixture
def told(feed, series):
    """The bytes of one series and its feed."""

    def build(slots, events, *others, **changes):
        kept = [each for each in events if each]
        return render_series(feed(*kept, *others), [series(slots, events, **changes)])

    return build


def lines(data):
    return data.decode().replace("\r\n ", "").split("\r\n")


def values(data, name):
    return [line.partition(":")[2] for line in lines(data) if line.split(":")[0].split(";")[0] == name]


def spans(data):
    return sorted((each.start, each.end) for each in recurring_ical_events.of(Calendar.from_ical(data)).all())


def planned(events):
    return sorted((each.start, each.end) for each in events if each and each.status is not Status.CANCELLED)


def later(event, by):
    return replace(event, start=event.start + by, end=event.end + by, sequence=event.sequence + 1)


def test_a_series_is_one_event_with_a_count_at_its_wall_time(told, meetings):
    slots = tuesdays(8)  # the clocks change after the third
    data = told(slots, meetings(slots))
    assert values(data, "RRULE")[2:] == ["FREQ=WEEKLY;COUNT=8"]  # two before it are the zone's
    assert "DTSTART;TZID=Europe/Berlin:20261006T183000" in lines(data)
    assert "DTEND;TZID=Europe/Berlin:20261006T193000" in lines(data)
    assert spans(data) == [(slot, slot + HOUR) for slot in slots]
    assert faults(data) == []


def test_the_zone_comes_before_the_events_and_once(feed, series, meetings):
    slots, others = tuesdays(4), tuesdays(4, first=datetime(2026, 10, 8, 20, 0))  # noqa: DTZ001  # a wall time
    events, more = meetings(slots), meetings(others, 50)
    both = [series(slots, events), series(others, more, uid="series-2@pods.example")]
    data = render_series(feed(*events, *more), both)
    assert values(data, "BEGIN") == ["VCALENDAR", "VTIMEZONE", "STANDARD", "DAYLIGHT", "VEVENT", "VEVENT"]
    assert render_series(feed(*more, *events), both[::-1]) == data


def test_a_cancelled_week_counts_and_is_excluded_at_the_hour_of_the_series(told, meetings):
    slots = tuesdays(8)
    events = meetings(slots)
    events[1] = None
    events[6] = replace(events[6], status=Status.CANCELLED, sequence=1)
    data = told(slots, events)
    assert "RRULE:FREQ=WEEKLY;COUNT=8" in lines(data)
    assert [line for line in lines(data) if line.startswith("EXDATE")] == [
        "EXDATE;TZID=Europe/Berlin:20261013T183000",
        "EXDATE;TZID=Europe/Berlin:20261117T183000",  # the same hour on the other side of the clock change
    ]
    assert spans(data) == planned(events)


def test_a_moved_week_is_an_override_of_the_slot_it_had(told, meetings):
    slots = tuesdays(6)
    events = meetings(slots)
    events[4] = later(events[4], timedelta(days=2, hours=-3))
    data = told(slots, events)
    assert "RECURRENCE-ID;TZID=Europe/Berlin:20261103T183000" in lines(data)
    assert "DTSTART;TZID=Europe/Berlin:20261105T153000" in lines(data)
    assert values(data, "UID")[1:] == ["series-1@pods.example"] * 2
    assert spans(data) == planned(events)
    assert faults(data) == []


@pytest.mark.parametrize(
    "change",
    [
        {"end": tuesdays(3)[2] + 1.5 * HOUR},
        {"location": "Library"},
        {"conference": "https://meet.example/other"},
        {"status": Status.TENTATIVE},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_week_of_another_length_place_or_status_is_an_override(told, meetings, change):
    slots = tuesdays(3)
    events = meetings(slots)
    events[2] = replace(events[2], **change)
    data = told(slots, events)
    assert values(data, "RECURRENCE-ID") == ["20261020T183000"]
    assert spans(data) == planned(events)


def test_words_of_a_single_week_are_those_of_the_series(told, meetings):
    slots = tuesdays(3)
    events = [replace(each, description="Your role: host", title="Hosting") for each in meetings(slots)]
    data = told(slots, [*events[:2], later(events[2], HOUR)])
    assert values(data, "SUMMARY") == ["Lantern pod: retro"] * 2
    assert b"Hosting" not in data


def test_all_of_a_series_bears_the_highest_sequence_and_the_latest_stamp(told, meetings):
    slots = tuesdays(4)
    events = meetings(slots)
    events[1] = replace(later(events[1], HOUR), sequence=7)
    events[3] = later(events[3], HOUR)
    events[2] = replace(events[2], changed_at=datetime(2026, 10, 9, 8, 0, 5, tzinfo=UTC))
    data = told(slots, events, sequence=3)
    assert values(data, "SEQUENCE") == ["7"] * 3
    assert values(data, "DTSTAMP") == values(data, "LAST-MODIFIED")[1:] == ["20261009T080005Z"] * 3


def test_a_week_moved_back_does_not_lower_the_sequence(told, meetings):
    slots = tuesdays(4)
    events = meetings(slots)
    events[1] = replace(events[1], sequence=2)
    data = told(slots, events)
    assert (values(data, "SEQUENCE"), values(data, "RECURRENCE-ID")) == (["2"], [])


def test_the_series_own_stamp_counts_when_a_week_is_cancelled(told, meetings):
    slots = tuesdays(4)
    at = datetime(2026, 10, 10, 8, 0, tzinfo=UTC)
    data = told(slots, [*meetings(slots)[:3], None], sequence=4, changed_at=at)
    assert (values(data, "SEQUENCE"), values(data, "DTSTAMP")) == (["4"], ["20261010T080000Z"])


def test_a_retimed_series_excludes_and_overrides_at_the_new_hour(told, meetings):
    slots = tuesdays(6, first=datetime(2026, 10, 8, 20, 15))  # noqa: DTZ001  # a wall time
    events = meetings(slots)
    events[2], events[4] = None, later(events[4], HOUR)
    data = told(slots, events, sequence=1)
    clocks = {line[-7:] for line in lines(data) if line.startswith(("EXDATE", "RECURRENCE-ID"))}
    assert clocks == {"T201500"}
    assert spans(data) == planned(events)
    assert faults(data) == []


def test_a_series_retimed_half_way_becomes_two(feed, series, meetings):
    slots, after = tuesdays(3), tuesdays(3, first=datetime(2026, 10, 29, 20, 0))  # noqa: DTZ001  # a wall time
    events, more = meetings(slots), meetings(after, 50)
    two = [series(slots, events), series(after, more, uid="series-2@pods.example")]
    data = render_series(feed(*events, *more), two)
    assert spans(data) == planned([*events, *more])
    assert [rule for rule in values(data, "RRULE") if "WEEKLY" in rule] == ["FREQ=WEEKLY;COUNT=3"] * 2


def test_events_of_no_series_stay_flat(told, meetings, event):
    slots = tuesdays(3)
    kickoff = event(90, start=datetime(2026, 10, 1, 17, 0, tzinfo=UTC), end=datetime(2026, 10, 1, 18, 0, tzinfo=UTC))
    data = told(slots, meetings(slots), kickoff)
    assert "DTSTART:20261001T170000Z" in lines(data)
    assert values(data, "UID")[1:] == [kickoff.uid, "series-1@pods.example"]
    assert spans(data) == planned([*meetings(slots), kickoff])


def in_its_place(feed, series):
    """The flat feed whose first event bears the UID of the series, and the series' latest stamp."""
    first, *others = filter(None, series.events)
    sequence = max(series.sequence, first.sequence, *(event.sequence for event in others))
    changed_at = max(series.changed_at, first.changed_at, *(event.changed_at for event in others))
    return feed(replace(first, uid=series.uid, sequence=sequence, changed_at=changed_at), *others)


def test_a_feed_without_series_is_the_flat_feed(feed):
    assert render_series(feed(), []) == render(feed())


@pytest.mark.parametrize(
    ("zone", "slots"),
    [
        ("Africa/Cairo", tuesdays(6, "Africa/Cairo")),
        ("America/Santiago", tuesdays(6, "America/Santiago")),
        ("Africa/Casablanca", tuesdays(30, "Africa/Casablanca")),
        ("UTC", tuesdays(3, "UTC")),
        (BERLIN, tuesdays(6, "America/New_York")),  # the clocks of Berlin change a week earlier
        (BERLIN, tuesdays(8)[::2]),
        (BERLIN, tuesdays(3)[::-1]),
        (BERLIN, [tuesdays(3)[0], tuesdays(3)[1] + HOUR, tuesdays(3)[2]]),
        (BERLIN, tuesdays(3, first=datetime(2026, 10, 18, 2, 30))),  # noqa: DTZ001  # a wall time shown twice
        (BERLIN, tuesdays(3, first=datetime(2026, 10, 18, 4, 30))),  # noqa: DTZ001  # two hours after the change
    ],
)
def test_what_cannot_be_told_as_one_event_is_told_flat(feed, series, meetings, zone, slots):
    events = [*meetings(slots)[:-1], None]
    flat = feed(*filter(None, events))
    told = series(slots, events, zone=zone)
    assert render_series(flat, [told]) == render(in_its_place(feed, told))


def test_a_week_moved_into_the_night_of_a_clock_change_makes_its_series_flat(feed, series, meetings):
    slots = tuesdays(4)
    events = meetings(slots)
    at = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    events[2] = replace(events[2], start=at, end=at + HOUR)
    told = series(slots, events)
    assert render_series(feed(*events), [told]) == render(in_its_place(feed, told))


def test_a_week_that_ends_with_the_calendar_makes_its_series_flat(feed, series, meetings):
    slots = tuesdays(2)
    events = meetings(slots)
    events[1] = replace(events[1], end=datetime(9999, 12, 31, 23, 0, tzinfo=UTC))
    told = series(slots, events)
    assert render_series(feed(*events), [told]) == render(in_its_place(feed, told))


def test_a_series_that_is_all_cancelled_leaves_nothing(feed, series, event):
    slots = tuesdays(2)
    gone = event(1, start=slots[0], end=slots[0] + HOUR, status=Status.CANCELLED)
    left = event(9)
    assert render_series(feed(gone, left), [series(slots, [gone, None])]) == render(feed(gone, left))


def test_a_feed_in_which_nothing_takes_place_is_refused(feed, series, event):
    slots = tuesdays(1)
    gone = event(1, start=slots[0], end=slots[0] + HOUR, status=Status.CANCELLED)
    with pytest.raises(CalendarError, match=r"^events: must hold an event"):
        render_series(feed(gone), [series(slots, [gone])])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("uid", "a b"),
        ("zone", "Mars/Base"),
        ("slots", ()),
        ("slots", (tuesdays(1)[0].replace(microsecond=5),)),
        ("slots", (tuesdays(1)[0].replace(year=9999),)),
        ("slots", (tuesdays(1)[0].astimezone(ZoneInfo(BERLIN)),)),
        ("title", ""),
        ("conference", "javascript:alert(1)"),
        ("minutes", 0),
        ("minutes", 10_081),
        ("sequence", -1),
        ("organizer_address", "nobody"),
    ],
)
def test_a_series_names_the_field_it_refuses(series, field, value):
    with pytest.raises(CalendarError) as refused:
        replace(series(tuesdays(1), [None]), **{field: value})
    assert refused.value.field == field


def test_a_series_knows_what_became_of_every_slot(series):
    with pytest.raises(CalendarError, match=r"^events: must be as many as slots \(2\)"):
        series(tuesdays(2), [None])


def test_an_event_belongs_to_the_feed_and_to_one_series(feed, series, meetings):
    slots = tuesdays(2)
    events = meetings(slots)
    twice = [series(slots, events), series(slots, events, uid="series-2@pods.example")]
    for held, listed in ([events[:1], twice[:1]], [events, twice]):
        with pytest.raises(CalendarError, match=r"^series: must hold events of the feed"):
            render_series(feed(*held), listed)


def test_an_event_of_a_series_is_as_the_feed_has_it(feed, series, meetings):
    slots = tuesdays(1)
    with pytest.raises(CalendarError, match=r"^series: must hold events of the feed"):
        render_series(feed(*meetings(slots)), [series(slots, [replace(meetings(slots)[0], sequence=9)])])


def test_a_series_has_a_uid_of_its_own(feed, series, meetings):
    slots = tuesdays(1)
    events = meetings(slots)
    with pytest.raises(CalendarError, match=r"^series: must have a UID of its own"):
        render_series(feed(*events), [series(slots, events, uid=events[0].uid)])


@settings(database=None, deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    zone=st.sampled_from(["America/New_York", BERLIN, "Europe/Dublin", "Australia/Lord_Howe", "Asia/Kolkata"]),
    hour=st.integers(0, 23),
    weekday=st.integers(0, 6),
    fates=st.lists(
        st.none() | st.tuples(st.sampled_from([0, 0, 0, -1500, 45, 4000]), st.sampled_from([60, 90])),
        min_size=1,
        max_size=60,
    ),
)
def test_both_styles_tell_the_same_whatever_became_of_the_weeks(feed, series, meetings, zone, hour, weekday, fates):
    slots = tuesdays(len(fates), zone, datetime(2026, 2, 2 + weekday, hour))  # noqa: DTZ001  # a wall time
    events = meetings(slots)
    for number, fate in enumerate(fates):
        if fate is None:
            events[number] = None
        else:
            start = slots[number] + timedelta(minutes=fate[0])
            events[number] = replace(events[number], start=start, end=start + timedelta(minutes=fate[1]))
    if not any(events):
        return
    flat = feed(*filter(None, events))
    data = render_series(flat, [series(slots, events, zone=zone)])
    assert spans(data) == planned(events)
    assert faults(data) == []
