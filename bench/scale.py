"""Part (b), large rosters: how much of the proven bound is placed, at what cost, and when the first plan is there.

Each case runs in a process of its own, so that its memory is its own too: two worker processes under a parent that
reads, poses, bounds and joins. CPU seconds are those of all three; the first plan is the greedy one with people moved
along, counted from the start of the process. Goals and explanations, which come after placing, are not part of it.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from itertools import product
from typing import TYPE_CHECKING

from bench.inputs import TIGHTNESS, ZONES, invented
from matching.engine.large import place
from matching.engine.levels import if_needed
from matching.engine.processes import Processes
from matching.engine.search import Search
from matching.problem import pose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from matching.problem import Group, Problem

Row = dict[str, object]

#: Members, and the seconds of wall time that they get.
SECONDS = {500: 60.0, 2000: 120.0, 10_000: 300.0}
SEEDS = range(1, 6)
WORKERS = 2


def rows(
    sizes: Iterable[int] = tuple(SECONDS),
    zones: Iterable[str] = ZONES,
    tightness: Iterable[str] = TIGHTNESS,
    seeds: Iterable[int] = SEEDS,
    *,
    patience: float = 1.0,
) -> Iterator[Row]:
    """One row for each roster; on a busy machine ``patience`` gives so many times the seconds."""
    for size, where, how, seed in product(sizes, zones, tightness, seeds):
        argv = [sys.executable, "-m", "bench.scale", "--one", str(size), where, how, str(seed), str(patience)]
        answer = subprocess.run(argv, check=True, capture_output=True, text=True)
        yield json.loads(answer.stdout)


def measured(size: int, zones: str, tightness: str, seed: int, patience: float) -> Row:
    """One run in this process."""
    began = time.monotonic()
    seconds = SECONDS[size] * patience
    moments: list[tuple[float, float]] = []
    with Processes(WORKERS) as executor:
        search = Search(seconds=seconds, seed=seed, workers=WORKERS, members=size, on_progress=None, stop=None)
        problem = pose(invented(size, zones, tightness, seed))
        found = place(
            problem,
            search,
            executor,
            until=seconds,
            on_better=lambda _: moments.append((time.monotonic() - began, _cpu())),
        )
    placed = _placed(problem, found.groups)
    return {
        "members": size,
        "zones": zones,
        "tightness": tightness,
        "seed": seed,
        "placed": placed,
        "bound": found.most_placed,
        "share": round(placed / found.most_placed, 4) if found.most_placed else 1.0,
        "if needed": if_needed(problem, found.groups),
        "if-needed bound": found.least_if_needed,
        "sound": all(problem.keeps_rules(group) for group in found.groups),
        "first plan, s": round(moments[0][0], 1),
        "first plan, CPU s": round(moments[0][1], 1),
        "CPU s": round(_cpu(), 1),
        "wall s": round(time.monotonic() - began, 1),
        "MiB, parent": _mebibytes(resource.RUSAGE_SELF),
        "MiB, largest worker": _mebibytes(resource.RUSAGE_CHILDREN),
    }


def _placed(problem: Problem, groups: list[Group]) -> int:
    return sum(problem.members_of(group.units).bit_count() for group in groups)


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _mebibytes(who: int) -> int:
    return round(resource.getrusage(who).ru_maxrss / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", nargs=5, metavar=("SIZE", "ZONES", "TIGHTNESS", "SEED", "PATIENCE"))
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SECONDS))
    parser.add_argument("--zones", nargs="+", default=list(ZONES))
    parser.add_argument("--tightness", nargs="+", default=list(TIGHTNESS))
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--patience", type=float, default=1.0)
    options = parser.parse_args()
    if options.one:
        size, zones, tightness, seed, patience = options.one
        print(json.dumps(measured(int(size), zones, tightness, int(seed), float(patience))))
        return
    chosen = (options.sizes, options.zones, options.tightness, options.seeds)
    for row in rows(*chosen, patience=options.patience):
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
