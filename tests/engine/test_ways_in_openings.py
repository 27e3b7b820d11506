"""Completing a pod: found whenever there is a way, and only then."""

from __future__ import annotations

import random
from itertools import chain, combinations

import pytest

import matching
from matching.openings import Openings, Table
from matching.problem import pose
from matching.sets import numbers_in


@pytest.mark.parametrize("seed", range(150))
def test_a_table_is_completed_exactly_when_some_choice_of_units_completes_it(rosters, brute, seed):
    dice = random.Random(seed)
    roster, problem = ruled(rosters, dice)
    openings = Openings(problem)
    first, *waiting = dice.sample(range(len(problem.units)), len(problem.units))
    anchors = sum(1 << i for i in range(len(roster.members)) if dice.random() < 0.4)
    table = openings.completed(openings.seat(Table(), first), waiting, anchors)
    assert (table is not None) == any(
        is_pod(roster, problem, chosen, anchors, brute)
        for more in chain.from_iterable(combinations(waiting, n) for n in range(len(waiting) + 1))
        for chosen in [problem.members_of((first, *more))]
    )
    assert not openings.gave_up
    assert table is None or is_pod(roster, problem, table.members, anchors, brute)


def test_a_crowd_that_must_be_apart_is_seen_through_at_once(rosters):
    people = rosters.people(*(f"m{n:02}" for n in range(60)))
    crowds = [[f"m{n:02}" for n in range(start, start + 15)] for start in range(0, 60, 15)]
    problem = pose(matching.read_roster(rosters.small(people, low=5, high=6, apart=crowds)))
    openings = Openings(problem)
    seated = openings.seat(Table(), 0)
    assert openings.completed(seated, range(1, 60), -1) is None


def test_too_many_crossing_rules_are_given_up_and_said_so(rosters):
    dice = random.Random(1)
    traits = [{f"t{n}": dice.choice("abcde") for n in range(40)} for _ in range(60)]
    people = [(f"m{n}", "Europe/Berlin", ["mon 18:00-19:00"], {"traits": traits[n]}) for n in range(60)]
    rules = [{"trait": f"t{n}", "value": "a"} for n in range(40)]
    openings = Openings(pose(matching.read_roster(rosters.small(people, low=6, high=8, never_alone=rules))))
    assert openings.completed(openings.seat(Table(), 0), range(1, 60), -1) is None
    assert openings.gave_up


def ruled(rosters, dice):
    names = [f"m{n}" for n in range(dice.randint(5, 10))]
    people = [
        (name, "Europe/Berlin", ["mon 18:00-19:00"], {"traits": {"a": dice.choice("xyz"), "b": dice.choice("xy")}})
        for name in names
    ]
    pairs = dice.sample(names, len(names) // 3 * 2)
    bound = [pairs[n : n + 2] for n in range(0, len(pairs) - 1, 2)][: dice.randint(0, 2)]
    apart = [dice.sample(names, dice.randint(2, 3)) for _ in range(dice.randint(0, 5))]
    apart = [names for names in apart if not any(set(pair) <= set(names) for pair in bound)]
    alone = [{"trait": trait, "value": value} for trait, value in ("ax", "ay", "az", "bx") if dice.random() < 0.4]
    low = dice.randint(3, 5)
    rules = {"together": bound, "apart": apart, "never_alone": alone}
    roster = matching.read_roster(rosters.small(people, low=low, high=low + dice.randint(0, 2), **rules))
    return roster, pose(roster)


def is_pod(roster, problem, members, anchors, brute):
    ids = {roster.members[i].id for i in numbers_in(members)}
    return (
        roster.pod_size.min <= len(ids) <= roster.pod_size.max
        and bool(members & anchors)
        and brute.keeps_rules(roster, ids)
    )
