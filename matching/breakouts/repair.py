"""Some came late, some left: the round under way is mended with as few people changing rooms as possible.

**The fewest moves.** Let s be how many are left in a room, and [lo, hi] the size bounds. Suppose that a of the old rooms
go on and m new ones open. At most min(s, hi) stay in each; and whoever does not stay must be enough to fill the rooms up
to lo, those that have fewer and the new ones. So at most

    min(sum of min(s, hi), people - sum of max(0, lo - s) - m lo)

stay, and that many can: if too few are free, people of rooms with more than lo become free. Both terms are largest when
the a fullest rooms go on, so looking at every a and m gives the fewest moves of any plan. ``apart`` may force more.

Among plans with few moves the one with the fewest repeats is searched for by annealing, with restarts.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import chain
from math import log
from random import Random
from typing import TYPE_CHECKING

from matching.breakouts.annealing import COLD, HOT
from matching.breakouts.bound import repeats_bound
from matching.breakouts.costs import Costs
from matching.breakouts.effort import STEPS_PER_SECOND, Effort
from matching.breakouts.planning import checked, named, plan_rooms
from matching.breakouts.scoring import together, weights
from matching.breakouts.values import Met
from matching.errors import NoPlan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matching.breakouts.designs import Seating
    from matching.breakouts.values import RoomPlan, RoomSize, Round, Session

_RESTARTS = 18
_STEPS = 4_000


def repair_rooms(
    session: Session,
    *,
    seed: int = 1,
    steps: int = STEPS_PER_SECOND,
    stop: Callable[[], bool] | None = None,
) -> RoomPlan:
    """The current round mended, and the later rounds planned anew.

    In the first round the fewest people move, then repeats are few; sizes keep the bounds, balanced or not. Its rooms
    stand in the order of ``session.current``, new ones last, rooms without anybody left out. The rounds after it are
    planned as by ``plan_rooms``. Raises ``NoPlan`` when ``apart`` cannot be kept, ``ValueError`` without ``current``.
    """
    if session.current is None:
        raise ValueError("the session has no current rooms; allowed: a session whose first round is under way")
    mending = _Mending(session, Random(seed), Effort(steps // 2, stop))  # noqa: S311 - a search, no secret
    mending.run()
    mended = named(session, mending.best)
    moved = tuple(session.attendees[person].id for person in mending.moved)
    rounds = (mended, *_later(session, mended, seed=seed, steps=steps // 2, stop=stop))
    return checked(session, rounds, repeats_bound(session), moved, mending.fewest)


def fewest_moves(left: Sequence[int], people: int, size: RoomSize) -> int:
    """How many of those in rooms have to change them at least; ``left`` are the people still in each.

    >>> from matching.breakouts import RoomSize
    >>> fewest_moves([6, 6, 5], 17, RoomSize(6, 10)), fewest_moves([6, 6, 5], 18, RoomSize(6, 10))
    (5, 0)
    """
    return sum(left) - max(_staying(left, kept, new, people, size) for kept, new in _shapes(left, people, size))


def _shapes(left: Sequence[int], people: int, size: RoomSize) -> list[tuple[tuple[int, ...], int]]:
    """The fullest rooms, as many as may go on, with each number of new rooms that the bounds allow."""
    fullest = sorted(range(len(left)), key=lambda room: -left[room])
    counts = range(-(-people // size.max), people // size.min + 1)
    return [(tuple(fullest[:kept]), rooms - kept) for rooms in counts for kept in range(min(rooms, len(left)) + 1)]


def _staying(left: Sequence[int], kept: Sequence[int], new: int, people: int, size: RoomSize) -> int:
    seated = sum(min(left[room], size.max) for room in kept)
    missing = sum(max(0, size.min - left[room]) for room in kept) + new * size.min
    return min(seated, people - missing)


def _later(session: Session, mended: Round, **search: object) -> tuple[Round, ...]:
    """The rounds after the mended one, which they know as history: whoever sat together in it meets again for 1."""
    if session.rounds == 1:
        return ()
    history = weights(session.met) | dict.fromkeys(together([mended]), Fraction(1))
    met = tuple(Met(min(pair), max(pair), weight) for pair, weight in history.items())
    rest = replace(session, rounds=session.rounds - 1, met=met, current=None)
    return plan_rooms(rest, **search).rounds  # type: ignore[arg-type]  # the search's own options, passed through


class _Mending:
    """The search for the mended round; ``best`` are its rooms, ``moved`` who changes rooms, ``fewest`` the bound."""

    def __init__(self, session: Session, rng: Random, effort: Effort) -> None:
        self._size, self._rng, self._effort = session.room_size, rng, effort
        numbers = {attendee.id: number for number, attendee in enumerate(session.attendees)}
        self._old = [[numbers[name] for name in room if name in numbers] for room in session.current or ()]
        self._people = len(numbers)
        self._prices = _Prices(session, self._old)
        self._left = [len(room) for room in self._old]
        self.fewest = fewest_moves(self._left, self._people, self._size)
        self._cost: tuple[int, int] | None = None
        self.best: Seating = []
        self.moved: list[int] = []

    def run(self) -> None:
        """Anneal from several starts with the fewest moves, and from others once ``apart`` proves to cost more."""
        for number in range(_RESTARTS):
            kept, new = self._shape(max(0, number - _RESTARTS // 3))
            search = _Mended(self._prices, self._start(kept, new), self._size, self._rng)
            if len(search.rooms) > 1:
                search.anneal(self._effort.part(_STEPS))
            self._offer(search)
        if not self._sound():
            raise NoPlan("no way was found to mend the round and keep all of apart")

    def _sound(self) -> bool:
        return self._cost is not None and self._cost[0] < self._prices.parted

    def _shape(self, more: int) -> tuple[list[int], int]:
        """Which old rooms go on and how many new ones open.

        The shapes with the fewest moves by chance; for ``more`` above 0 others in turn, fewer moves first, among those
        that may be better than the best so far.
        """
        shapes = _shapes(self._left, self._people, self._size)
        worth = len(self.moved) if self._sound() else self._people
        moves = [sum(self._left) - self._staying(*shape) for shape in shapes]
        ranked = sorted((needs, number) for number, needs in enumerate(moves) if needs <= worth)
        first = [entry for entry in ranked if entry[0] == self.fewest]
        needs, number = ranked[more % len(ranked)] if more else first[int(self._rng.random() * len(first))]
        kept, new = shapes[number]
        chance = self._rng.sample(range(len(self._old)), len(kept))
        staying = sum(self._left) - needs
        return sorted(chance if self._staying(chance, new) >= staying else kept), new

    def _staying(self, kept: Sequence[int], new: int) -> int:
        return _staying(self._left, kept, new, self._people, self._size)

    def _start(self, kept: list[int], new: int) -> dict[int, list[int]]:
        """Rooms by number (new ones after the old): as many as can stay where they are, the others where they fit."""
        low, high = self._size.min, self._size.max
        rooms: dict[int, list[int]] = {}
        for number in kept:
            staying = self._old[number][:]
            self._rng.shuffle(staying)
            rooms[number] = staying[:high]
        rooms |= {len(self._old) + number: [] for number in range(new)}
        seated = set(chain.from_iterable(rooms.values()))
        free = [person for person in range(self._people) if person not in seated]
        while len(free) < sum(max(0, low - len(room)) for room in rooms.values()):
            free.append(max(rooms.values(), key=len).pop())
        self._rng.shuffle(free)
        for person in free:
            open_rooms = [room for room in rooms.values() if len(room) < low]
            open_rooms = open_rooms or [room for room in rooms.values() if len(room) < high]
            price = self._prices.of[person]
            min(open_rooms, key=lambda room: (sum(map(price.__getitem__, room)), len(room))).append(person)
        return rooms

    def _offer(self, search: _Mended) -> None:
        cost = (search.best_cost, sum(len(room) ** 2 for room in search.best.values()))
        if self._cost is None or cost < self._cost:
            self._cost = cost
            self.best = [search.best[number] for number in sorted(search.best)]
            self.moved = sorted(
                person
                for number, room in search.best.items()
                for person in room
                if self._prices.home.get(person, number) != number
            )


class _Prices:
    """What a mended round costs: repeats, more for a move than for all of them, more for parted pairs than for all."""

    def __init__(self, session: Session, old: Seating) -> None:
        costs = Costs(session)
        self.home = {person: number for number, room in enumerate(old) for person in room}
        self.unit, self.move = costs.unit, costs.apart
        self.parted = self.move * (costs.people + 1)
        self.of = costs.first
        for one, other in costs.apart_pairs(session):
            self.of[one][other] = self.of[other][one] = self.parted

    def seat(self, person: int, number: int, room: list[int]) -> int:
        """What it costs that the person sits in that room."""
        away = self.move if self.home.get(person, number) != number else 0
        return away + sum(map(self.of[person].__getitem__, room))


class _Mended:
    """Rooms under improvement: one person changes rooms, and perhaps somebody there goes on to a third room or back."""

    def __init__(self, prices: _Prices, rooms: dict[int, list[int]], size: RoomSize, rng: Random) -> None:
        self._prices, self._size, self._rng = prices, size, rng
        self.rooms = rooms
        self._numbers = sorted(rooms)
        self._where = {person: number for number, room in rooms.items() for person in room}
        self._cost = sum(
            prices.seat(person, number, room[:place])
            for number, room in rooms.items()
            for place, person in enumerate(room)
        )
        self.best_cost, self.best = self._cost, self._copy()

    def anneal(self, effort: Effort) -> None:
        """Spend the effort while cooling down."""
        stages = 40
        heat, cooling = HOT * self._prices.unit, (COLD / HOT) ** (1 / stages)
        steps = effort.left // stages
        while steps and effort.spend(steps):
            for _ in range(steps):
                self._step(heat)
            heat *= cooling

    def _step(self, heat: float) -> None:
        person = self._somebody()
        here, there = self._where[person], self._any(self._numbers)
        other = self._any(self.rooms[there]) if self._rng.random() < 0.7 else None
        onward = there if other is None else here if self._rng.random() < 0.5 else self._any(self._numbers)
        if here == there or (other is not None and onward == there) or not self._fits(here, onward):
            return
        change = self._go(person, there) + (0 if other is None else self._go(other, onward))
        if change > 0 and change >= -heat * log(1 - self._rng.random()):
            if other is not None:
                self._go(other, there)
            self._go(person, here)
            return
        self._cost += change
        if self._cost < self.best_cost:
            self.best_cost, self.best = self._cost, self._copy()

    def _somebody(self) -> int:
        """Anybody, but mostly somebody who does not sit in a room of theirs."""
        person = int(self._rng.random() * len(self._where))
        tries = 0
        while self._prices.home.get(person) == self._where[person] and tries < 8:
            person, tries = int(self._rng.random() * len(self._where)), tries + 1
        return person

    def _any(self, items: list[int]) -> int:
        return items[int(self._rng.random() * len(items))]

    def _fits(self, shrinking: int, growing: int) -> bool:
        if shrinking == growing:
            return True
        return len(self.rooms[shrinking]) > self._size.min and len(self.rooms[growing]) < self._size.max

    def _go(self, person: int, number: int) -> int:
        """Take a person to a room; what that changes."""
        left = self._where[person]
        self.rooms[left].remove(person)
        change = self._prices.seat(person, number, self.rooms[number])
        change -= self._prices.seat(person, left, self.rooms[left])
        self.rooms[number].append(person)
        self._where[person] = number
        return change

    def _copy(self) -> dict[int, list[int]]:
        return {number: room[:] for number, room in self.rooms.items()}
