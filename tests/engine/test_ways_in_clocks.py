"""Clocks and attendance in whole numbers say what the plain reading with date-times says."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

import matching
from matching.attendance import Attendance
from matching.clocks import Clock, clocks, day_number, to_minutes
from matching.sets import numbers_in
from matching.slots import minute_of_week, touched

ZONES = [
    "Europe/Berlin",
    "Europe/Chisinau",
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Antarctica/Troll",
    "Pacific/Chatham",
]


@pytest.mark.parametrize("zone", ZONES)
def test_a_clock_shows_what_the_zone_shows(zone):
    period = matching.Period(date(2027, 2, 1), 40)
    clock = Clock.of(ZoneInfo(zone), period)
    dice = random.Random(zone)
    first = datetime(2027, 2, 1, tzinfo=UTC)
    moments = [first + timedelta(minutes=dice.randrange(40 * 10080)) for _ in range(300)]
    moments += [begin + timedelta(minutes=more) for begin in shifts(zone, first) for more in range(-90, 60, 7)]
    for moment in moments:
        local = moment.astimezone(ZoneInfo(zone))
        (instant,) = to_minutes([moment])
        assert clock.wall(instant) % 10080 == minute_of_week(local)
        assert day_number(clock.wall(instant)) == local.date().toordinal()
        assert clock.touched(instant, 60) == touched(ZoneInfo(zone), moment, 60)


def test_zones_that_show_the_same_share_a_clock():
    winter = matching.Period(date(2027, 1, 4), 4)
    found = clocks(["Europe/Berlin", "Europe/Paris", "Africa/Lagos", "Europe/London"], winter)
    assert found["Europe/Berlin"] is found["Europe/Paris"] is found["Africa/Lagos"]
    assert found["Europe/Berlin"] != found["Europe/London"]
    summer = clocks(["Europe/Berlin", "Africa/Lagos"], matching.Period(date(2027, 3, 1), 8))
    assert summer["Europe/Berlin"] != summer["Africa/Lagos"]


@pytest.mark.parametrize("seed", [1, 2])
def test_attendance_agrees_with_the_plain_reading(rosters, seed):
    roster = matching.read_roster(rosters.roster(40, "world", "easy", seed))
    attendance = Attendance(roster, range(40))
    dice = random.Random(seed)
    for _ in range(60):
        zone = dice.choice(roster.members).timezone
        slot = matching.Slot(dice.randrange(7), dice.randrange(48) * 30, zone, 60)
        starts = matching.meeting_starts(slot, roster.period)
        fitting = {i for i, member in enumerate(roster.members) if matching.fit(member, starts, 60)}
        assert set(numbers_in(attendance.fits(to_minutes(starts)))) == fitting
        lacking = [attendance.needed(i, to_minutes(starts)) & ~attendance.offered(i) for i in range(40)]
        assert {i for i, minutes in enumerate(lacking) if not minutes} == fitting


def shifts(zone, first):
    hours = [first + timedelta(hours=n) for n in range(40 * 168)]
    offsets = [hour.astimezone(ZoneInfo(zone)).utcoffset() for hour in hours]
    return [hours[n] for n in range(1, len(hours)) if offsets[n] != offsets[n - 1]]
