"""What a roster says that can make it impossible, piece by piece, and the words for each piece.

Only locks demand anything: without them the empty plan keeps every rule. So a roster is impossible when its locked pods
cannot all be formed, and these are the claims that can be at odds. ``matching.engine.contradiction`` finds which are.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from matching.attendance import Attendance
from matching.clocks import to_minutes
from matching.consistency import bound_together
from matching.plan import Rule
from matching.sets import numbers_in, set_of
from matching.slots import meeting_starts
from matching.ways_in import windows

if TYPE_CHECKING:
    from collections.abc import Collection

    from matching.clocks import Starts
    from matching.roster import Lock, Roster, Rules

_MOST_NAMES = 6


class Kind(StrEnum):
    """What a claim is about, in the order in which claims are told; in brackets what holds when it is given up."""

    POD = "pod"  # a lock without members or slot: the pod exists [it need not]
    SLOT = "slot"  # a locked pod meets at its slot [at any hour, or not at all if no members are locked either]
    HOME = "home"  # one of its members lives in the zone of its slot [nobody need]
    CREW = "crew"  # a locked pod exists and holds its locked members [they may be anywhere]
    TOGETHER = "together"
    APART = "apart"
    NEVER_ALONE = "never_alone"
    FEWEST = "fewest"  # how many people a pod needs [one]
    MOST = "most"  # how many people a pod has room for [everybody]
    TIMES = "times"  # one member's times, if locks or ``together`` name them [any hour suits]
    OTHERS = "others"  # the times of all members whom no lock concerns [any hour suits any of them]


_OF_LOCKS = {Kind.POD, Kind.SLOT, Kind.HOME, Kind.CREW}
_OF_GROUPS = {Kind.TOGETHER, Kind.APART, Kind.NEVER_ALONE}


@dataclass(frozen=True, slots=True)
class Claim:
    """One piece: ``number`` counts within the list of the roster that holds it."""

    kind: Kind
    number: int = 0


def claims(roster: Roster, locks: Collection[int]) -> tuple[Claim, ...]:
    """All that may be at odds when only these locks count, in the order in which it is told."""
    chosen = [(number, roster.rules.locked[number]) for number in sorted(locks)]
    numbers = {
        Kind.POD: locks,
        Kind.SLOT: [number for number, lock in chosen if lock.slot],
        Kind.HOME: [number for number, lock in chosen if lock.slot],
        Kind.CREW: [number for number, lock in chosen if lock.members],
        Kind.TOGETHER: range(len(roster.rules.together)),
        Kind.APART: range(len(roster.rules.apart)),
        Kind.NEVER_ALONE: range(len(roster.rules.never_alone)),
        Kind.FEWEST: [0],
        Kind.MOST: [0],
        Kind.TIMES: concerned(roster, locks),
        Kind.OTHERS: [0],
    }
    return tuple(Claim(kind, number) for kind in Kind for number in numbers[kind])


def concerned(roster: Roster, locks: Collection[int]) -> list[int]:
    """The numbers of the members whom these locks name, and of those who must be together with them."""
    bound = bound_together(roster)
    names = {name for lock in locks for member in roster.rules.locked[lock].members for name in bound.of(member)}
    return [i for i, member in enumerate(roster.members) if member.id in names]


class Teller:
    """Puts claims that contradict each other into words; what each says may lean on the others."""

    def __init__(self, roster: Roster, told: Collection[Claim]) -> None:
        self._roster = roster
        self._told = set(told)
        self._attendance = Attendance(roster, range(len(roster.members)))

    def rules(self) -> tuple[Rule, ...]:
        """Each claim with its place in the roster."""
        order = {kind: n for n, kind in enumerate(Kind)}
        told = sorted(self._told, key=lambda claim: (order[claim.kind], claim.number))
        return tuple(Rule(path=path(claim), says=self._says(claim)) for claim in told)

    def _says(self, claim: Claim) -> str:
        if claim.kind in _OF_LOCKS:
            return _of_lock(self._roster.rules.locked[claim.number], claim.kind)
        if claim.kind in _OF_GROUPS:
            return _of_group(self._roster.rules, claim)
        if claim.kind is Kind.TIMES:
            return self._times(claim.number)
        return self._others() if claim.kind is Kind.OTHERS else self._size(claim.kind)

    def _size(self, kind: Kind) -> str:
        size = self._roster.pod_size
        if kind is Kind.MOST:
            return f"A pod has room for at most {size.max} people."
        if any(claim.kind in {Kind.TIMES, Kind.OTHERS} for claim in self._told):
            return f"A pod needs at least {size.min} people."
        return f"A pod needs at least {size.min} people; the roster has {len(self._roster.members)}."

    def _times(self, i: int) -> str:
        """That the member cannot come to the slot of their pod; or just what they gave, if no slot is told."""
        member, own = self._roster.members[i], bound_together(self._roster).of(self._roster.members[i].id)
        for number, starts in self._slots.items():
            lock = self._roster.rules.locked[number]
            missing = self._attendance.needed(i, starts) & ~self._attendance.offered(i)
            if missing and set(own) & set(lock.members):
                hours = ", ".join(map(str, windows(missing)))
                return (
                    f"{member.id} cannot come to {lock.pod} every week: {hours} on their clock ({member.timezone}) "
                    "is not in their times."
                )
        given = ", ".join(str(window) for window in (*member.free, *member.if_needed)) or "no times"
        return f"{member.id} has given {given} ({member.timezone})."

    def _others(self) -> str:
        locks = {claim.number for claim in self._told if claim.kind in _OF_LOCKS}
        others = set_of(range(len(self._roster.members))) & ~set_of(concerned(self._roster, locks))
        who = f"Of the {others.bit_count()} members whom these locks do not name"
        if self._slots:
            coming = ", ".join(self._coming(number, starts, others) for number, starts in self._slots.items())
            return f"{who}, so many can come every week: {coming}."
        crew = set_of(claim.number for claim in self._told if claim.kind is Kind.TIMES)
        fits = (self._attendance.fits(starts) for starts in self._attendance.grid())
        best = max(((can & others).bit_count() for can in fits if not crew & ~can), default=0)
        return f"{who}, at most {best} share an hour that suits those named here."

    def _coming(self, number: int, starts: Starts, others: int) -> str:
        """How many of the others can come to a locked slot, and how many of these live in its zone if that matters."""
        lock, coming = self._roster.rules.locked[number], self._attendance.fits(starts) & others
        told = f"{coming.bit_count()} to {lock.pod}"
        if Claim(Kind.HOME, number) not in self._told or not lock.slot:
            return told
        zone = lock.slot.timezone
        at_home = sum(self._roster.members[i].timezone == zone for i in numbers_in(coming))
        return f"{told}, {at_home} of them at home in {zone}"

    @cached_property
    def _slots(self) -> dict[int, Starts]:
        """The number of each lock whose slot is told, with its instants."""
        numbers = sorted(claim.number for claim in self._told if claim.kind is Kind.SLOT)
        slots = ((number, self._roster.rules.locked[number].slot) for number in numbers)
        return {number: to_minutes(meeting_starts(slot, self._roster.period)) for number, slot in slots if slot}


def path(claim: Claim) -> str:
    """Where the roster says it."""
    return {
        Kind.POD: f"$.rules.locked[{claim.number}]",
        Kind.SLOT: f"$.rules.locked[{claim.number}].slot",
        Kind.HOME: f"$.rules.locked[{claim.number}].slot.timezone",
        Kind.CREW: f"$.rules.locked[{claim.number}].members",
        Kind.TOGETHER: f"$.rules.together[{claim.number}]",
        Kind.APART: f"$.rules.apart[{claim.number}]",
        Kind.NEVER_ALONE: f"$.rules.never_alone[{claim.number}]",
        Kind.FEWEST: "$.pod_size.min",
        Kind.MOST: "$.pod_size.max",
        Kind.TIMES: f"$.members[{claim.number}]",
        Kind.OTHERS: "$.members",
    }[claim.kind]


def _of_group(rules: Rules, claim: Claim) -> str:
    if claim.kind is Kind.TOGETHER:
        return f"{_list(rules.together[claim.number])} must be together."
    if claim.kind is Kind.APART:
        return f"{_list(rules.apart[claim.number])} must be apart."
    rule = rules.never_alone[claim.number]
    return f"Nobody with {rule.trait} {rule.value} may be the only one in a pod."


def _of_lock(lock: Lock, kind: Kind) -> str:
    if kind is Kind.SLOT:
        return f"{lock.pod} is locked at {lock.slot}."
    if kind is Kind.HOME:
        assert lock.slot
        return f"{lock.pod} meets on the clock of {lock.slot.timezone}, so it needs a member who lives there."
    if kind is Kind.CREW:
        return f"{lock.pod} is locked with {_list(lock.members)}."
    return f"{lock.pod} is locked."


def _list(names: tuple[str, ...]) -> str:
    if len(names) > _MOST_NAMES:
        return f"{', '.join(names[:_MOST_NAMES])} and {len(names) - _MOST_NAMES} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
