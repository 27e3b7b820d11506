"""Roles that rotate, recaps that stay short, words for times and counts."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podsched.domain import recap, words
from podsched.domain.roles import rotate

ROLES = ("greeter", "note-taker", "curator")


def eight_weeks(present_in):
    held = {}
    for week in range(8):
        for role, who in rotate(ROLES, present_in(week), held).items():
            held.setdefault(who, []).append(role)
    return held


@given(st.integers(3, 10))
def test_over_eight_weeks_nobody_serves_more_than_once_more_than_another(size):
    held = eight_weeks(lambda _week: range(size))
    loads = [len(held.get(member, ())) for member in range(size)]
    assert sum(loads) == 24
    assert max(loads) - min(loads) <= 1


@given(st.integers(6, 10))
def test_nobody_has_the_same_role_again_before_everybody_served(size):
    first_round = eight_weeks(lambda _week: range(size))
    assert all(Counter(roles).most_common(1)[0][1] <= 2 for roles in first_round.values())


@given(st.lists(st.sets(st.integers(0, 7)), min_size=8, max_size=8))
def test_somebody_who_is_away_is_never_drawn_and_nobody_has_two_roles(presents):
    held = {}
    for present in presents:
        drawn = rotate(ROLES, sorted(present), held)
        assert set(drawn.values()) <= present
        assert len(set(drawn.values())) == len(drawn) == min(3, len(present))
        assert list(drawn) == list(ROLES[: len(drawn)])


def test_who_came_late_is_drawn_until_they_have_caught_up():
    held = eight_weeks(lambda week: range(6 if week < 4 else 7))
    loads = [len(held[member]) for member in range(7)]
    assert max(loads) - min(loads) <= 1


def held(outcomes=0, wins=0, stuck=0, commitments=0, roles=True, away=True, long=""):
    return recap.Meeting(
        outcomes=tuple((f"A{n}", f"did {n}{long}", ("kept", "partly", "missed")[n % 3]) for n in range(outcomes)),
        wins=tuple(f"win {n}{long}" for n in range(wins)),
        stuck=tuple(f"stuck {n}{long}" for n in range(stuck)),
        commitments=tuple((f"A{n}", f"do {n}{long}") for n in range(commitments)),
        roles=(("greeter", "Ana"), ("curator", "Bo")) if roles else (),
        away=("Cy",) if away else (),
    )


@given(*[st.integers(0, 60)] * 4, st.booleans(), st.booleans(), st.sampled_from(["", "x" * 500]))
def test_a_recap_never_has_more_than_ten_bullets_of_280(outcomes, wins, stuck, commitments, roles, away, long):
    lines = recap.bullets(held(outcomes, wins, stuck, commitments, roles, away, long))
    assert len(lines) <= 10
    assert [line for line in lines if len(line) > 280 or not line] == []


def test_a_short_recap_says_everything_in_the_order_of_the_hour():
    assert recap.bullets(held(3, 1, 1, 1)) == (
        "A0 kept it: did 0",
        "Win: win 0",
        "Stuck: stuck 0",
        "A0 will: do 0",
        "Next week: Ana is greeter, Bo is curator",
        "Away, and missed: Cy",
    )


def test_a_long_recap_folds_lines_together_and_loses_none():
    lines = recap.bullets(held(3, 4, 3, 8))
    text = "; ".join(lines)
    assert len(lines) == 10
    assert [n for n in range(8) if f"A{n} will: do {n}" not in text] == []
    assert [n for n in range(4) if f"Win: win {n}" not in text] == []


def test_an_hour_without_words_has_no_bullets():
    assert recap.bullets(held(roles=False, away=False)) == ()


def test_a_meeting_that_moves_on_the_clock_is_announced_once_for_each_move():
    starts = [datetime(2027, 3, 2, 17, tzinfo=UTC) + timedelta(weeks=week) for week in range(5)]
    berlin = [start if start.date().isoformat() < "2027-03-28" else start - timedelta(hours=1) for start in starts]
    assert words.clock_changes(berlin, "Europe/Berlin") == []
    assert words.clock_changes(berlin, "America/New_York") == [
        "From Tue 16 Mar this meeting is Tue 13:00 for you, not Tue 12:00.",
        "From Tue 30 Mar this meeting is Tue 12:00 for you, not Tue 13:00.",
    ]
    assert words.clock_changes(berlin, "Asia/Kolkata") == [
        "From Tue 30 Mar this meeting is Tue 21:30 for you, not Tue 22:30."
    ]


def test_a_meeting_over_midnight_moves_to_another_day():
    starts = [datetime(2027, 3, 9, 4, 30, tzinfo=UTC), datetime(2027, 3, 16, 4, 30, tzinfo=UTC)]
    assert words.clock_changes(starts, "America/New_York") == [
        "From Tue 16 Mar this meeting is Tue 00:30 for you, not Mon 23:30."
    ]


@pytest.mark.parametrize(("names", "said"), [([], ""), (["Ana"], "Ana"), (["Ana", "Bo", "Cy"], "Ana, Bo and Cy")])
def test_names_are_listed_as_people_say_them(names, said):
    assert words.listed(names) == said


def test_times_and_counts_are_said_as_people_do():
    at = datetime(2027, 1, 14, 13, tzinfo=UTC)
    assert words.here(at, "Asia/Karachi") == "Thu 14 Jan, 18:00 your time (Karachi)"
    assert words.weekly(at, "Asia/Kathmandu") == "Thu 18:45"
    assert [words.hours(minutes) for minutes in (0, 60, 510, 45)] == ["0 h", "1 h", "8.5 h", "0.75 h"]
    assert [words.count(n, "person", "people") for n in (0, 1, 2)] == ["0 people", "1 person", "2 people"]
