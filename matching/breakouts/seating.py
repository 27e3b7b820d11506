"""One round: who sits with whom, when each pair has its price.

A tabu search (F. Glover, ORSA J. Computing 1, 1989, 190) on swaps of two people. For every room it keeps what each
person would cost there, so that all swaps of one person are weighed with a handful of list operations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

    from matching.breakouts.costs import Matrix
    from matching.breakouts.designs import Seating
    from matching.breakouts.effort import Effort

#: A person who moved rests for this many steps, and up to as many more by chance.
REST = 6


def room_sizes(people: int, rooms: int) -> list[int]:
    """Balanced sizes, the larger rooms first.

    >>> room_sizes(20, 3)
    [7, 7, 6]
    """
    small, large = divmod(people, rooms)
    return [small + 1] * large + [small] * (rooms - large)


def with_chairs(seating: Seating, people: int) -> Seating:
    """The seating with an empty chair in each smaller room."""
    largest, chair = max(map(len, seating)), people
    full = []
    for room in seating:
        missing = largest - len(room)
        full.append([*room, *range(chair, chair + missing)])
        chair += missing
    return full


def without_chairs(seating: Seating, people: int) -> Seating:
    """The people only."""
    return [[person for person in room if person < people] for room in seating]


def greedy(prices: Matrix, sizes: list[int], rng: Random) -> Seating:
    """Rooms filled one after the other: who costs least there, and among those who is hardest to seat later."""
    waiting = list(range(sum(sizes)))
    rng.shuffle(waiting)
    hardship = {person: sum(map(bool, prices[person])) for person in waiting}
    waiting.sort(key=lambda person: -hardship[person])
    seating: Seating = []
    for size in sizes:
        room: list[int] = []
        here = [0] * len(prices)
        for _ in range(size):
            person = min(waiting, key=here.__getitem__)
            waiting.remove(person)
            room.append(person)
            here = [cost + more for cost, more in zip(here, prices[person], strict=True)]
        seating.append(room)
    return seating


class Tabu:
    """A search that holds one seating (all rooms equally large, chairs included) and improves it."""

    def __init__(self, prices: Matrix, seating: Seating, rng: Random) -> None:
        self._prices, self._rng = prices, rng
        self.rooms = [room[:] for room in seating]
        self._where = [0] * sum(map(len, seating))
        for number, room in enumerate(self.rooms):
            for person in room:
                self._where[person] = number
        self._table = [[sum(column) for column in zip(*(prices[p] for p in room), strict=True)] for room in self.rooms]
        self._own = [self._table[room][person] for person, room in enumerate(self._where)]
        self._rests = [0] * len(self._where)
        self.cost = sum(self._own) // 2
        self.best, self.best_rooms = self.cost, [room[:] for room in self.rooms]

    def run(self, steps: int, goal: int, effort: Effort) -> None:
        """Make so many swaps, fewer once ``goal`` is reached or the effort is spent; the best seating is kept."""
        for step in range(steps):
            if self.best <= goal or not effort.spend(6 + len(self._where) // 4):
                return
            person = self._someone(step)
            other, change = self._best_swap(person, step)
            self._swap(person, other)
            self.cost += change
            self._rests[person] = step + REST + int(self._rng.random() * REST)
            self._rests[other] = step + REST + int(self._rng.random() * REST)
            if self.cost < self.best:
                self.best, self.best_rooms = self.cost, [room[:] for room in self.rooms]

    def _someone(self, step: int) -> int:
        """A rested person who costs something where they sit, or anybody."""
        uneasy = [p for p, (cost, rest) in enumerate(zip(self._own, self._rests, strict=True)) if cost and rest <= step]
        return uneasy[int(self._rng.random() * len(uneasy))] if uneasy else int(self._rng.random() * len(self._where))

    def _best_swap(self, person: int, step: int) -> tuple[int, int]:
        """With whom to swap (by chance among equals), and what that changes; the rested first, unless it is a record."""
        there = [table[person] for table in self._table]
        room = self._where[person]
        here, own = self._table[room], self._own[person]
        swaps = [
            there[their_room] + cost_here - their_own - 2 * price
            for their_room, cost_here, their_own, price in zip(
                self._where, here, self._own, self._prices[person], strict=False
            )
        ]
        never = max(swaps) + 1
        for mate in self.rooms[room]:
            swaps[mate] = never
        record = self.best - self.cost + own
        allowed = [
            never if rest > step and swap >= record else swap for swap, rest in zip(swaps, self._rests, strict=True)
        ]
        least = min(allowed)
        if least == never:
            allowed, least = swaps, min(swaps)
        equals = [other for other, swap in enumerate(allowed) if swap == least]
        return equals[int(self._rng.random() * len(equals))], least - own

    def _swap(self, person: int, other: int) -> None:
        one, two = self._where[person], self._where[other]
        leaving, coming = self._prices[person], self._prices[other]
        tables = self._table
        tables[one] = [t - x + y for t, x, y in zip(tables[one], leaving, coming, strict=True)]
        tables[two] = [t + x - y for t, x, y in zip(tables[two], leaving, coming, strict=True)]
        self.rooms[one][self.rooms[one].index(person)] = other
        self.rooms[two][self.rooms[two].index(other)] = person
        self._where[person], self._where[other] = two, one
        for room in (one, two):
            for mate in self.rooms[room]:
                self._own[mate] = tables[room][mate]
