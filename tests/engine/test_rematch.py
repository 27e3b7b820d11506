"""A rematch moves as few people as any plan could, says who and why, and moves nobody for nothing."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import cache
from itertools import product

import pytest

import matching
from matching import Fit
from matching.engine import form
from matching.engine.rematch import rematch
from matching.errors import PlanError, Stopped
from matching.rematch import is_of_other_people, leavers, stand, strangers
from matching.repair import repaired

ZONES = ["Europe/Berlin", "Europe/London"]
WINDOWS = ["mon 18:00-19:30", "mon 18:30-20:00", "tue 18:00-19:00", "tue 18:00-20:00", "wed 12:00-13:00"]


def values(plan):
    return {level.name: level.value for level in plan.objective}


def again(roster, before, **options):
    plan = rematch(roster, before, **{"seconds": 20, **options})
    assert matching.faults(roster, plan) == []
    assert values(plan)["moved"] == sum(move.before is not None for move in plan.moves)
    return plan


def formed(data):
    roster = matching.read_roster(data)
    return roster, form(roster, seconds=5)


def without_goals(data):
    """The same roster, in which nothing keeps the search from a quick proof."""
    kept = ("id", "timezone", "free", "if_needed", "away", "traits")
    return data | {"members": [{key: m[key] for key in kept if key in m} for m in data["members"]]}


def pods(plan):
    return {pod.id: [placed.id for placed in pod.members] for pod in plan.pods}


def told(plan):
    return [(move.id, move.before, move.after, move.why) for move in plan.moves]


def person(dice, name):
    times = {"free": dice.sample(WINDOWS, dice.randint(1, 2)), "if_needed": dice.sample(WINDOWS, dice.randint(0, 1))}
    traits = {"level": dice.choice(["junior", "senior"])}
    return {"id": name, "timezone": dice.choice(ZONES), **times, "traits": traits}


def changed(data, seed):
    """Some leave, some join, some change their times, some rules are new."""
    dice = random.Random(seed)
    stay = dice.sample(data["members"], len(data["members"]) - dice.randint(0, 2))
    members = sorted(stay, key=lambda member: member["id"])
    members += [person(dice, f"new{i}") for i in range(dice.randint(0, 2))]
    for i in dice.sample(range(len(members)), dice.randint(0, 2)):
        members[i] = {**members[i], "free": dice.sample(WINDOWS, 1)}
    one, two, three, four = dice.sample([member["id"] for member in members], 4)
    slot = {"weekday": "mon", "start": dice.choice(["18:00", "18:30"]), "timezone": "Europe/Berlin"}
    rules = dice.choice(
        [
            {},
            {},
            {"apart": [[one, two], [three, four]]},
            {"together": [[one, two]]},
            {"never_alone": [{"trait": "level", "value": "junior"}]},
            {"locked": [{"pod": dice.choice(["pod-1", "other"]), "members": [one]}]},
            {"locked": [{"pod": dice.choice(["pod-1", "other"]), "members": [one], "slot": slot}]},
        ]
    )
    return {**data, "members": members, "rules": rules}


def fewest_moved(brute, roster, before):
    """The best (moved, placed, if-needed) over all plans and all ways in which earlier pods may go on in them."""
    zone = {member.id: member.timezone for member in roster.members}
    levels = brute.all_levels(roster)
    hours = {slot: matching.meeting_starts(slot, roster.period) for slot in levels}
    was_in = {placed.id: pod.id for pod in before.pods for placed in pod.members if placed.id in zone}
    lock_of = {name: lock for lock in roster.rules.locked for name in lock.members}

    def cost_of_going_on(ids, earlier):
        starts = matching.meeting_starts(earlier.slot, roster.period)
        locks = {lock_of[i].pod: lock_of[i] for i in ids if i in lock_of}
        costs = [
            sum(level[i] is Fit.IF_NEEDED for i in ids)
            for slot, level in levels.items()
            if hours[slot] == starts and all(level[i] for i in ids) and slot.timezone in {zone[i] for i in ids}
            if all(lock.pod == earlier.id and lock.slot in (None, slot) for lock in locks.values())
        ]
        return min(costs, default=None)

    def name_of(ids):
        return next((lock_of[i].pod for i in ids if i in lock_of), None)

    @cache
    def goings_on(ids):
        """No earlier pod, and each as which this one could go on, with its if-needed hours there."""
        costs = ((pod, cost_of_going_on(ids, pod)) for pod in before.pods)
        return [(None, None), *((pod, cost) for pod, cost in costs if cost is not None)]

    def ways(plan):
        for choices in product(*(goings_on(ids) for ids, _ in plan)):
            earlier = [pod.id for pod, _ in choices if pod]
            new_names = {name_of(ids) for (ids, _), (pod, _) in zip(plan, choices, strict=True) if pod is None}
            if len(set(earlier)) < len(earlier) or new_names & set(earlier):
                continue
            moved, placed, strained = len(was_in), 0, 0
            for (ids, cost), (pod, at) in zip(plan, choices, strict=True):
                moved -= sum(pod is not None and was_in.get(i) == pod.id for i in ids)
                placed, strained = placed + len(ids), strained + (cost if pod is None else at)
            yield moved, -placed, strained

    return min((way for plan in brute.every_plan(roster) for way in ways(plan)), default=None)


@pytest.mark.parametrize("seed", range(25))
def test_no_plan_of_a_small_roster_moves_fewer(rosters, brute, seed):
    dice = random.Random(seed)
    data = rosters.small([], start="2027-03-22") | {"members": [person(dice, f"m{i}") for i in range(8)]}
    _, before = formed(data)
    roster = matching.read_roster(changed(data, seed))
    best = fewest_moved(brute, roster, before)
    if best is None:
        with pytest.raises(matching.NoPlan):
            rematch(roster, before)
        return
    plan = again(roster, before)
    assert (values(plan)["moved"], -values(plan)["placed"], values(plan)["if_needed"]) == best
    assert all(level.proven for level in plan.objective[:3])


@pytest.mark.parametrize(("zones", "tightness"), [("local", "easy"), ("world", "realistic"), ("transatlantic", "hard")])
@pytest.mark.parametrize("seed", [1, 2])
def test_when_nothing_changed_nobody_moves(rosters, zones, tightness, seed):
    roster, before = formed(without_goals(rosters.roster(40, zones, tightness, seed)))
    for number in (1, 99):
        plan = again(roster, before, seed=number)
        assert [(pod.id, pod.slot) for pod in plan.pods][: len(before.pods)] == [(p.id, p.slot) for p in before.pods]
        assert values(plan)["moved"] == 0
        assert all(set(ids) <= set(pods(plan)[name]) for name, ids in pods(before).items())


def test_the_same_question_has_the_same_answer(rosters):
    data = without_goals(rosters.roster(40, "world"))
    _, before = formed(data)
    roster = matching.read_roster(data | {"members": data["members"][3:]})
    first, second = (again(roster, before) for _ in range(2))
    assert (first.pods, first.unplaced, first.moves) == (second.pods, second.unplaced, second.moves)


def test_leavers_and_joiners_move_nobody_where_there_is_room(rosters):
    _, before = formed(rosters.small(rosters.people("ana", "bo", "cy", "di"), high=4))
    now = matching.read_roster(rosters.small(rosters.people("ana", "bo", "cy", "ed"), high=4))
    plan = again(now, before)
    assert pods(plan) == {"pod-1": ["ana", "bo", "cy", "ed"]}
    assert told(plan) == [("ed", None, "pod-1", "joined")]
    assert leavers(now, before) == ("di",)
    assert not is_of_other_people(now, before)


def two_pods(rosters, *, low=2, high=3):
    """Pod-1 on Monday with a1, a2, a3, pod-2 on Tuesday with b1, b2, b3."""
    people = rosters.people("a1", "a2", "a3") + rosters.people("b1", "b2", "b3", free=["tue 18:00-19:00"])
    data = rosters.small(people, low=low, high=high)
    _, before = formed(data)
    assert pods(before) == {"pod-1": ["a1", "a2", "a3"], "pod-2": ["b1", "b2", "b3"]}
    return data, before


def test_a_pod_with_too_few_left_takes_newcomers_first(rosters):
    data, before = two_pods(rosters, low=3)
    members = [member for member in data["members"] if member["id"] != "a3"]
    newcomer = {**data["members"][0], "id": "new"}
    plan = again(matching.read_roster({**data, "members": [*members, newcomer]}), before)
    assert pods(plan)["pod-1"] == ["a1", "a2", "new"]
    assert values(plan)["moved"] == 0


def test_a_pod_with_too_few_left_borrows_before_it_is_closed(rosters):
    data, before = two_pods(rosters)
    for member in data["members"]:
        member["free"] = ["mon 18:00-19:00", "tue 18:00-19:00"] if member["id"] == "b1" else member["free"]
    members = [member for member in data["members"] if member["id"] not in ("a2", "a3")]
    plan = again(matching.read_roster({**data, "members": members}), before)
    assert told(plan) in (
        [("b1", "pod-2", "pod-1", "pod-1 needed one more to go on")],
        [("a1", "pod-1", None, "pod-1 had 1 person left for Mon 18:00 Europe/Berlin and was closed")],
    )
    assert values(plan)["placed"] == 4


def test_the_first_answer_borrows_without_a_solver(rosters):
    people = rosters.people("a1", "a2", "a3") + rosters.people("b1", "b2", "b3", "b4", free=["tue 18:00-19:00"])
    data = rosters.small(people, low=3, high=4)
    _, before = formed(data)
    data["members"][5]["if_needed"] = ["mon 18:00-19:00"]
    standing = stand(matching.read_roster({**data, "members": data["members"][1:]}), before)
    groups = repaired(standing)
    assert (standing.moved(groups), sorted(len(group.units) for group in groups)) == (1, [3, 3])


def test_whoever_changed_their_times_is_told_so(rosters):
    data, before = two_pods(rosters)
    data["members"][0]["free"] = ["tue 18:00-19:00"]
    data["pod_size"]["max"] = 4
    plan = again(matching.read_roster(data), before)
    assert told(plan) == [("a1", "pod-1", "pod-2", "their times no longer fit Mon 18:00 Europe/Berlin")]


def test_a_lock_at_another_hour_moves_its_pod_and_nobody_else(rosters):
    data, before = two_pods(rosters)
    for member in data["members"][:3]:
        member["free"] = ["mon 18:00-19:30"]
    slot = {"weekday": "mon", "start": "18:30", "timezone": "Europe/Berlin"}
    plan = again(matching.read_roster({**data, "rules": {"locked": [{"pod": "pod-1", "slot": slot}]}}), before)
    why = "pod-1 is locked at Mon 18:30 Europe/Berlin instead of Mon 18:00 Europe/Berlin"
    assert told(plan) == [(name, "pod-1", "pod-1", why) for name in ("a1", "a2", "a3")]


def test_a_lock_that_takes_the_name_of_a_pod_closes_the_old_one(rosters):
    data, before = two_pods(rosters)
    plan = again(matching.read_roster({**data, "rules": {"locked": [{"pod": "pod-1", "members": ["b1"]}]}}), before)
    assert "b1" in pods(plan)["pod-1"]
    assert next(move.why for move in plan.moves if move.id == "b1") == "is locked in pod-1"


def test_rules_that_are_new_are_reasons(rosters):
    data, before = two_pods(rosters)
    plan = again(matching.read_roster({**data, "rules": {"apart": [["a1", "a2"]]}}), before)
    (move,) = plan.moves
    other = {"a1": "a2", "a2": "a1"}[move.id]
    assert (move.before, move.after, move.why) == ("pod-1", None, f"must be apart from {other}, who stays in pod-1")


def test_new_pods_never_take_the_name_of_a_closed_one(rosters):
    _, before = two_pods(rosters)
    members = rosters.people("c1", "c2", free=["wed 18:00-19:00"]) + rosters.people("b1", free=["tue 18:00-19:00"])
    now = rosters.small([*members, *rosters.people("a1", "a2")])
    plan = again(matching.read_roster(now), before)
    assert pods(plan) == {"pod-1": ["a1", "a2"], "pod-3": ["c1", "c2"]}
    assert told(plan)[0] == ("b1", "pod-2", None, "pod-2 had 1 person left for Tue 18:00 Europe/Berlin and was closed")


def test_a_pod_goes_on_when_the_last_of_its_zone_leaves_and_nobodys_hour_changes(rosters):
    berlin = rosters.people("ana", zone="Europe/Berlin", free=["mon 18:00-19:00"])
    paris = rosters.people("bo", "cy", zone="Europe/Paris", free=["mon 18:00-19:00"])
    _, before = formed(rosters.small(berlin + paris))
    before = replace(
        before, pods=tuple(replace(p, slot=replace(p.slot, timezone="Europe/Berlin")) for p in before.pods)
    )
    plan = again(matching.read_roster(rosters.small(paris)), before)
    assert (plan.moves, plan.pods[0].slot.timezone, plan.pods[0].id) == ((), "Europe/Paris", before.pods[0].id)


@pytest.mark.parametrize("seed", range(1, 7))
def test_whoever_adds_what_would_place_them_is_placed_and_nobody_moves(rosters, seed):
    zones, tightness = ("world", "hard") if seed % 2 else ("local", "hard")
    data = without_goals(rosters.roster(40, zones, tightness, seed))
    _, before = formed(data)
    hopeful = [left for left in before.unplaced if left.would_place]
    for left in hopeful[:: max(1, len(hopeful) // 4)]:
        members = [
            {**m, "if_needed": [*m.get("if_needed", []), *left.would_place.add]} if m["id"] == left.id else m
            for m in data["members"]
        ]
        plan = again(matching.read_roster({**data, "members": members}), before)
        assert values(plan)["moved"] == 0
        assert left.id in {placed.id for pod in plan.pods for placed in pod.members}


def test_five_per_cent_joins_and_leaves_are_proven_at_sixty(rosters):
    data = without_goals(rosters.roster(60, "transatlantic"))
    _, before = formed(data)
    newcomers = [{**member, "id": f"new-{member['id']}"} for member in data["members"][10:13]]
    roster = matching.read_roster({**data, "members": data["members"][3:] + newcomers})
    plan = again(roster, before)
    assert plan.objective[0].proven
    assert plan.objective[0].name == "moved"


def test_a_plan_of_other_people_is_recognised(rosters):
    _, before = two_pods(rosters)
    roster = matching.read_roster(rosters.small(rosters.people("a1", "x", "y", "z")))
    assert is_of_other_people(roster, before)
    assert [fault.path for fault in strangers(roster, before)][:2] == [
        "$.pods[0].members[1].id",
        "$.pods[0].members[2].id",
    ]


def test_a_plan_that_names_somebody_twice_is_refused(rosters):
    data, before = two_pods(rosters)
    twice = replace(
        before, pods=(before.pods[0], replace(before.pods[1], id="pod-1", members=before.pods[0].members[:1]))
    )
    with pytest.raises(PlanError) as caught:
        rematch(matching.read_roster(data), twice)
    assert [fault.path for fault in caught.value.faults] == ["$.pods[1].id", "$.pods[1].members[0].id"]


def test_the_callers_stop_is_heard(rosters):
    data, before = two_pods(rosters)
    with pytest.raises(Stopped):
        rematch(matching.read_roster(data), before, stop=lambda: True)
