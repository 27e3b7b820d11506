"""Plans are sound, as good as the best of all plans, and their bounds are true."""

from __future__ import annotations

import random

import pytest

import matching
from matching.engine import form

ZONES = ["Europe/Berlin", "Europe/London"]
WINDOWS = ["mon 18:00-19:30", "mon 18:30-20:00", "tue 18:00-19:00", "tue 18:00-20:00", "wed 12:00-13:00"]


def values(plan):
    return {level.name: level.value for level in plan.objective}


def solve(data, **options):
    roster = matching.read_roster(data)
    plan = form(roster, seconds=20, **options)
    assert matching.faults(roster, plan) == []
    return plan


def invented(rosters, seed, rules):
    dice = random.Random(seed)
    people = [
        (
            f"m{i}",
            dice.choice(ZONES),
            dice.sample(WINDOWS, dice.randint(0, 2)),
            {
                "if_needed": dice.sample(WINDOWS, dice.randint(0, 1)),
                "goals": dice.sample(["a", "b", "c"], dice.randint(0, 2)),
                "traits": {"level": dice.choice(["junior", "senior"])},
            },
        )
        for i in range(dice.randint(6, 8))
    ]
    return rosters.small(people, low=2, high=3, start="2027-03-22", **rules(dice))


def no_rules(dice):
    return {}


def some_rules(dice):
    one, two, three, four, five, six = dice.sample([f"m{i}" for i in range(6)], 6)
    together = dice.choice([[], [[one, three]], [[one, three], [five, six]]])
    alone = [{"trait": "level", "value": "junior"}]
    return {"apart": [[one, two, five], [three, four]], "together": together, "never_alone": alone}


def a_lock(dice):
    members = dice.sample([f"m{i}" for i in range(6)], dice.randint(1, 2))
    slot = {"weekday": "mon", "start": dice.choice(["18:00", "18:30"]), "timezone": "Europe/Berlin"}
    lock = {"pod": "home", "members": members}
    return {"locked": [lock if dice.random() < 0.5 else {**lock, "slot": slot}]}


@pytest.mark.parametrize("rules", [no_rules, some_rules, a_lock])
@pytest.mark.parametrize("seed", range(15))
def test_no_plan_of_a_small_roster_is_better(rosters, brute, seed, rules):
    data = invented(rosters, seed, rules)
    roster = matching.read_roster(data)
    best = brute.best(roster)
    if best is None:
        with pytest.raises(matching.NoPlan):
            form(roster)
        return
    placed, if_needed, match = best
    plan = solve(data)
    assert [level.value for level in plan.objective[:2]] == [placed, if_needed]
    assert all(level.proven for level in plan.objective[:2])
    assert plan.objective[2].value <= match + 1e-6 <= plan.objective[2].bound + 2e-6


def pods(plan):
    return sorted(sorted(placed.id for placed in pod.members) for pod in plan.pods)


def test_members_who_must_be_together_are_placed_together_or_not_at_all(rosters):
    late = rosters.people("di", free=["sat 10:00-11:00"])
    plan = solve(rosters.small(rosters.people("ana", "bo", "cy") + late, low=2, high=4, together=[["cy", "di"]]))
    assert pods(plan) == [["ana", "bo"]]


def test_members_who_must_be_apart_are_in_different_pods(rosters):
    plan = solve(rosters.small(rosters.people("ana", "bo", "cy", "di"), low=2, high=4, apart=[["ana", "bo"]]))
    assert values(plan)["placed"] == 4
    assert len(plan.pods) == 2


def test_apart_may_leave_somebody_out(rosters):
    plan = solve(rosters.small(rosters.people("ana", "bo", "cy"), low=2, high=3, apart=[["ana", "bo"]]))
    assert values(plan)["placed"] == 2


def test_nobody_is_the_only_one_of_a_kind(rosters):
    mixed = rosters.people("ana", "bo", traits={"level": "senior"}) + rosters.people("cy", traits={"level": "junior"})
    rule = [{"trait": "level", "value": "junior"}]
    assert pods(solve(rosters.small(mixed, never_alone=rule))) == [["ana", "bo"]]


def test_a_locked_pod_keeps_its_name_members_and_slot(rosters):
    slot = {"weekday": "mon", "start": "18:30", "timezone": "Europe/Berlin"}
    people = rosters.people("ana", "bo", "cy", "di", free=["mon 18:00-20:00"])
    plan = solve(rosters.small(people, locked=[{"pod": "pod-7", "members": ["ana", "di"], "slot": slot}]))
    pod = next(pod for pod in plan.pods if pod.id == "pod-7")
    assert {"ana", "di"} <= {placed.id for placed in pod.members}
    assert str(pod.slot) == "Mon 18:30 Europe/Berlin"
    assert values(plan)["placed"] == 4


def test_two_locked_pods_stay_two(rosters):
    locks = [{"pod": "a", "members": ["ana"]}, {"pod": "b", "members": ["bo"]}]
    plan = solve(rosters.small(rosters.people("ana", "bo", "cy", "di"), high=4, locked=locks))
    assert sorted(pod.id for pod in plan.pods) == ["a", "b"]


def test_a_locked_pod_without_members_is_formed_all_the_same(rosters):
    slot = {"weekday": "tue", "start": "18:00", "timezone": "Europe/Berlin"}
    people = rosters.people("ana", "bo", "cy", "di", free=["mon 18:00-19:00", "tue 18:00-19:00"])
    plan = solve(rosters.small(people, high=4, locked=[{"pod": "tuesday", "slot": slot}]))
    assert "tuesday" in {pod.id for pod in plan.pods}


@pytest.mark.parametrize(
    "lock",
    [
        {"pod": "p", "members": ["di"]},
        {"pod": "p", "members": ["di"], "slot": {"weekday": "mon", "start": "18:00", "timezone": "Europe/Berlin"}},
        {"pod": "p", "slot": {"weekday": "fri", "start": "18:00", "timezone": "Europe/Berlin"}},
    ],
)
def test_a_lock_that_cannot_be_kept_is_told_in_words(rosters, lock):
    people = rosters.people("ana", "bo", "cy") + rosters.people("di", free=["sat 10:00-11:00"])
    with pytest.raises(matching.NoPlan, match="Pod p is locked"):
        solve(rosters.small(people, locked=[lock]))


def test_the_anchor_is_the_zone_of_a_member_of_the_pod(rosters):
    people = rosters.people("ana", "bo", zone="Asia/Kolkata", free=["mon 18:15-19:15"])
    lisbon = rosters.people("cy", zone="Europe/Lisbon", free=["mon 03:00-04:00"])
    plan = solve(rosters.small(people + lisbon))
    assert plan.pods == ()


def test_spread_evens_out_a_trait(rosters):
    people = [
        *rosters.people("a1", "a2", traits={"level": "x"}),
        *rosters.people("b1", "b2", traits={"level": "y"}),
    ]
    plan = solve(rosters.small(people, high=2, spread=[{"trait": "level"}]))
    assert all({name[0] for name in pod} == {"a", "b"} for pod in pods(plan))


def test_free_time_is_used_before_if_needed_time(rosters):
    people = rosters.people("ana", "bo", free=["tue 18:00-19:00"], if_needed=["mon 18:00-19:00"])
    plan = solve(rosters.small(people))
    assert str(plan.pods[0].slot).startswith("Tue")
    assert values(plan)["if_needed"] == 0


def test_goals_decide_among_people_with_the_same_times(rosters):
    people = rosters.people("a1", "a2", goals=["x"]) + rosters.people("b1", "b2", goals=["y"])
    plan = solve(rosters.small([people[0], people[2], people[1], people[3]], high=2))
    assert pods(plan) == [["a1", "a2"], ["b1", "b2"]]
    assert plan.status is matching.Status.OPTIMAL


def test_an_empty_roster_gives_an_empty_proven_plan(rosters):
    plan = solve(rosters.small([]))
    assert plan.pods == plan.unplaced == ()
    assert plan.reason


def test_the_same_seed_gives_the_same_plan(rosters):
    data = rosters.roster(40, "transatlantic")
    first, second = (solve(data, seed=7) for _ in range(2))
    assert first.pods == second.pods
    assert first.unplaced == second.unplaced


def test_the_callers_stop_is_heard(rosters):
    roster = matching.read_roster(rosters.roster(150, "world"))
    asked = []

    def stop():
        asked.append(True)
        return len(asked) > 3

    with pytest.raises(matching.Stopped):
        form(roster, seconds=60, stop=stop)


def test_the_stop_is_heard_while_the_solver_finds_nothing(rosters):
    roster = matching.read_roster(rosters.roster(60, "world", "easy", 2))
    steps = []
    with pytest.raises(matching.Stopped):
        form(roster, seconds=60, on_progress=steps.append, stop=lambda: bool(steps) and steps[-1].step == "if-needed")


def test_progress_runs_through_the_steps_and_never_back(rosters):
    seen = []
    roster = matching.read_roster(rosters.roster(30))
    form(roster, on_progress=seen.append)
    steps = list(dict.fromkeys(progress.step for progress in seen))
    assert steps == ["reading times", "placing", "if-needed", "goals", "hours", "bounds"]
    assert [p.placed for p in seen] == sorted(p.placed for p in seen)
    assert all(p.placed <= p.bound <= p.members == 30 for p in seen)
