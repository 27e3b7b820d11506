"""What the parts of a roster must not say against each other."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from matching.errors import Fault
from matching.groups import Groups

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matching.roster import Lock, Roster


def contradictions(roster: Roster) -> list[Fault]:
    """All faults that need more than one value to be seen; empty when the roster is sound."""
    rules = (
        _duplicate_members,
        _unknown_members,
        _repeated_in_group,
        _meaningless_groups,
        _duplicate_locks,
        _locked_twice,
        _locks_off_the_grid,
        _bound_too_large,
        _bound_and_apart,
        _locks_bound_together,
        _locks_anchored_nowhere,
    )
    return [fault for rule in rules for fault in rule(roster)]


def bound_together(roster: Roster) -> Groups:
    """Who must share a pod: ``together`` groups and the members of one lock, joined where they overlap."""
    groups = Groups(member.id for member in roster.members)
    for names in (*roster.rules.together, *(lock.members for lock in roster.rules.locked)):
        groups.join(names)
    return groups


def _named_groups(roster: Roster) -> Iterator[tuple[str, tuple[str, ...]]]:
    for kind, groups in (("together", roster.rules.together), ("apart", roster.rules.apart)):
        for index, names in enumerate(groups):
            yield f"$.rules.{kind}[{index}]", names
    for index, lock in enumerate(roster.rules.locked):
        yield f"$.rules.locked[{index}].members", lock.members


def _duplicate_members(roster: Roster) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for index, member in enumerate(roster.members):
        if first.setdefault(member.id, index) != index:
            path = f"$.members[{index}].id"
            yield Fault(path, f"{member.id!r} is also members[{first[member.id]}]; allowed: each id once")


def _unknown_members(roster: Roster) -> Iterator[Fault]:
    known = {member.id for member in roster.members}
    for path, names in _named_groups(roster):
        for index, name in enumerate(names):
            if name not in known:
                yield Fault(f"{path}[{index}]", f"{name!r} is nobody's id; allowed: ids of the members")


def _repeated_in_group(roster: Roster) -> Iterator[Fault]:
    for path, names in _named_groups(roster):
        for name, count in Counter(names).items():
            if count > 1:
                yield Fault(path, f"{name!r} is named {count} times; allowed: each id once")


def _meaningless_groups(roster: Roster) -> Iterator[Fault]:
    for path, names in _named_groups(roster):
        if ".locked" not in path and len(names) < 2:
            yield Fault(path, f"names {len(names)} members; allowed: two or more")


def _duplicate_locks(roster: Roster) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for index, lock in enumerate(roster.rules.locked):
        if first.setdefault(lock.pod, index) != index:
            path = f"$.rules.locked[{index}].pod"
            yield Fault(path, f"{lock.pod!r} is also locked[{first[lock.pod]}]; allowed: each pod once")


def _locked_twice(roster: Roster) -> Iterator[Fault]:
    home: dict[str, str] = {}
    for index, lock in enumerate(roster.rules.locked):
        for name in lock.members:
            if home.setdefault(name, lock.pod) != lock.pod:
                path = f"$.rules.locked[{index}].members"
                yield Fault(path, f"{name!r} is also locked in {home[name]!r}; allowed: one pod for each member")


def _locks_off_the_grid(roster: Roster) -> Iterator[Fault]:
    step = roster.meeting.step
    for index, lock in enumerate(roster.rules.locked):
        if lock.slot and lock.slot.start % step:
            path = f"$.rules.locked[{index}].slot.start"
            yield Fault(path, f"is off the grid; allowed: starts at every {step} minutes from 00:00")


def _bound_too_large(roster: Roster) -> Iterator[Fault]:
    most = roster.pod_size.max
    for names in bound_together(roster).largest_first():
        if len(names) > most:
            yield Fault("$.rules", f"{_list(names)} must share a pod, {len(names)} people; allowed: at most {most}")


def _bound_and_apart(roster: Roster) -> Iterator[Fault]:
    home = _homes(bound_together(roster))
    for index, names in enumerate(roster.rules.apart):
        for clash in _sharing_home(names, home):
            path = f"$.rules.apart[{index}]"
            yield Fault(path, f"{_list(clash, joint=' and ')} must also be together; allowed: one or the other")


def _locks_bound_together(roster: Roster) -> Iterator[Fault]:
    home = _homes(bound_together(roster))
    first: dict[int, Lock] = {}
    for index, lock in enumerate(roster.rules.locked):
        here = home.get(lock.members[0]) if lock.members else None
        if here is None:
            continue
        other = first.setdefault(here, lock)
        if other is not lock and not set(other.members) & set(lock.members):
            path = f"$.rules.locked[{index}]"
            yield Fault(path, f"its members must be together with those of {other.pod!r}; allowed: separate people")


def _homes(bound: Groups) -> dict[str, int]:
    """For each member the number of the set that must share a pod."""
    return {name: number for number, names in enumerate(bound.largest_first()) for name in names}


def _sharing_home(names: tuple[str, ...], home: dict[str, int]) -> list[tuple[str, ...]]:
    """Those of the names that must share a pod, two or more at a time."""
    sharing: dict[int, list[str]] = {}
    for name in sorted(set(names) & home.keys()):
        sharing.setdefault(home[name], []).append(name)
    return [tuple(group) for group in sharing.values() if len(group) > 1]


def _locks_anchored_nowhere(roster: Roster) -> Iterator[Fault]:
    zones = {member.timezone for member in roster.members}
    for index, lock in enumerate(roster.rules.locked):
        if lock.slot and lock.slot.timezone not in zones:
            path = f"$.rules.locked[{index}].slot.timezone"
            yield Fault(path, f"{lock.slot.timezone!r} is no member's zone; allowed: the zone of a member of that pod")


def _list(names: tuple[str, ...], *, joint: str = ", ", most: int = 5) -> str:
    shown = (joint if len(names) == 2 else ", ").join(repr(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
