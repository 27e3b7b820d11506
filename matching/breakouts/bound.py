"""Repeats that no plan can avoid, by counting.

Five arguments, each valid for every number of rooms that the session allows; r is the largest such number (more rooms
mean fewer pairs together), T(n, r) the pairs in r balanced rooms, the fewest that n people in at most r rooms make.

- **Company.** Over all rounds a person sits beside so many seats; the cheapest company for them is first whoever they
  have not met, then the lightest history, then people for another time (1 each). Summed over all people and halved.
- **Circles.** Of c people who all know each other at least T(c, r) pairs share a room in every round, at no less than
  the lightest of their weights. Circles are found greedily; each takes its weight off its pairs, so they add up.
- **Pigeonholes.** Any two rounds put the n people into at most r * r cells; people in one cell meet twice. So each round
  after the first adds at least T(n, r * r) repeats.
- **Averaging.** Leave out each of R rounds in turn: a pair that met t times has R(t - 1) - t repeats left in total, at
  most (t - 1) R(R - 2) / (R - 1). So f(R) >= f(R - 1) (R - 1) / (R - 2), for sessions without history.
- **Squares.** For n = r * r four rounds without a repeat would be two orthogonal Latin squares of order r, which do not
  exist for r = 6 (G. Tarry 1900). A single repeat is impossible too: one cell with two people and otherwise at most one
  in each leaves a row with an empty cell, so its column, which holds r people as well, needs a second cell of two.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import chain, combinations
from math import lcm
from typing import TYPE_CHECKING

from matching.breakouts.scoring import weights

if TYPE_CHECKING:
    from matching.breakouts.values import Session


def pairs_together(people: int, rooms: int) -> int:
    """The fewest pairs that share a room when people are split into at most so many rooms.

    >>> pairs_together(20, 3)
    57
    """
    small, large = divmod(people, rooms)
    return large * (small + 1) * small // 2 + (rooms - large) * small * (small - 1) // 2


def repeats_bound(session: Session) -> Fraction:
    """A number of repeats below which no plan of the session can be."""
    history = _History(session)
    people, rooms, rounds = len(session.attendees), max(session.room_counts), session.rounds
    company = history.company(rounds)
    if not history.weights:
        return max(company, Fraction(_without_history(people, rooms, rounds)))
    # All pairs of the first round are together for the first time; each pair of a later one adds 1 or its history.
    first = max(history.company(1), history.circles())
    history.clip()
    later = max(history.company(1), history.circles(), Fraction(pairs_together(people, rooms * rooms)))
    return max(company, first + (rounds - 1) * later)


def _without_history(people: int, rooms: int, rounds: int) -> int:
    cells, square = pairs_together(people, rooms * rooms), people == rooms * rooms
    bound = 0
    for number in range(2, rounds + 1):
        all_pairs = number * pairs_together(people, rooms) - people * (people - 1) // 2
        averaged = -(-bound * (number - 1) // (number - 2)) if number > 2 else 0
        bound = max(bound + cells, all_pairs, averaged)
        if square and (bound == 1 or (rooms == 6 and number == 4)):
            bound = max(bound, 2)
    return bound


class _History:
    """What pairs weigh, in whole steps of ``1 / scale``: only pairs that may share a room, and weigh something."""

    def __init__(self, session: Session) -> None:
        self._session = session
        told = weights(session.met)
        self._scale = lcm(*(weight.denominator for weight in told.values()))
        self._parted = {frozenset(pair) for names in session.apart for pair in combinations(names, 2)}
        self.weights = {
            pair: int(weight * self._scale) for pair, weight in told.items() if weight and pair not in self._parted
        }

    def clip(self) -> None:
        """Let no pair weigh more than one repeat."""
        self.weights = {pair: min(weight, self._scale) for pair, weight in self.weights.items()}

    def company(self, rounds: int) -> Fraction:
        """The cheapest company of everybody over so many rounds."""
        session, again = self._session, self._scale
        people, rooms = len(session.attendees), max(session.room_counts)
        smallest = people // rooms if session.current is None else session.room_size.min
        needed = rounds * (smallest - 1)
        spent, strangers_left, left = 0, 0, list[int]()
        for strangers, known in self._company_of_each():
            prices = sorted(known if rounds == 1 else (min(weight, again) for weight in known))
            bought = max(0, needed - strangers)
            spent += _cheapest(prices, bought, again if rounds > 1 else 0)
            left += prices[bought:]
            strangers_left += max(0, strangers - needed)
        more = 2 * rounds * pairs_together(people, rooms) - people * needed - strangers_left
        spent += _cheapest(sorted(left), max(0, more), again if rounds > 1 else 0)
        return Fraction(-(-spent // 2), self._scale)

    def circles(self) -> Fraction:
        """What circles of people who all know each other cost one round at least."""
        rooms = max(self._session.room_counts)
        rest: dict[str, dict[str, int]] = {}
        for pair, weight in self.weights.items():
            one, other = pair
            rest.setdefault(one, {})[other] = rest.setdefault(other, {})[one] = weight
        spent = 0
        waiting = sorted(rest, key=lambda name: (-len(rest[name]), name))
        while waiting:
            circle = _circle(rest, waiting[0]) if len(rest[waiting[0]]) >= rooms else []
            if len(circle) <= rooms:
                waiting.pop(0)
                continue
            lightest = min(rest[one][other] for one, other in combinations(circle, 2))
            spent += lightest * pairs_together(len(circle), rooms)
            for one, other in combinations(circle, 2):
                _take_off(rest, one, other, lightest)
        return Fraction(spent, self._scale)

    def _company_of_each(self) -> list[tuple[int, list[int]]]:
        """For each person how many strangers they may sit with, and what those weigh whom they know."""
        known: dict[str, list[int]] = {attendee.id: [] for attendee in self._session.attendees}
        for pair, weight in self.weights.items():
            for name in pair:
                known[name].append(weight)
        enemies = Counter(chain.from_iterable(self._parted))
        others = len(known) - 1
        return [(others - enemies[name] - len(weighing), weighing) for name, weighing in known.items()]


def _cheapest(prices: list[int], count: int, again: int) -> int:
    """So many of the prices, the lowest first; when they run out, ``again`` for each further one."""
    return sum(prices[:count]) + max(0, count - len(prices)) * again


def _circle(known: dict[str, dict[str, int]], first: str) -> list[str]:
    """People who all know each other, around ``first``: always whoever keeps most others possible."""
    circle, possible = [first], set(known[first])
    while possible:
        person = max(possible, key=lambda name: (len(possible & known[name].keys()), name))
        circle.append(person)
        possible &= known[person].keys()
    return circle


def _take_off(rest: dict[str, dict[str, int]], one: str, other: str, weight: int) -> None:
    left = rest[one][other] - weight
    for name, mate in ((one, other), (other, one)):
        if left:
            rest[name][mate] = left
        else:
            del rest[name][mate]
