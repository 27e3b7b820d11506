"""Who fits a slot in every week: the fast way, the plain way and a clock that ticks minute by minute agree."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import matching
from matching import Away, Fit, Meeting, Member, Period, PodSize, Roster, Slot, Window
from matching.slots import Audience, stretch

ZONES = [
    "America/New_York",
    "Europe/Berlin",
    "Europe/London",
    "Africa/Cairo",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Africa/Casablanca",
    "Pacific/Apia",
]
CHANGES = [
    date(2027, 3, 8),
    date(2027, 3, 22),
    date(2027, 4, 3),
    date(2026, 10, 19),
    date(2027, 4, 26),
    date(2027, 2, 1),
]

windows = st.builds(
    Window, start=st.integers(0, 7 * 24 * 12 - 1).map(lambda n: n * 5), minutes=st.integers(6, 288).map(lambda n: n * 5)
)
members = st.builds(
    Member,
    id=st.just("m"),
    timezone=st.sampled_from(ZONES),
    free=st.lists(windows, max_size=4).map(tuple),
    if_needed=st.lists(windows, max_size=4).map(tuple),
    away=st.just(()) | st.just((Away(date(2027, 3, 15), date(2027, 4, 4)),)),
)
slots = st.builds(
    Slot,
    weekday=st.integers(0, 6),
    start=st.integers(0, 47).map(lambda n: n * 30) | st.integers(0, 8).map(lambda n: n * 30),
    timezone=st.sampled_from(ZONES),
    minutes=st.just(60),
)
periods = st.builds(Period, start=st.sampled_from(CHANGES), weeks=st.integers(1, 4))


def inside(windows, local):
    """Whether a window covers that minute of a wall clock, without any set of minutes."""
    minute = local.weekday() * 1440 + local.hour * 60 + local.minute
    return any((minute - window.start) % 10080 < window.minutes for window in windows)


def tick(member, starts, minutes):
    """The contract read aloud: every minute of every meeting, on the member's clock."""
    zone, worst = ZoneInfo(member.timezone), Fit.FREE
    for begin in starts:
        day = begin.astimezone(zone).date()
        if any(span.first <= day <= span.last for span in member.away):
            continue
        for offset in range(minutes):
            local = (begin + timedelta(minutes=offset)).astimezone(zone)
            if not inside(member.free, local):
                worst = Fit.IF_NEEDED
                if not inside(member.if_needed, local):
                    return None
    return worst


def masks(member, slot, period):
    """What the fast way says of one member."""
    roster = Roster(Period(period.start, period.weeks), Meeting(60), PodSize(2, 3), (member,))
    candidate = Audience(roster).candidate(matching.meeting_starts(slot, period), (slot,))
    return {(0, 0): None, (1, 0): Fit.IF_NEEDED, (1, 1): Fit.FREE}[candidate.fits, candidate.free]


@settings(max_examples=300, deadline=None)
@given(members, slots, periods)
def test_all_three_ways_agree_over_clock_changes(member, slot, period):
    starts = matching.meeting_starts(slot, period)
    expected = tick(member, starts, 60)
    assert matching.fit(member, starts, 60) == expected
    assert masks(member, slot, period) == expected


@settings(max_examples=150, deadline=None)
@given(slots, periods, st.sampled_from(ZONES), st.data())
def test_they_agree_where_a_window_is_cut_to_the_meeting(slot, period, zone, data):
    starts = matching.meeting_starts(slot, period)
    local = starts[0].astimezone(ZoneInfo(zone))
    begin = local.weekday() * 1440 + local.hour * 60 + local.minute
    shift, length = data.draw(st.sampled_from([-60, -30, 0, 30])), data.draw(st.sampled_from([60, 90, 120]))
    member = Member(id="m", timezone=zone, free=(Window((begin + shift) % 10080, length),))
    assert masks(member, slot, period) == matching.fit(member, starts, 60) == tick(member, starts, 60)


def starts(weekday, start, zone, first, weeks):
    slot = Slot(weekday=weekday, start=start, timezone=zone, minutes=60)
    return matching.meeting_starts(slot, Period(first, weeks))


def test_a_start_in_the_gap_is_read_with_the_offset_before_it():
    assert starts(6, 150, "Europe/Berlin", date(2027, 3, 28), 1) == (datetime(2027, 3, 28, 1, 30, tzinfo=UTC),)


def test_a_start_that_happens_twice_is_the_first():
    assert starts(6, 150, "Europe/Berlin", date(2026, 10, 25), 1) == (datetime(2026, 10, 25, 0, 30, tzinfo=UTC),)


def test_a_meeting_keeps_its_wall_time_when_the_clock_changes():
    found = starts(0, 18 * 60, "Europe/Berlin", date(2027, 3, 22), 2)
    assert [begin.hour for begin in found] == [17, 16]


def test_week_one_is_the_seven_days_from_any_start():
    assert starts(0, 0, "UTC", date(2027, 1, 13), 1) == (datetime(2027, 1, 18, tzinfo=UTC),)


def test_a_stretch_over_sunday_midnight_goes_on_on_monday():
    assert stretch(10080 - 30, 60) == stretch(10080 - 30, 30) | stretch(0, 30)


@pytest.mark.parametrize(("away", "level"), [((), None), ((Away(date(2027, 3, 29), date(2027, 3, 29)),), Fit.FREE)])
def test_an_excused_week_costs_nothing(away, level):
    member = Member(id="m", timezone="America/New_York", free=(matching.parse_window("mon 13:00-14:00"),), away=away)
    moved = starts(0, 18 * 60, "Europe/London", date(2027, 3, 22), 2)
    assert moved[0].astimezone(ZoneInfo("America/New_York")).hour == 14
    member = Member(id="m", timezone="America/New_York", free=(matching.parse_window("mon 14:00-15:00"),), away=away)
    assert matching.fit(member, moved, 60) == level
