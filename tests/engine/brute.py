"""All plans of a small roster, one by one: what the engine's answers are measured against."""

from __future__ import annotations

from itertools import combinations

import matching
from matching import Fit, Slot


def every_plan(roster):
    """Yield each way to make disjoint sound pods as a list of ``(ids, fewest if-needed members)``."""
    pods = sound_pods(roster)
    ids = [member.id for member in roster.members]
    yield from (plan for plan in _cover(ids, pods, {}) if _locks_kept(roster, plan))


def best(roster):
    """The best (placed, if-needed) and the best mean similarity among plans that reach it; None without any plan."""
    table = {}
    for plan in every_plan(roster):
        score = sum(len(pod) for pod, _ in plan), -sum(cost for _, cost in plan)
        match = matching.goal_match(roster, [list(pod) for pod, _ in plan])
        table[score] = max(match, table.get(score, 0.0))
    if not table:
        return None
    placed, spared = max(table)
    return placed, -spared, table[placed, spared]


def sound_pods(roster):
    """Each group that may be a pod, with the fewest members who need if-needed time."""
    levels = all_levels(roster)
    zone = {member.id: member.timezone for member in roster.members}
    found = {}
    sizes = range(roster.pod_size.min, roster.pod_size.max + 1)
    for ids in (pod for size in sizes for pod in combinations(sorted(zone), size)):
        if not keeps_rules(roster, set(ids)):
            continue
        costs = [
            sum(level[i] is Fit.IF_NEEDED for i in ids)
            for slot, level in levels.items()
            if all(level[i] for i in ids)
            and slot.timezone in {zone[i] for i in ids}
            and slot in allowed_slots(roster, set(ids), slot)
        ]
        if costs:
            found[ids] = min(costs)
    return found


def all_levels(roster):
    slots = [
        Slot(start // 1440, start % 1440, zone, roster.meeting.minutes)
        for zone in sorted({member.timezone for member in roster.members})
        for start in range(0, 10080, roster.meeting.step)
    ]
    levels = {}
    for slot in slots:
        starts = matching.meeting_starts(slot, roster.period)
        levels[slot] = {m.id: matching.fit(m, starts, roster.meeting.minutes) for m in roster.members}
    return {slot: level for slot, level in levels.items() if sum(map(bool, level.values())) >= roster.pod_size.min}


def keeps_rules(roster, ids):
    rules = roster.rules
    traits = {member.id: member.traits for member in roster.members}
    return (
        all(set(names) <= ids or not set(names) & ids for names in rules.together)
        and all(len(set(names) & ids) < 2 for names in rules.apart)
        and all(sum(traits[i].get(r.trait) == r.value for i in ids) != 1 for r in rules.never_alone)
        and all(set(lock.members) <= ids or not set(lock.members) & ids for lock in rules.locked)
        and sum(bool(set(lock.members) & ids) for lock in rules.locked) < 2
    )


def allowed_slots(roster, ids, slot):
    locked = [lock.slot for lock in roster.rules.locked if set(lock.members) & ids and lock.slot]
    return locked or [slot]


def _cover(ids, pods, chosen):
    if not ids:
        yield list(chosen.items())
        return
    first, rest = ids[0], ids[1:]
    yield from _cover(rest, pods, chosen)
    for pod, cost in pods.items():
        if first in pod and set(pod) <= set(ids):
            yield from _cover([i for i in rest if i not in pod], pods, {**chosen, pod: cost})


def _locks_kept(roster, plan):
    inside = {i for pod, _ in plan for i in pod}
    return all(set(lock.members) <= inside for lock in roster.rules.locked)
