"""Large rosters: parts, chains, bounds and what is accepted; small ones stand in for them where truth is known."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.chains import moved_along
from matching.engine.large import place
from matching.engine.levels import if_needed
from matching.engine.neighbourhoods import Surroundings
from matching.engine.part_solver import solve_part
from matching.engine.parts import InThisProcess, Part, Solved
from matching.engine.processes import Processes
from matching.engine.relaxation import Prices, Relaxation
from matching.engine.search import Search
from matching.errors import RosterError, Stopped
from matching.greedy import greedy
from matching.problem import Group, pose
from matching.roster_json import read_roster

HOURS = [f"{day} {hour}:00-{hour + 1}:00" for day in ("mon", "tue") for hour in (18, 19, 20)]
RULES = [
    {},
    {"together": [["m0", "m1"]], "apart": [["m2", "m3"]]},
    {"never_alone": [{"trait": "experience", "value": "junior"}]},
    {"locked": [{"pod": "a", "members": ["m0"]}]},
]


def invented(rosters, seed, rules):
    """Nine people with a few of six hours each, in pods of two or three."""
    dice = random.Random(seed)
    members = [
        (
            f"m{n}",
            dice.choice(["Europe/Berlin", "Europe/London"]),
            dice.sample(HOURS, dice.randint(1, 2)),
            {
                "if_needed": dice.sample(HOURS, dice.randint(0, 1)),
                "traits": {"experience": dice.choice(["junior", "senior"])},
            },
        )
        for n in range(9)
    ]
    return read_roster(rosters.small(members, low=2, high=3, **rules))


def search(seconds=60.0, seed=1, workers=1, stop=None):
    return Search(seconds=seconds, seed=seed, workers=workers, members=0, on_progress=None, stop=stop)


def placed(problem, groups):
    return sum(problem.members_of(group.units).bit_count() for group in groups)


@pytest.fixture(scope="module")
def scattered(rosters):
    """Eighty people whose short times lie anywhere, so that not everybody can have a pod."""
    return pose(read_roster(rosters.roster(80, "local", "scattered", 1)))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(RULES[:3]))
def test_no_plan_of_all_plans_beats_the_bounds(rosters, brute, seed, rules):
    roster = invented(rosters, seed, rules)
    most, least, _ = brute.best(roster)
    relaxation = Relaxation(pose(roster))
    assert relaxation.most_placed(lambda: True).bound >= most
    assert relaxation.least_if_needed(most, lambda: True).bound <= least
    assert relaxation.least_if_needed(most, None).bound <= least


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.data())
def test_a_bound_holds_for_whatever_prices(rosters, brute, seed, data):
    roster = invented(rosters, seed, {})
    relaxation = Relaxation(pose(roster))
    price = st.integers(0, 2 * 10**9)
    seats = {i: data.draw(price) for i in range(9)}
    tolls = tuple(data.draw(price) for _ in relaxation.cliques)
    assert relaxation.ceiling(Prices(seats, tolls), strain=0) >= brute.best(roster)[0] * 10**9


@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("seed", range(4))
def test_part_after_part_ends_at_the_best_of_all_plans(rosters, brute, seed, rules):
    roster = invented(rosters, seed, rules)
    best = brute.best(roster)
    if best is None:
        pytest.skip("no plan keeps the lock")
    problem = pose(roster)
    found = place(problem, search(), InThisProcess(), until=20.0)
    assert all(problem.keeps_rules(group) for group in found.groups)
    assert (placed(problem, found.groups), if_needed(problem, found.groups)) == best[:2]
    assert found.most_placed >= best[0]


def test_a_search_that_proves_its_plan_says_so(scattered):
    found = place(scattered, search(), InThisProcess(), until=30.0)
    assert placed(scattered, found.groups) == found.most_placed
    assert if_needed(scattered, found.groups) == found.least_if_needed


def test_the_same_seed_gives_the_same_plan(scattered):
    one, other = (place(scattered, search(), InThisProcess(), until=30.0) for _ in range(2))
    assert one == other


def test_a_better_plan_is_told_as_soon_as_it_is_found(scattered):
    told = []
    found = place(scattered, search(), InThisProcess(), until=30.0, on_better=told.append)
    ranks = [(placed(scattered, groups), -if_needed(scattered, groups)) for groups in told]
    assert ranks == sorted(ranks)
    assert told[-1] == found.groups


def test_a_wish_to_stop_ends_the_search(scattered):
    with pytest.raises(Stopped):
        place(scattered, search(stop=lambda: True), InThisProcess(), until=30.0)


def test_moving_people_along_places_who_could_not_be_added(rosters):
    people = [
        *rosters.people("a1", "a2", free=["mon 18:00-19:00"]),
        *rosters.people("both", free=["mon 18:00-19:00", "tue 18:00-19:00"]),
        *rosters.people("b1", "b2", free=["tue 18:00-19:00"]),
        *rosters.people("late", free=["mon 18:00-19:00"]),
    ]
    problem = pose(read_roster(rosters.small(people)))
    number = {member.id: i for i, member in enumerate(problem.roster.members)}
    unit = {name: next(u for u, x in enumerate(problem.units) if x.members == 1 << i) for name, i in number.items()}
    monday, tuesday = 0, 1
    pods = [
        Group(monday, tuple(sorted(unit[name] for name in ("a1", "a2", "both")))),
        Group(tuesday, tuple(sorted(unit[name] for name in ("b1", "b2")))),
    ]
    assert placed(problem, moved_along(problem, pods)) == 6


@pytest.mark.parametrize("seed", range(6))
def test_moving_people_along_keeps_every_rule_and_everybody(rosters, seed):
    ids = [f"m{n:03}" for n in range(60)]
    rules = {"together": [ids[:2]], "apart": [ids[4:9]], "never_alone": [{"trait": "experience", "value": "junior"}]}
    problem = pose(read_roster(rosters.roster(60, "local", "hard", seed, rules=rules)))
    before = greedy(problem)
    after = moved_along(problem, before)
    assert all(problem.keeps_rules(group) for group in after)
    assert {u for g in before for u in g.units} <= {u for g in after for u in g.units}


def a_part(problem, *, pairs=10**6, effort=1.0):
    """A part of a greedy plan of the problem."""
    pods = dict(enumerate(greedy(problem)))
    surroundings = Surroundings(problem, random.Random(1))
    everybody = problem.members_of(range(len(problem.units)))
    inside = {key: problem.members_of(pod.units) for key, pod in pods.items()}
    around = surroundings.around(pods, inside, 0, everybody, pairs)
    return surroundings.part(around, pods, counts_if_needed=True, effort=effort, seconds=60.0, seed=1)[0]


def test_a_part_goes_through_json_unchanged(rosters):
    roster = invented(rosters, 3, {"locked": [{"pod": "a", "members": ["m0"]}], "apart": [["m2", "m3"]]})
    part = a_part(pose(roster))
    assert Part.from_json(json.loads(json.dumps(part.to_json()))) == part
    solved = solve_part(part)
    assert Solved.from_json(json.loads(json.dumps(solved.to_json()))) == solved


def test_a_smaller_part_has_fewer_people(rosters):
    problem = pose(read_roster(rosters.roster(150, "local", "realistic", 1)))
    assert 0 < a_part(problem, pairs=200).members < a_part(problem).members == 150


def test_a_part_keeps_a_pod_at_its_locked_slot(rosters):
    people = rosters.people("a", "b", "c", "d", free=["mon 18:00-20:00"])
    slot = {"weekday": "mon", "start": "18:30", "timezone": "Europe/Berlin"}
    problem = pose(read_roster(rosters.small(people, locked=[{"pod": "x", "slot": slot}])))
    solved = solve_part(a_part(problem))
    assert sum(part_unit == 0 for pod in solved.pods for part_unit in pod.units) == 1
    assert solved.most_placed == 4


class Liar(InThisProcess):
    """An executor whose answers are not to be believed."""

    def __init__(self, twist):
        super().__init__()
        self._twist = twist

    def answers(self, seconds):
        yield from ((ticket, self._twist(solved)) for ticket, solved in super().answers(seconds))


TWISTS = [
    lambda solved: None,
    lambda solved: replace(solved, pods=solved.pods * 2),
    lambda solved: replace(solved, pods=tuple(Group(999, pod.units) for pod in solved.pods)),
    lambda solved: replace(solved, pods=tuple(Group(pod.place, (*pod.units, 999)) for pod in solved.pods)),
    lambda solved: replace(solved, pods=tuple(Group(0, pod.units) for pod in solved.pods)),
]


@pytest.mark.parametrize("twist", TWISTS)
def test_an_answer_is_looked_at_before_it_is_believed(rosters, twist):
    problem = pose(read_roster(rosters.roster(40, "local", "scattered", 2)))
    found = place(problem, search(), Liar(twist), until=1.0)
    assert all(problem.keeps_rules(group) for group in found.groups)
    named = [unit for group in found.groups for unit in group.units]
    assert len(named) == len(set(named))


def test_more_members_than_can_be_planned_are_refused():
    roster = {
        "roster": 1,
        "period": {"start": "2027-01-11", "weeks": 8},
        "meeting": {"minutes": 60},
        "pod_size": {"min": 6, "max": 10},
        "members": [{}] * 50_000,
    }
    with pytest.raises(RosterError, match=r"\$\.members: has 50000 items; allowed: at most 20000"):
        read_roster(roster)


def test_worker_processes_find_the_same_plan_each_time(scattered):
    plans = []
    for _ in range(2):
        with Processes(2) as executor:
            plans.append(place(scattered, search(workers=2), executor, until=60.0))
    assert plans[0] == plans[1]
