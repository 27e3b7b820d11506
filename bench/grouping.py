"""Grouping alone, on the published instances of the maximally diverse grouping problem (MDGPLIB).

Our search (``matching.engine.grouping``) and the reference (``bench.reference_tpsdp``) get the same CPU seconds on the
same machine in the same run: 3 for 120 elements and 20 for 240, the limits that papers use. The instances of Gallego,
Laguna, Marti and Duarte (2013) are not part of this repository: name their folder with ``--data`` or ``MDGPLIB``.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.reference_tpsdp import tpsdp
from matching.engine.grouping import Grouping, Heats, Sizes, best_sizes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

SECONDS = {120: 3.0, 240: 20.0, 480: 120.0}
LEAD = "ours better by %"
COOLINGS = 2
STEPS = 128  # between looks at the clock


Row = dict[str, object]


def rows(folder: Path, *, elements: tuple[int, ...] = (120, 240), seed: int = 1, quick: bool = False) -> Iterator[Row]:
    """One row for each instance, the CPU seconds of both with it; ``quick`` is one of the smallest for a moment."""
    paths = sorted(path for n in elements for path in folder.glob(f"*_n{n:03}_*.txt"))
    for path in paths[:1] if quick else paths:
        yield _row(path, seed, 0.3 if quick else None)


def _row(path: Path, seed: int, limit: float | None) -> Row:
    worth, fewest, most = read(path)
    seconds = limit or SECONDS[len(worth)]
    ours, our_seconds = timed(lambda: heat_bath(worth, fewest, most, seed=seed, seconds=seconds), worth)
    theirs, their_seconds = timed(lambda: reference(worth, fewest, most, seed=seed, seconds=seconds), worth)
    kind, _, size, number = path.stem.split("_")
    return {
        "class": f"{kind} {len(worth)} {size}",
        "instance": number,
        "ours": round(ours, 2),
        "TPSDP": round(theirs, 2),
        LEAD: round(100 * (ours / theirs - 1), 4),
        "CPU s ours, TPSDP": (round(our_seconds, 2), round(their_seconds, 2)),
    }


def summary(found: Iterable[Row]) -> list[Row]:
    """The mean lead in each class and in all."""
    leads = defaultdict(list)
    for row in found:
        leads[row["class"]].append(row[LEAD])
        leads["all"].append(row[LEAD])
    return [
        {
            "class": name,
            f"mean {LEAD}": round(sum(some) / len(some), 3),
            "as good or better": f"{sum(lead >= 0 for lead in some)} of {len(some)}",
        }
        for name, some in sorted(leads.items())
    ]


def read(path: Path) -> tuple[NDArray[np.float64], NDArray[np.intp], NDArray[np.intp]]:
    """Worth of pairs, fewest and most elements of each group; first line ``n k kind a1 b1 ... ak bk``, then ``i j d``."""
    head, _, body = path.read_text().partition("\n")
    n, k, _, *bounds = head.split()
    pairs = np.array(body.split(), dtype=float).reshape(-1, 3)
    i, j = pairs[:, 0].astype(int), pairs[:, 1].astype(int)
    worth = np.zeros((int(n), int(n)))
    worth[i, j] = worth[j, i] = pairs[:, 2]
    limits = np.array(bounds[: 2 * int(k)], dtype=int)
    return worth, limits[0::2], limits[1::2]


def heat_bath(
    worth: NDArray[np.float64], fewest: NDArray[np.intp], most: NDArray[np.intp], *, seed: int, seconds: float
) -> NDArray[np.intp]:
    """Ours: sizes that suit the mean, a quick cooling to measure the heats, then slow ones, the later from the best."""
    began = time.process_time()

    def spent() -> float:
        return (time.process_time() - began) / seconds

    n = len(worth)
    sizes = Sizes(fewest.tolist(), most.tolist())
    wanted = best_sizes(sizes, n, float(worth.sum()) / n / (n - 1))
    start = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(wanted)), wanted))
    grouping = Grouping(worth, start, sizes, seed=seed)
    heats = grouping.heats(lambda: spent() < 1)
    first = spent()
    for cooling in range(COOLINGS):
        grouping.load(grouping.best if cooling else start)
        while (way := (spent() - first) / (1 - first) * COOLINGS - cooling) < 1:
            heat = heats.at(way)
            grouping.anneal(Heats(heat, heat, heat), STEPS, lambda: True)
    return grouping.best


def reference(
    worth: NDArray[np.float64], fewest: NDArray[np.intp], most: NDArray[np.intp], *, seed: int, seconds: float
) -> NDArray[np.intp]:
    began = time.process_time()
    return tpsdp(worth, fewest, most, seed=seed, spent=lambda: (time.process_time() - began) / seconds)


def timed(search: Callable[[], NDArray[np.intp]], worth: NDArray[np.float64]) -> tuple[float, float]:
    """What the groups are worth, reckoned anew, and the CPU seconds."""
    began = time.process_time()
    groups = search()
    spent = time.process_time() - began
    return float(worth[groups[:, None] == groups].sum()) / 2, spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, default=os.environ.get("MDGPLIB"), help="the folder of the instances")
    parser.add_argument("--elements", type=int, nargs="+", default=[120, 240])
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.data is None:
        parser.error("name the folder of the instances with --data or MDGPLIB")
    found = []
    for row in rows(Path(given.data), elements=tuple(given.elements), seed=given.seed):
        print(*row.values(), sep=" | ", flush=True)
        found.append(row)
    for row in summary(found):
        print(*row.values(), sep=" | ")


if __name__ == "__main__":
    main()
