"""How the part about grouping alone is shown: one row for each class of instances."""

from __future__ import annotations

from statistics import mean
from typing import TYPE_CHECKING

from bench.report import kinds

if TYPE_CHECKING:
    from collections.abc import Iterable

Row = dict[str, object]


def summary(rows: Iterable[Row]) -> list[Row]:
    """Mean lead over the reference, how often we are at least as good, and the CPU seconds of both."""
    rows = list(rows)
    classes = [(str(name), some) for (name,), some in kinds(rows, "class").items()]
    return [
        {
            "class": name,
            "instances": len(some),
            "mean lead %": mean(row["ours better by %"] for row in some),
            "at least as good": sum(row["ours better by %"] >= -1e-9 for row in some),
            "CPU s ours": mean(row["CPU s ours, TPSDP"][0] for row in some),
            "CPU s TPSDP": mean(row["CPU s ours, TPSDP"][1] for row in some),
        }
        for name, some in (*classes, *([("all", rows)] if rows else []))
    ]
