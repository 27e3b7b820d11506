"""What a rematch starts from: yesterday's pods as places of today's problem.

A pod of the earlier plan goes on under its own name for as long as it meets at its own instants. The zone that names
the hour may change when its last resident leaves: nobody's clock notices. A person of the roster who sat in an earlier
pod is *moved* unless they sit in that same pod and it goes on; so somebody counts whose pod meets at another hour, who
changes pods, or who has none any more. Whoever joins, and whoever had no pod, is not moved wherever they go.

So the problem of ``matching.problem`` gets one more place for each earlier pod, its home, which holds that one pod or
none. Every home is one of the open places as well (or lies within one), thus nothing becomes possible that was not.

Members of the plan whom the roster does not know have left: that is the only way in which a roster can say so. When
they are most of the plan, it is likelier that the plan belongs to other people, see ``strangers``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from matching.errors import Fault, PlanError
from matching.problem import Place, pose
from matching.roster import DAY, Slot
from matching.slots import Audience, Candidate, meeting_starts, minute_of_week

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from matching.plan import Plan, Pod
    from matching.problem import Group, Problem
    from matching.roster import Lock, Roster
    from matching.slots import Instants


@dataclass(frozen=True, slots=True)
class Standing:
    """A problem with the homes of the earlier pods among its places.

    ``pod_at`` names the pod whose home a place is, ``stayers`` the members (as a set) who stay where they were if they
    meet at a place, ``settled`` everybody of the roster who sat in an earlier pod. ``names`` says for a home which unit,
    if any, must be there lest another pod take the name: the unit of a lock without a slot. ``homes_of`` lists for each
    unit the homes that suit it.
    """

    problem: Problem
    pods: tuple[Pod, ...]
    pod_at: Mapping[int, Pod]
    stayers: Mapping[int, int]
    settled: int
    names: Mapping[int, int]
    homes_of: tuple[tuple[int, ...], ...]

    def staying(self, unit: int, place: int) -> int:
        """How many of the unit stay where they were if it meets at the place."""
        return (self.problem.units[unit].members & self.stayers.get(place, 0)).bit_count()

    def moved(self, groups: list[Group]) -> int:
        """How many people sit elsewhere, or nowhere, when these are the pods."""
        stay = sum(self.staying(unit, group.place) for group in groups for unit in group.units)
        return self.settled.bit_count() - stay

    def best_homes(self, unit: int) -> tuple[int, ...]:
        """The homes at which most of the unit stay; none if nobody stays anywhere."""
        homes = [place for place in self.homes_of[unit] if self.staying(unit, place)]
        most = max((self.staying(unit, place) for place in homes), default=0)
        return tuple(place for place in homes if self.staying(unit, place) == most)

    def unavoidable(self) -> int:
        """People who are moved in every plan, since their times or their company shut them out of their own pod."""
        best = ((unit, self.best_homes(unit)) for unit in range(len(self.problem.units)))
        return self.settled.bit_count() - sum(self.staying(unit, homes[0]) for unit, homes in best if homes)


def stand(roster: Roster, before: Plan) -> Standing:
    """Today's problem as it stands after the earlier plan; ``NoPlan`` where a lock cannot be kept whatever one does."""
    problem = pose(roster)
    builder = _Homes(problem)
    places = list(problem.places)
    pod_at: dict[int, Pod] = {}
    for pod in before.pods:
        home = builder.home(pod)
        if isinstance(home, Place):
            places.append(home)
            home = len(places) - 1
        if home is not None:
            pod_at[home] = pod
    stayers = {place: builder.members(pod) for place, pod in pod_at.items()}
    homes_of: list[list[int]] = [[] for _ in problem.units]
    for place in sorted(pod_at):
        for unit in places[place].units:
            homes_of[unit].append(place)
    return Standing(
        problem=replace(problem, places=tuple(places)),
        pods=before.pods,
        pod_at=pod_at,
        stayers=stayers,
        settled=sum(builder.members(pod) for pod in before.pods),
        names={place: builder.named[pod.id] for place, pod in pod_at.items() if pod.id in builder.named},
        homes_of=tuple(map(tuple, homes_of)),
    )


class _Homes:
    """Finds the place at which an earlier pod can go on; ``named`` are the units of locks that name no slot, by pod."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._roster = problem.roster
        self._audience = Audience(problem.roster)
        self._zones = sorted({member.timezone for member in problem.roster.members})
        self._number = {member.id: i for i, member in enumerate(problem.roster.members)}
        self._locked = {place.lock.pod: p for p, place in enumerate(problem.places) if place.lock}
        self.named = {
            unit.lock.pod: number
            for number, unit in enumerate(problem.units)
            if unit.lock is not None and unit.lock.slot is None
        }

    def members(self, pod: Pod) -> int:
        """The pod's members who are in the roster, as a set."""
        return sum(1 << self._number[placed.id] for placed in pod.members if placed.id in self._number)

    def home(self, pod: Pod) -> int | Place | None:
        """A place that the problem has already, a new one, or None if the pod cannot go on."""
        starts = meeting_starts(pod.slot, self._roster.period)
        if (locked := self._locked.get(pod.id)) is not None:
            return locked if self._problem.places[locked].candidate.starts == starts else None
        candidate = self._audience.candidate(starts, tuple(self._slots(starts)))
        units = tuple(
            number
            for number, unit in enumerate(self._problem.units)
            if not unit.members & ~candidate.fits and self._may_join(unit.lock, pod)
        )
        whole = self._problem.members_of(units)
        if whole.bit_count() < self._problem.pod_size.min or not whole & candidate.anchors:
            return None
        if pod.id in self.named and self.named[pod.id] not in units:
            return None
        return Place(candidate=only(candidate, whole), units=units)

    def _may_join(self, lock: Lock | None, pod: Pod) -> bool:
        return lock is None or (lock.pod == pod.id and lock.slot is None)

    def _slots(self, starts: Instants) -> Iterator[Slot]:
        """Every name that the roster's zones have for these instants, on its grid."""
        for zone in self._zones:
            weekday, start = divmod(minute_of_week(starts[0].astimezone(ZoneInfo(zone))), DAY)
            slot = Slot(weekday=weekday, start=start, timezone=zone, minutes=self._roster.meeting.minutes)
            if start % self._roster.meeting.step == 0 and meeting_starts(slot, self._roster.period) == starts:
                yield slot


def only(candidate: Candidate, whole: int) -> Candidate:
    """The candidate as these members (a set) see it."""
    return replace(candidate, fits=whole, free=whole & candidate.free, anchors=whole & candidate.anchors)


def strangers(roster: Roster, before: Plan) -> list[Fault]:
    """The members of the plan whom the roster does not know, with their JSON paths in the plan."""
    known = {member.id for member in roster.members}
    return [
        Fault(path, f"{identity!r} is not in the roster; allowed: its members")
        for path, identity in _named(before)
        if identity not in known
    ]


def leavers(roster: Roster, before: Plan) -> tuple[str, ...]:
    """The ids of those members, in the order of the plan."""
    known = {member.id for member in roster.members}
    return tuple(identity for _, identity in _named(before) if identity not in known)


def is_of_other_people(roster: Roster, before: Plan) -> bool:
    """Whether the roster knows fewer than half of the people whom the plan names.

    Some leave, but hardly most of a cohort at once: then the plan was probably made for somebody else, and whoever
    goes on with it should say that they mean it.
    """
    return 2 * len(strangers(roster, before)) > sum(1 for _ in _named(before))


def require_sound(before: Plan) -> None:
    """Raise ``PlanError`` with every name that stands twice in the plan: nobody sits in two pods."""
    first: dict[str, str] = {}
    pods = ((f"$.pods[{index}].id", pod.id) for index, pod in enumerate(before.pods))
    found = []
    for kind, named in (("pod", pods), ("member", _named(before))):
        first.clear()
        for path, name in named:
            if first.setdefault(name, path) != path:
                found.append(Fault(path, f"{kind} {name!r} is also {first[name]}; allowed: each once"))
    if found:
        raise PlanError(found)


def _named(before: Plan) -> Iterator[tuple[str, str]]:
    for index, pod in enumerate(before.pods):
        for number, placed in enumerate(pod.members):
            yield f"$.pods[{index}].members[{number}].id", placed.id
    for index, left in enumerate(before.unplaced):
        yield f"$.unplaced[{index}].id", left.id
