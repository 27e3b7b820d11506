"""Why this pod, why no pod, and the smallest addition of time that would help: told to people, not to programs."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from matching.consistency import bound_together
from matching.plan import Unplaced
from matching.roster import WEEK, WEEKDAYS
from matching.similarity import folded
from matching.slots import is_away, touched, week_minutes
from matching.ways_in import WaysIn

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from matching.plan import Pod
    from matching.problem import Problem
    from matching.roster import Member
    from matching.slots import Instants

_MOST_SHARED_GOALS = 3


def local_times(member: Member, starts: Instants) -> tuple[str, ...]:
    """The meetings on the member's own clock, one line per stretch of weeks with the same wall time.

    Such as ``("Wed 17:30 until 2027-03-24", "Wed 18:30")``: the date is that of the stretch's last meeting, the last
    stretch has none.
    """
    zone = ZoneInfo(member.timezone)
    local = [begin.astimezone(zone) for begin in starts]
    stretches = [(name, list(run)) for name, run in groupby(local, key=_wall_time)]
    lines = [f"{name} until {run[-1].date()}" for name, run in stretches[:-1]]
    return (*lines, stretches[-1][0])


def reasons(member: Member, mates: Sequence[Member], starts: Instants, minutes: int) -> tuple[str, ...]:
    """Why a member is in a pod: goals in common with pod-mates, and how the hour sits in their times."""
    held = Counter(tag for mate in mates if mate.id != member.id for tag in _tags(mate))
    goals = [
        f"shares goal {tag} with {held[tag]}" for tag in sorted(_tags(member), key=lambda t: (-held[t], t)) if held[tag]
    ]
    return (*goals, *_presence(member, starts, minutes))


def shared_goals(mates: Sequence[Member]) -> tuple[str, ...]:
    """The goal tags that at least half of a pod holds, the most common first, three at most."""
    held = Counter(tag for mate in mates for tag in _tags(mate))
    common = [tag for tag, count in held.items() if count >= max(2, len(mates) / 2)]
    return tuple(sorted(common, key=lambda tag: (-held[tag], tag))[:_MOST_SHARED_GOALS])


def _wall_time(local: datetime) -> str:
    return f"{WEEKDAYS[local.weekday()].capitalize()} {local:%H:%M}"


def _tags(member: Member) -> set[str]:
    return {folded(tag) for tag in member.goals} - {""}


def _presence(member: Member, starts: Instants, minutes: int) -> list[str]:
    zone = ZoneInfo(member.timezone)
    free = week_minutes(member.free)
    attended = [begin for begin in starts if not is_away(member, begin.astimezone(zone).date())]
    stretched = sum(bool(touched(zone, begin, minutes) & ~free) for begin in attended)
    away = len(starts) - len(attended)
    told = [f"if needed in {stretched} of {len(starts)} weeks" if stretched else "free every week"]
    if away:
        told = told if stretched else ["free in every other week"] if attended else []
        told.append(f"away in {away} of {len(starts)} weeks")
    return told


class Explainer:
    """Tells the members without a pod why, given the pods that there are."""

    def __init__(self, problem: Problem, pods: Sequence[Pod]) -> None:
        self._problem = problem
        self._pods = pods
        self._ways_in = WaysIn(problem.roster, pods)
        self._bound = bound_together(problem.roster)
        self._index = {member.id: i for i, member in enumerate(problem.roster.members)}
        self._placed = sum(1 << self._index[placed.id] for pod in pods for placed in pod.members)

    def unplaced(self, member: Member) -> Unplaced:
        """The member's reason and, if there is one, the smallest way in."""
        code, why = self._reason(member)
        way, hindrance = self._ways_in.smallest(member)
        return Unplaced(id=member.id, code=code, why=why if way else f"{why} {hindrance}", would_place=way)

    def _reason(self, member: Member) -> tuple[str, str]:
        longest = longest_run(week_minutes(member.free) | week_minutes(member.if_needed))
        if longest == 0:
            return "no_times", "We have no times from this member yet, so there is no hour to plan with."
        minutes = self._problem.roster.meeting.minutes
        if longest < minutes:
            return "times_too_short", (
                f"The meeting takes {minutes} minutes, but the longest time given is {longest} minutes."
            )
        return self._reason_among_others(member)

    def _reason_among_others(self, member: Member) -> tuple[str, str]:
        least, most = self._problem.pod_size.min, self._problem.pod_size.max
        places = [p.candidate for p in self._problem.places if p.candidate.fits >> self._index[member.id] & 1]
        company = [name for name in self._bound.of(member.id) if name != member.id]
        if not places and company:
            return "rules", (
                f"They must share a pod with {', '.join(company)}, and no hour that suits all of them "
                f"suits the {least} people that a pod needs."
            )
        if not places:
            return "too_few_share_a_slot", (
                f"A pod needs at least {least} people, and none of this member's times suits so many in every week."
            )
        suiting = [pod for pod in self._pods if not self._ways_in.missing(member, pod)]
        if any(len(pod.members) < most for pod in suiting):
            return "rules", "There is room in pods at this member's times, but the rules of this cohort keep them out."
        if suiting:
            return "pods_full", f"Every pod at this member's times already has {most} people."
        left = max((place.fits & ~self._placed).bit_count() for place in places)
        return "others_placed_elsewhere", (
            "Enough people could meet at this member's times, but most of them are needed in other pods: "
            f"only {left} without a pod, this member included, share one of these hours."
        )


def longest_run(week: int) -> int:
    """The most minutes in a row in a set of minutes of the week, Sunday running into Monday."""
    if week == (1 << WEEK) - 1:
        return WEEK
    doubled, longest = week | week << WEEK, 0
    while doubled:
        doubled &= doubled >> 1
        longest += 1
    return longest
