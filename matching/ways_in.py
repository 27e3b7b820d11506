"""The smallest addition of if-needed time that lets somebody into a pod that exists, without moving anyone."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from matching.plan import WouldPlace
from matching.roster import DAY, WEEK, Window
from matching.slots import is_away, stretch, touched, week_minutes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matching.plan import Pod
    from matching.roster import Member, Roster

#: The hours (minutes of the day, end excluded) at which nobody minds being asked: 08:00 to 21:00.
_HUMANE = sum(stretch(day * DAY + 8 * 60, 13 * 60) for day in range(7))


class WaysIn:
    """Ways into the pods of one plan."""

    def __init__(self, roster: Roster, pods: Sequence[Pod]) -> None:
        self._roster = roster
        self._pods = pods
        self._minutes = roster.meeting.minutes
        self._foes: dict[str, set[str]] = {}
        for names in roster.rules.apart:
            for name in names:
                self._foes.setdefault(name, set()).update(set(names) - {name})
        self._bound = {name for names in roster.rules.together for name in names}
        self._traits = {member.id: member.traits for member in roster.members}
        self._touched = cache(lambda zone, begin: touched(ZoneInfo(zone), begin, self._minutes))
        self._whole = cache(self._whole_period)

    def with_room(self) -> list[Pod]:
        """The pods that could take one more."""
        return [pod for pod in self._pods if len(pod.members) < self._roster.pod_size.max]

    def smallest(self, member: Member) -> tuple[WouldPlace | None, str]:
        """The way in with the fewest minutes, at the most humane hour among equals; or None and a sentence why."""
        if not self._pods:
            return None, "There is no pod that more time would open."
        if member.id in self._bound:
            return None, "They must be together with others, so more time of theirs alone opens no pod."
        roomy = self.with_room()
        if not roomy:
            return None, "Every pod is full, so more time would not help without moving somebody."
        allowed = [pod for pod in roomy if self.rules_allow(member, pod)]
        if not allowed:
            return None, "The rules of this cohort keep them out of every pod that has room."
        missing, _, pod = min(
            ((minutes, self._strain(minutes), pod) for pod in allowed for minutes in (self.missing(member, pod),)),
            key=lambda way: (way[0].bit_count(), way[1], way[2].id),
        )
        return WouldPlace(add=tuple(str(window) for window in windows(missing)), pod=pod.id), ""

    def missing(self, member: Member, pod: Pod) -> int:
        """The minutes of the member's week that the pod's meetings touch and they did not offer, as a set."""
        zone = ZoneInfo(member.timezone)
        if member.away:
            needed = 0
            for begin in pod.meetings:
                if not is_away(member, begin.astimezone(zone).date()):
                    needed |= self._touched(member.timezone, begin)
        else:
            needed = self._whole(member.timezone, pod.meetings)
        return needed & ~(week_minutes(member.free) | week_minutes(member.if_needed))

    def rules_allow(self, member: Member, pod: Pod) -> bool:
        """Whether the hard rules let the member join the pod as it is."""
        inside = {placed.id for placed in pod.members}
        if self._foes.get(member.id, set()) & inside:
            return False
        for rule in self._roster.rules.never_alone:
            holders = [name for name in inside if self._traits[name].get(rule.trait) == rule.value]
            if member.traits.get(rule.trait) == rule.value and not holders:
                return False
        return True

    def _whole_period(self, zone: str, meetings: tuple[object, ...]) -> int:
        needed = 0
        for begin in meetings:
            needed |= self._touched(zone, begin)
        return needed

    @staticmethod
    def _strain(minutes: int) -> int:
        """How many of the minutes lie outside humane hours."""
        return (minutes & ~_HUMANE).bit_count()


def windows(minutes: int) -> list[Window]:
    """A set of minutes of the week as windows, none longer than a day; Sunday night may run into Monday."""
    if minutes == (1 << WEEK) - 1:
        return [Window(day * DAY, DAY) for day in range(7)]
    found: list[Window] = []
    start = next((m for m in range(WEEK) if not minutes >> m & 1), 0)
    length = 0
    for m in range(start, start + WEEK + 1):
        if m < start + WEEK and minutes >> (m % WEEK) & 1 and length < DAY:
            length += 1
            continue
        if length:
            found.append(Window((m - length) % WEEK, length))
        length = minutes >> (m % WEEK) & 1
    return sorted(found, key=lambda window: window.start)
