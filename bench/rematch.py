"""A rematch after 5 % joins and 5 % leaves: ``python -m bench.rematch [members]``.

Each row is one roster of the tests' generator without goals, so that what is timed are the proofs: a plan, then every
twentieth member gone and as many others in their place. CPU seconds count from the start of the rematch, OR-Tools loaded
before; ``moving`` is until fewest moved is settled, ``all`` until if-needed use is.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import matching.engine.keep_model  # noqa: F401 - so that loading OR-Tools is not timed
from bench.inputs import TIGHTNESS, ZONES, invented
from matching.engine import form
from matching.engine.rematch import rematch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matching import Plan, Roster

_SEEDS = (1, 2, 3)
_TWENTIETH = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One roster: people moved and the proven bound, people placed and theirs, CPU seconds of the two proofs."""

    members: int
    zones: str
    tightness: str
    seed: int
    moved: int
    least_moved: int
    placed: int
    most_placed: int
    moving: float
    whole: float
    idle_moved: int


def rows(members: int = 150, *, forming: float = 20.0, seconds: float = 120.0) -> Iterator[Row]:
    """A row for every setting of the generator; ``idle_moved`` is how many move when nothing changed."""
    for zones in ZONES:
        for tightness in TIGHTNESS:
            for seed in _SEEDS:
                yield _row(members, zones, tightness, seed, forming=forming, seconds=seconds)


def _row(members: int, zones: str, tightness: str, seed: int, *, forming: float, seconds: float) -> Row:
    roster = _without_goals(invented(members, zones, tightness, seed))
    others = _without_goals(invented(members, zones, tightness, seed + 1000))
    before = form(roster, seconds=forming)
    idle = rematch(roster, before, seconds=seconds)
    began, steps = time.process_time(), dict[str, float]()
    plan = rematch(
        _changed(roster, others),
        before,
        seconds=seconds,
        on_progress=lambda progress: _note(steps, progress.step, time.process_time() - began),
    )
    moved, placed = plan.objective[:2]
    return Row(
        members=members,
        zones=zones,
        tightness=tightness,
        seed=seed,
        moved=int(moved.value),
        least_moved=int(moved.bound),
        placed=int(placed.value),
        most_placed=int(placed.bound),
        moving=steps["placing"],
        whole=steps["goals"],
        idle_moved=_moved(idle),
    )


def _note(steps: dict[str, float], step: str, spent: float) -> None:
    steps.setdefault(step, spent)


def _moved(plan: Plan) -> int:
    return sum(move.before is not None for move in plan.moves)


def _without_goals(roster: Roster) -> Roster:
    return replace(roster, members=tuple(replace(member, goals=(), goal="") for member in roster.members))


def _changed(roster: Roster, others: Roster) -> Roster:
    stay = [member for i, member in enumerate(roster.members) if i % _TWENTIETH]
    join = [replace(member, id=f"new-{member.id}") for i, member in enumerate(others.members) if i % _TWENTIETH == 0]
    return replace(roster, members=(*stay, *join))


def _tell(members: int) -> None:
    print("| members | zones | tightness | seed | moved | bound | placed | bound | moving, CPU s | all, CPU s | idle |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for row in rows(members):
        who = (row.members, row.zones, row.tightness, row.seed)
        found = (row.moved, row.least_moved, row.placed, row.most_placed)
        told = (*who, *found, f"{row.moving:.1f}", f"{row.whole:.1f}", row.idle_moved)
        print("|", " | ".join(map(str, told)), "|", flush=True)


if __name__ == "__main__":
    _tell(int(sys.argv[1]) if len(sys.argv) > 1 else 150)
