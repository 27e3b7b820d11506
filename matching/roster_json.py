"""Rosters as JSON (contracts, section 2, version 1)."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from matching.errors import RosterError
from matching.roster import (
    MOST_MEMBERS,
    WEEKDAYS,
    Lock,
    Meeting,
    Member,
    NeverAlone,
    Period,
    PodSize,
    Roster,
    Rules,
    Slot,
    clock,
    require_history,
    require_zone,
)
from matching.shape import Shape
from matching.times import parse_away, parse_clock, parse_date, parse_window

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_MOST_WINDOWS = 500
_MOST_GROUPS = 10_000


def read_roster(data: object) -> Roster:
    """The roster that parsed JSON describes.

    Raises ``RosterError`` with every fault at once: wrong shapes first, then what the sound parts say against each
    other. A part with a fault is replaced by a harmless one, so that one mistake is not told twice.
    """
    reader = _RosterReader()
    roster = reader.roster(data)
    if reader.shape.faults:
        raise RosterError(reader.shape.faults)
    assert roster is not None
    return roster


def write_roster(roster: Roster) -> dict[str, object]:
    """The roster as JSON values with every key written out; ``read_roster`` gives an equal roster back."""
    rules = roster.rules
    return {
        "roster": 1,
        "period": {"start": roster.period.start.isoformat(), "weeks": roster.period.weeks},
        "meeting": {"minutes": roster.meeting.minutes, "step": roster.meeting.step},
        "pod_size": {"min": roster.pod_size.min, "max": roster.pod_size.max},
        "members": [_write_member(member) for member in roster.members],
        "rules": {
            "together": [list(names) for names in rules.together],
            "apart": [list(names) for names in rules.apart],
            "never_alone": [{"trait": rule.trait, "value": rule.value} for rule in rules.never_alone],
            "spread": [{"trait": trait} for trait in rules.spread],
            "locked": [_write_lock(lock) for lock in rules.locked],
        },
    }


def roster_sha256(roster: Roster) -> str:
    """The SHA-256 (hex) of the roster's canonical JSON: ``write_roster``, keys sorted, no white space, UTF-8."""
    text = json.dumps(write_roster(roster), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def write_slot(slot: Slot) -> dict[str, object]:
    """A slot without its length, as rules name it."""
    return {"weekday": WEEKDAYS[slot.weekday], "start": clock(slot.start), "timezone": slot.timezone}


def read_slot(shape: Shape, value: object, path: str, minutes: int) -> Slot | None:
    """The slot of meetings that last ``minutes``."""
    record = shape.record(value, path, required=("weekday", "start", "timezone"))
    start = shape.built(f"{path}.start", lambda: parse_clock(record["start"])) if "start" in record else None
    weekday = record.get("weekday")
    if "weekday" in record and weekday not in WEEKDAYS:
        shape.fault(f"{path}.weekday", f"is {weekday!r}; allowed: {', '.join(WEEKDAYS)}")
        return None
    zone = read_zone(shape, record.get("timezone"), f"{path}.timezone") if "timezone" in record else None
    if start is None or zone is None or not isinstance(weekday, str):
        return None
    return Slot(weekday=WEEKDAYS.index(weekday), start=start, timezone=zone, minutes=minutes)


def read_zone(shape: Shape, value: object, path: str) -> str | None:
    """The name of an existing zone."""
    name = shape.name(value, path)
    return None if name is None else shape.built(path, partial(_existing_zone, name))


class _RosterReader:
    """Reads a roster from the top down; ``shape`` holds the faults."""

    def __init__(self) -> None:
        self.shape = Shape()

    def roster(self, data: object) -> Roster | None:
        record = self.shape.record(
            data, "$", required=("roster", "period", "meeting", "pod_size", "members"), optional=("rules",)
        )
        if "roster" in record and (record["roster"] != 1 or isinstance(record["roster"], bool | float)):
            self.shape.fault("$.roster", f"is {record['roster']!r}; allowed: 1")
        period = self._period(record["period"]) if "period" in record else None
        meeting = self._meeting(record["meeting"]) if "meeting" in record else None
        pod_size = self._pod_size(record["pod_size"]) if "pod_size" in record else None
        members = self._members(record.get("members", []))
        rules = self._rules(record.get("rules", {}), meeting or Meeting(60, 5))
        try:
            return Roster(
                period=period or Period(date(2027, 1, 4), 1),
                meeting=meeting or Meeting(60, 5),
                pod_size=pod_size or PodSize(2, 100),
                members=members,
                rules=rules,
            )
        except RosterError as error:
            self.shape.faults += error.faults
            return None

    def _period(self, value: object) -> Period | None:
        shape, path = self.shape, "$.period"
        record = shape.record(value, path, required=("start", "weeks"))
        start = shape.built(f"{path}.start", lambda: parse_date(record["start"])) if "start" in record else None
        weeks = shape.number(record["weeks"], f"{path}.weeks") if "weeks" in record else None
        if start is None or weeks is None:
            return None
        return shape.built(path, lambda: Period(start, weeks))

    def _meeting(self, value: object) -> Meeting | None:
        shape, path = self.shape, "$.meeting"
        record = shape.record(value, path, required=("minutes",), optional=("step",))
        minutes = shape.number(record["minutes"], f"{path}.minutes") if "minutes" in record else None
        step = shape.number(record.get("step", 30), f"{path}.step")
        if minutes is None or step is None:
            return None
        return shape.built(path, lambda: Meeting(minutes, step))

    def _pod_size(self, value: object) -> PodSize | None:
        shape, path = self.shape, "$.pod_size"
        record = shape.record(value, path, required=("min", "max"))
        low, high = (shape.number(record[key], f"{path}.{key}") if key in record else None for key in ("min", "max"))
        if low is None or high is None:
            return None
        return shape.built(path, lambda: PodSize(low, high))

    def _members(self, value: object) -> tuple[Member, ...]:
        return tuple(self._member(item, path) for path, item in self.shape.items(value, "$.members", most=MOST_MEMBERS))

    def _member(self, value: object, path: str) -> Member:
        shape = self.shape
        record = shape.record(
            value,
            path,
            required=("id", "timezone"),
            optional=("free", "if_needed", "away", "goals", "goal", "traits", "skills", "awkward"),
        )
        identity = shape.name(record["id"], f"{path}.id") if "id" in record else None
        zone = read_zone(shape, record["timezone"], f"{path}.timezone") if "timezone" in record else None
        return Member(
            # A name that no roster can hold stands for one that could not be read.
            id=f"\0{path}" if identity is None else identity,
            timezone=zone or "UTC",
            free=self._each(record.get("free", []), f"{path}.free", parse_window),
            if_needed=self._each(record.get("if_needed", []), f"{path}.if_needed", parse_window),
            away=self._each(record.get("away", []), f"{path}.away", parse_away),
            goals=shape.names(record.get("goals", []), f"{path}.goals", most=50),
            goal=shape.text(record.get("goal", ""), f"{path}.goal", least=0, most=5000) or "",
            traits=self._traits(record.get("traits", {}), f"{path}.traits"),
            skills=self._skills(record.get("skills", {}), f"{path}.skills"),
            awkward=self._history(record.get("awkward", 0), f"{path}.awkward"),
        )

    def _history(self, value: object, path: str) -> int:
        count = self.shape.number(value, path)
        return 0 if count is None else self.shape.built(path, lambda: require_history(count)) or 0

    def _each(self, value: object, path: str, parse: Callable[[object], T]) -> tuple[T, ...]:
        shape = self.shape
        read = (
            shape.built(where, partial(parse, item)) for where, item in shape.items(value, path, most=_MOST_WINDOWS)
        )
        return tuple(part for part in read if part is not None)

    def _traits(self, value: object, path: str) -> dict[str, str]:
        read = {
            key: self.shape.text(item, f"{path}.{key}", most=200)
            for key, item in self.shape.mapping(value, path, most=50).items()
        }
        return {key: text for key, text in read.items() if text is not None}

    def _skills(self, value: object, path: str) -> dict[str, int]:
        read = {
            key: self.shape.number(item, f"{path}.{key}")
            for key, item in self.shape.mapping(value, path, most=200).items()
        }
        return {key: level for key, level in read.items() if level is not None}

    def _rules(self, value: object, meeting: Meeting) -> Rules:
        shape, path = self.shape, "$.rules"
        record = shape.record(value, path, optional=("together", "apart", "never_alone", "spread", "locked"))
        return Rules(
            together=self._groups(record.get("together", []), f"{path}.together"),
            apart=self._groups(record.get("apart", []), f"{path}.apart"),
            never_alone=self._never_alone(record.get("never_alone", []), f"{path}.never_alone"),
            spread=self._spread(record.get("spread", []), f"{path}.spread"),
            locked=self._locks(record.get("locked", []), f"{path}.locked", meeting),
        )

    def _groups(self, value: object, path: str) -> tuple[tuple[str, ...], ...]:
        items = self.shape.items(value, path, most=_MOST_GROUPS)
        return tuple(self.shape.names(item, where, most=MOST_MEMBERS) for where, item in items)

    def _never_alone(self, value: object, path: str) -> tuple[NeverAlone, ...]:
        read = []
        for where, item in self.shape.items(value, path, most=_MOST_GROUPS):
            record = self.shape.record(item, where, required=("trait", "value"))
            trait = self.shape.name(record["trait"], f"{where}.trait") if "trait" in record else None
            wanted = self.shape.text(record["value"], f"{where}.value", most=200) if "value" in record else None
            if trait is not None and wanted is not None:
                read.append(NeverAlone(trait=trait, value=wanted))
        return tuple(read)

    def _spread(self, value: object, path: str) -> tuple[str, ...]:
        read = []
        for where, item in self.shape.items(value, path, most=_MOST_GROUPS):
            record = self.shape.record(item, where, required=("trait",))
            if "trait" in record and (trait := self.shape.name(record["trait"], f"{where}.trait")) is not None:
                read.append(trait)
        return tuple(read)

    def _locks(self, value: object, path: str, meeting: Meeting) -> tuple[Lock, ...]:
        read = []
        for where, item in self.shape.items(value, path, most=_MOST_GROUPS):
            record = self.shape.record(item, where, required=("pod",), optional=("members", "slot"))
            pod = self.shape.name(record["pod"], f"{where}.pod") if "pod" in record else None
            members = self.shape.names(record.get("members", []), f"{where}.members", most=MOST_MEMBERS)
            slot = read_slot(self.shape, record["slot"], f"{where}.slot", meeting.minutes) if "slot" in record else None
            if pod is not None:
                read.append(Lock(pod=pod, members=members, slot=slot))
        return tuple(read)


def _existing_zone(name: str) -> str:
    require_zone(name)
    return name


def _write_member(member: Member) -> dict[str, object]:
    # Written only where there is one, so that the hash of a roster without history is the one it always had.
    history: dict[str, object] = {"awkward": member.awkward} if member.awkward else {}
    return {
        "id": member.id,
        "timezone": member.timezone,
        "free": [str(window) for window in member.free],
        "if_needed": [str(window) for window in member.if_needed],
        "away": [str(span) for span in member.away],
        "goals": list(member.goals),
        "goal": member.goal,
        "traits": dict(member.traits),
        "skills": dict(member.skills),
        **history,
    }


def _write_lock(lock: Lock) -> dict[str, object]:
    slot: dict[str, object] = {"slot": write_slot(lock.slot)} if lock.slot else {}
    return {"pod": lock.pod, "members": list(lock.members), **slot}
