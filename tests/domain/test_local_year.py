"""A whole year of local times, each half hour of each day, against a reckoning that knows nothing of folds."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from local_time import reckoned

from podsched.domain.rhythm import instant

ZONES = (
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/New_York",
    "America/Santiago",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Apia",
)
YEAR = [date(2027, 1, 1) + timedelta(days=number) for number in range(365)]


@pytest.mark.parametrize("zone", ZONES)
def test_every_half_hour_of_a_year_is_one_instant_on_its_own_day(zone):
    jumps = 0
    for day in YEAR:
        for minute in range(0, 1440, 30):
            found = instant(day, minute, zone)
            assert found == reckoned(day, minute, zone)
            wall = found.astimezone(ZoneInfo(zone))
            assert wall.date() == day
            jumps += 60 * wall.hour + wall.minute != minute
    # Two half hours are jumped over in a year with a change of an hour, one at Lord Howe, none where nothing changes.
    # Casablanca leaves its summer time for Ramadan, and comes back.
    assert jumps == {"Asia/Kathmandu": 0, "Pacific/Apia": 0, "Australia/Lord_Howe": 1}.get(zone, 2)


@pytest.mark.parametrize(
    ("zone", "day", "said", "shown"),
    [
        ("America/New_York", date(2027, 3, 14), "02:30", "03:30"),
        ("Europe/Berlin", date(2027, 3, 28), "02:30", "03:30"),
        ("Africa/Casablanca", date(2027, 3, 14), "02:30", "03:30"),
        ("America/Santiago", date(2027, 9, 5), "00:30", "01:30"),
        ("Africa/Cairo", date(2027, 4, 30), "00:30", "01:30"),
        ("Australia/Lord_Howe", date(2027, 10, 3), "02:00", "02:30"),
    ],
)
def test_a_wall_time_in_a_gap_is_as_long_after_it_as_it_was_into_it(zone, day, said, shown):
    hour, minute = map(int, said.split(":"))
    assert instant(day, 60 * hour + minute, zone).astimezone(ZoneInfo(zone)).strftime("%H:%M") == shown


@pytest.mark.parametrize(
    ("zone", "day", "said", "shift"),
    [
        ("America/New_York", date(2027, 11, 7), "01:30", -4),
        ("Europe/Berlin", date(2027, 10, 31), "02:30", 2),
        ("Africa/Cairo", date(2027, 10, 28), "23:30", 3),
        ("Australia/Lord_Howe", date(2027, 4, 4), "01:30", 11),
    ],
)
def test_a_wall_time_that_comes_twice_is_the_first(zone, day, said, shift):
    hour, minute = map(int, said.split(":"))
    assert instant(day, 60 * hour + minute, zone).astimezone(ZoneInfo(zone)).utcoffset() == timedelta(hours=shift)
