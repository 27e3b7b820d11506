"""The hour of a finished pod is the least awkward that suits everybody as well."""

from __future__ import annotations

from dataclasses import replace

import matching
from matching.engine import form


def test_of_two_hours_that_suit_all_the_humane_one_is_chosen(rosters):
    late = ("mon 20:30-21:30", "thu 18:00-19:00", "sun 07:00-08:00")
    plan = form(matching.read_roster(rosters.small(rosters.people("ana", "bo", free=late))))
    assert str(plan.pods[0].slot) == "Thu 18:00 Europe/Berlin"
    assert told(plan, "awkward_hours") == (0, 0, True)


def test_an_awkward_hour_that_nobody_can_avoid_is_counted_and_proven(rosters):
    night = rosters.people("ana", "bo", free=["mon 22:00-23:00"])
    plan = form(matching.read_roster(rosters.small(night)))
    assert told(plan, "awkward_hours") == (2, 2, True)


def test_the_hour_falls_on_those_who_had_fewer_awkward_hours_before(rosters):
    def weekly_hour(before):
        ana = ("ana", "Europe/Berlin", ["mon 07:00-08:00", "mon 09:00-10:00"], {"awkward": before})
        others = rosters.people("bo", "cy", zone="Pacific/Auckland", free=["mon 19:00-20:00", "mon 21:00-22:00"])
        plan = form(matching.read_roster(rosters.small([ana, *others])))
        return plan.pods[0].meetings[0].hour, told(plan, "awkward_hours")[0]

    assert weekly_hour(before=0) == (6, 1)
    assert weekly_hour(before=3) == (8, 2)


def test_a_locked_hour_stays_however_awkward(rosters):
    night = rosters.people("ana", "bo", free=["mon 22:00-23:00", "tue 12:00-13:00"])
    slot = {"weekday": "mon", "start": "22:00", "timezone": "Europe/Berlin"}
    plan = form(matching.read_roster(rosters.small(night, locked=[{"pod": "night", "slot": slot}])))
    assert str(plan.pods[0].slot) == "Mon 22:00 Europe/Berlin"


def test_no_plan_is_less_awkward_than_its_bound(rosters):
    for seed in (1, 2):
        roster = matching.read_roster(rosters.roster(40, "world", "realistic", seed))
        plan = form(roster, seconds=4)
        value, bound, proven = told(plan, "awkward_hours")
        assert bound <= value == matching.score(roster, plan).awkward_hours
        assert proven is (value == bound)


def test_a_plan_may_leave_the_levels_below_the_third_untold(rosters):
    roster = matching.read_roster(rosters.small(rosters.people("ana", "bo")))
    plan = form(roster)
    assert [level.name for level in plan.objective][3:] == ["balance", "awkward_hours", "large_pods"]
    assert matching.faults(roster, replace(plan, objective=plan.objective[:3])) == []


def told(plan, name):
    level = next(level for level in plan.objective if level.name == name)
    return level.value, level.bound, level.proven
