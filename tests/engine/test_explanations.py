"""Everybody learns why: members of a pod, and those without one."""

from __future__ import annotations

import matching
from matching.engine import form
from matching.explain import local_times, longest_run
from matching.slots import stretch
from matching.ways_in import windows


def unplaced(rosters, people, **rules):
    roster = matching.read_roster(rosters.small(people, low=2, high=3, **rules))
    plan = form(roster, seconds=3)
    assert matching.faults(roster, plan) == []
    return {member.id: member for member in plan.unplaced}


def test_who_gave_no_times_is_told_so(rosters):
    left = unplaced(rosters, [*rosters.people("ana", "bo"), *rosters.people("cy", free=[])])
    assert left["cy"].code == "no_times"
    assert left["cy"].would_place.add == ("mon 18:00-19:00",)


def test_times_shorter_than_the_meeting_are_named(rosters):
    left = unplaced(rosters, [*rosters.people("ana", "bo"), *rosters.people("cy", free=["mon 18:30-19:00"])])
    assert left["cy"].code == "times_too_short"
    assert "longest time given is 30 minutes" in left["cy"].why
    assert left["cy"].would_place.add == ("mon 18:00-18:30",)


def test_times_that_hold_no_start_on_the_grid_are_named(rosters):
    left = unplaced(rosters, [*rosters.people("ana", "bo"), *rosters.people("cy", free=["mon 18:15-19:20"])])
    assert left["cy"].code == "no_slot_in_times"
    assert left["cy"].would_place.add == ("mon 18:00-18:15",)


def test_an_hour_that_suits_too_few_is_named(rosters):
    left = unplaced(rosters, [*rosters.people("ana", "bo"), *rosters.people("cy", free=["sat 10:00-12:00"])])
    assert left["cy"].code == "too_few_share_a_slot"
    assert "the best suits 1" in left["cy"].why


def test_full_pods_are_named_and_nothing_helps(rosters):
    left = unplaced(rosters, rosters.people("ana", "bo", "cy", "di", "ed", "flo", "gus", free=["mon 18:00-19:00"])[:4])
    assert left == {}
    people = rosters.people("ana", "bo", "cy") + rosters.people("di", free=["mon 18:00-19:00"], zone="Europe/Vienna")
    left = unplaced(rosters, people, together=[["ana", "bo", "cy"]])
    assert {member.code for member in left.values()} == {"pods_full"}
    assert all(member.would_place is None and "full" in member.why for member in left.values())


def test_a_rule_in_the_way_is_named(rosters):
    left = unplaced(rosters, rosters.people("ana", "bo", "cy"), apart=[["ana", "bo"]])
    (member,) = left.values()
    assert member.code == "rules"
    assert member.would_place is None


def test_a_pod_without_room_for_all_who_must_be_together_is_full_to_them(rosters):
    groups = [["ana", "bo", "cy"], ["di", "ed"]]
    data = rosters.small(rosters.people("ana", "bo", "cy", "di", "ed"), low=3, high=4, together=groups)
    left = form(matching.read_roster(data), seconds=3).unplaced
    assert {(member.id, member.code) for member in left} == {("di", "pods_full"), ("ed", "pods_full")}
    assert "all 2 who must be together has room for 2 more" in left[0].why
    assert "no pod has room for all 2 who must be together" in left[0].why
    assert "a new pod needs 3 people, but only 2 are without one" in left[0].why


def test_the_more_humane_of_two_equal_additions_is_proposed(rosters):
    early = rosters.people("ana", "bo", free=["mon 05:00-06:00"])
    late = rosters.people("cy", "di", free=["tue 19:00-20:00"])
    left = unplaced(rosters, [*early, *late, *rosters.people("ed", free=[])])
    assert left["ed"].would_place.add == ("tue 19:00-20:00",)


def test_an_addition_covers_the_weeks_after_a_clock_change(rosters):
    york = rosters.people("ana", "bo", zone="America/New_York", free=["mon 12:00-13:00"])
    data = rosters.small([*york, *rosters.people("cy", free=[])], weeks=2, start="2027-03-22")
    (member,) = form(matching.read_roster(data)).unplaced
    assert member.would_place.add == ("mon 17:00-19:00",)


def test_adding_the_proposed_time_and_forming_again_places_the_member(rosters):
    data = rosters.small([*rosters.people("ana", "bo"), *rosters.people("cy", free=["sat 10:00-12:00"])])
    (left,) = form(matching.read_roster(data)).unplaced
    data["members"][2]["if_needed"] = list(left.would_place.add)
    assert form(matching.read_roster(data)).unplaced == ()


def test_a_member_reads_their_own_wall_time_for_each_stretch_of_weeks():
    york = matching.Slot(weekday=0, start=12 * 60, timezone="America/New_York", minutes=60)
    starts = matching.meeting_starts(york, matching.Period(matching.parse_away("2027-03-08/2027-03-08").first, 4))
    lisbon = matching.Member(id="m", timezone="Europe/Lisbon")
    assert local_times(lisbon, starts) == ("Mon 17:00 until 2027-03-08", "Mon 16:00 until 2027-03-22", "Mon 17:00")


def test_a_pod_tells_what_its_members_share(rosters):
    people = rosters.people("ana", "bo", "cy", goals=["Portfolio"]) + rosters.people("di", goals=["chess"])
    roster = matching.read_roster(rosters.small(people, low=4, high=4))
    (pod,) = form(roster).pods
    assert pod.shared_goals == ("portfolio",)
    assert pod.members[0].why == ("shares goal portfolio with 2", "free every week")
    assert pod.members[3].why == ("free every week",)


def test_weeks_away_and_if_needed_weeks_are_counted(rosters):
    away = rosters.people("ana", away=["2027-01-11/2027-01-12"])
    maybe = rosters.people("bo", free=[], if_needed=["mon 18:00-19:00"])
    (pod,) = form(matching.read_roster(rosters.small([*away, *maybe]))).pods
    assert pod.members[0].why == ("free in every other week", "away in 1 of 2 weeks")
    assert pod.members[1].why == ("if needed in 2 of 2 weeks",)


def test_a_set_of_minutes_becomes_windows_over_sunday_midnight():
    assert [str(w) for w in windows(stretch(10080 - 60, 120))] == ["sun 23:00-01:00"]
    assert [str(w) for w in windows(stretch(600, 30) | stretch(700, 5))] == ["mon 10:00-10:30", "mon 11:40-11:45"]
    assert len(windows(stretch(0, 10080))) == 7
    assert [w.minutes for w in windows(stretch(0, 2000))] == [1440, 560]


def test_the_longest_run_goes_over_sunday_midnight():
    assert longest_run(stretch(10080 - 60, 120)) == 120
    assert longest_run(stretch(0, 10080)) == 10080
    assert longest_run(0) == 0


def test_company_that_cannot_come_is_named(rosters):
    late = rosters.people("di", free=["sat 10:00-11:00"])
    left = unplaced(rosters, rosters.people("ana", "bo", "cy") + late, together=[["cy", "di"]])
    assert left["cy"].code == "rules"
    assert "must share a pod with di" in left["cy"].why


def test_people_needed_in_other_pods_are_named(rosters):
    both = rosters.people("ana", free=["mon 18:00-19:00", "tue 18:00-19:00"])
    one = rosters.people("cy", free=["mon 18:00-19:00"])
    left = unplaced(rosters, [*both, *one, *rosters.people("di", free=["tue 18:00-19:00"])])
    assert len(left) == 1
    assert {member.code for member in left.values()} == {"others_placed_elsewhere"}
