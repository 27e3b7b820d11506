"""Skill exchange: ``python -m bench.exchange``.

Markets are invented: everybody offers and wants one to three of so many tags, the popular ones more often (Zipf), with
weights from 1 to 5. Beside ours, in the same run: how many a greedy answer serves, and how many people keep their swap
when 1 % have left and the last answer is given as ``keep``.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from matching.engine.exchange import exchange
from matching.exchange import Market, Offer, Trader, Want
from matching.rings import Rings
from matching.swaps import Apart, greedy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matching.exchange import Exchange

#: People and tags.
CASES = ((150, 20), (150, 40), (150, 100), (500, 50), (2000, 20), (2000, 50), (2000, 150))
_SEEDS = (1, 2)


@dataclass(frozen=True, slots=True)
class Row:
    """One market: rings of tags, people served with the proven bound, weight likewise, CPU and wall seconds."""

    people: int
    tags: int
    seed: int
    rings: int
    served: int
    most_served: int
    weight: int
    most_weight: int
    cpu: float
    wall: float
    greedy: int
    kept: int
    most_kept: int


def rows(*, seconds: float = 60.0) -> Iterator[Row]:
    """A row for every case and seed."""
    for people, tags in CASES:
        for seed in _SEEDS:
            yield _row(invented(people, tags, seed), people, tags, seed, seconds=seconds)


def invented(people: int, tags: int, seed: int) -> Market:
    """A market in which nobody wants what they offer themselves."""
    dice = random.Random(f"{people} {tags} {seed}")
    popularity = [1 / (rank + 1) for rank in range(tags)]

    def pick(count: int, besides: tuple[int, ...] = ()) -> tuple[int, ...]:
        chosen: tuple[int, ...] = ()
        while len(chosen) < count:
            (tag,) = dice.choices(range(tags), popularity)
            chosen += () if tag in chosen or tag in besides else (tag,)
        return chosen

    def trader(number: int) -> Trader:
        offers = pick(dice.randint(1, 3))
        wants = pick(dice.randint(1, 3), offers)
        weights = [dice.randint(1, 5) for _ in wants]
        return Trader(
            f"m{number:04}",
            tuple(Offer(f"tag {tag}") for tag in offers),
            tuple(Want(f"tag {tag}", 1, weight) for tag, weight in zip(wants, weights, strict=True)),
        )

    return Market(tuple(map(trader, range(people))))


def _row(market: Market, people: int, tags: int, seed: int, *, seconds: float) -> Row:
    rings = Rings.of(market)
    cpu, wall = time.process_time(), time.monotonic()
    found = exchange(market, seconds=seconds)
    cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    again = exchange(_later(market, found), seconds=seconds / 2)
    served, weight, _ = found.objective
    return Row(
        people=people,
        tags=tags,
        seed=seed,
        rings=len(rings.rings),
        served=int(served.value),
        most_served=int(served.bound),
        weight=int(weight.value),
        most_weight=int(weight.bound),
        cpu=cpu,
        wall=wall,
        greedy=sum(map(len, greedy(rings, Apart(market)))),
        kept=int(again.objective[2].value),
        most_kept=int(again.objective[2].bound),
    )


def _later(market: Market, found: Exchange) -> Market:
    gone = len(market.traders) // 100
    return replace(market, traders=market.traders[gone:], keep=tuple(swap.members for swap in found.swaps))


def _tell() -> None:
    print("| people | tags | seed | rings | served | bound | weight | bound | CPU s | wall s | greedy | kept | bound |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|---|")
    for row in rows():
        served, weight = (row.served, row.most_served), (row.weight, row.most_weight)
        market, rerun = (row.people, row.tags, row.seed, row.rings), (row.kept, row.most_kept)
        told = (*market, *served, *weight, f"{row.cpu:.1f}", f"{row.wall:.1f}", row.greedy, *rerun)
        print("|", " | ".join(map(str, told)), "|", flush=True)


if __name__ == "__main__":
    _tell()
