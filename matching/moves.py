"""What a rematch changed, told to people: pods keep their names, and every move has its reason."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from matching.assemble import assemble
from matching.plan import Move
from matching.slots import fit, meeting_starts
from matching.ways_in import next_pod_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matching.plan import Level, Plan, Pod
    from matching.problem import Group, Place, Problem
    from matching.rematch import Standing
    from matching.roster import Lock, Member, Roster


def told(
    standing: Standing, groups: list[Group], objective: tuple[Level, ...], before: Plan, *, seconds: float, seed: int
) -> Plan:
    """The plan of these groups: earlier pods first, under their own names and in their order, with all moves.

    A new pod never takes the name of an earlier one, closed or not, so that no old invitation leads to it.
    """
    plan = assemble(_named_as_before(standing, groups), groups, objective, seconds=seconds, seed=seed)
    plan = _with_names(plan, _names(standing, groups, plan))
    order = {pod.id: number for number, pod in enumerate(before.pods)}
    pods = sorted(plan.pods, key=lambda pod: order.get(pod.id, len(order)))
    plan = replace(plan, pods=tuple(pods))
    return replace(plan, moves=moves(standing.problem.roster, before, plan))


def _named_as_before(standing: Standing, groups: list[Group]) -> Problem:
    """The problem in which the hour of a home has the name it had, while somebody of that zone is left."""
    problem = standing.problem
    places = list(problem.places)
    for group in groups:
        if pod := standing.pod_at.get(group.place):
            places[group.place] = _named(places[group.place], pod, problem, group)
    return replace(problem, places=tuple(places))


def _named(place: Place, pod: Pod, problem: Problem, group: Group) -> Place:
    whole = problem.members_of(group.units)
    zones = {problem.roster.members[i].timezone for i in problem.members(whole)}
    own = tuple(slot for slot in place.candidate.slots if slot.timezone == pod.slot.timezone and slot.timezone in zones)
    return replace(place, candidate=replace(place.candidate, slots=own or place.candidate.slots))


def _names(standing: Standing, groups: list[Group], plan: Plan) -> dict[str, str]:
    """From the names in a fresh plan to the lasting ones."""
    problem = standing.problem
    kept = {
        problem.roster.members[min(problem.members(problem.members_of(group.units)))].id: standing.pod_at[
            group.place
        ].id
        for group in groups
        if group.place in standing.pod_at
    }
    locks = {lock.pod for lock in problem.roster.rules.locked}
    taken = {pod.id for pod in standing.pods} | locks
    fresh = (name for n in count(1) if (name := f"pod-{n}") not in taken)
    names = {}
    for pod in plan.pods:
        lasting = next((kept[placed.id] for placed in pod.members if placed.id in kept), None)
        names[pod.id] = lasting or (pod.id if pod.id in locks else next(fresh))
    would_be = next_pod_name(problem.roster, names.values())
    for left in plan.unplaced:
        if left.would_place and left.would_place.pod not in names:
            names[left.would_place.pod] = would_be
    return names


def _with_names(plan: Plan, names: Mapping[str, str]) -> Plan:
    pods = tuple(replace(pod, id=names[pod.id]) for pod in plan.pods)
    unplaced = tuple(
        replace(left, would_place=replace(left.would_place, pod=names[left.would_place.pod]))
        if left.would_place
        else left
        for left in plan.unplaced
    )
    return replace(plan, pods=pods, unplaced=unplaced)


def moves(roster: Roster, before: Plan, after: Plan) -> tuple[Move, ...]:
    """Everybody of the roster whose pod is another than before, by id, with the reason.

    Whoever had no pod and gets one is among them, though nobody counts them as moved; whoever left is not.
    """
    teller = _Teller(roster, before, after)
    found = (teller.move(member) for member in sorted(roster.members, key=lambda member: member.id))
    return tuple(move for move in found if move)


class _Teller:
    """Compares two plans from the point of view of one member after the other."""

    def __init__(self, roster: Roster, before: Plan, after: Plan) -> None:
        self._roster = roster
        self._members = {member.id: member for member in roster.members}
        self._before = {pod.id: pod for pod in before.pods}
        self._after = {pod.id: pod for pod in after.pods}
        self._was_in = {placed.id: pod.id for pod in before.pods for placed in pod.members}
        self._is_in = {placed.id: pod.id for pod in after.pods for placed in pod.members}
        self._had_none = {left.id for left in before.unplaced}

    def move(self, member: Member) -> Move | None:
        """The member's move, or None if they stay."""
        before, after = self._was_in.get(member.id), self._is_in.get(member.id)
        if before == after and (before is None or self._goes_on(before)):
            return None
        why = self._arrival(member) if before is None else self._departure(member, self._before[before], after)
        return Move(id=member.id, before=before, after=after, why=why)

    def _goes_on(self, pod: str) -> bool:
        """Whether the pod still meets at its instants, as the roster's weeks have them now."""
        if pod not in self._after:
            return False
        period = self._roster.period
        return meeting_starts(self._before[pod].slot, period) == meeting_starts(self._after[pod].slot, period)

    def _arrival(self, member: Member) -> str:
        return "had no pod so far" if member.id in self._had_none else "joined"

    def _departure(self, member: Member, pod: Pod, after: str | None) -> str:
        reasons = (
            self._times_changed,
            self._locked_elsewhere,
            self._hour_changed,
            self._company,
            self._closed,
            self._alone,
            self._too_many,
        )
        found = (reason(member, pod, after) for reason in reasons)
        return next((why for why in found if why), self._lent(after))

    def _times_changed(self, member: Member, pod: Pod, _: str | None) -> str:
        fits = fit(member, meeting_starts(pod.slot, self._roster.period), self._roster.meeting.minutes)
        return "" if fits else f"their times no longer fit {pod.slot}"

    def _locked_elsewhere(self, member: Member, pod: Pod, _: str | None) -> str:
        lock = next((lock for lock in self._roster.rules.locked if member.id in lock.members), None)
        return f"is locked in {lock.pod}" if lock and lock.pod != pod.id else ""

    def _hour_changed(self, _: Member, pod: Pod, __: str | None) -> str:
        if pod.id not in self._after or self._goes_on(pod.id):
            return ""
        how = "is locked at" if self._slot_lock(pod) else "now meets at"
        return f"{pod.id} {how} {self._after[pod.id].slot} instead of {pod.slot}"

    def _slot_lock(self, pod: Pod) -> Lock | None:
        return next((lock for lock in self._roster.rules.locked if lock.pod == pod.id and lock.slot), None)

    def _company(self, member: Member, pod: Pod, after: str | None) -> str:
        staying = {name for name, home in self._is_in.items() if home == pod.id}
        for names in self._roster.rules.apart:
            if member.id in names and (foes := sorted(staying & set(names))):
                return f"must be apart from {', '.join(foes)}, who stays in {pod.id}"
        for names in self._roster.rules.together:
            others = [name for name in names if name != member.id and self._was_in.get(name) != pod.id]
            stuck = [name for name in names if name != member.id and not self._can_be_in(name, pod)]
            if member.id in names and (stuck or others):
                where = f" in {after}" if after else ""
                return f"must be together with {', '.join(stuck or others)}{where}"
        return ""

    def _can_be_in(self, name: str, pod: Pod) -> bool:
        starts = meeting_starts(pod.slot, self._roster.period)
        return fit(self._members[name], starts, self._roster.meeting.minutes) is not None

    def _closed(self, _: Member, pod: Pod, __: str | None) -> str:
        if pod.id in self._after:
            return ""
        left = [p.id for p in pod.members if p.id in self._members and self._can_be_in(p.id, pod)]
        if len(left) < self._roster.pod_size.min:
            people = "1 person" if len(left) == 1 else f"{len(left)} people"
            return f"{pod.id} had {people} left for {pod.slot} and was closed"
        if pod.slot.timezone not in {self._members[name].timezone for name in left}:
            return f"nobody of {pod.slot.timezone} was left in {pod.id}, which was closed"
        return f"{pod.id} could not go on under the rules of this cohort and was closed"

    def _alone(self, member: Member, pod: Pod, _: str | None) -> str:
        staying = [self._members[name] for name, home in self._is_in.items() if home == pod.id]
        for rule in self._roster.rules.never_alone:
            holds = member.traits.get(rule.trait) == rule.value
            if holds and not any(mate.traits.get(rule.trait) == rule.value for mate in staying):
                return f"would be the only one with {rule.trait} {rule.value} in {pod.id}"
        return ""

    def _too_many(self, _: Member, pod: Pod, __: str | None) -> str:
        most = self._roster.pod_size.max
        full = sum(home == pod.id for home in self._is_in.values()) == most
        return f"{pod.id} is full with {most} people" if full else ""

    def _lent(self, after: str | None) -> str:
        """Minimal plans move nobody else without a gain: they make up the numbers where they go."""
        return f"{after} needed one more to go on" if after in self._before else "so that fewer people move in all"
