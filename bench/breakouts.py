"""Breakout rooms against a greedy seating, plain annealing, and what the literature knows: ``python -m bench.breakouts``.

Two tables. The first has our repeats, the proven bound and our CPU time beside a greedy seating and one CPU second of
simulated annealing from random rooms, in the same run. The second counts how many rounds without a repeat we construct
for g rooms of k people beside the numbers known (Harvey's table; OEIS A107431; Miller, Valkov, Abel, Symmetry 18 (2026)
269) and lists where we have fewer or more.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import TYPE_CHECKING

from matching.breakouts import Attendee, RoomSize, Session, faults, plan_rooms
from matching.breakouts.annealing import HOT, Annealing
from matching.breakouts.costs import Costs
from matching.breakouts.designs import rotation
from matching.breakouts.effort import Effort
from matching.breakouts.seating import room_sizes, with_chairs

if TYPE_CHECKING:
    from matching.breakouts.designs import Seating

#: People, fewest and most in a room, rounds.
CASES = (
    *[(36, 6, 6, 3), (36, 6, 6, 4), (42, 6, 6, 7), (49, 7, 7, 8), (60, 7, 8, 8), (64, 8, 8, 9), (81, 7, 8, 10)],
    *[(100, 7, 8, 8), (120, 6, 10, 8), (150, 6, 10, 8), (30, 6, 6, 6), (30, 6, 10, 4), (60, 6, 6, 8), (48, 6, 6, 8)],
)

#: Rounds known without a repeat for g rooms of k = 6, 7, 8, 9, 10 people.
KNOWN = {
    6: (3, 1, 1, 1, 1),
    7: (7, 8, 1, 1, 1),
    8: (8, 8, 9, 1, 1),
    9: (9, 9, 9, 10, 1),
    10: (7, 7, 5, 5, 4),
    11: (11, 11, 11, 12, 11),
    12: (13, 7, 6, 6, 6),
    13: (13, 13, 13, 13, 13),
    14: (9, 9, 8, 7, 5),
    15: (10, 5, 17, 7, 5),
    16: (16, 16, 17, 16, 16),
    17: (17, 17, 17, 17, 17),
    18: (19, 10, 6, 6, 6),
    19: (19, 19, 19, 19, 19),
    20: (13, 5, 5, 5, 5),
}

_SECOND = 1.0
_STEPS = 20_000


@dataclass(frozen=True, slots=True)
class Row:
    """One case: our repeats and their proven bound, our CPU milliseconds, and the repeats of the two baselines."""

    people: int
    rooms: str
    rounds: int
    repeats: int
    bound: int
    milliseconds: float
    greedy: int
    annealing: int


@dataclass(frozen=True, slots=True)
class Rotation:
    """Rounds without a repeat for ``rooms`` rooms of ``size``: constructed by us, known, and our CPU milliseconds."""

    rooms: int
    size: int
    rounds: int
    known: int
    milliseconds: float


def rows() -> list[Row]:
    """The table of cases."""
    return [_row(*case) for case in CASES]


def rotations() -> list[Rotation]:
    """The table of rounds without a repeat; every round is checked pair by pair."""
    return [
        _rotation(rooms, size, known)
        for rooms, of_sizes in KNOWN.items()
        for size, known in zip(range(6, 11), of_sizes, strict=True)
    ]


def _row(people: int, low: int, high: int, rounds: int) -> Row:
    session = Session(tuple(Attendee(f"p{number}") for number in range(people)), RoomSize(low, high), rounds)
    began = time.process_time()
    plan = plan_rooms(session)
    spent = time.process_time() - began
    assert not faults(session, plan)
    sizes = [len(room) for room in plan.rounds[0]]
    told = f"{len(sizes)} of {min(sizes)}" + (f"-{max(sizes)}" if max(sizes) > min(sizes) else "")
    return Row(
        people=people,
        rooms=told,
        rounds=rounds,
        repeats=int(plan.repeats),
        bound=int(plan.bound),
        milliseconds=1000 * spent,
        greedy=_greedy(people, len(sizes), rounds),
        annealing=_annealed(session, len(sizes)),
    )


def _greedy(people: int, rooms: int, rounds: int) -> int:
    """Room after room is filled with whoever knows fewest of those in it; people come in an order by chance."""
    rng = Random(1)
    met: Counter[frozenset[int]] = Counter()
    for _ in range(rounds):
        waiting = list(range(people))
        rng.shuffle(waiting)
        for size in room_sizes(people, rooms):
            room: list[int] = []
            for _ in range(size):
                room.append(min(waiting, key=lambda person: sum(frozenset((person, mate)) in met for mate in room)))
                waiting.remove(room[-1])
            met.update(map(frozenset, combinations(room, 2)))
    return met.total() - len(met)


def _annealed(session: Session, rooms: int) -> int:
    """One CPU second of annealing from random rooms, as often as it fits."""
    rng, costs, people = Random(1), Costs(session), len(session.attendees)
    end = time.process_time() + _SECOND
    search = Annealing(costs, [_random(people, rooms, rng) for _ in range(session.rounds)], rng)
    # How many steps one second has is found by making some.
    began = time.process_time()
    search.run(Effort(_STEPS), 0)
    rate = _STEPS / (time.process_time() - began + 1e-9)
    search.run(Effort(int(rate * max(0.0, end - time.process_time()))), 0, HOT)
    return int(costs.repeats(search.best_cost))


def _random(people: int, rooms: int, rng: Random) -> Seating:
    waiting = iter(rng.sample(range(people), people))
    return with_chairs([[next(waiting) for _ in range(size)] for size in room_sizes(people, rooms)], people)


def _rotation(rooms: int, size: int, known: int) -> Rotation:
    began = time.process_time()
    found = rotation(rooms * size, rooms, 100, RoomSize(size, size))
    spent = time.process_time() - began
    met = Counter(frozenset(pair) for seating in found for room in seating for pair in combinations(room, 2))
    assert max(met.values(), default=1) == 1
    # Any seating is a round without a repeat.
    return Rotation(rooms, size, max(1, len(found)), known, 1000 * spent)


def _tell() -> None:
    print("| people | rooms | rounds | repeats | bound | CPU ms | greedy | 1 s annealing |")
    print("|---|---|---|---|---|---|---|---|")
    for row in rows():
        told = (row.people, row.rooms, row.rounds, row.repeats, row.bound, f"{row.milliseconds:.0f}")
        print("|", " | ".join(map(str, (*told, row.greedy, row.annealing))), "|")
    print("\nRounds without a repeat, constructed / known:\n")
    print("| rooms | k=6 | k=7 | k=8 | k=9 | k=10 | slowest, ms |")
    print("|---|---|---|---|---|---|---|")
    found = rotations()
    for rooms in KNOWN:
        line = [one for one in found if one.rooms == rooms]
        told = [
            f"**{one.rounds}**/{one.known}" if one.rounds >= one.known else f"{one.rounds}/{one.known}" for one in line
        ]
        print("|", " | ".join((str(rooms), *told, f"{max(one.milliseconds for one in line):.1f}")), "|")


if __name__ == "__main__":
    _tell()
