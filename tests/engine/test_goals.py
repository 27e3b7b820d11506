"""Better company, even pods: never fewer people, never more if-needed hours, never a broken rule."""

from __future__ import annotations

import pytest

import matching
from matching import comfort
from matching.engine import goals
from matching.greedy import greedy
from matching.problem import Group, pose


def posed(values):
    problem = pose(matching.read_roster(values))
    return problem, greedy(problem)


def ids(problem, groups):
    return [[problem.roster.members[i].id for i in problem.members(problem.members_of(g.units))] for g in groups]


def placed(problem, groups):
    return problem.members_of(unit for group in groups for unit in group.units).bit_count()


def strained(problem, groups):
    return sum(
        (problem.members_of(group.units) & ~problem.places[group.place].candidate.free).bit_count() for group in groups
    )


def match(problem, groups):
    return matching.goal_match(problem.roster, ids(problem, groups))


def assert_sound(problem, before, after):
    assert placed(problem, after) >= placed(problem, before)
    assert placed(problem, after) > placed(problem, before) or strained(problem, after) <= strained(problem, before)
    assert all(problem.keeps_rules(group) for group in after)
    assert all(not problem.members_of(g.units) & ~problem.places[g.place].candidate.fits for g in after)
    names = [name for pod in ids(problem, after) for name in pod]
    assert len(names) == len(set(names))


def looks(count):
    """A search that may ask so often whether to go on, which it does every hundred steps or so."""
    left = iter(range(count))
    return lambda: next(left, None) is not None


RULES = {
    "together": [["m000", "m001"]],
    "apart": [["m002", "m003", "m004"], ["m005", "m006"]],
    "never_alone": [{"trait": "experience", "value": "junior"}],
    "spread": [{"trait": "experience"}],
}


@pytest.mark.parametrize("rules", [{}, RULES], ids=["free", "ruled"])
@pytest.mark.parametrize(("zones", "tightness"), [("local", "easy"), ("europe", "realistic"), ("world", "easy")])
def test_company_gets_better_and_every_rule_is_kept(rosters, zones, tightness, rules):
    problem, before = posed(rosters.roster(40, zones, tightness, rules=rules))
    after = goals.improve(problem, before, seed=1, go_on=looks(120))
    assert_sound(problem, before, after)
    assert match(problem, after) >= match(problem, before) - goals.GIVE * bool(rules)
    assert zones != "local" or match(problem, after) > 1.1 * match(problem, before)


def test_locked_pods_keep_their_members_and_their_slot(rosters):
    values = rosters.roster(30, "local", "easy")
    slot = {"weekday": "wed", "start": "18:30", "timezone": "Europe/Berlin"}
    for member in values["members"][:8]:
        member["free"].append("wed 18:00-20:00")
    values["rules"] = {"locked": [{"pod": "pod-1", "members": ["m000", "m001"], "slot": slot}]}
    problem, before = posed(values)
    after = goals.improve(problem, before, seed=1, go_on=looks(120))
    assert_sound(problem, before, after)
    held = next(g for g, pod in zip(after, ids(problem, after), strict=True) if "m000" in pod)
    assert any({"m000", "m001"} <= set(pod) for pod in ids(problem, after))
    assert problem.places[held.place].lock is not None


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_small_rosters_reach_the_best_goal_match(rosters, brute, seed):
    values = rosters.roster(8, "local", "easy", seed, pod_size={"min": 2, "max": 3})
    for member in values["members"]:
        member["free"], member["if_needed"] = ["mon 18:00-19:00"], []
    problem, before = posed(values)
    after = goals.improve(problem, before, seed=1, go_on=looks(120))
    assert placed(problem, after) == 8
    same_count = [
        matching.goal_match(problem.roster, [list(pod) for pod, _ in plan])
        for plan in brute.every_plan(problem.roster)
        if len(plan) == len(before) and sum(len(pod) for pod, _ in plan) == 8
    ]
    assert match(problem, after) >= max(same_count) - goals.GIVE


def mixed(rosters, tags):
    """Two pods, at first one of juniors and one of seniors; each kind has its tag."""
    people = [
        (f"{kind}{i}", "Europe/Berlin", ["mon 18:00-19:00"], {"goals": [tag], "traits": {"experience": kind}})
        for kind, tag in zip(("junior", "senior"), tags, strict=True)
        for i in range(6)
    ]
    values = rosters.small(people, low=6, high=6, spread=[{"trait": "experience"}])
    problem = pose(matching.read_roster(values))
    juniors = [n for n, unit in enumerate(problem.units) if problem.members(unit.members)[0] < 6]
    seniors = [n for n in range(12) if n not in juniors]
    before = [Group(0, tuple(juniors)), Group(0, tuple(seniors))]
    return problem, goals.improve(problem, before, seed=1, go_on=looks(2000))


def test_traits_are_mixed_evenly_where_company_does_not_suffer(rosters):
    problem, after = mixed(rosters, ["writing", "writing"])
    assert (comfort.balance(problem.roster, ids(problem, after)), match(problem, after)) == (0, 1.0)


def test_good_company_is_not_given_away_for_an_even_mix(rosters):
    problem, after = mixed(rosters, ["writing", "music"])
    assert (comfort.balance(problem.roster, ids(problem, after)), match(problem, after)) == (12, 1.0)


def test_the_same_seed_gives_the_same_pods_and_being_told_to_stop_gives_sound_ones(rosters):
    problem, before = posed(rosters.roster(30, "europe", "easy"))
    one, other = (goals.improve(problem, before, seed=7, go_on=looks(120)) for _ in range(2))
    assert one == other
    assert_sound(problem, before, goals.improve(problem, before, seed=1, go_on=lambda: False))


def test_a_large_roster_is_mixed_in_neighbourhoods(rosters, monkeypatch):
    monkeypatch.setattr(goals, "_WHOLE", 10)
    monkeypatch.setattr(goals, "_PODS", 4)
    monkeypatch.setattr(goals, "_PASSES", 1)
    problem, before = posed(rosters.roster(60, "europe", "easy", rules={"spread": [{"trait": "experience"}]}))
    after = goals.improve(problem, before, seed=1, go_on=lambda: True)
    assert_sound(problem, before, after)
    assert match(problem, after) > 1.1 * match(problem, before)


def test_nobody_and_one_pod_are_left_alone(rosters):
    problem, before = posed(rosters.small(rosters.people("ana", "bo", "cy")))
    assert goals.improve(problem, [], seed=1, go_on=looks(120)) == []
    assert goals.improve(problem, before, seed=1, go_on=looks(120)) == before
