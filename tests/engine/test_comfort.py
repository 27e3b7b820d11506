"""The last three levels of the objective: an even mix, humane hours, tables that are not too large."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

import matching
from matching.comfort import awkwardness, balance, is_awkward, large_pods

HOME = matching.Member("ana", "Europe/Berlin")


def weekly(hour, minute=0):
    return tuple(datetime(2027, 1, day, hour, minute, tzinfo=UTC) for day in (4, 11))


@pytest.mark.parametrize(
    ("hour", "minute", "awkward"),
    [(7, 0, False), (6, 59, True), (6, 30, True), (19, 0, False), (19, 1, True), (23, 0, True)],
)
def test_an_hour_is_awkward_when_it_touches_minutes_outside_eight_to_nine(hour, minute, awkward):
    assert is_awkward(HOME, weekly(hour, minute), 60) is awkward


def test_one_awkward_week_is_enough_unless_the_member_is_away_then():
    shifting = (*weekly(12), datetime(2027, 1, 18, 22, tzinfo=UTC))
    assert is_awkward(HOME, shifting, 60)
    assert not is_awkward(replace(HOME, away=(matching.parse_away("2027-01-18/2027-01-18"),)), shifting, 60)


def test_whoever_had_more_awkward_hours_weighs_more():
    assert [awkwardness(replace(HOME, awkward=before)) for before in (0, 1, 3)] == [1, 3, 7]


def test_a_pod_is_even_when_it_holds_the_whole_numbers_nearest_to_its_fair_part(rosters):
    juniors = [("a", {"level": "junior"}), ("b", {"level": "junior"}), ("c", {"level": "senior"}), ("d", {}), ("e", {})]
    people = [(name, "UTC", ["mon 10:00-11:00"], {"traits": traits}) for name, traits in juniors]
    roster = matching.read_roster(rosters.small(people, spread=[{"trait": "level"}]))
    # Two fifths are junior, one fifth senior: a pair has 0 or 1 of each, a trio 1 or 2 juniors and 0 or 1 seniors.
    assert balance(roster, [["a", "c"], ["b", "d", "e"]]) == 0
    assert balance(roster, [["a", "b"], ["c", "d", "e"]]) == 1 + 1


def test_seats_above_eight_are_counted():
    assert large_pods([6, 8, 9, 12]) == 1 + 4


def test_a_history_of_awkward_hours_is_read_written_and_bounded(rosters):
    data = rosters.small(rosters.people("ana", "bo", awkward=2))
    roster = matching.read_roster(data)
    assert matching.read_roster(matching.write_roster(roster)) == roster
    for wrong, says in (
        (-1, "awkward is -1; allowed: 0 to 1000"),
        (True, "allowed: a whole number"),
        (1e3, "a number"),
    ):
        data["members"][0]["awkward"] = wrong
        with pytest.raises(matching.RosterError) as caught:
            matching.read_roster(data)
        assert caught.value.faults[0].path == "$.members[0].awkward"
        assert says in caught.value.faults[0].message
