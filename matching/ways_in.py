"""The smallest addition of if-needed time that lets somebody into a pod, without moving anyone who has one.

Every series of instants at which a pod with room meets, or at which a new pod might meet (each start on the grid in the
zone of anybody without a pod), asks of a member exactly the minutes that its meetings touch and that they did not give:
no smaller set will do for it, and the smallest over all series is the smallest there is. A series counts if the member,
those they must be together with, and as many others without a pod as it takes can make a sound pod there
(``matching.openings`` searches exactly). Since the addition lets in nobody but the member, all others come as they are.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING

from matching.attendance import Attendance
from matching.clocks import to_minutes
from matching.openings import Openings, Table
from matching.plan import WouldPlace
from matching.roster import DAY, WEEK, Window
from matching.sets import numbers_in
from matching.slots import stretch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matching.clocks import Clock, Starts
    from matching.plan import Pod
    from matching.problem import Problem
    from matching.roster import Roster

_ALL_WEEK = (1 << WEEK) - 1
#: Minutes of the week outside 08:00 to 21:00, outside 07:00 to 22:00, and so on to the middle of the night.
_INHUMANE = tuple(
    _ALL_WEEK & ~sum(stretch(day * DAY + (8 - more) * 60, (13 + 2 * more) * 60) for day in range(7))
    for more in range(6)
)


@dataclass(frozen=True, slots=True)
class Option:
    """A pod with room, or a new one (``pod`` is None): its instants, who sits there, and who of the others can come.

    ``fits`` are members without a pod; ``anchors`` are all members who may anchor it.
    """

    starts: Starts
    table: Table
    fits: int
    anchors: int
    pod: str | None = None


class WaysIn:
    """Ways into the pods of one plan and into pods that those without one might open."""

    def __init__(self, problem: Problem, pods: Sequence[Pod]) -> None:
        self._problem = problem
        self._openings = Openings(problem)
        self._index = {member.id: i for i, member in enumerate(problem.roster.members)}
        self._unit_of = {i: number for number, unit in enumerate(problem.units) for i in numbers_in(unit.members)}
        self._pods = pods
        seated = {self._index[placed.id] for pod in pods for placed in pod.members}
        self._left = [i for i in range(len(problem.roster.members)) if i not in seated]
        self._bound = sorted({unit for i in self._left for unit in [self._unit_of[i]] if problem.units[unit].size > 1})
        self._attendance = Attendance(problem.roster, self._left)
        self._asked: dict[Clock, dict[tuple[bool, int], list[Option]]] = {}
        self._new_name = next_pod_name(problem.roster, (pod.id for pod in pods))

    def smallest(self, identity: str) -> WouldPlace | None:
        """The way in with the fewest minutes, or None if no time of this member alone opens any pod.

        Among equals the more humane wins: fewest minutes outside 08-21 on their own clock, then outside 07-22, 06-23 and
        so on; then a pod that exists over a new one; then what is earlier in their week.
        """
        self._openings.gave_up = False
        i = self._index[identity]
        offered = self._attendance.offered(i)
        asked = [(needed & ~offered, is_new, options) for (is_new, needed), options in self._asked_of(i).items()]
        asked.sort(key=lambda ask: ask[0].bit_count())
        refused: set[object] = set()
        for _, equals in groupby(asked, key=lambda ask: ask[0].bit_count()):
            for missing, _, options in sorted(equals, key=lambda ask: (_inhumanity(ask[0]), ask[1], _lowest(ask[0]))):
                if option := self._first_open(i, options, refused):
                    added = tuple(str(window) for window in windows(missing))
                    return WouldPlace(add=added, pod=option.pod or self._new_name)
        return None

    def _first_open(self, i: int, options: list[Option], refused: set[object]) -> Option | None:
        """The first option that the rules allow; ``refused`` remembers the people among whom they did not."""
        for option in options:
            company = option.table, option.fits, option.anchors
            if company not in refused:
                if self.opens(i, option):
                    return option
                refused.add(company)
        return None

    @property
    def is_sure(self) -> bool:
        """Whether the last answer of ``smallest`` is proven: no search among crossing rules was given up."""
        return not self._openings.gave_up

    def opens(self, i: int, option: Option) -> bool:
        """Whether the rules let the member's unit in, its other members coming as they are."""
        number = self._unit_of[i]
        unit = self._problem.units[number]
        if not self.partners_fit(i, option) or not self.has_room(i, option) or option.table.barred >> number & 1:
            return False
        table = self._openings.seat(option.table, number)
        waiting = sorted({self._unit_of[other] for other in numbers_in(self.whole_units(option.fits) & ~unit.members)})
        return self._openings.completed(table, waiting, option.anchors) is not None

    def fitting(self, i: int) -> list[Option]:
        """The pods, full ones among them, at whose time the member and their unit can come already."""
        unit = self._problem.units[self._unit_of[i]].members
        return [option for option in self._tables if not unit & ~option.fits]

    def roomy(self, i: int) -> list[Option]:
        """The pods with a seat for everyone in the member's unit."""
        return [option for option in self._tables if self.has_room(i, option)]

    def partners_fit(self, i: int, option: Option) -> bool:
        """Whether those who must be together with the member can come."""
        return not self._problem.units[self._unit_of[i]].members & ~option.fits & ~(1 << i)

    def has_room(self, i: int, option: Option) -> bool:
        """Whether the pod has a seat for everyone in the member's unit."""
        unit = self._problem.units[self._unit_of[i]]
        return option.table.members.bit_count() + unit.size <= self._problem.pod_size.max

    def whole_units(self, members: int) -> int:
        """The members without those whose unit is not complete among them."""
        for number in self._bound:
            unit = self._problem.units[number].members
            if unit & ~members:
                members &= ~unit
        return members

    def company(self, i: int) -> int:
        """The most people without a pod, the member's unit included, who might share a series if the member could come.

        0 if the rest of the unit can come to no series.
        """
        unit = self._problem.units[self._unit_of[i]].members
        able = (option.fits | unit for option in self._new_tables if self.partners_fit(i, option))
        return max((self.whole_units(fits).bit_count() for fits in able), default=0)

    def _asked_of(self, i: int) -> dict[tuple[bool, int], list[Option]]:
        """The options by the minutes that they need of the member; those of existing pods apart from new ones."""
        if self._attendance.is_traveller(i):
            return self._grouped(i)
        clock = self._attendance.clock(i)
        if clock not in self._asked:
            self._asked[clock] = self._grouped(i)
        return self._asked[clock]

    def _grouped(self, i: int) -> dict[tuple[bool, int], list[Option]]:
        found: dict[tuple[bool, int], list[Option]] = defaultdict(list)
        for option in self._options:
            found[option.pod is None, self._attendance.needed(i, option.starts)].append(option)
        return found

    @cached_property
    def _options(self) -> list[Option]:
        """Every pod with room, and every new one that might find enough people."""
        most = self._problem.pod_size.max
        largest = max((self._problem.units[self._unit_of[i]].size for i in self._left), default=0)
        lacking = self._problem.pod_size.min - largest
        roomy = [option for option in self._tables if option.table.members.bit_count() < most]
        return roomy + [new for new in self._new_tables if self.whole_units(new.fits).bit_count() >= lacking]

    @cached_property
    def _tables(self) -> list[Option]:
        """The pods of the plan."""
        found = []
        for pod in self._pods:
            starts, table = to_minutes(pod.meetings), Table()
            for unit in {self._unit_of[self._index[placed.id]] for placed in pod.members}:
                table = self._openings.seat(table, unit)
            fits = self._attendance.fits(starts)
            found.append(Option(starts=starts, table=table, fits=fits, anchors=table.members, pod=pod.id))
        return found

    @cached_property
    def _new_tables(self) -> list[Option]:
        """A new pod at every start on the grid of the clock of anybody without a pod."""
        return [
            Option(starts=starts, table=Table(), fits=self._attendance.fits(starts), anchors=anchors)
            for starts, anchors in sorted(self._attendance.grid().items())
        ]


def next_pod_name(roster: Roster, pods: Iterable[str]) -> str:
    """The name that the next pod of a plan gets: neither a pod nor a lock has it."""
    taken = {*pods, *(lock.pod for lock in roster.rules.locked)}
    return next(name for n in range(1, len(taken) + 2) if (name := f"pod-{n}") not in taken)


def _inhumanity(minutes: int) -> tuple[int, ...]:
    return tuple((minutes & inhumane).bit_count() for inhumane in _INHUMANE)


def windows(minutes: int) -> list[Window]:
    """A set of minutes of the week as windows, none longer than a day; Sunday night may run into Monday."""
    if minutes == _ALL_WEEK:
        return [Window(day * DAY, DAY) for day in range(7)]
    # Turned so that the week begins with a minute outside the set, no run of minutes goes over its end.
    turn = _length_of_run(minutes)
    rest = minutes >> turn | (minutes & ((1 << turn) - 1)) << (WEEK - turn)
    found: list[Window] = []
    while rest:
        first = _lowest(rest)
        length = _length_of_run(rest >> first)
        days = range(0, length, DAY)
        found.extend(Window((turn + first + done) % WEEK, min(DAY, length - done)) for done in days)
        rest &= ~((1 << first + length) - 1)
    return sorted(found, key=lambda window: window.start)


def _length_of_run(minutes: int) -> int:
    """How many minutes from the first on are in the set without a gap."""
    return _lowest(~minutes)


def _lowest(minutes: int) -> int:
    """The first minute in a set that is not empty; -1 for the empty set."""
    return (minutes & -minutes).bit_length() - 1
