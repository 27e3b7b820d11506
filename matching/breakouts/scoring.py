"""What counts as a repeat, and what is wrong with a plan: the rules restated without any search.

**Repeats.** Let two people sit together in t rounds of the plan, and let ``met`` say that they met before with weight w
(0 if it names them not). If t is 0 the pair adds nothing. Otherwise it adds t - 1 + w: their first time in the plan
counts what they met before, each further time counts 1. Without history, repeats is so the number of seats together
beyond the first of each pair; for one round it is the weight of history that sits together.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import chain, combinations
from typing import TYPE_CHECKING

from matching.breakouts.values import room_counts
from matching.plan import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from matching.breakouts.values import Met, RoomPlan, Round, Session

Pair = frozenset[str]


def weights(met: Iterable[Met]) -> dict[Pair, Fraction]:
    """What each pair's history weighs; a pair named twice weighs the sum."""
    total: dict[Pair, Fraction] = {}
    for one in met:
        pair = frozenset((one.one, one.other))
        total[pair] = total.get(pair, Fraction(0)) + one.weight
    return total


def together(rounds: Iterable[Round]) -> Counter[Pair]:
    """In how many rounds each pair sits together."""
    return Counter(frozenset(pair) for room in chain.from_iterable(rounds) for pair in combinations(room, 2))


def repeats(session: Session, rounds: Iterable[Round]) -> Fraction:
    """How many pairs meet again, as the module says."""
    history = weights(session.met)
    times = together(rounds)
    again = Fraction(times.total() - len(times))
    return again + sum((weight for pair, weight in history.items() if pair in times), Fraction(0))


def faults(session: Session, plan: RoomPlan) -> list[str]:
    """What is wrong with a plan, one sentence each; empty for a sound one."""
    return [*_round_faults(session, plan), *_apart_faults(session, plan), *_number_faults(session, plan)]


def _round_faults(session: Session, plan: RoomPlan) -> Iterator[str]:
    people = sorted(attendee.id for attendee in session.attendees)
    if len(plan.rounds) != session.rounds:
        yield f"there are {len(plan.rounds)} rounds, not {session.rounds}"
    for number, rooms in enumerate(plan.rounds, 1):
        sizes = [len(room) for room in rooms]
        if sorted(chain.from_iterable(rooms)) != people:
            yield f"round {number} does not seat every attendee exactly once"
        if min(sizes) < session.room_size.min or max(sizes) > session.room_size.max:
            yield f"round {number} has rooms of {min(sizes)} to {max(sizes)}, outside the bounds"
        under_way = number == 1 and session.current is not None
        if not under_way and room_counts(len(people), session.room_size) and max(sizes) - min(sizes) > 1:
            yield f"round {number} has rooms of {min(sizes)} and {max(sizes)}"


def _apart_faults(session: Session, plan: RoomPlan) -> Iterator[str]:
    times = together(plan.rounds)
    for pair in {frozenset(pair) for names in session.apart for pair in combinations(names, 2)}:
        if pair in times:
            yield f"{' and '.join(sorted(pair))} share a room"


def _number_faults(session: Session, plan: RoomPlan) -> Iterator[str]:
    counted = repeats(session, plan.rounds)
    if plan.repeats != counted:
        yield f"repeats is told as {plan.repeats}, but {counted} are there"
    if plan.bound > plan.repeats:
        yield f"the bound {plan.bound} is above the repeats {plan.repeats}"
    if (plan.status is Status.OPTIMAL) != (plan.bound == plan.repeats):
        yield f"the status is {plan.status.value}, but bound and repeats say otherwise"
    if plan.moved is not None and plan.moved_bound is not None:
        yield from _move_faults(session, plan, plan.moved_bound)


def _move_faults(session: Session, plan: RoomPlan, bound: int) -> Iterator[str]:
    """Whoever keeps their seat must do so in a room that goes on: one old room for one new room."""
    moved = set(plan.moved or ())
    before = {name: room for room, names in enumerate(session.current or ()) for name in names}
    now = {name: room for room, names in enumerate(plan.rounds[0]) for name in names}
    ways = {(before[name], now[name]) for name in before.keys() & now.keys() - moved}
    if len({old for old, _ in ways}) < len(ways) or len({new for _, new in ways}) < len(ways):
        yield "somebody changes rooms without being named in moved"
    if not moved <= before.keys() & now.keys():
        yield "moved names somebody who did not sit in a room"
    if bound > len(moved):
        yield f"the bound on moves {bound} is above the {len(moved)} who move"
