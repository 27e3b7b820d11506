"""Why this pod, why no pod, and the smallest addition of time that would help: told to people, not to programs."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from matching.consistency import bound_together
from matching.plan import Unplaced
from matching.roster import WEEK, WEEKDAYS
from matching.sets import numbers_in, set_of
from matching.similarity import folded
from matching.slots import candidates, is_away, touched, week_minutes
from matching.ways_in import WaysIn

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from matching.plan import Pod
    from matching.problem import Problem
    from matching.roster import Member
    from matching.slots import Candidate, Instants

_MOST_SHARED_GOALS = 3
_SEARCH_ENDED = (
    "There is a pod for them that the search did not come to: forming again, with more time, may place them."
)

#: Said when the rules between members leave too many combinations to try (``matching.openings``).
_MAYBE_LESS = "Less time may do too: the rules of this cohort leave too many combinations to try them all."
_UNKNOWN = "Whether more time would help is not known: the rules of this cohort leave too many combinations to try."


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
        self._ways_in = WaysIn(problem, pods)
        self._bound = bound_together(problem.roster)
        self._index = {member.id: i for i, member in enumerate(problem.roster.members)}

    def unplaced(self, member: Member) -> Unplaced:
        """The member's reason and, if there is one, the smallest way in."""
        way = self._ways_in.smallest(member.id)
        if way and not way.add:
            return Unplaced(member.id, "search_ended", _SEARCH_ENDED, would_place=way)
        code, why = self._reason(member)
        if not self._ways_in.is_sure:
            return Unplaced(member.id, code, f"{why} {_MAYBE_LESS if way else _UNKNOWN}", would_place=way)
        return Unplaced(member.id, code, why if way else f"{why} {self._hindrance(member)}", would_place=way)

    def _reason(self, member: Member) -> tuple[str, str]:
        if self._index[member.id] in self._places_of:
            return self._reason_among_others(member)
        longest = longest_run(week_minutes(member.free) | week_minutes(member.if_needed))
        if longest == 0:
            return "no_times", "We have no times from this member yet, so there is no hour to plan with."
        minutes = self._problem.roster.meeting.minutes
        if longest < minutes:
            return "times_too_short", (
                f"The meeting takes {minutes} minutes, but the longest time given is {longest} minutes."
            )
        return self._reason_alone(member)

    def _reason_alone(self, member: Member) -> tuple[str, str]:
        """Why no hour of the member suits enough people for a pod, whoever is placed where."""
        meeting, least = self._problem.roster.meeting, self._problem.pod_size.min
        most = self._most_company[self._index[member.id]]
        if most == 0:
            return "no_slot_in_times", (
                f"No meeting of {meeting.minutes} minutes that starts on the grid of {meeting.step} minutes "
                "lies within this member's times in every week."
            )
        if most < least:
            return "too_few_share_a_slot", (
                f"A pod needs at least {least} people, and none of this member's times suits so many in every week: "
                f"the best suits {most}, this member included."
            )
        if company := [name for name in self._bound.of(member.id) if name != member.id]:
            return "rules", (
                f"They must share a pod with {', '.join(company)}, and no hour that suits all of them "
                f"suits the {least} people that a pod needs."
            )
        return "rules", (
            f"{most} people, this member included, share an hour, but the rules of this cohort bind too many of them "
            f"to other people or to another hour for a pod of {least}."
        )

    def _reason_among_others(self, member: Member) -> tuple[str, str]:
        i, least, most = self._index[member.id], self._problem.pod_size.min, self._problem.pod_size.max
        suiting = self._ways_in.fitting(i)
        if any(self._ways_in.has_room(i, pod) for pod in suiting):
            return "rules", "There is room in pods at this member's times, but the rules of this cohort keep them out."
        crew = len(self._bound.of(member.id))
        if suiting and crew == 1:
            return "pods_full", f"Every pod at this member's times already has {most} people."
        if suiting:
            return "pods_full", f"No pod at a time that suits all {crew} who must be together has room for {crew} more."
        left = max(((place.fits & self._without_pod).bit_count() for place in self._places_of[i]), default=0)
        if left >= least:
            return "rules", (
                f"{left} people without a pod, this member included, share an hour, "
                "but the rules of this cohort keep them from being a pod."
            )
        return "others_placed_elsewhere", (
            "Enough people could meet at this member's times, but too many of them are in other pods: "
            f"at most {left} without a pod, this member included, share one of these hours, and a pod needs {least}."
        )

    def _hindrance(self, member: Member) -> str:
        """Why more time of this member would not help."""
        alone = " of theirs alone" if len(self._bound.of(member.id)) > 1 else ""
        into_pods = [self._hindrance_to_pods(member)] if self._pods else []
        hindrances = ", and ".join([*into_pods, self._hindrance_to_new_pod(member)])
        return f"More time{alone} would not help without moving somebody: {hindrances}."

    def _hindrance_to_pods(self, member: Member) -> str:
        i, crew = self._index[member.id], len(self._bound.of(member.id))
        roomy = self._ways_in.roomy(i)
        if not roomy:
            return "every pod is full" if crew == 1 else f"no pod has room for all {crew} who must be together"
        if not any(self._ways_in.partners_fit(i, pod) for pod in roomy):
            return "those they must be together with can come to no pod that has room"
        return "the rules of this cohort keep them out of every pod that has room"

    def _hindrance_to_new_pod(self, member: Member) -> str:
        least, left = self._problem.pod_size.min, self._without_pod.bit_count()
        if left < least:
            return f"a new pod needs {least} people, but only {left} {'is' if left == 1 else 'are'} without one"
        company = self._ways_in.company(self._index[member.id])
        if company == 0:
            return "those they must be together with share no hour for a new one"
        if company < least:
            return f"at most {company} people without a pod, this member included, would share an hour for a new one"
        return "the rules of this cohort keep those without a pod from being a new one"

    @cached_property
    def _without_pod(self) -> int:
        placed = {placed.id for pod in self._pods for placed in pod.members}
        return set_of(i for name, i in self._index.items() if name not in placed)

    @cached_property
    def _places_of(self) -> dict[int, list[Candidate]]:
        """The candidates at which each member without a pod could be in a pod with whoever else can come.

        A member who can come to locked pods only is there with no candidate.
        """
        found: dict[int, list[Candidate]] = {}
        for place in self._problem.places:
            for i in numbers_in(place.candidate.fits & self._without_pod):
                found.setdefault(i, []).extend([] if place.lock else [place.candidate])
        return found

    @cached_property
    def _most_company(self) -> dict[int, int]:
        """For those who fit no place: how many people the best of their own times suits, rules aside."""
        most = {i: 0 for i in numbers_in(self._without_pod) if i not in self._places_of}
        asking = set_of(most)
        for candidate in candidates(self._problem.roster):
            for i in numbers_in(candidate.fits & asking):
                most[i] = max(most[i], candidate.fits.bit_count())
        return most


def longest_run(week: int) -> int:
    """The most minutes in a row in a set of minutes of the week, Sunday running into Monday."""
    if week == (1 << WEEK) - 1:
        return WEEK
    doubled, longest = week | week << WEEK, 0
    while doubled:
        doubled &= doubled >> 1
        longest += 1
    return longest
