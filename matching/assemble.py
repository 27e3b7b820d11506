"""From groups of units to a plan that people can read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matching.explain import Explainer, local_times, reasons, shared_goals
from matching.plan import Fit, Placed, Plan, Pod, Status
from matching.roster_json import roster_sha256
from matching.slots import meeting_starts

if TYPE_CHECKING:
    from matching.plan import Level
    from matching.problem import Group, Problem
    from matching.roster import Lock, Slot


def assemble(problem: Problem, groups: list[Group], objective: tuple[Level, ...], *, seconds: float, seed: int) -> Plan:
    """The plan of these groups: pods named and in order of their first meeting, everyone else with a reason."""
    pods = _pods(problem, groups)
    inside = {placed.id for pod in pods for placed in pod.members}
    explainer = Explainer(problem, pods)
    left = [member for member in problem.roster.members if member.id not in inside]
    return Plan(
        roster_sha256=roster_sha256(problem.roster),
        status=Status.OPTIMAL if all(level.proven for level in objective) else Status.FEASIBLE,
        seconds=seconds,
        seed=seed,
        pods=pods,
        unplaced=tuple(explainer.unplaced(member) for member in sorted(left, key=lambda member: member.id)),
        objective=objective,
        reason="" if pods else _why_empty(objective),
    )


def _why_empty(objective: tuple[Level, ...]) -> str:
    if all(level.proven for level in objective):
        return "Nobody can be placed: no hour suits enough people for a pod that keeps the rules."
    return "No pod was found in the time allowed; more time may find one."


def _pods(problem: Problem, groups: list[Group]) -> tuple[Pod, ...]:
    def order(group: Group) -> tuple[object, ...]:
        return problem.places[group.place].candidate.starts, _member_ids(problem, group)

    ordered = sorted(groups, key=order)
    taken = {lock.pod for lock in problem.roster.rules.locked}
    free_names = (name for n in range(1, len(groups) + len(taken) + 1) if (name := f"pod-{n}") not in taken)
    pods = []
    for group in ordered:
        lock = _lock(problem, group)
        pods.append(_pod(problem, group, name=lock.pod if lock else next(free_names)))
    return tuple(pods)


def _pod(problem: Problem, group: Group, *, name: str) -> Pod:
    slot = _slot(problem, group)
    starts = meeting_starts(slot, problem.roster.period)
    chosen = problem.members_of(group.units)
    mates = [problem.roster.members[i] for i in problem.members(chosen)]
    free = {problem.roster.members[i].id for i in problem.members(chosen & problem.places[group.place].candidate.free)}
    members = [
        Placed(
            id=member.id,
            level=Fit.FREE if member.id in free else Fit.IF_NEEDED,
            local=local_times(member, starts),
            why=reasons(member, mates, starts, slot.minutes),
        )
        for member in sorted(mates, key=lambda member: member.id)
    ]
    return Pod(id=name, slot=slot, meetings=starts, members=tuple(members), shared_goals=shared_goals(mates))


def _slot(problem: Problem, group: Group) -> Slot:
    """The slot whose zone is home to most of the group, so that most of them never see it move."""
    members = problem.roster.members
    zones = [members[i].timezone for i in problem.members(problem.members_of(group.units))]
    slots = problem.places[group.place].candidate.slots
    return max(slots, key=lambda slot: (zones.count(slot.timezone), [-ord(letter) for letter in slot.timezone]))


def _lock(problem: Problem, group: Group) -> Lock | None:
    return next((lock for unit in group.units if (lock := problem.units[unit].lock)), None)


def _member_ids(problem: Problem, group: Group) -> list[str]:
    return sorted(problem.roster.members[i].id for i in problem.members(problem.members_of(group.units)))
