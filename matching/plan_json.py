"""Plans as JSON (contracts, section 2, version 1)."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from matching.errors import PlanError
from matching.plan import Fit, Level, Move, Placed, Plan, Pod, Rule, Status, Unplaced, WouldPlace
from matching.roster_json import read_slot, write_slot
from matching.shape import Shape

if TYPE_CHECKING:
    from matching.roster import Slot

_MOST = 100_000


def write_plan(plan: Plan) -> dict[str, object]:
    """The plan as JSON values; ``read_plan`` gives an equal plan back."""
    written: dict[str, object] = {
        "plan": 1,
        "roster_sha256": plan.roster_sha256,
        "status": plan.status.value,
        "seconds": plan.seconds,
        "seed": plan.seed,
        "pods": [_write_pod(pod) for pod in plan.pods],
        "unplaced": [_write_unplaced(member) for member in plan.unplaced],
        "objective": [_write_level(level) for level in plan.objective],
    }
    if plan.reason:
        written["reason"] = plan.reason
    if plan.moves:
        written["moves"] = [_write_move(move) for move in plan.moves]
    if plan.contradiction:
        written["contradiction"] = [{"path": rule.path, "says": rule.says} for rule in plan.contradiction]
    return written


def read_plan(data: object) -> Plan:
    """The plan that parsed JSON describes; raises ``PlanError`` with every fault at once."""
    reader = _PlanReader()
    plan = reader.plan(data)
    if reader.shape.faults:
        raise PlanError(reader.shape.faults)
    assert plan is not None
    return plan


def _write_pod(pod: Pod) -> dict[str, object]:
    return {
        "id": pod.id,
        "slot": {**write_slot(pod.slot), "minutes": pod.slot.minutes},
        "meetings": [begin.strftime("%Y-%m-%dT%H:%M:%SZ") for begin in pod.meetings],
        "members": [
            {"id": placed.id, "level": placed.level.value, "local": list(placed.local), "why": list(placed.why)}
            for placed in pod.members
        ],
        "shared_goals": list(pod.shared_goals),
    }


def _write_unplaced(member: Unplaced) -> dict[str, object]:
    written: dict[str, object] = {"id": member.id, "code": member.code, "why": member.why}
    if member.would_place is None:
        return written
    return {**written, "would_place": {"add": list(member.would_place.add), "pod": member.would_place.pod}}


def _write_move(move: Move) -> dict[str, object]:
    return {"id": move.id, "from": move.before, "to": move.after, "why": move.why}


def _write_level(level: Level) -> dict[str, object]:
    return {"name": level.name, "value": level.value, "bound": level.bound, "proven": level.proven}


def parse_instant(value: object) -> datetime:
    """``2027-01-13T17:30:00Z`` as a UTC instant; ``ValueError`` for anything else."""
    try:
        if isinstance(value, str) and value.endswith("Z"):
            return datetime.strptime(value, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        pass
    raise ValueError(f"{value!r} is not an instant; allowed: UTC such as 2027-01-13T17:30:00Z")


class _PlanReader:
    """Reads a plan from the top down; ``shape`` holds the faults."""

    def __init__(self) -> None:
        self.shape = Shape()

    def plan(self, data: object) -> Plan | None:
        shape = self.shape
        required = ("plan", "roster_sha256", "status", "seconds", "seed", "pods", "unplaced", "objective")
        record = shape.record(data, "$", required=required, optional=("reason", "moves", "contradiction"))
        if any(key not in record for key in required):
            return None
        if record["plan"] != 1 or isinstance(record["plan"], bool | float):
            shape.fault("$.plan", f"is {record['plan']!r}; allowed: 1")
        digest = shape.name(record["roster_sha256"], "$.roster_sha256")
        status = shape.built("$.status", lambda: Status(str(record["status"])))
        seconds = self._real(record["seconds"], "$.seconds")
        seed = shape.number(record["seed"], "$.seed")
        pods = [self._pod(item, path) for path, item in shape.items(record["pods"], "$.pods", most=_MOST)]
        left = [self._unplaced(item, path) for path, item in shape.items(record["unplaced"], "$.unplaced", most=_MOST)]
        levels = [self._level(item, path) for path, item in shape.items(record["objective"], "$.objective", most=10)]
        reason = shape.text(record.get("reason", ""), "$.reason", least=0, most=_MOST)
        moves = [self._move(item, path) for path, item in shape.items(record.get("moves", []), "$.moves", most=_MOST)]
        core = [
            self._rule(item, path)
            for path, item in shape.items(record.get("contradiction", []), "$.contradiction", most=_MOST)
        ]
        if digest is None or status is None or seed is None:
            return None
        return Plan(
            roster_sha256=digest,
            status=status,
            seconds=seconds,
            seed=seed,
            pods=tuple(pod for pod in pods if pod),
            unplaced=tuple(member for member in left if member),
            objective=tuple(level for level in levels if level),
            reason=reason or "",
            moves=tuple(move for move in moves if move),
            contradiction=tuple(rule for rule in core if rule),
        )

    def _pod(self, value: object, path: str) -> Pod | None:
        shape = self.shape
        required = ("id", "slot", "meetings", "members")
        record = shape.record(value, path, required=required, optional=("shared_goals",))
        if any(key not in record for key in required):
            return None
        name = shape.name(record["id"], f"{path}.id")
        slot = self._slot(record["slot"], f"{path}.slot")
        begins = [
            shape.built(where, partial(parse_instant, item))
            for where, item in shape.items(record["meetings"], f"{path}.meetings", most=100)
        ]
        members = [
            self._placed(item, where) for where, item in shape.items(record["members"], f"{path}.members", most=_MOST)
        ]
        goals = shape.names(record.get("shared_goals", []), f"{path}.shared_goals", most=100)
        if name is None or slot is None:
            return None
        return Pod(
            id=name,
            slot=slot,
            meetings=tuple(begin for begin in begins if begin),
            members=tuple(placed for placed in members if placed),
            shared_goals=goals,
        )

    def _slot(self, value: object, path: str) -> Slot | None:
        record = self.shape.record(value, path, required=("weekday", "start", "timezone", "minutes"))
        minutes = self.shape.number(record["minutes"], f"{path}.minutes") if "minutes" in record else None
        named = {key: item for key, item in record.items() if key != "minutes"}
        return read_slot(self.shape, named, path, minutes) if minutes is not None else None

    def _placed(self, value: object, path: str) -> Placed | None:
        record = self.shape.record(value, path, required=("id", "level"), optional=("local", "why"))
        name = self.shape.name(record["id"], f"{path}.id") if "id" in record else None
        level = self.shape.built(f"{path}.level", lambda: Fit(str(record.get("level"))))
        local = self.shape.names(record.get("local", []), f"{path}.local", most=100)
        why = self.shape.names(record.get("why", []), f"{path}.why", most=100)
        return None if name is None or level is None else Placed(id=name, level=level, local=local, why=why)

    def _unplaced(self, value: object, path: str) -> Unplaced | None:
        shape = self.shape
        record = shape.record(value, path, required=("id", "code", "why"), optional=("would_place",))
        name, code = (shape.name(record[key], f"{path}.{key}") if key in record else None for key in ("id", "code"))
        why = shape.text(record["why"], f"{path}.why", least=0, most=5000) if "why" in record else None
        way = self._would_place(record["would_place"], f"{path}.would_place") if "would_place" in record else None
        if name is None or code is None or why is None:
            return None
        return Unplaced(id=name, code=code, why=why, would_place=way)

    def _would_place(self, value: object, path: str) -> WouldPlace | None:
        record = self.shape.record(value, path, required=("add", "pod"))
        add = self.shape.names(record.get("add", []), f"{path}.add", most=1000)
        pod = self.shape.name(record["pod"], f"{path}.pod") if "pod" in record else None
        return None if pod is None else WouldPlace(add=add, pod=pod)

    def _move(self, value: object, path: str) -> Move | None:
        shape = self.shape
        record = shape.record(value, path, required=("id", "from", "to", "why"))
        if len(record) < 4:
            return None
        name = shape.name(record["id"], f"{path}.id")
        before, after = (None if record[k] is None else shape.name(record[k], f"{path}.{k}") for k in ("from", "to"))
        why = shape.text(record["why"], f"{path}.why", least=0, most=5000)
        return None if name is None else Move(id=name, before=before, after=after, why=why or "")

    def _rule(self, value: object, path: str) -> Rule | None:
        record = self.shape.record(value, path, required=("path", "says"))
        if len(record) < 2:
            return None
        where, says = (self.shape.text(record[key], f"{path}.{key}", most=5000) for key in ("path", "says"))
        return None if where is None or says is None else Rule(path=where, says=says)

    def _level(self, value: object, path: str) -> Level | None:
        record = self.shape.record(value, path, required=("name", "value", "bound", "proven"))
        name = self.shape.name(record["name"], f"{path}.name") if "name" in record else None
        if name is None or not {"value", "bound", "proven"} <= record.keys():
            return None
        if not isinstance(record["proven"], bool):
            self.shape.fault(f"{path}.proven", "is no truth value; allowed: true, false")
        reached, bound = (self._real(record[key], f"{path}.{key}") for key in ("value", "bound"))
        return Level(name=name, value=reached, bound=bound, proven=record["proven"] is True)

    def _real(self, value: object, path: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            self.shape.fault(path, f"is {value!r}; allowed: a number")
            return 0
        return value
