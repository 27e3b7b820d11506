"""Exchanges as JSON (version 1).

    {"offers": 1,
     "members": [{"id": "ana", "offers": ["figma", {"tag": "sql", "level": 3}],
                  "wants": ["python", {"tag": "go", "level": 2, "weight": 5}]}],
     "apart": [["ana", "bo"]],
     "keep": [["ana", "cy"]]}

``level`` of an offer is how well (100 if left out), of a want at least how well (1); ``weight`` how much it means (1).
``apart`` names people who must not be in one swap, ``keep`` the swaps of an earlier answer, in the order of giving.
The answer is

    {"exchange": 1, "status": "optimal", "seconds": 0.1, "seed": 1,
     "swaps": [{"members": ["ana", "cy"],
                "gifts": [{"from": "ana", "to": "cy", "tag": "figma", "weight": 1}, ...]}],
     "unserved": [{"id": "di", "code": "nobody_offers", "why": "..."}],
     "objective": [{"name": "served", "value": 2, "bound": 2, "proven": true}, ...]}
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from matching.errors import InputError
from matching.exchange import MASTER, Market, Offer, Trader, Want
from matching.shape import Shape

if TYPE_CHECKING:
    from collections.abc import Callable

    from matching.exchange import Exchange, Swap

T = TypeVar("T")

#: People in one round, and tags of one person.
_MOST, _MOST_TAGS = 20_000, 100


def read_market(data: object) -> Market:
    """The market that parsed JSON describes; raises ``InputError`` with every fault at once."""
    reader = _Reader()
    market = reader.market(data)
    if reader.shape.faults:
        raise InputError(reader.shape.faults)
    assert market is not None
    return market


def read_swaps(data: object) -> tuple[tuple[str, ...], ...]:
    """The rings of an earlier answer, for ``keep``; raises ``InputError`` with every fault at once."""
    shape = Shape()
    keys = ("exchange", "status", "seconds", "seed", "swaps", "unserved", "objective")
    record = shape.record(data, "$", required=("exchange", "swaps"), optional=keys)
    if "exchange" in record and (record["exchange"] != 1 or isinstance(record["exchange"], bool | float)):
        shape.fault("$.exchange", f"is {record['exchange']!r}; allowed: 1")
    rings = []
    for path, item in shape.items(record.get("swaps", []), "$.swaps", most=_MOST):
        swap = shape.record(item, path, required=("members",), optional=("gifts",))
        if "members" in swap:
            rings.append(shape.names(swap["members"], f"{path}.members", most=_MOST))
    if shape.faults:
        raise InputError(shape.faults)
    return tuple(rings)


def write_exchange(exchange: Exchange) -> dict[str, object]:
    """The answer as JSON values."""
    return {
        "exchange": 1,
        "status": exchange.status.value,
        "seconds": exchange.seconds,
        "seed": exchange.seed,
        "swaps": [_write_swap(swap) for swap in exchange.swaps],
        "unserved": [{"id": left.id, "code": left.code, "why": left.why} for left in exchange.unserved],
        "objective": [
            {"name": level.name, "value": level.value, "bound": level.bound, "proven": level.proven}
            for level in exchange.objective
        ],
    }


def _write_swap(swap: Swap) -> dict[str, object]:
    gifts = [{"from": gift.giver, "to": gift.receiver, "tag": gift.tag, "weight": gift.weight} for gift in swap.gifts]
    return {"members": list(swap.members), "gifts": gifts}


class _Reader:
    """Reads a market from the top down; ``shape`` holds the faults."""

    def __init__(self) -> None:
        self.shape = Shape()

    def market(self, data: object) -> Market | None:
        shape = self.shape
        record = shape.record(data, "$", required=("offers", "members"), optional=("apart", "keep"))
        if "offers" in record and (record["offers"] != 1 or isinstance(record["offers"], bool | float)):
            shape.fault("$.offers", f"is {record['offers']!r}; allowed: 1")
        items = shape.items(record.get("members", []), "$.members", most=_MOST)
        traders = tuple(self._trader(item, path) for path, item in items)
        try:
            return Market(traders, self._groups(record, "apart"), self._groups(record, "keep"))
        except InputError as error:
            shape.faults += error.faults
            return None

    def _groups(self, record: dict[str, object], key: str) -> tuple[tuple[str, ...], ...]:
        items = self.shape.items(record.get(key, []), f"$.{key}", most=_MOST)
        return tuple(self.shape.names(item, path, most=_MOST) for path, item in items)

    def _trader(self, value: object, path: str) -> Trader:
        record = self.shape.record(value, path, required=("id",), optional=("offers", "wants"))
        identity = self.shape.name(record["id"], f"{path}.id") if "id" in record else None
        return Trader(
            # A name that no list can hold stands for one that could not be read.
            id=f"\0{path}" if identity is None else identity,
            offers=self._tags(record.get("offers", []), f"{path}.offers", self._offer),
            wants=self._tags(record.get("wants", []), f"{path}.wants", self._want),
        )

    def _tags(self, value: object, path: str, read: Callable[[object, str], T | None]) -> tuple[T, ...]:
        found = (read(item, where) for where, item in self.shape.items(value, path, most=_MOST_TAGS))
        return tuple(item for item in found if item is not None)

    def _offer(self, value: object, path: str) -> Offer | None:
        record = value if isinstance(value, dict) else {"tag": value}
        tag, level = self._tag(record, path, ("level",)), self._number(record, path, "level", MASTER)
        return self.shape.built(path, partial(Offer, tag, level)) if tag is not None and level is not None else None

    def _want(self, value: object, path: str) -> Want | None:
        record = value if isinstance(value, dict) else {"tag": value}
        tag = self._tag(record, path, ("level", "weight"))
        level, weight = (self._number(record, path, key, 1) for key in ("level", "weight"))
        if tag is None or level is None or weight is None:
            return None
        return self.shape.built(path, partial(Want, tag, level, weight))

    def _tag(self, record: dict[str, object], path: str, optional: tuple[str, ...]) -> str | None:
        self.shape.record(record, path, required=("tag",), optional=optional)
        return self.shape.name(record["tag"], path) if "tag" in record else None

    def _number(self, record: dict[str, object], path: str, key: str, default: int) -> int | None:
        return self.shape.number(record.get(key, default), f"{path}.{key}")
