"""Every rule of a plan and its objective, said once more without a solver.

The engine may be as clever as it likes: a plan with a fault found here is never handed out.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from matching.comfort import awkwardness, balance, is_awkward, large_pods
from matching.plan import Fit, Status
from matching.roster_json import roster_sha256
from matching.similarity import Interests
from matching.slots import fit, meeting_starts
from matching.times import parse_window
from matching.ways_in import next_pod_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matching.plan import Level, Plan, Pod, Unplaced
    from matching.roster import Member, Roster

#: Rounding of similarities and bounds in a plan.
TOLERANCE = 1e-6
_MORE_IS_BETTER = {"placed", "goal_match"}
_ALWAYS_TOLD = {"placed", "if_needed", "goal_match"}


@dataclass(frozen=True, slots=True)
class Score:
    """The levels of the objective in their order, recomputed from the pods alone.

    More is better for ``placed`` and ``goal_match``, less for the others; ``matching.comfort`` defines the last three.
    """

    placed: int
    if_needed: int
    goal_match: float
    balance: int
    awkward_hours: int
    large_pods: int


def faults(roster: Roster, plan: Plan) -> list[str]:
    """What is wrong with the plan, one sentence each; empty if it keeps every rule and tells the truth."""
    rules = (
        _other_roster,
        _pod_names,
        _strangers,
        _everybody_once,
        _sizes,
        _slots,
        _anchors,
        _times,
        _together,
        _apart,
        _never_alone,
        _locked,
        _reasons,
        _ways_in,
    )
    known = [fault for rule in rules for fault in rule(roster, plan)]
    # Scores can only be recomputed for people who exist.
    return known or list(_objective(roster, plan))


def score(roster: Roster, plan: Plan) -> Score:
    """The objective of the plan's pods; ``KeyError`` if a pod has a member who is not in the roster."""
    members = {member.id: member for member in roster.members}
    starts_of = {pod.id: meeting_starts(pod.slot, roster.period) for pod in plan.pods}
    seats = [(members[placed.id], starts_of[pod.id]) for pod in plan.pods for placed in pod.members]
    minutes, pods = roster.meeting.minutes, [_ids(pod) for pod in plan.pods]
    return Score(
        placed=len(seats),
        if_needed=sum(fit(member, starts, minutes) is Fit.IF_NEEDED for member, starts in seats),
        goal_match=goal_match(roster, pods),
        balance=balance(roster, pods),
        awkward_hours=sum(awkwardness(member) for member, starts in seats if is_awkward(member, starts, minutes)),
        large_pods=large_pods(map(len, pods)),
    )


def goal_match(roster: Roster, pods: list[list[str]]) -> float:
    """The mean similarity over all pairs of pod-mates, 0 if there are none; rounded to 6 digits."""
    interests = {member.id: Interests.of(member) for member in roster.members}
    pairs = [interests[a].similarity(interests[b]) for pod in pods for a, b in combinations(sorted(pod), 2)]
    return round(math.fsum(pairs) / len(pairs), 6) if pairs else 0.0


def _ids(pod: Pod) -> list[str]:
    return [placed.id for placed in pod.members]


def _homes(plan: Plan) -> dict[str, str]:
    return {identity: pod.id for pod in plan.pods for identity in _ids(pod)}


def _other_roster(roster: Roster, plan: Plan) -> Iterator[str]:
    if plan.roster_sha256 != roster_sha256(roster):
        yield "the plan was made for another roster: its roster_sha256 differs"


def _pod_names(_: Roster, plan: Plan) -> Iterator[str]:
    for name, count in Counter(pod.id for pod in plan.pods).items():
        if count > 1:
            yield f"{count} pods are called {name}"


def _strangers(roster: Roster, plan: Plan) -> Iterator[str]:
    known = {member.id for member in roster.members}
    named = [(pod.id, identity) for pod in plan.pods for identity in _ids(pod)]
    for where, identity in [*named, *(("unplaced", left.id) for left in plan.unplaced)]:
        if identity not in known:
            yield f"{where}: {identity} is not in the roster"


def _everybody_once(roster: Roster, plan: Plan) -> Iterator[str]:
    named = Counter(identity for pod in plan.pods for identity in _ids(pod))
    named.update(left.id for left in plan.unplaced)
    for member in roster.members:
        if named[member.id] != 1:
            yield f"{member.id} is named {named[member.id]} times among pods and unplaced, must be once"


def _sizes(roster: Roster, plan: Plan) -> Iterator[str]:
    low, high = roster.pod_size.min, roster.pod_size.max
    for pod in plan.pods:
        if not low <= len(pod.members) <= high:
            yield f"{pod.id} has {len(pod.members)} members, allowed are {low} to {high}"


def _slots(roster: Roster, plan: Plan) -> Iterator[str]:
    for pod in plan.pods:
        if pod.slot.start % roster.meeting.step:
            yield f"{pod.id} starts off the grid of {roster.meeting.step} minutes"
        if pod.slot.minutes != roster.meeting.minutes:
            yield f"{pod.id} meets for {pod.slot.minutes} minutes, must be {roster.meeting.minutes}"
        if pod.meetings != meeting_starts(pod.slot, roster.period):
            yield f"{pod.id}: the meetings are not those of {pod.slot}"


def _anchors(roster: Roster, plan: Plan) -> Iterator[str]:
    zone = {member.id: member.timezone for member in roster.members}
    for pod in plan.pods:
        if pod.slot.timezone not in {zone.get(identity) for identity in _ids(pod)}:
            yield f"{pod.id}: nobody lives in {pod.slot.timezone}"


def _times(roster: Roster, plan: Plan) -> Iterator[str]:
    members = {member.id: member for member in roster.members}
    for pod in plan.pods:
        starts = meeting_starts(pod.slot, roster.period)
        for placed in pod.members:
            if placed.id not in members:
                continue
            level = fit(members[placed.id], starts, roster.meeting.minutes)
            if level is None:
                yield f"{pod.id}: {placed.id} cannot come in every week"
            elif level is not placed.level:
                yield f"{pod.id}: {placed.id} is told {placed.level.value}, but it is {level.value}"


def _together(roster: Roster, plan: Plan) -> Iterator[str]:
    home = _homes(plan)
    for names in roster.rules.together:
        if len({home.get(name) for name in names}) > 1:
            yield f"{', '.join(names)} are not together"


def _apart(roster: Roster, plan: Plan) -> Iterator[str]:
    home = _homes(plan)
    for names in roster.rules.apart:
        for one, other in combinations(names, 2):
            if one in home and home[one] == home.get(other):
                yield f"{one} and {other} are both in {home[one]}, but must be apart"


def _never_alone(roster: Roster, plan: Plan) -> Iterator[str]:
    for rule in roster.rules.never_alone:
        holders = {member.id for member in roster.members if member.traits.get(rule.trait) == rule.value}
        for pod in plan.pods:
            inside = holders & set(_ids(pod))
            if len(inside) == 1:
                yield f"{pod.id}: {inside.pop()} is the only one with {rule.trait} {rule.value}"


def _locked(roster: Roster, plan: Plan) -> Iterator[str]:
    pods = {pod.id: pod for pod in plan.pods}
    for lock in roster.rules.locked if plan.status is not Status.IMPOSSIBLE else ():
        pod = pods.get(lock.pod)
        if pod is None:
            yield f"{lock.pod} is locked, but missing"
            continue
        for name in sorted(set(lock.members) - set(_ids(pod))):
            yield f"{name} is locked in {lock.pod}, but not there"
        if lock.slot and pod.slot != lock.slot:
            yield f"{lock.pod} is locked at {lock.slot}, but meets at {pod.slot}"


def _reasons(_: Roster, plan: Plan) -> Iterator[str]:
    for left in plan.unplaced:
        if not left.code or not left.why.strip():
            yield f"{left.id} is unplaced without a reason"


def _ways_in(roster: Roster, plan: Plan) -> Iterator[str]:
    members = {member.id: member for member in roster.members}
    pods = {pod.id: pod for pod in plan.pods}
    for left in plan.unplaced:
        way = left.would_place
        if way is None or left.id not in members:
            continue
        if way.pod not in pods:
            yield from _way_into_new_pod(roster, plan, left)
        elif len(pods[way.pod].members) >= roster.pod_size.max:
            yield f"{left.id} is pointed to {way.pod}, which has no room"
        elif not _could_come(roster, members[left.id], way.add, pods[way.pod]):
            yield f"{left.id} is pointed to {way.pod}, but {', '.join(way.add)} would not let them come"


def _way_into_new_pod(roster: Roster, plan: Plan, left: Unplaced) -> Iterator[str]:
    assert left.would_place is not None
    named, name = left.would_place.pod, next_pod_name(roster, (pod.id for pod in plan.pods))
    if named != name:
        yield f"{left.id} is pointed to {named}, which is no pod; a new one would be {name}"
    elif len(plan.unplaced) < roster.pod_size.min:
        yield f"{left.id} is pointed to a new pod, but only {len(plan.unplaced)} have none"


def _could_come(roster: Roster, member: Member, add: tuple[str, ...], pod: Pod) -> bool:
    """Whether the member can come with these windows added; False too if one of them is no window."""
    try:
        added = tuple(parse_window(window) for window in add)
    except ValueError:
        return False
    richer = replace(member, if_needed=(*member.if_needed, *added))
    return fit(richer, meeting_starts(pod.slot, roster.period), roster.meeting.minutes) is not None


def _level(level: Level, value: float, *, sign: int) -> Iterator[str]:
    if abs(level.value - value) > TOLERANCE:
        yield f"objective: {level.name} is told {level.value}, but it is {value}"
    elif sign * (level.bound - level.value) < -TOLERANCE:
        yield f"objective: {level.name} {level.value} is beyond its bound {level.bound}"
    elif level.proven and abs(level.bound - level.value) > TOLERANCE:
        yield f"objective: {level.name} is called proven, but its bound is {level.bound}"


def _objective(roster: Roster, plan: Plan) -> Iterator[str]:
    told = {level.name: level for level in plan.objective}
    for name, value in asdict(score(roster, plan)).items():
        level = told.get(name)
        if level is None and name in _ALWAYS_TOLD:
            yield f"objective: {name} is missing"
        elif level is not None:
            yield from _level(level, value, sign=1 if name in _MORE_IS_BETTER else -1)
    proven = all(level.proven for level in plan.objective)
    if (plan.status is Status.OPTIMAL) != proven and plan.status is not Status.IMPOSSIBLE:
        yield f"status is {plan.status.value}, but {'every' if proven else 'not every'} level is proven"
