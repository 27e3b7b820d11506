"""Part (b), small sizes: how soon a plan is there, how soon it is good, how soon it is proven.

All times are those at which a caller could know: the search tells its progress, and a share of the bound is reached
when the plan in hand and the bound in hand say so. The clock starts with the roster as a value; OR-Tools, which takes
about a second to load, is loaded before.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import matching.engine.proofs  # noqa: F401 - the solver is loaded before any clock starts
from bench import charts
from bench.inputs import TIGHTNESS, ZONES, ctu, invented
from bench.measuring import spread
from bench.report import kinds, middle_and_worst, sums
from matching.engine.form import form

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from matching import Level, Progress, Roster

Row = dict[str, object]
Case = tuple[object, ...]
Moment = tuple[float, float]

SEEDS = range(1, 6)
#: Limits of wall time by the number of members.
SECONDS = {30: 5.0, 82: 15.0, 150: 15.0}
#: Rosters of 150 that are also given a long time, first seed only.
LONG, LONG_SECONDS = (("transatlantic", "realistic"), ("world", "realistic")), 60.0
#: The steps of a search before if-needed use is as good as it gets.
_EARLY_STEPS = {"reading times", "placing", "if-needed"}
FIRST, NEAR, NEARER, PLACED, IF_NEEDED = "first plan", "within 2 %", "within 1 %", "placed proven", "if-needed proven"
_KIND = ("members", "tightness", "limit s")
MOMENTS = (FIRST, NEAR, NEARER, PLACED, IF_NEEDED)


def rows(*, quick: bool = False, ctu: Path | None = None, jobs: int = 1, seeds: Iterable[int] = SEEDS) -> Iterator[Row]:
    """One row for each roster and limit of time."""
    if quick:
        yield from spread(partial(measured, seconds=1.0), [(20, "local", "easy", 1)], jobs)
        return
    cases: list[Case] = [
        (size, zones, tightness, seed)
        for size in (30, 150)
        for zones in ZONES
        for tightness in TIGHTNESS
        for seed in seeds
    ]
    if ctu:
        cases.append(("CTU", ctu))
    yield from spread(measured, cases, jobs)
    long = [(150, zones, tightness, 1) for zones, tightness in LONG]
    yield from spread(partial(measured, seconds=LONG_SECONDS), long, jobs)


def measured(case: Case, *, seconds: float | None = None) -> Row:
    """One run of the engine, watched; the limit is that of its size unless given."""
    roster = _roster(case)
    seconds = seconds or SECONDS[len(roster.members)]
    watch = _Watch()
    plan = form(roster, seconds=seconds, on_progress=watch.note)
    spent = watch.now()
    levels = {level.name: level for level in plan.objective}
    placed, if_needed, match = levels["placed"], levels["if_needed"], levels["goal_match"]
    size, zones, tightness, seed = case if len(case) == 4 else (len(roster.members), "local", "CTU survey", 1)
    return {
        "members": size,
        "zones": zones,
        "tightness": tightness,
        "seed": seed,
        "limit s": seconds,
        "placed": int(placed.value),
        "bound": int(placed.bound),
        FIRST: watch.first(lambda news: news.placed > 0 or news.bound == 0),
        NEAR: watch.first(lambda news: news.placed >= 0.98 * news.bound),
        NEARER: watch.first(lambda news: news.placed >= 0.99 * news.bound),
        PLACED: watch.first(lambda news: news.placed == news.bound) if placed.proven else None,
        "if-needed": int(if_needed.value),
        "if-needed bound": int(if_needed.bound),
        IF_NEEDED: watch.first(lambda news: news.step not in _EARLY_STEPS) if if_needed.proven else None,
        "goal match": match.value,
        "goal gap %": _gap(match),
        "seconds": spent,
        "trace": [(*moment, news.placed, news.bound) for moment, news in watch.told],
    }


def _roster(case: Case) -> Roster:
    if case[0] == "CTU":
        return ctu(case[1])
    return invented(*case)


def _gap(level: Level) -> float:
    return 100 * (1 - level.value / level.bound) if level.bound else 0.0


class _Watch:
    """What the search told and when: wall and CPU seconds since the watch was made."""

    def __init__(self) -> None:
        self._began = time.monotonic(), time.process_time()
        self.told: list[tuple[Moment, Progress]] = []

    def now(self) -> Moment:
        return round(time.monotonic() - self._began[0], 3), round(time.process_time() - self._began[1], 3)

    def note(self, progress: Progress) -> None:
        last = self.told[-1][1] if self.told else None
        if last is None or _news(progress) != _news(last):
            self.told.append((self.now(), progress))

    def first(self, is_so: Callable[[Progress], bool]) -> Moment | None:
        return next((moment for moment, progress in self.told if is_so(progress)), None)


def _news(progress: Progress) -> tuple[object, ...]:
    return progress.step, progress.placed, progress.bound


def summary(rows: Iterable[Row]) -> list[Row]:
    """Rosters of one size, tightness and limit together: how many were proven, middle and worst times."""
    return [
        {
            "members": members,
            "tightness": tightness,
            "limit s": limit,
            "rosters": len(some),
            "placed / bound": sums(some, "placed", "bound"),
            **{f"{name} s": _times(some, name) for name in MOMENTS},
            "proven": f"{_count(some, PLACED)}, {_count(some, IF_NEEDED)}",
            "if-needed / bound": sums(some, "if-needed", "if-needed bound"),
            "goal gap %": middle_and_worst([row["goal gap %"] for row in some]),
            "CPU s": middle_and_worst([row["seconds"][1] for row in some]),
        }
        for (members, tightness, limit), some in kinds(rows, *_KIND).items()
    ]


def _count(rows: list[Row], name: str) -> int:
    return sum(row[name] is not None for row in rows)


def _times(rows: list[Row], name: str) -> str:
    """Wall seconds of those that got there."""
    return middle_and_worst([row[name][0] for row in rows if row[name] is not None])


def drawings(rows: Iterable[Row]) -> dict[str, str]:
    """Dots for the moments of every roster; for those of 150 also how plans and bounds approach each other."""
    usual = [row for row in rows if row["limit s"] < LONG_SECONDS]
    lanes = [
        charts.Lane(
            name=f"{members}, {tightness}",
            dots=tuple(tuple(row[name][0] for row in some if row[name]) for name in MOMENTS),
            of=len(some),
        )
        for (members, tightness, _), some in kinds(usual, *_KIND).items()
    ]
    panels = [
        _steps(tightness, some) for (members, tightness, _), some in kinds(usual, *_KIND).items() if members == 150
    ]
    return {
        "proofs": charts.dots(
            "Wall seconds until a plan is there, good, and proven",
            _told(lanes),
            MOMENTS,
            lanes,
            first=0.01,
            last=max(SECONDS.values()),
        ),
        "approach": charts.steps(
            "Placed and bound of rosters of 150 over CPU seconds, as shares of the best bound",
            "Stairs of the plan in hand that rise and of the proven bound that fall, for each roster of a tightness: "
            + ", ".join(panel.name for panel in panels),
            panels,
            first=0.01,
            last=max(SECONDS.values()),
            low=0.6,
        ),
    }


def _told(lanes: list[charts.Lane]) -> str:
    return "; ".join(
        f"{lane.name}: "
        + ", ".join(f"{name} {len(dots)} of {lane.of}" for name, dots in zip(MOMENTS, lane.dots, strict=True))
        for lane in lanes
    )


def _steps(name: str, rows: list[Row]) -> charts.Steps:
    def shares(row: Row, column: int) -> tuple[charts.Point, ...]:
        return tuple((step[1], step[column] / row["bound"]) for step in row["trace"])

    open_to_all = [row for row in rows if row["bound"]]
    return charts.Steps(
        name=name,
        values=tuple(shares(row, 2) for row in open_to_all),
        bounds=tuple(shares(row, 3) for row in open_to_all),
    )
