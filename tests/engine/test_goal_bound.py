"""No plan has better company than the bound says, whatever the rules and wherever the search for the bound ends."""

from __future__ import annotations

import random
from collections import defaultdict
from itertools import combinations

import numpy as np
import pytest
from ortools.linear_solver import pywraplp

import matching
from matching.engine.gatherings import Gatherings
from matching.engine.goal_bound import goal_bound
from matching.engine.likeness import likeness
from matching.engine.prices import Prices
from matching.engine.pricing import DearPod, Terms, dear_pods
from matching.engine.star_bound import star_bound
from matching.greedy import greedy
from matching.problem import pose
from matching.sets import set_of

ZONES = ["Europe/Berlin", "Europe/London"]
WINDOWS = ["mon 18:00-19:30", "mon 18:30-20:00", "tue 18:00-19:00", "tue 18:00-20:00", "wed 12:00-13:00"]


def ever():
    return True


def steps(count):
    """A permission that is given so many times."""
    left = iter(range(count))
    return lambda: next(left, None) is not None


def invented(rosters, seed, rules):
    dice = random.Random(seed)
    people = [
        (
            f"m{i}",
            dice.choice(ZONES),
            dice.sample(WINDOWS, dice.randint(1, 2)),
            {
                "if_needed": dice.sample(WINDOWS, dice.randint(0, 2)),
                "goals": dice.sample("abcd", dice.randint(0, 2)),
                "goal": dice.choice(["", "Write a novel", "Write music", "Find work"]),
                "traits": {"level": dice.choice(["junior", "senior"])},
            },
        )
        for i in range(dice.randint(6, 8))
    ]
    return matching.read_roster(rosters.small(people, low=2, high=3, start="2027-03-22", **rules(dice)))


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


def best_company(brute, roster):
    """The best goal match, to six decimals, for each pair of members placed and members strained."""
    found = defaultdict(float)
    for plan in brute.every_plan(roster):
        key = sum(len(pod) for pod, _ in plan), sum(cost for _, cost in plan)
        found[key] = max(found[key], matching.goal_match(roster, [list(pod) for pod, _ in plan]))
    return found


@pytest.mark.parametrize("rules", [no_rules, some_rules, a_lock])
@pytest.mark.parametrize("seed", range(7))
def test_no_plan_has_better_company(rosters, brute, seed, rules):
    roster = invented(rosters, seed, rules)
    try:
        problem = pose(roster)
    except matching.NoPlan:
        assert not best_company(brute, roster)
        return
    for (placed, if_needed), match in best_company(brute, roster).items():
        for permission in (steps(0), steps(3), ever):
            bound = goal_bound(problem, placed=placed, if_needed=if_needed, best=0.0, go_on=permission)
            assert round(bound, 6) >= match, (placed, if_needed)


def relaxed(roster, pods, placed, if_needed):
    """The best mean similarity of any mixture of these pods, by a linear program (Charnes and Cooper 1962)."""
    solver = pywraplp.Solver.CreateSolver("GLOP")
    whole = solver.NumVar(0, solver.infinity(), "")
    shares = [solver.NumVar(0, solver.infinity(), "") for _ in pods]
    pairs = [len(pod) * (len(pod) - 1) / 2 for pod in pods]
    solver.Add(solver.Sum(x * count for x, count in zip(shares, pairs, strict=True)) == 1)
    solver.Add(solver.Sum(x * len(pod) for x, pod in zip(shares, pods, strict=True)) == placed * whole)
    solver.Add(solver.Sum(x * cost for x, cost in zip(shares, pods.values(), strict=True)) <= if_needed * whole)
    for member in roster.members:
        solver.Add(solver.Sum(x for x, pod in zip(shares, pods, strict=True) if member.id in pod) <= whole)
    alike = likeness(roster.members)
    number = {member.id: i for i, member in enumerate(roster.members)}
    sums = [sum(alike[number[i], number[j]] for i, j in combinations(pod, 2)) for pod in pods]
    solver.Maximize(solver.Sum(x * alike for x, alike in zip(shares, sums, strict=True)))
    return solver.Objective().Value() if solver.Solve() == pywraplp.Solver.OPTIMAL else None


@pytest.mark.parametrize("rules", [no_rules, some_rules])
@pytest.mark.parametrize("seed", range(6))
def test_left_to_its_end_it_is_the_linear_relaxation_over_all_pods(rosters, brute, seed, rules):
    roster = invented(rosters, seed, rules)
    pods = brute.sound_pods(roster)
    for placed, if_needed in best_company(brute, roster):
        bound = goal_bound(pose(roster), placed=placed, if_needed=if_needed, best=0.0, go_on=ever)
        allowed = pods if if_needed else {pod: cost for pod, cost in pods.items() if cost == 0}
        value = relaxed(roster, allowed, placed, if_needed) if placed else 0.0
        assert bound == pytest.approx(value, abs=1e-4)


@pytest.mark.parametrize(("zones", "tightness"), [("local", "hard"), ("world", "easy"), ("europe", "realistic")])
def test_it_is_far_below_the_quick_bound_and_above_what_greedy_finds(rosters, zones, tightness):
    roster = matching.read_roster(rosters.roster(40, zones, tightness, 1))
    problem = pose(roster)
    groups = greedy(problem)
    pods = [[roster.members[i].id for i in problem.members(problem.members_of(group.units))] for group in groups]
    placed = sum(map(len, pods))
    strained = sum(
        problem.places[group.place].if_needed(problem.units[unit]) for group in groups for unit in group.units
    )
    quick = star_bound(problem, placed=placed, if_needed=strained)
    bound = goal_bound(problem, placed=placed, if_needed=strained, best=0.0, go_on=ever)
    assert matching.goal_match(roster, pods) <= bound < 0.9 * quick


def test_it_stops_as_soon_as_a_plan_has_reached_it(rosters):
    problem = pose(matching.read_roster(rosters.roster(40, "europe", "realistic", 1)))
    asked = []
    loose = goal_bound(problem, placed=36, if_needed=0, best=0.5, go_on=lambda: not asked.append(1))
    questions = len(asked)
    asked.clear()
    tight = goal_bound(problem, placed=36, if_needed=0, best=0.0, go_on=lambda: not asked.append(1))
    assert tight < loose <= 0.5 + 1e-6
    assert questions < len(asked)


def test_the_same_steps_give_the_same_bound(rosters):
    problem = pose(matching.read_roster(rosters.roster(40, "europe", "realistic", 2)))
    for count in (1, 5, 20, 1000):
        first, again = (goal_bound(problem, placed=36, if_needed=2, best=0.0, go_on=steps(count)) for _ in range(2))
        assert first == again


def test_nobody_placed_has_no_company(rosters):
    problem = pose(matching.read_roster(rosters.roster(12, "local", "easy", 1)))
    assert goal_bound(problem, placed=0, if_needed=0, best=0.0, go_on=ever) == 0.0


def test_thousands_get_the_quick_bound(rosters):
    problem = pose(matching.read_roster(rosters.roster(1000, "local", "hard", 1)))
    bound = goal_bound(problem, placed=900, if_needed=0, best=0.0, go_on=ever)
    assert bound == star_bound(problem, placed=900, if_needed=0)
    assert 0.0 < bound < 1.0


def worth(problem, place, pod, terms, alike):
    strained = sum(1 for i in pod if not problem.places[place].candidate.free >> i & 1)
    pairs = sum(alike[i, j] - terms.ratio for i, j in combinations(pod, 2))
    return pairs - terms.prices[list(pod)].sum() - strained * terms.strain


def every_dear_pod(problem, terms):
    """All pods of positive worth with the highest of it over places, one by one."""
    alike = likeness(problem.roster.members)
    found = {}
    for place, where in enumerate(problem.places):
        people = problem.members(where.candidate.fits)
        for size in range(problem.pod_size.min, problem.pod_size.max + 1):
            for pod in combinations(people, size):
                value = worth(problem, place, pod, terms, alike)
                if value > 1e-9:
                    found[pod] = max(value, found.get(pod, 0.0))
    return found


@pytest.mark.parametrize("seed", range(6))
def test_every_pod_that_is_too_dear_is_found(rosters, seed):
    dice = np.random.default_rng(seed)
    data = rosters.roster(16, "local", "easy", seed, pod_size={"min": 3, "max": 5})
    problem = pose(matching.read_roster(data))
    terms = Terms(dice.uniform(0.1, 0.5), dice.normal(0.1, 0.3, size=16), dice.uniform(0, 0.3))
    found = [
        dear_pods(batch, terms, sizes=(3, 5), most_states=10**9, go_on=ever)
        for batch in Gatherings(problem, if_needed=1).batches
    ]
    expected = every_dear_pod(problem, terms)
    best = defaultdict(float)
    for pod in (pod for one in found for pod in one.pods):
        assert pod.worth == pytest.approx(
            worth(problem, pod.place, pod.members, terms, likeness(problem.roster.members)), abs=1e-9
        )
        best[pod.members] = max(best[pod.members], pod.worth)
    unseen = max(one.unseen for one in found)
    assert set(best) <= set(expected)
    for members, value in expected.items():
        assert best[members] == pytest.approx(value, abs=1e-9) or value <= unseen + 1e-9


@pytest.mark.parametrize("most_states", [1, 30, 300])
def test_what_was_not_seen_is_no_dearer_than_said(rosters, most_states):
    data = rosters.roster(16, "local", "easy", 3, pod_size={"min": 3, "max": 5})
    problem = pose(matching.read_roster(data))
    terms = Terms(0.2, np.full(16, 0.1), 0.1)
    dearest = max(every_dear_pod(problem, terms).values())
    for batch in Gatherings(problem, if_needed=1).batches:
        found = dear_pods(batch, terms, sizes=(3, 5), most_states=most_states, go_on=ever)
        assert max([found.unseen, *(pod.worth for pod in found.pods)]) >= dearest - 1e-9


def test_prices_heed_every_pod_and_add_up_to_nothing():
    alike = np.array([[0, 1, 0.5], [1, 0, 0.2], [0.5, 0.2, 0]])
    prices = Prices(alike, placed=2, if_needed=0)
    assert prices.learn([DearPod(0.0, 0, (0, 1), 0), DearPod(0.0, 0, (0, 2), 0), DearPod(0.0, 0, (1, 2), 0)]) == 3
    assert prices.learn([DearPod(0.0, 0, (0, 1), 0)]) == 0
    terms = prices.best()
    assert terms.ratio == pytest.approx(1.0)
    assert np.sort(terms.prices)[-2:].sum() <= 0
    for i, j in combinations(range(3), 2):
        assert alike[i, j] <= terms.ratio + terms.prices[i] + terms.prices[j] + 1e-9


def test_a_pod_keeps_the_rules_that_pricing_does_not_look_at(rosters):
    data = rosters.small(
        rosters.people("ana", "bo", "cy", "di", traits={"level": "junior"}),
        together=[["ana", "bo"]],
        never_alone=[{"trait": "level", "value": "junior"}],
    )
    gatherings = Gatherings(pose(matching.read_roster(data)), if_needed=0)
    assert gatherings.is_pod(0, set_of([0, 1]))
    assert not gatherings.is_pod(0, set_of([0, 2, 3]))
