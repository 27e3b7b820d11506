"""When check-ins fall due: against an oracle that walks through every minute."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podsched.domain.rhythm import CADENCES, Days, Season, accepts_answer, checkin_day, instant, next_checkin

#: A week in which something happens to the clock of each place.
TURNS = {
    "America/New_York": [date(2027, 3, 12), date(2027, 11, 5)],
    "Europe/Berlin": [date(2027, 3, 26), date(2027, 10, 29)],
    "Europe/London": [date(2027, 3, 26), date(2027, 10, 29)],
    "Africa/Cairo": [date(2026, 4, 22), date(2026, 10, 28)],
    "America/Santiago": [date(2026, 4, 3), date(2026, 9, 4)],
    "Australia/Lord_Howe": [date(2026, 4, 3), date(2026, 10, 2)],
    "Asia/Kathmandu": [date(2027, 1, 8)],
    "Africa/Casablanca": [date(2026, 2, 13), date(2026, 3, 20)],
    "Pacific/Apia": [date(2011, 12, 28)],
}
turns = st.sampled_from([(zone, day) for zone, days in TURNS.items() for day in days])
MINUTE = timedelta(minutes=1)


def first_minutes(zone, first, days):
    """Local day -> wall time -> the first UTC minute that shows it, by looking at every minute."""
    there = ZoneInfo(zone)
    at = datetime.combine(first - timedelta(days=2), datetime.min.time(), tzinfo=UTC)
    seen: dict[date, dict[int, datetime]] = {}
    for _ in range((days + 4) * 1440):
        wall = at.astimezone(there)
        seen.setdefault(wall.date(), {}).setdefault(60 * wall.hour + wall.minute, at)
        at += MINUTE
    return seen


@settings(max_examples=30, deadline=None)
@given(turns, st.integers(0, 47))
def test_an_instant_is_the_first_minute_that_shows_the_wall_time(turn, half_hour):
    zone, first = turn
    seen = first_minutes(zone, first, 6)
    for day in (first + timedelta(days=number) for number in range(6)):
        found = instant(day, 30 * half_hour, zone)
        if day not in seen:
            assert found is None
        elif 30 * half_hour in seen[day]:
            assert found == seen[day][30 * half_hour]
        else:  # the clock jumped over it: as long after midnight as on any other day
            assert found is not None
            assert found.astimezone(ZoneInfo(zone)).date() == day
            assert found >= min(seen[day].values())  # equal where midnight itself is jumped over, as in Cairo


@pytest.mark.parametrize(
    ("zone", "day", "minute", "utc"),
    [
        ("America/New_York", date(2027, 3, 14), 150, "2027-03-14T07:30"),  # 02:30 is jumped over: 03:30
        ("America/New_York", date(2027, 11, 7), 90, "2027-11-07T05:30"),  # 01:30 comes twice: the first
        ("Africa/Cairo", date(2026, 4, 24), 0, "2026-04-23T22:00"),  # midnight is jumped over: 01:00
        ("Africa/Cairo", date(2026, 10, 29), 1410, "2026-10-29T20:30"),  # 23:30 comes twice
        ("Australia/Lord_Howe", date(2026, 10, 4), 120, "2026-10-03T15:30"),  # half an hour is jumped over
        ("Asia/Kathmandu", date(2027, 1, 8), 540, "2027-01-08T03:15"),
        ("Pacific/Apia", date(2011, 12, 29), 540, "2011-12-29T19:00"),
        ("Pacific/Apia", date(2011, 12, 31), 540, "2011-12-30T19:00"),
    ],
)
def test_an_hour_that_is_missing_or_doubled_happens_once(zone, day, minute, utc):
    assert instant(day, minute, zone) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_a_day_that_does_not_exist_has_no_instant():
    assert instant(date(2011, 12, 30), 540, "Pacific/Apia") is None


def walk(days, zone, minute, after):
    """Every instant a member is asked at, by asking for the next one again and again."""
    found = []
    while (after := next_checkin(days, zone=zone, minute=minute, after=after)) is not None:
        found.append(after)
    return found


@settings(max_examples=150, deadline=None)
@given(
    turns,
    st.integers(0, 47),
    st.sampled_from([*CADENCES]),
    st.integers(6, 8),
    st.frozensets(st.integers(1, 8), max_size=2),
    st.integers(-5, 60),
    st.tuples(st.integers(0, 60), st.integers(0, 14)),
)
def test_a_whole_cohort_holds_exactly_one_instant_on_each_day_that_is_asked(
    turn, half_hour, cadence, weeks, quiet, pause, gone
):
    zone, around = turn
    first = around - timedelta(days=20)
    away = ((first + timedelta(days=gone[0]), first + timedelta(days=sum(gone))),)
    days = Days(Season(first, weeks, quiet), cadence, paused_until=first + timedelta(days=pause), away=away)
    found = walk(days, zone, 30 * half_hour, datetime(2000, 1, 1, tzinfo=UTC))
    asked = []
    for number in range(7 * weeks):
        day = first + timedelta(days=number)
        is_out = number < pause or gone[0] <= number <= sum(gone) or number // 7 + 1 in quiet
        exists = (zone, day) != ("Pacific/Apia", date(2011, 12, 30))
        if day.weekday() in CADENCES[cadence] and not is_out and exists:
            asked.append(day)
    assert [at.astimezone(ZoneInfo(zone)).date() for at in found] == asked
    assert found == sorted(set(found))


@settings(max_examples=100, deadline=None)
@given(turns, st.integers(0, 47), st.integers(0, 30 * 1440))
def test_the_next_one_is_the_first_of_all_that_are_later(turn, half_hour, minutes):
    zone, around = turn
    days = Days(Season(around - timedelta(days=14), 6), 5)
    everyone = walk(days, zone, 30 * half_hour, datetime(2000, 1, 1, tzinfo=UTC))
    after = datetime.combine(around - timedelta(days=16), datetime.min.time(), tzinfo=UTC) + minutes * MINUTE
    assert next_checkin(days, zone=zone, minute=30 * half_hour, after=after) == min(
        (at for at in everyone if at > after), default=None
    )


def test_the_instant_itself_is_not_later_than_itself():
    days = Days(Season(date(2027, 1, 18), 6), 5)
    monday = datetime(2027, 1, 18, 8, tzinfo=UTC)
    assert next_checkin(days, zone="Europe/Berlin", minute=540, after=monday - MINUTE) == monday
    assert next_checkin(days, zone="Europe/Berlin", minute=540, after=monday) == monday + timedelta(days=1)


@pytest.mark.parametrize(
    ("wall", "accepted"),
    [("17T23:59", False), ("18T00:00", True), ("18T23:59", True), ("19T03:59", True), ("19T04:00", False)],
)
@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/New_York", "Pacific/Apia"])
def test_an_answer_is_taken_from_midnight_until_three_fifty_nine_next_morning(zone, wall, accepted):
    at = datetime.fromisoformat(f"2027-01-{wall}").replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert accepts_answer(date(2027, 1, 18), at=at, zone=zone) is accepted


@pytest.mark.parametrize(
    ("wall", "day"), [("2027-01-19T03:59", date(2027, 1, 18)), ("2027-01-19T04:00", date(2027, 1, 19))]
)
def test_before_four_in_the_morning_it_is_still_yesterday(wall, day):
    at = datetime.fromisoformat(wall).replace(tzinfo=ZoneInfo("Asia/Tokyo"))
    assert checkin_day(at, "Asia/Tokyo") == day


def test_the_weeks_of_a_season_are_counted_from_one_and_only_inside_it():
    season = Season(date(2027, 1, 20), 6, frozenset({2}))
    days = [date(2027, 1, 19), date(2027, 1, 20), date(2027, 1, 26), date(2027, 1, 27), season.last]
    assert [season.week_of(day) for day in days] == [None, 1, 1, 2, 6]
    assert season.week_of(season.last + timedelta(days=1)) is None
    assert [season.is_quiet(day) for day in days] == [False, False, False, True, False]
