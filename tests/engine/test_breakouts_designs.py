"""Constructed rounds: nobody meets anybody twice, wherever the literature has a construction over a field."""

from __future__ import annotations

from collections import Counter
from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.breakouts import Attendee, RoomSize, Session, faults, plan_rooms
from matching.breakouts.designs import rotation
from matching.breakouts.fields import Field, Ring, factors

PRIME_POWERS = [q for q in range(2, 65) if len(factors(q)) == 1]

#: g rooms of k people: rounds without a repeat (Harvey's table; Miller, Valkov, Abel), where a field gives them.
KNOWN = {
    7: {6: 7, 7: 8},
    8: {6: 8, 7: 8, 8: 9},
    9: {6: 9, 7: 9, 8: 9, 9: 10},
    11: {6: 11, 7: 11, 8: 11, 9: 11, 10: 11},
    13: {6: 13, 7: 13, 8: 13, 9: 13, 10: 13},
    16: {6: 16, 7: 16, 8: 17, 9: 16, 10: 16},
    17: {6: 17, 7: 17, 8: 17, 9: 17, 10: 17},
    19: {6: 19, 7: 19, 8: 19, 9: 19, 10: 19},
    15: {6: 11, 7: 10, 8: 17, 9: 7, 10: 7},  # 17: a maximal arc
    6: {6: 3},
    # Rows of differences.
    10: {6: 8, 7: 8, 8: 8, 9: 5, 10: 3},
    12: {6: 13, 7: 9, 8: 9, 9: 9, 10: 6},
    14: {6: 11, 7: 11, 8: 9, 9: 8, 10: 7},
    18: {6: 15, 7: 11, 8: 11, 9: 10, 10: 9},
    20: {6: 15, 7: 12, 8: 12, 9: 10, 10: 11},
}


def meetings(seatings):
    return Counter(frozenset(pair) for seating in seatings for room in seating for pair in combinations(room, 2))


def is_sound(people, seatings):
    everybody = all(sorted(chain.from_iterable(seating)) == list(range(people)) for seating in seatings)
    balanced = all(max(map(len, seating)) - min(map(len, seating)) <= 1 for seating in seatings)
    return everybody and balanced and max(meetings(seatings).values(), default=0) <= 1


@pytest.mark.parametrize(("rooms", "size", "rounds"), [(g, k, r) for g, row in KNOWN.items() for k, r in row.items()])
def test_known_rotations_are_constructed(rooms, size, rounds):
    found = rotation(rooms * size, rooms, 100, RoomSize(size, size))
    assert (len(found) >= rounds, is_sound(rooms * size, found)) == (True, True)
    assert {len(room) for seating in found for room in seating} == {size}


@pytest.mark.parametrize(
    ("people", "low", "high", "rounds"),
    [
        *[(36, 6, 6, 3), (42, 6, 6, 7), (49, 7, 7, 8), (60, 7, 8, 8), (64, 8, 8, 9), (81, 7, 8, 10), (81, 9, 9, 10)],
        *[(100, 7, 8, 8), (120, 6, 10, 8), (150, 6, 10, 8), (120, 8, 8, 17), (118, 7, 8, 16)],
    ],
)
def test_plans_with_a_design_have_no_repeat_and_say_so(people, low, high, rounds):
    asked = Session(tuple(Attendee(f"p{number}") for number in range(people)), RoomSize(low, high), rounds)
    plan = plan_rooms(asked)
    assert faults(asked, plan) == []
    assert (plan.repeats, plan.bound, plan.status.value) == (0, 0, "optimal")


@pytest.mark.parametrize("people", range(42, 171))
def test_every_cohort_of_42_to_170_has_seven_rounds_without_a_repeat(people):
    asked = RoomSize(6, 10)
    best = max((rotation(people, rooms, 7, asked) for rooms in range(-(-people // 10), people // 6 + 1)), key=len)
    assert (len(best), is_sound(people, best)) == (7, True)
    assert all(6 <= len(room) <= 10 for seating in best for room in seating)


@given(st.integers(2, 30), st.integers(2, 12), st.integers(1, 40), st.integers(0, 20))
def test_constructions_are_sound_for_any_numbers(rooms, size, rounds, left_out):
    people = max(2 * rooms, rooms * size - left_out)
    found = rotation(people, rooms, rounds, RoomSize(2, 1000))
    assert (len(found) <= rounds, is_sound(people, found)) == (True, True)


@given(st.sampled_from(PRIME_POWERS), st.data())
def test_fields_add_multiply_and_divide_as_fields_do(order, data):
    field = Field(order)
    a, b, c = (data.draw(st.integers(0, order - 1)) for _ in range(3))
    assert field.add(a, b) == field.add(b, a)
    assert field.add(a, field.add(b, c)) == field.add(field.add(a, b), c)
    assert field.multiply(a, field.multiply(b, c)) == field.multiply(field.multiply(a, b), c)
    assert field.multiply(a, field.add(b, c)) == field.add(field.multiply(a, b), field.multiply(a, c))
    assert (field.add(a, 0), field.multiply(a, 1), field.multiply(a, 0)) == (a, a, 0)
    if a:
        assert sorted(field.multiply(a, x) for x in range(order)) == list(range(order))


@pytest.mark.parametrize("order", [6, 12, 15, 20, 36])
def test_differences_of_the_chosen_elements_of_a_ring_can_be_divided_by(order):
    ring = Ring(order)
    for one, other in combinations(ring.apart, 2):
        difference = next(d for d in range(order) if ring.add(other, d) == one)
        assert sorted(ring.multiply(difference, x) for x in range(order)) == list(range(order))
