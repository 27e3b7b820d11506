"""An impossible roster is told which of its rules contradict each other, and none of those named is superfluous."""

from __future__ import annotations

import random
from itertools import combinations, product

import pytest

import matching
from matching.claims import Kind, claims, concerned, path
from matching.engine import form
from matching.engine.contradiction import contradiction

BERLIN = {"weekday": "mon", "start": "18:00", "timezone": "Europe/Berlin"}


def told(rosters, people, *, low=2, high=3, **rules):
    roster = matching.read_roster(rosters.small(people, low=low, high=high, **rules))
    return {rule.path: rule.says for rule in contradiction(roster)}


def test_a_roster_with_a_plan_has_no_contradiction(rosters):
    locked = [{"pod": "pod-1", "members": ["ana"], "slot": BERLIN}]
    assert told(rosters, rosters.people("ana", "bo"), locked=locked) == {}


def test_who_cannot_come_to_a_locked_slot_is_named_with_the_hours(rosters):
    people = rosters.people("ana", "cy") + rosters.people("bo", zone="Europe/London")
    assert told(rosters, people, locked=[{"pod": "pod-1", "members": ["ana", "bo"], "slot": BERLIN}]) == {
        "$.rules.locked[0].slot": "pod-1 is locked at Mon 18:00 Europe/Berlin.",
        "$.rules.locked[0].members": "pod-1 is locked with ana and bo.",
        "$.members[2]": (
            "bo cannot come to pod-1 every week: mon 17:00-18:00 on their clock (Europe/London) is not in their times."
        ),
    }


def test_who_must_be_together_with_a_locked_member_is_named(rosters):
    people = rosters.people("ana", "cy") + rosters.people("bo", free=["tue 18:00-19:00"])
    rules = told(rosters, people, together=[["ana", "bo"]], locked=[{"pod": "p", "members": ["ana"], "slot": BERLIN}])
    assert rules["$.rules.together[0]"] == "ana and bo must be together."
    assert rules["$.members[2]"].startswith("bo cannot come to p every week: mon 18:00-19:00")


def test_too_few_others_are_counted(rosters):
    people = rosters.people("ana", "bo") + rosters.people("cy", free=["tue 18:00-19:00"])
    assert told(rosters, people, low=3, locked=[{"pod": "p", "slot": BERLIN}]) == {
        "$.rules.locked[0].slot": "p is locked at Mon 18:00 Europe/Berlin.",
        "$.pod_size.min": "A pod needs at least 3 people.",
        "$.members": "Of the 3 members whom these locks do not name, so many can come every week: 2 to p.",
    }


def test_too_few_people_for_all_locks_are_counted(rosters):
    locked = [{"pod": "p", "members": ["ana"]}, {"pod": "q"}, {"pod": "r", "members": ["bo"]}]
    assert told(rosters, rosters.people("ana", "bo", "cy", "di", "ed"), locked=locked) == {
        "$.rules.locked[1]": "q is locked.",
        "$.rules.locked[0].members": "p is locked with ana.",
        "$.rules.locked[2].members": "r is locked with bo.",
        "$.pod_size.min": "A pod needs at least 2 people; the roster has 5.",
    }


def test_a_slot_in_a_zone_without_anybody_who_can_come_is_named(rosters):
    people = rosters.people("ana", "bo") + rosters.people("cy", zone="Asia/Tokyo", free=["sat 10:00-11:00"])
    slot = {"weekday": "tue", "start": "02:00", "timezone": "Asia/Tokyo"}
    rules = told(rosters, people, locked=[{"pod": "p", "slot": slot}])
    assert rules["$.rules.locked[0].slot.timezone"].startswith("p meets on the clock of Asia/Tokyo")
    assert rules["$.members"].endswith("2 to p, 0 of them at home in Asia/Tokyo.")


@pytest.mark.parametrize("seed", range(120))
def test_what_is_named_is_impossible_and_all_of_it_is_needed(rosters, seed):
    roster = invented(rosters, random.Random(seed))
    every = {path(claim): claim for claim in claims(roster, range(len(roster.rules.locked)))}
    core = {every[rule.path] for rule in contradiction(roster)}
    assert (core == set()) == is_possible(roster, set(every.values()))
    if core:
        assert not is_possible(roster, core)
        assert all(is_possible(roster, core - {claim}) for claim in core)


@pytest.mark.parametrize("seed", range(12))
def test_there_is_a_contradiction_whenever_there_is_no_plan(rosters, seed):
    roster = invented(rosters, random.Random(f"plan {seed}"))
    try:
        form(roster, seconds=3)
    except matching.NoPlan:
        assert contradiction(roster)
    else:
        assert contradiction(roster) == ()


def test_a_wish_to_stop_is_heard(rosters):
    roster = matching.read_roster(rosters.small(rosters.people("ana", "bo"), locked=[{"pod": "p", "slot": BERLIN}]))
    with pytest.raises(matching.Stopped):
        contradiction(roster, stop=lambda: True)


def invented(rosters, dice):
    """A few people and one or two locks, about half of them too much to ask."""
    names = [f"m{n}" for n in range(dice.randint(3, 6))]
    zones = ["Europe/Berlin", "Europe/London"]
    hours = ["mon 18:00-19:00", "mon 17:00-19:00", "mon 19:00-20:00", "tue 18:00-19:00"]
    people = [
        (name, dice.choice(zones), dice.sample(hours, dice.randint(0, 3)), {"traits": {"level": dice.choice("ab")}})
        for name in names
    ]
    people[0] = (people[0][0], "Europe/Berlin", *people[0][2:])
    crews = dice.sample(names, len(names))
    locked = []
    for pod in range(dice.randint(1, 2)):
        lock = {"pod": f"p{pod}"}
        if dice.random() < 0.8:
            lock["members"] = [crews.pop() for _ in range(dice.randint(0, min(2, len(crews))))]
        if dice.random() < 0.6:
            lock["slot"] = {**BERLIN, "start": dice.choice(["18:00", "19:00"])}
        locked.append(lock)
    rules = {"locked": locked}
    if dice.random() < 0.5:
        rules["apart"] = [dice.sample(names, 2)]
    if dice.random() < 0.5:
        rules["never_alone"] = [{"trait": "level", "value": "a"}]
    if dice.random() < 0.5 and crews:
        rules["together"] = [[crews[0], dice.choice([name for name in names if name != crews[0]])]]
    low = dice.randint(2, 3)
    try:
        return matching.read_roster(rosters.small(people, low=low, high=dice.randint(low, 3), weeks=1, **rules))
    except matching.RosterError:
        return invented(rosters, dice)


def is_possible(roster, held):
    """Whether the locked pods can be formed when only these claims hold: by trying every seating."""
    demanded = sorted({claim.number for claim in held if claim.kind in {Kind.POD, Kind.SLOT, Kind.CREW}})
    hours = all_hours(roster)
    strict = strict_members(roster, held, demanded)
    seatings = product([None, *demanded], repeat=len(roster.members))
    return any(
        all(
            is_pod(roster, held, pod, {i for i, seat in enumerate(seating) if seat == pod}, hours, strict)
            for pod in demanded
        )
        for seating in seatings
    )


def strict_members(roster, held, demanded):
    """Those whose times count."""
    kinds = {(claim.kind, claim.number) for claim in held}
    named = set(concerned(roster, demanded))
    return {i for i in range(len(roster.members)) if ((Kind.TIMES, i) if i in named else (Kind.OTHERS, 0)) in kinds}


def is_pod(roster, held, pod, seated, hours, strict):
    kinds = {(claim.kind, claim.number) for claim in held}
    ids = {roster.members[i].id for i in seated}
    rules, lock = roster.rules, roster.rules.locked[pod]
    return (
        bool(ids)
        and ((Kind.FEWEST, 0) not in kinds or len(ids) >= roster.pod_size.min)
        and ((Kind.MOST, 0) not in kinds or len(ids) <= roster.pod_size.max)
        and ((Kind.CREW, pod) not in kinds or set(lock.members) <= ids)
        and all(
            (Kind.TOGETHER, n) not in kinds or len(set(names) & ids) in {0, len(names)}
            for n, names in enumerate(rules.together)
        )
        and all(
            (Kind.APART, n) not in kinds or not any({a, b} <= ids for a, b in combinations(names, 2))
            for n, names in enumerate(rules.apart)
        )
        and all(
            (Kind.NEVER_ALONE, n) not in kinds
            or sum(roster.members[i].traits.get(rule.trait) == rule.value for i in seated) != 1
            for n, rule in enumerate(rules.never_alone)
        )
        and any(
            seated & strict <= fits
            and (
                slot.timezone in {roster.members[i].timezone for i in seated}
                or (slot == lock.slot and (Kind.HOME, pod) not in kinds)
            )
            for slot, fits in hours
            if (Kind.SLOT, pod) not in kinds or slot == lock.slot
        )
    )


def all_hours(roster):
    found = {}
    for zone in sorted({member.timezone for member in roster.members}):
        for start in range(0, 10080, roster.meeting.step):
            slot = matching.Slot(start // 1440, start % 1440, zone, roster.meeting.minutes)
            starts = matching.meeting_starts(slot, roster.period)
            fits = frozenset(i for i, m in enumerate(roster.members) if matching.fit(m, starts, slot.minutes))
            locked = any(lock.slot == slot for lock in roster.rules.locked)
            found.setdefault((zone, fits, slot if locked else None), (slot, fits))
    return list(found.values())
