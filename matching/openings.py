"""Whether people who wait can complete a pod: an exact search, small because pods are small."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matching.problem import Problem

#: Tables looked at in one search and in all together; few are needed unless hundreds of rules cross each other.
_FEWEST_STEPS, _MOST_STEPS, _STEPS_IN_ALL = 20, 1000, 20_000


@dataclass(frozen=True, slots=True)
class Table:
    """People who sit together, as a set, and the units (a set of unit numbers) who must not join them."""

    members: int = 0
    barred: int = 0


class Openings:
    """Completes tables to sound pods of one problem.

    The search branches on one need of the table at a time (company for somebody who must not be alone, an anchor, one
    more person): one of the waiting units that serve this need has to join, so trying them one after the other, each
    without those tried before, misses nothing. Branches are cut only where no completion exists: too few people even if
    of everyone who must be apart only the largest unit came, or a holder for whom no company waits. Units that differ
    in no rule are tried once.
    """

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._size = problem.pod_size
        self._members = [unit.members for unit in problem.units]
        self._crowd = {unit: number for number, group in enumerate(problem.apart) for unit in group}
        self._steps, self._left = 0, _STEPS_IN_ALL
        self.gave_up = False
        self._held = cache(self._count_held)

    def seat(self, table: Table, unit: int) -> Table:
        """The table with one more unit."""
        return Table(table.members | self._members[unit], table.barred | self._problem.foes[unit])

    def completed(self, table: Table, waiting: Sequence[int], anchors: int) -> Table | None:
        """The table with as many waiting units as it takes to be a sound pod, one of ``anchors`` among its members.

        None if no choice of units makes one, or if too many would have to be tried; then ``gave_up`` is set.
        """
        self._steps = allowed = max(_FEWEST_STEPS, min(_MOST_STEPS, self._left))
        found = self._search(table, waiting, anchors)
        self._left -= allowed - self._steps
        self.gave_up |= found is None and self._steps < 0
        return found

    def _search(self, table: Table, waiting: Sequence[int], anchors: int) -> Table | None:
        self._steps -= 1
        if self._steps < 0:
            return None
        waiting = self._usable(table, waiting)
        wanted = self._wanted(table, waiting, anchors)
        if wanted is None:
            return table
        tried: set[object] = set()
        for unit in wanted:
            kind = self._kind(unit, anchors)
            if kind in tried:
                continue
            if self._steps <= 0:
                self._steps = -1
                return None
            tried.add(kind)
            waiting = [other for other in waiting if other != unit]
            if found := self._search(self.seat(table, unit), waiting, anchors):
                return found
            waiting = [other for other in waiting if self._kind(other, anchors) != kind]
        return None

    def _usable(self, table: Table, waiting: Sequence[int]) -> list[int]:
        """Those who may still join: there is room, no foe at the table, and company where they need it."""
        room = self._size.max - table.members.bit_count()
        usable = [unit for unit in waiting if not table.barred >> unit & 1 and self._members[unit].bit_count() <= room]
        while lonely := self._without_company(table, usable):
            usable = [unit for unit in usable if not self._members[unit] & lonely]
        return usable

    def _without_company(self, table: Table, waiting: list[int]) -> int:
        """The waiting members who would be the only one of their kind even if everybody came."""
        if not self._problem.companions:
            return 0
        coming = 0
        for unit in waiting:
            coming |= self._members[unit]
        lonely = 0
        for holders in self._problem.companions:
            if ((table.members | coming) & holders).bit_count() == 1:
                lonely |= coming & holders
        return lonely

    def _wanted(self, table: Table, waiting: list[int], anchors: int) -> list[int] | None:
        """The units of which one has to join; None if the table is a sound pod as it is."""
        missing = self._size.min - table.members.bit_count()
        if missing > 0 and self._most_people(waiting) < missing:
            return []
        alone = [holders for holders in self._problem.companions if (table.members & holders).bit_count() == 1]
        if alone:
            return min((self._among(waiting, holders) for holders in alone), key=len)
        if not table.members & anchors:
            return self._among(waiting, anchors)
        return sorted(waiting, key=self._strictness) if missing > 0 else None

    def _among(self, waiting: list[int], members: int) -> list[int]:
        return sorted((unit for unit in waiting if self._members[unit] & members), key=self._strictness)

    def _most_people(self, waiting: list[int]) -> int:
        """No fewer people than can join at once: of a group that must be apart, its largest unit."""
        largest: dict[int, int] = {}
        for unit in waiting:
            crowd = self._crowd.get(unit, -1 - unit)
            largest[crowd] = max(largest.get(crowd, 0), self._members[unit].bit_count())
        return sum(largest.values())

    def _strictness(self, unit: int) -> tuple[int, int, int]:
        """Those whom few rules bind come first: they complete a table most easily."""
        return self._problem.foes[unit].bit_count(), len(self._held(unit)), unit

    def _kind(self, unit: int, anchors: int) -> object:
        """Equal for units that are the same to every rule."""
        if self._problem.foes[unit]:
            return unit
        members = self._members[unit]
        return members.bit_count(), bool(members & anchors), self._held(unit)

    def _count_held(self, unit: int) -> tuple[tuple[int, int], ...]:
        """How many of the unit hold what nobody may hold alone, by rule."""
        counts = enumerate((self._members[unit] & holders).bit_count() for holders in self._problem.companions)
        return tuple((rule, count) for rule, count in counts if count)
