"""What sitting together costs, in whole numbers that a search can add up.

Attendees are numbered in the session's order. One repeat costs ``unit``; history costs its weight times that, exactly;
a pair of pod-mates costs 1 for each round together, so little that all of them together cost less than the smallest
step in repeats; a pair that must stay apart costs more than everything else.

Where rooms of s and s - 1 people are wanted, the smaller ones hold an empty chair, so that all rooms are equally large
for the search: chairs are numbered after the people, cost nothing beside a person, and must stay apart.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from math import lcm
from typing import TYPE_CHECKING

from matching.breakouts.scoring import weights

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matching.breakouts.values import Session

Matrix = list[list[int]]


class Costs:
    """Costs for a session: ``first[p][q]`` of the first time together in the plan, ``again[p][q]`` of each further."""

    def __init__(self, session: Session) -> None:
        self.people = len(session.attendees)
        self._numbers = {attendee.id: number for number, attendee in enumerate(session.attendees)}
        history = weights(session.met)
        self._scale = lcm(*(weight.denominator for weight in history.values()))
        most = max(session.room_counts)
        seats = -(-self.people // min(session.room_counts))
        meetings = session.rounds * self.people * seats
        pod_mates = list(self._pod_mates(session))
        self._pods = 1 + meetings if pod_mates else 1
        self.unit = self._scale * self._pods
        heaviest = max(Fraction(1), *history.values()) if history else Fraction(1)
        self.apart = meetings * (self.unit * -(-heaviest // 1) + 1)
        width = self.people + most - 1
        self.first = self._matrix(width, 0)
        self.again = self._matrix(width, self.unit)
        for one, other in pod_mates:
            self._add(self.first, one, other, 1)
            self._add(self.again, one, other, 1)
        for pair, weight in history.items():
            one, other = (self._numbers[name] for name in pair)
            self._add(self.first, one, other, int(weight * self.unit))
        for one, other in self.apart_pairs(session):
            for matrix in (self.first, self.again):
                matrix[one][other] = matrix[other][one] = self.apart

    def repeats(self, cost: int) -> Fraction:
        """The repeats in a total cost of a plan that keeps apart who must be."""
        return Fraction(cost // self._pods, self._scale)

    def goal(self, repeats: Fraction) -> int:
        """The cost of that many repeats with no pod-mates together."""
        return int(repeats * self.unit)

    def apart_pairs(self, session: Session) -> list[tuple[int, int]]:
        """The pairs (numbers, the smaller first) that must not share a room, each once."""
        pairs = (pair for names in session.apart for pair in combinations(names, 2))
        return sorted({(min(p, q), max(p, q)) for p, q in (map(self._numbers.__getitem__, pair) for pair in pairs)})

    def _matrix(self, width: int, cost: int) -> Matrix:
        """The cost between any two people, nothing beside a chair, and never two chairs."""
        people, chairs = range(self.people), range(self.people, width)
        rows = [[cost] * self.people + [0] * len(chairs) for _ in people]
        rows += [[0] * self.people + [self.apart] * len(chairs) for _ in chairs]
        for number, row in enumerate(rows):
            row[number] = 0
        return rows

    @staticmethod
    def _add(matrix: Matrix, one: int, other: int, cost: int) -> None:
        matrix[one][other] += cost
        matrix[other][one] += cost

    @staticmethod
    def _pod_mates(session: Session) -> Iterator[tuple[int, int]]:
        pods: dict[str, list[int]] = {}
        for number, attendee in enumerate(session.attendees):
            if attendee.pod is not None:
                pods.setdefault(attendee.pod, []).append(number)
        for mates in pods.values():
            yield from combinations(mates, 2)
