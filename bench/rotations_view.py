"""How rounds without a repeat are shown: a line for each number of rooms, a column for each size of room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.report import kinds

if TYPE_CHECKING:
    from collections.abc import Iterable

Row = dict[str, object]


def summary(rows: Iterable[Row]) -> list[Row]:
    """Rounds that we construct and rounds that are known."""
    return [
        {"rooms": rooms, **{f"of {row['size']}": f"{row['rounds']} / {row['known']}" for row in some}}
        for (rooms,), some in kinds(rows, "rooms").items()
    ]
