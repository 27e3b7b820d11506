"""Sessions and room plans as JSON (contracts, section 3).

Besides the contract's keys a session may have ``current``, a list of rooms (each a list of ids): the round that is
under way. The answer then also has ``moved`` (ids) and ``moved_bound``. ``rounds`` is 1 unless given and counts the
current round; ``met`` and ``apart`` may be left out.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from matching.breakouts.values import MOST_ATTENDEES, MOST_WEIGHT, Attendee, Met, RoomSize, Session, SessionError
from matching.shape import Shape

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matching.breakouts.values import RoomPlan, Round
    from matching.errors import Fault

_MOST_MET = 1_000_000
_MOST_APART = 2000
_MOST_TRAITS = 50


def read_session(data: object) -> Session:
    """The session that parsed JSON describes; raises ``SessionError`` with every fault at once.

    A part with a fault is replaced by a harmless one, so that one mistake is not told twice.
    """
    shape = Shape()
    record = shape.record(
        data, "$", required=("attendees", "room_size"), optional=("rounds", "met", "apart", "current")
    )
    attendees = tuple(_attendees(shape, record.get("attendees", [])))
    all_read = not shape.faults
    size = _room_size(shape, record["room_size"]) if "room_size" in record else None
    rounds = shape.number(record.get("rounds", 1), "$.rounds")
    met = tuple(_met(shape, record.get("met", [])))
    apart = _groups(shape, record.get("apart", []), "$.apart", most=_MOST_APART)
    current = _groups(shape, record["current"], "$.current", most=MOST_ATTENDEES) if "current" in record else None
    size = size or RoomSize(2, MOST_ATTENDEES)
    try:
        session = Session(attendees, size, 1 if rounds is None else rounds, met, apart, current)
    except SessionError as error:
        shape.faults += [fault for fault in error.faults if all_read or not _says_who_is_there(fault)]
    if shape.faults:
        raise SessionError(shape.faults)
    return session


def write_plan(plan: RoomPlan) -> dict[str, object]:
    """The plan as JSON values: whole numbers where repeats are whole, and a bound that is never rounded up."""
    told: dict[str, object] = {
        "rounds": [[list(room) for room in one] for one in plan.rounds],
        "repeats": _number(plan.repeats),
        "bound": _number_at_most(plan.bound),
        "status": plan.status.value,
    }
    if plan.moved is not None:
        told |= {"moved": list(plan.moved), "moved_bound": plan.moved_bound}
    return told | ({"reason": plan.reason} if plan.reason else {})


def _says_who_is_there(fault: Fault) -> bool:
    """Whether a fault may only be there because an attendee could not be read."""
    return fault.path in {"$.attendees", "$.room_size"} or "is not among the attendees" in fault.message


def _number(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)


def _number_at_most(value: Fraction) -> int | float:
    near = _number(value)
    return near if near <= value else math.nextafter(near, -math.inf)


def _attendees(shape: Shape, value: object) -> Iterator[Attendee]:
    for path, item in shape.items(value, "$.attendees", most=MOST_ATTENDEES):
        record = shape.record(item, path, required=("id",), optional=("pod", "traits"))
        name = shape.name(record["id"], f"{path}.id") if "id" in record else None
        pod = record.get("pod")
        pod = None if pod is None else shape.name(pod, f"{path}.pod")
        traits = shape.mapping(record.get("traits", {}), f"{path}.traits", most=_MOST_TRAITS)
        values = {trait: shape.name(word, f"{path}.traits.{trait}") for trait, word in traits.items()}
        if name is not None:
            yield Attendee(name, pod, {trait: word for trait, word in values.items() if word is not None})


def _room_size(shape: Shape, value: object) -> RoomSize | None:
    record = shape.record(value, "$.room_size", required=("min", "max"))
    low, high = (shape.number(record[key], f"$.room_size.{key}") if key in record else None for key in ("min", "max"))
    if low is None or high is None:
        return None
    return shape.built("$.room_size", lambda: RoomSize(low, high))


def _met(shape: Shape, value: object) -> Iterator[Met]:
    for path, item in shape.items(value, "$.met", most=_MOST_MET):
        if not isinstance(item, list) or len(item) != 3:
            shape.fault(path, "is no triple; allowed: [id, id, weight]")
            continue
        one, other = (shape.name(item[place], f"{path}[{place}]") for place in (0, 1))
        weight = _weight(shape, item[2], f"{path}[2]")
        if one is not None and other is not None and weight is not None:
            yield Met(one, other, weight)


def _weight(shape: Shape, value: object, path: str) -> Fraction | None:
    """The number as it was written: 0.1 is one tenth, not the nearest binary fraction."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        shape.fault(path, "is no number; allowed: a number")
        return None
    if not 0 <= value <= MOST_WEIGHT:  # false for NaN too
        shape.fault(path, f"is {value!r:.40}; allowed: 0 to {MOST_WEIGHT}")
        return None
    return Fraction(repr(value))


def _groups(shape: Shape, value: object, path: str, *, most: int) -> Round:
    return tuple(shape.names(item, where, most=MOST_ATTENDEES) for where, item in shape.items(value, path, most=most))
