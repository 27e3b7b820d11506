"""How the part about large rosters is shown: shares of the proven bound, and the seconds they took."""

from __future__ import annotations

import math
from statistics import mean
from typing import TYPE_CHECKING

from bench import charts
from bench.report import cell, kinds, middle_and_worst, sums

if TYPE_CHECKING:
    from collections.abc import Iterable

Row = dict[str, object]


def summary(rows: Iterable[Row]) -> list[Row]:
    """Rosters of one size and tightness together: shares in the middle and at worst, seconds likewise."""
    return [
        {
            "members": members,
            "tightness": tightness,
            "rosters": len(some),
            "placed / bound": sums(some, "placed", "bound"),
            "mean %": _per_cent(mean(_shares(some))),
            "worst %": _per_cent(min(_shares(some))),
            "if-needed / bound": sums(some, "if needed", "if-needed bound"),
            "first plan s": middle_and_worst([row["first plan, s"] for row in some]),
            "CPU s": middle_and_worst([row["CPU s"] for row in some]),
            "wall s": middle_and_worst([row["wall s"] for row in some]),
            "MiB, parent": max(row["MiB, parent"] for row in some),
            "MiB, largest worker": max(row["MiB, largest worker"] for row in some),
        }
        for (members, tightness), some in kinds(rows, "members", "tightness").items()
    ]


def drawings(rows: Iterable[Row]) -> dict[str, str]:
    """A panel of shares for each size and tightness, and dots for the first plan and the end."""
    rows = list(rows)
    panels = [
        charts.Bars(
            name=f"{members} members, {tightness}",
            values=tuple(
                (str(zones), _per_cent(mean(_shares(of_zones)))) for (zones,), of_zones in kinds(some, "zones").items()
            ),
            bound=100,
            full=100,
        )
        for (members, tightness), some in kinds(rows, "members", "tightness").items()
    ]
    lanes = [
        charts.Lane(
            name=f"{members} members",
            dots=(tuple(row["first plan, s"] for row in some), tuple(row["wall s"] for row in some)),
            of=len(some),
        )
        for (members,), some in kinds(rows, "members").items()
    ]
    shares = "; ".join(f"{row['members']} {row['tightness']}: {cell(row['mean %'])}" for row in summary(rows))
    seconds = "; ".join(f"{row['members']} {row['tightness']}: {row['first plan s']}" for row in summary(rows))
    return {
        "scale": charts.bars("People placed, in per cent of the proven bound", shares, panels),
        "scale-seconds": charts.dots(
            "Wall seconds until the first plan, and until the search ended",
            seconds,
            ("first plan", "end"),
            lanes,
            first=0.1,
            last=400,
        ),
    }


def _per_cent(share: float) -> float:
    """With one digit, rounded down: what is called 100 is all of it."""
    return math.floor(1000 * share + 1e-9) / 10


def _shares(rows: Iterable[Row]) -> list[float]:
    return [row["share"] for row in rows]
