"""One round of few people, proven: every way to seat them is looked at, or ruled out.

People are seated one after the other, those with the most history first. A partial seating is given up once its cost,
plus for everybody not yet seated the cheapest room as it is so far, reaches the best known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matching.breakouts.costs import Matrix
    from matching.breakouts.designs import Seating
    from matching.breakouts.effort import Effort


class Exhausted(Exception):
    """The effort was spent before everything had been looked at."""


class Enumeration:
    """All seatings in rooms of these sizes that cost less than ``limit``; ``best`` is the cheapest found, or None."""

    def __init__(self, prices: Matrix, sizes: list[int], limit: int, effort: Effort) -> None:
        self._prices, self._effort = prices, effort
        self.limit = limit
        self.best: Seating | None = None
        people = sum(sizes)
        self._order = sorted(range(people), key=lambda person: -sum(prices[person][:people]))
        self._rooms: Seating = [[] for _ in sizes]
        self._free = list(sizes)

    def run(self) -> None:
        """Look at everything; raises ``Exhausted`` when the effort does not suffice for that."""
        rooms = len(self._rooms)
        self._seat(0, 0, {person: [0] * rooms for person in self._order})

    def _seat(self, number: int, cost: int, there: dict[int, list[int]]) -> None:
        """Seat everybody from ``number`` on; ``there[person][room]`` is what a waiting person would cost there."""
        if number == len(self._order):
            self.limit, self.best = cost, [room[:] for room in self._rooms]
            return
        if not self._effort.spend(1 + len(there) // 8):
            raise Exhausted
        person = self._order[number]
        prices = self._prices[person]
        waiting = self._order[number + 1 :]
        for room in self._choices(there[person]):
            costs = {p: self._with(there[p], room, prices[p]) for p in waiting}
            now = cost + there[person][room]
            self._free[room] -= 1
            if now + self._cheapest(costs) < self.limit:
                self._rooms[room].append(person)
                self._seat(number + 1, now, costs)
                self._rooms[room].pop()
            self._free[room] += 1

    def _choices(self, costs: list[int]) -> list[int]:
        """Rooms with a free seat, the cheapest first; of empty rooms of one size only the first."""
        seen: set[int] = set()
        found = []
        for room, free in enumerate(self._free):
            if not free or (not self._rooms[room] and free in seen):
                continue
            if not self._rooms[room]:
                seen.add(free)
            found.append(room)
        return sorted(found, key=costs.__getitem__)

    def _cheapest(self, costs: dict[int, list[int]]) -> int:
        open_rooms = [room for room, free in enumerate(self._free) if free]
        return sum(min(of_person[room] for room in open_rooms) for of_person in costs.values()) if open_rooms else 0

    @staticmethod
    def _with(costs: list[int], room: int, price: int) -> list[int]:
        if not price:
            return costs
        changed = costs[:]
        changed[room] += price
        return changed
