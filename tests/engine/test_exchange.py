"""Swaps of two and three serve as many as any set of swaps could, and the bounds are true."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.engine.exchange import exchange
from matching.errors import InputError, Stopped
from matching.exchange import Market, Offer, Trader, Want, faults, kept, ring
from matching.exchange_json import read_market, read_swaps, write_exchange

TAGS = ["figma", "sql", "go", "piano", "thai"]


def trader(name, offers="", wants=""):
    return Trader(name, tuple(map(Offer, offers.split())), tuple(map(Want, wants.split())))


def invented(seed, people=8, tags=5):
    dice = random.Random(seed)

    def person(i):
        offers, wants = (dice.sample(TAGS[:tags], dice.randint(0, 2)) for _ in range(2))
        return Trader(
            f"m{i:03}",
            tuple(Offer(tag, dice.choice([2, 100])) for tag in offers),
            tuple(Want(tag, dice.choice([1, 1, 3]), dice.randint(1, 4)) for tag in wants),
        )

    names = [f"m{i:03}" for i in range(people)]
    apart = tuple(tuple(dice.sample(names, 2)) for _ in range(dice.choice([0, 0, people // 3, people])))
    keep = tuple(tuple(dice.sample(names, dice.choice([2, 3]))) for _ in range(dice.choice([0, 4])))
    return Market(tuple(map(person, range(people))), apart, keep)


def every_swap(market):
    foes = {frozenset(pair) for names in market.apart for pair in combinations(names, 2)}
    for size in (2, 3):
        for people in combinations(sorted(market.traders, key=lambda t: t.id), size):
            if any(frozenset((a.id, b.id)) in foes for a, b in combinations(people, 2)):
                continue
            for rest in permutations(people[1:]):
                if swap := ring((people[0], *rest)):
                    yield swap


def best(market):
    """The best (served, weight, kept) over all sets of disjoint swaps."""
    values = [
        (frozenset(swap.members), (len(swap.gifts), sum(g.weight for g in swap.gifts), kept(market, (swap,))))
        for swap in every_swap(market)
    ]

    def search(left, options):
        found = (0, 0, 0)
        for i, (people, value) in enumerate(options):
            rest = [option for option in options[i + 1 :] if not option[0] & people]
            found = max(found, tuple(map(sum, zip(value, search(left - people, rest), strict=True))))
        return found

    return search(frozenset(t.id for t in market.traders), values)


def solve(market, **options):
    answer = exchange(market, seconds=20, **options)
    assert faults(market, answer) == []
    return answer


@pytest.mark.parametrize("seed", range(40))
def test_no_set_of_swaps_is_better(seed):
    market = invented(seed)
    answer = solve(market)
    assert tuple(level.value for level in answer.objective) == best(market)
    assert answer.status == "optimal"


def test_swaps_of_two_and_rings_of_three_together_serve_everybody():
    market = Market(
        (
            trader("a", "figma", "sql"),
            trader("b", "sql", "figma"),
            trader("c", "go", "piano"),
            trader("d", "thai", "go"),
            trader("e", "piano", "thai"),
        )
    )
    assert [swap.members for swap in solve(market).swaps] == [("a", "b"), ("c", "d", "e")]


def test_a_long_ring_is_no_swap():
    market = Market(tuple(trader(f"m{i}", TAGS[i], TAGS[i - 1]) for i in range(4)))
    answer = solve(replace(market, traders=(*market.traders[:3], trader("m3", "piano", "go"))))
    assert answer.swaps == ()
    assert {left.code for left in answer.unserved} == {"nobody_offers", "no_ring", "nobody_wants"}


def test_more_people_come_before_heavier_wants():
    heavy = Trader("b", (Offer("sql"),), (Want("figma", weight=9),))
    market = Market((trader("a", "figma", "sql thai"), heavy, trader("c", "thai", "go"), trader("d", "go", "figma")))
    answer = solve(market)
    assert [swap.members for swap in answer.swaps] == [("a", "d", "c")]
    assert [level.value for level in answer.objective] == [3, 3, 0]


def test_levels_tell_teachers_from_beginners():
    expert = Trader("ana", (Offer("sql", 4),), (Want("go"),))
    eager = Trader("bo", (Offer("go"),), (Want("sql", 5),))
    assert solve(Market((expert, eager))).swaps == ()
    assert len(solve(Market((replace(expert, offers=(Offer("SQL ", 5),)), eager))).swaps) == 1


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_the_order_of_people_and_tags_does_not_matter(seed):
    market, dice = invented(seed, people=12), random.Random(seed)
    mixed = tuple(
        replace(t, offers=tuple(reversed(t.offers)), wants=tuple(reversed(t.wants)))
        for t in dice.sample(market.traders, len(market.traders))
    )
    assert solve(replace(market, traders=mixed)).swaps == solve(market).swaps


@pytest.mark.parametrize("seed", range(5))
def test_running_again_with_a_newcomer_nobody_can_swap_with_changes_nothing(seed):
    market = replace(invented(seed, people=30), apart=(), keep=())
    first = solve(market)
    more = replace(market, traders=(trader("a-new", "origami", "sql"), *market.traders))
    again = solve(replace(more, keep=tuple(swap.members for swap in first.swaps)), seed=7)
    assert again.swaps == first.swaps == solve(more).swaps


def test_a_large_market_is_solved_by_its_relaxation_to_proof():
    market = replace(large_market(400, 12), keep=(("m000", "m001"),))
    answer = solve(market)
    assert answer.status == "optimal"
    assert answer.swaps == solve(market).swaps


def large_market(people, tags):
    dice = random.Random(people)

    def person(i):
        chosen = dice.sample([f"t{t}" for t in range(tags)], 4)
        return Trader(
            f"m{i:03}", tuple(map(Offer, chosen[:2])), tuple(Want(tag, 1, dice.randint(1, 3)) for tag in chosen[2:])
        )

    return Market(tuple(map(person, range(people))))


def test_the_relaxation_of_a_market_bounds_its_best():
    market = replace(invented(3, people=9), apart=(), keep=())
    from matching.engine import exchange as engine
    from matching.engine.ring_model import Floor, Relaxation
    from matching.engine.search import Search

    search = Search(seconds=20, seed=1, workers=1, members=9, on_progress=None, stop=None)
    trading = engine.Trading(market, search)
    served, weight, _ = best(market)
    assert Relaxation(trading._model(), 0, [], seconds=9).bound >= served
    assert Relaxation(trading._model(), 1, [Floor(0, served)], seconds=9).bound >= weight


def test_people_apart_are_in_no_swap_though_counting_would_put_them_there():
    everyone = "figma sql go"
    people = tuple(trader(f"m{i}", everyone, everyone) for i in range(5))
    market = Market(people, apart=(("m0", "m1"), ("m0", "m2"), ("m0", "m3")))
    answer = solve(market)
    assert answer.objective[0].value == 5
    assert next(swap.members for swap in answer.swaps if "m0" in swap.members) == ("m0", "m4")


def test_an_unserved_person_is_told_why():
    market = Market(
        (trader("a", "figma", "sql"), trader("b", "sql", "figma"), trader("c", "figma", "sql"), trader("d"))
    )
    assert [(left.id, left.code) for left in solve(market).unserved] == [("c", "others_served"), ("d", "no_wants")]


def test_the_callers_stop_is_heard():
    with pytest.raises(Stopped):
        exchange(large_market(400, 12), stop=lambda: True)


def test_every_fault_of_a_market_is_told_at_once():
    data = {
        "offers": 2,
        "members": [
            {"id": "ana", "offers": ["figma", "Figma"], "wants": [{"tag": "sql", "level": 0}]},
            {"id": "ana", "offers": [7], "wants": [{"level": 1}], "mood": "good"},
            {"id": "bo", "wants": [{"tag": "go", "weight": 101}, {"tag": "c", "weight": 1.5}]},
        ],
        "apart": [["ana", "zed"], ["bo"]],
        "keep": [["ana", "bo", "ana", "gone"]],
    }
    with pytest.raises(InputError) as caught:
        read_market(data)
    assert sorted(fault.path for fault in caught.value.faults) == sorted(
        [
            "$.offers",
            "$.members[0].wants[0]",
            "$.members[1].offers[0]",
            "$.members[1].wants[0].tag",
            "$.members[1].mood",
            "$.members[2].wants[0]",
            "$.members[2].wants[1].weight",
            "$.members[1].id",
            "$.members[0].offers",
            "$.apart[0][1]",
            "$.apart[1]",
            "$.keep[0]",
            "$.keep[0]",
        ]
    )


def test_an_answer_is_read_back_for_the_next_round():
    market = Market((trader("a", "figma", "sql"), trader("b", "sql", "figma")))
    assert read_swaps(write_exchange(solve(market))) == (("a", "b"),)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda answer: {"swaps": ()}, "a is named 0 times"),
        (lambda answer: {"unserved": ()}, "c is named 0 times"),
        (lambda answer: {"swaps": (replace(answer.swaps[0], gifts=answer.swaps[0].gifts[:1]),)}, "make no ring"),
        (lambda answer: {"objective": answer.objective[:2]}, "the levels must be"),
        (lambda answer: {"status": "feasible"}, "status is feasible"),
    ],
)
def test_the_check_finds_what_is_wrong_with_an_answer(change, words):
    market = Market((trader("a", "figma", "sql"), trader("b", "sql", "figma"), trader("c")))
    answer = solve(market)
    assert words in "; ".join(faults(market, replace(answer, **change(answer))))
