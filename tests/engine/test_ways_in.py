"""``would_place`` is honest: the addition places the member without moving anybody, and no smaller one does."""

from __future__ import annotations

import dataclasses
import random
import re
from itertools import chain, combinations
from zoneinfo import ZoneInfo

import pytest

import matching
from matching.assemble import assemble
from matching.engine import form
from matching.greedy import greedy
from matching.problem import pose
from matching.slots import is_away, touched, week_minutes

DAYS = ["mon", "tue", "wed"]


def test_a_pod_can_be_opened_among_those_without_one(rosters):
    full = rosters.people("ana", "bo", "cy", free=["mon 18:00-19:00"])
    late = rosters.people("di", free=["sat 10:00-11:00"]) + rosters.people("ed", free=[])
    left = unplaced(rosters, full + late)
    assert left["ed"].would_place == matching.WouldPlace(add=("sat 10:00-11:00",), pod="pod-2")
    assert left["di"].would_place is None


def test_a_new_pod_may_be_anchored_by_the_member_alone(rosters):
    full = rosters.people("ana", "bo", "cy", zone="Asia/Tokyo", free=["mon 18:00-19:00"])
    off_grid = rosters.people("di", zone="Asia/Kathmandu", free=["sat 10:15-11:45"])
    alone = rosters.people("ed", zone="Europe/Berlin", free=["sat 05:30-06:00"])
    left = unplaced(rosters, full + off_grid + alone)
    assert left["ed"].would_place == matching.WouldPlace(add=("sat 06:00-06:30",), pod="pod-2")


def test_a_new_pod_has_a_name_that_no_lock_has_taken(rosters):
    full = rosters.people("ana", "bo", "cy", free=["mon 18:00-19:00"])
    late = rosters.people("di", free=["sat 10:00-11:00"]) + rosters.people("ed", free=[])
    left = unplaced(rosters, full + late, locked=[{"pod": "pod-2", "members": ["ana"]}])
    assert left["ed"].would_place.pod == "pod-1"


def test_an_addition_places_those_who_must_be_together_with_the_member(rosters):
    pair = rosters.people("di", free=["mon 18:00-19:00"]) + rosters.people("ed", free=["mon 18:00-18:30"])
    left = unplaced(rosters, rosters.people("ana", "bo") + pair, together=[["di", "ed"]], high=4)
    assert left["ed"].would_place == matching.WouldPlace(add=("mon 18:30-19:00",), pod="pod-1")
    assert left["di"].would_place is None
    assert "those they must be together with can come to no pod" in left["di"].why


def test_who_may_not_be_alone_is_let_in_with_company_that_waits(rosters):
    kind = {"traits": {"level": "new"}}
    pod = rosters.people("ana", "bo", traits={"level": "old"})
    waits = [("di", "Europe/Berlin", ["mon 18:00-19:00"], kind), ("ed", "Europe/Berlin", ["tue 18:00-19:00"], kind)]
    left = unplaced(rosters, pod + waits, high=4, never_alone=[{"trait": "level", "value": "new"}])
    assert left["ed"].would_place == matching.WouldPlace(add=("mon 18:00-19:00",), pod="pod-1")
    assert left["di"].would_place == matching.WouldPlace(add=("tue 18:00-19:00",), pod="pod-2")


def test_nothing_helps_where_every_pod_is_full_and_too_few_are_left(rosters):
    full = rosters.people("ana", "bo", "cy", zone="Europe/Vienna")
    (left,) = unplaced(rosters, full + rosters.people("di"), together=[["ana", "bo", "cy"]]).values()
    assert left.would_place is None
    assert left.why.endswith(
        "More time would not help without moving somebody: every pod is full, "
        "and a new pod needs 2 people, but only 1 is without one."
    )


@pytest.mark.parametrize("seed", range(40))
def test_no_smaller_addition_places_anybody_and_the_proposed_one_keeps_every_rule(rosters, brute, seed):
    roster = invented(rosters, random.Random(seed))
    plan = some_plan(roster, random.Random(seed))
    suits = hours(roster)
    for left in plan.unplaced:
        ways = list(every_way(roster, plan, left.id, suits, brute))
        assert (left.would_place is None) == (not ways)
        if not ways:
            continue
        best = min(ways, key=lambda way: cost(way[0]))
        added = week_minutes(matching.parse_window(window) for window in left.would_place.add)
        assert cost(added) == cost(best[0])
        named = [way for way in ways if way[0] == added and way[1] == left.would_place.pod]
        assert named
        assert matching.faults(*extended(roster, plan, left, named[0])) == []


@pytest.mark.parametrize("zones", ["transatlantic", "world"])
def test_forming_again_with_the_addition_places_more(rosters, zones):
    roster = matching.read_roster(rosters.roster(20, zones, "hard", 1, pod_size={"min": 4, "max": 6}))
    plan = form(roster, seconds=3)
    left = plan.unplaced[0]
    again = form(with_time(roster, left.id, left.would_place.add), seconds=3)
    assert again.objective[0].value > plan.objective[0].value


def unplaced(rosters, people, *, high=3, **rules):
    roster = matching.read_roster(rosters.small(people, low=2, high=high, **rules))
    plan = form(roster, seconds=3)
    assert matching.faults(roster, plan) == []
    return {member.id: member for member in plan.unplaced}


def invented(rosters, dice):
    """A few people over a clock change, with rules that are met by leaving somebody out."""
    names = [f"m{n}" for n in range(dice.randint(5, 8))]
    zones = dice.sample(["Europe/Berlin", "Europe/London", "America/New_York", "Asia/Kathmandu"], dice.randint(1, 3))
    people = [
        (
            name,
            dice.choice(zones),
            [window(dice) for _ in range(dice.randint(0, 3))],
            {
                "if_needed": [window(dice) for _ in range(dice.randint(0, 2))],
                "away": ["2027-03-22/2027-03-26"] if dice.random() < 0.2 else [],
                "traits": {"level": dice.choice(["new", "old"])},
            },
        )
        for name in names
    ]
    rules = {}
    if dice.random() < 0.5:
        rules["apart"] = [dice.sample(names, dice.randint(2, 3))]
    if dice.random() < 0.3:
        rules["together"] = [sorted(set(names) - set(*rules.get("apart", [[]])))[:2]]
    if dice.random() < 0.4:
        rules["never_alone"] = [{"trait": "level", "value": "new"}]
    low = dice.randint(2, 3)
    data = rosters.small(people, low=low, high=low + dice.randint(0, 2), minutes=60, start="2027-03-22", **rules)
    data["meeting"]["step"] = 60
    return matching.read_roster(data)


def window(dice):
    start = dice.randint(14, 20) * 60 + dice.choice([0, 0, 15, 30])
    end = start + dice.choice([60, 90, 120])
    return f"{dice.choice(DAYS)} {start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"


def some_plan(roster, dice):
    """A sound plan that leaves many out, some of them for no reason."""
    problem = pose(roster)
    return assemble(problem, [g for g in greedy(problem) if dice.random() < 0.7], (), seconds=0.0, seed=1)


def every_way(roster, plan, identity, suits, brute):
    """Each (minutes to add, pod, slot, members) that lets the member in without moving anybody."""
    members = {member.id: member for member in roster.members}
    others = [left.id for left in plan.unplaced if left.id != identity]
    taken = {pod.id for pod in plan.pods}
    new = next(f"pod-{n}" for n in range(1, 99) if f"pod-{n}" not in taken)
    zones = {members[name].timezone for name in [identity, *others]}
    tables = [(pod.id, pod.slot, [placed.id for placed in pod.members]) for pod in plan.pods]
    tables += [(new, slot, []) for slot in suits if slot.timezone in zones]
    for name, slot, seated in tables:
        able = [other for other in others if other in suits[slot]]
        for mates in chain.from_iterable(combinations(able, size) for size in range(len(able) + 1)):
            pod = {identity, *seated, *mates}
            if (
                roster.pod_size.min <= len(pod) <= roster.pod_size.max
                and slot.timezone in {members[mate].timezone for mate in pod}
                and brute.keeps_rules(roster, pod)
            ):
                starts = matching.meeting_starts(slot, roster.period)
                yield missing(members[identity], starts, roster.meeting.minutes), name, slot, sorted(pod)
                break


def missing(member, starts, minutes):
    zone, needed = ZoneInfo(member.timezone), 0
    for begin in starts:
        if not is_away(member, begin.astimezone(zone).date()):
            needed |= touched(zone, begin, minutes)
    return needed & ~week_minutes((*member.free, *member.if_needed))


def cost(minutes):
    """Minutes to add; of them outside 08-21, outside 07-22 and so on to the middle of the night."""
    hours = [minute % 1440 / 60 for minute in range(10080) if minutes >> minute & 1]
    return len(hours), *(sum(not 8 - more <= hour < 21 + more for hour in hours) for more in range(6))


def with_time(roster, identity, windows):
    added = tuple(matching.parse_window(window) for window in windows)
    members = tuple(
        dataclasses.replace(member, if_needed=member.if_needed + added) if member.id == identity else member
        for member in roster.members
    )
    return dataclasses.replace(roster, members=members)


def extended(roster, plan, left, way):
    """The roster with the addition, and the plan with the pod of this way: nobody who had a pod has moved."""
    _, name, slot, whole = way
    richer = with_time(roster, left.id, left.would_place.add)
    starts = matching.meeting_starts(slot, roster.period)
    placed = tuple(
        matching.Placed(identity, matching.fit(richer.member(identity), starts, slot.minutes)) for identity in whole
    )
    pods = {pod.id: pod for pod in plan.pods} | {name: matching.Pod(name, slot, starts, placed)}
    larger = dataclasses.replace(
        plan,
        roster_sha256=matching.roster_sha256(richer),
        pods=tuple(pods.values()),
        unplaced=tuple(
            dataclasses.replace(other, would_place=None) for other in plan.unplaced if other.id not in whole
        ),
    )
    score = matching.score(richer, larger)
    levels = dataclasses.asdict(score).items()
    return richer, dataclasses.replace(
        larger, objective=tuple(matching.Level(level, value, value, proven=True) for level, value in levels)
    )


@pytest.mark.parametrize("seed", range(100, 130))
def test_every_reason_is_true(rosters, brute, seed):
    roster = invented(rosters, random.Random(seed))
    plan = some_plan(roster, random.Random(seed))
    every_slot = hours(roster)
    suits = anchored(roster, every_slot)
    waiting = {left.id for left in plan.unplaced}
    for left in plan.unplaced:
        assert REASONS[left.code](roster, plan, left, suits, waiting)
        at_once = any(not added for added, *_ in every_way(roster, plan, left.id, every_slot, brute))
        assert (left.code == "search_ended") == at_once


def hours(roster):
    """Who can come to each slot on the grid."""
    found = {}
    for zone in sorted({member.timezone for member in roster.members}):
        for start in range(0, 10080, roster.meeting.step):
            slot = matching.Slot(start // 1440, start % 1440, zone, roster.meeting.minutes)
            starts = matching.meeting_starts(slot, roster.period)
            found[slot] = {m.id for m in roster.members if matching.fit(m, starts, slot.minutes)}
    return found


def anchored(roster, suits):
    """Who can come, where somebody among them lives in the zone of the slot."""
    return [able for slot, able in suits.items() if any(roster.member(i).timezone == slot.timezone for i in able)]


def crew(roster, identity):
    """The member and those they must be together with."""
    return next(({*names} for names in roster.rules.together if identity in names), {identity})


def whole(roster, able):
    return {name for name in able if crew(roster, name) <= able}


def numbers(text):
    return [int(word) for word in re.findall(r"\d+", text)]


def longest(member):
    week = week_minutes((*member.free, *member.if_needed))
    return max(len(run) for run in f"{week:010080b}".split("0"))


def has_no_times(roster, plan, left, suits, waiting):
    return longest(roster.member(left.id)) == 0


def has_short_times(roster, plan, left, suits, waiting):
    return numbers(left.why)[:2] == [roster.meeting.minutes, longest(roster.member(left.id))] and (
        longest(roster.member(left.id)) < roster.meeting.minutes
    )


def has_no_slot(roster, plan, left, suits, waiting):
    return not any(left.id in able for able in suits)


def has_too_little_company(roster, plan, left, suits, waiting):
    most = max(len(able) for able in suits if left.id in able)
    return most < roster.pod_size.min and numbers(left.why)[:2] == [roster.pod_size.min, most]


def meets_full_pods(roster, plan, left, suits, waiting):
    together = crew(roster, left.id)
    sizes = [
        len(pod.members)
        for pod in plan.pods
        if all(matching.fit(roster.member(name), pod.meetings, roster.meeting.minutes) for name in together)
    ]
    return bool(sizes) and all(size + len(together) > roster.pod_size.max for size in sizes)


def lost_company(roster, plan, left, suits, waiting):
    shares = [whole(roster, able) for able in suits]
    most = max(len(share & waiting) for share in shares if left.id in share and len(share) >= roster.pod_size.min)
    return most < roster.pod_size.min and numbers(left.why)[:2] == [most, roster.pod_size.min]


def is_kept_out_by_rules(roster, plan, left, suits, waiting):
    """Without any rules there is a pod with room, or enough people for one; or the rule named is theirs."""
    able = [able for able in suits if left.id in able]
    roomy = [pod for pod in plan.pods if len(pod.members) < roster.pod_size.max]
    return any(len(share) >= roster.pod_size.min for share in able) or any(
        matching.fit(roster.member(left.id), pod.meetings, roster.meeting.minutes) for pod in roomy
    )


REASONS = {
    "no_times": has_no_times,
    "times_too_short": has_short_times,
    "no_slot_in_times": has_no_slot,
    "too_few_share_a_slot": has_too_little_company,
    "pods_full": meets_full_pods,
    "others_placed_elsewhere": lost_company,
    "rules": is_kept_out_by_rules,
    "search_ended": lambda *_: True,
}
