"""Enough mail: hours in which none comes, the day before by the clock on the wall, and days that are taken."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podsched.domain.budget import (
    Wishes,
    awake,
    bedtime,
    day_before,
    first_free,
    is_awake,
    mornings,
    next_morning,
    now_or_morning,
)

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Cairo", "Asia/Kathmandu"]
moments = st.integers(0, 365 * 1440).map(lambda minute: datetime(2027, 1, 1, tzinfo=UTC) + timedelta(minutes=minute))
zones = st.sampled_from(ZONES)


def wall(at, zone):
    return at.astimezone(ZoneInfo(zone))


def berlin(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


@settings(max_examples=200, deadline=None)
@given(moments, zones)
def test_whatever_the_hour_mail_is_moved_into_the_waking_hours_of_the_same_day(at, zone):
    moved = awake(at, zone)
    assert 8 <= wall(moved, zone).hour < 21
    assert wall(moved, zone).date() == wall(at, zone).date()
    assert moved == at or not 8 <= wall(at, zone).hour < 21


@settings(max_examples=200, deadline=None)
@given(moments, zones)
def test_the_mail_of_the_day_before_comes_on_the_day_before_and_before_the_meeting(at, zone):
    before = day_before(at, zone)
    assert wall(before, zone).date() == wall(at, zone).date() - timedelta(days=1)
    assert before < at
    assert is_awake(before, zone)


@settings(max_examples=200, deadline=None)
@given(moments, zones)
def test_the_next_morning_is_the_first_nine_o_clock_from_now_on(at, zone):
    found = next_morning(at, zone)
    assert wall(found, zone).strftime("%H:%M") == "09:00"
    assert timedelta(0) <= found - at < timedelta(hours=25)
    assert now_or_morning(at, zone) == (at if is_awake(at, zone) else found)


@pytest.mark.parametrize(
    ("meeting", "mail"),
    [
        ("2027-01-19T18:00", "2027-01-18T18:00"),
        ("2027-01-19T22:30", "2027-01-18T20:30"),  # late: earlier in the evening before
        ("2027-01-19T06:00", "2027-01-18T08:00"),  # early: in the morning before
        ("2027-03-29T00:30", "2027-03-28T08:00"),  # 24 hours before would be another day, as clocks change
        ("2027-03-29T02:30", "2027-03-28T08:00"),  # at an hour that the day before does not have
    ],
)
def test_a_day_before_is_told_by_the_wall(meeting, mail):
    assert day_before(berlin(meeting), "Europe/Berlin") == berlin(mail)


def test_a_day_that_has_a_mail_is_passed_over_and_the_next_morning_taken():
    at = berlin("2027-01-18T15:00")
    options = [*mornings(at, "Europe/Berlin", until=at + timedelta(days=3))]
    assert options == [at, *(berlin(f"2027-01-{day}T09:00") for day in (19, 20, 21))]
    taken = {date(2027, 1, 18), date(2027, 1, 19)}
    assert first_free(options, taken, "Europe/Berlin") == berlin("2027-01-20T09:00")
    assert first_free(options, set(), "Europe/Berlin") == at
    assert first_free(options, {date(2027, 1, day) for day in range(18, 22)}, "Europe/Berlin") is None


def test_a_day_of_mail_ends_at_nine_in_the_evening():
    assert bedtime(berlin("2027-01-18T09:00"), "Europe/Berlin") == berlin("2027-01-18T21:00")


@pytest.mark.parametrize(
    ("wishes", "most"),
    [
        (Wishes(check_ins=5, nudges=False, retro=True, invites=False), 7),  # what everybody begins with
        (Wishes(check_ins=5, nudges=True, retro=True, invites=True), 13),
        (Wishes(check_ins=3, nudges=False, retro=True, invites=False), 5),
        (Wishes(check_ins=1, nudges=True, retro=False, invites=False), 3),
        (Wishes(check_ins=0, nudges=True, retro=False, invites=False), 1),
    ],
)
def test_the_mails_of_a_week_add_up(wishes, most):
    assert wishes.most == most == sum(number for number, _ in wishes.parts)
    assert all(number > 0 for number, _ in wishes.parts)
