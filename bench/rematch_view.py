"""How the part about rematching is shown: rosters of one tightness together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.report import kinds, middle_and_worst, sums

if TYPE_CHECKING:
    from collections.abc import Iterable

Row = dict[str, object]


def summary(rows: Iterable[Row]) -> list[Row]:
    """People moved beside the proven fewest, people placed beside the proven most, seconds of both proofs."""
    return [
        {
            "members": members,
            "tightness": tightness,
            "rosters": len(some),
            "moved / least": sums(some, "moved", "least_moved"),
            "proven fewest": sum(row["moved"] == row["least_moved"] for row in some),
            "placed / bound": sums(some, "placed", "most_placed"),
            "CPU s, moved": middle_and_worst([row["moving"] for row in some]),
            "CPU s, all": middle_and_worst([row["whole"] for row in some]),
            "moved when nothing changed": sum(row["idle_moved"] for row in some),
        }
        for (members, tightness), some in kinds(rows, "members", "tightness").items()
    ]
