"""``exchange``: skill swaps of two and three."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from matching.commands.terminal import (
    SOLVED,
    add_plan_options,
    add_search_options,
    read_bytes,
    seconds_left,
    teller,
    write_text,
)
from matching.exchange_json import read_market, read_swaps, write_exchange
from matching.files import dump_json, parse_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from matching.exchange import Exchange, Market
    from matching.plan import Progress
    from matching.progress import Bar, Lines


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    exchange = commands.add_parser("exchange", help="let people swap what they offer for what they want")
    exchange.set_defaults(run=_exchange)
    exchange.add_argument("offers", nargs="?", default="-", metavar="OFFERS.json", help="offers and wants; - is stdin")
    exchange.add_argument(
        "--from", dest="earlier", metavar="SWAPS.json", help="an earlier answer, kept where it is best"
    )
    add_search_options(exchange, result="SWAPS.json")
    add_plan_options(exchange)


def _exchange(options: argparse.Namespace) -> int:
    market = read_market(parse_json(read_bytes(options.offers)))
    if options.earlier:
        earlier = read_swaps(parse_json(read_bytes(options.earlier)))
        market = replace(market, keep=(*market.keep, *earlier))
    tell = teller(always=options.progress)
    try:
        answer = _solve(market, options, tell)
    finally:
        if tell:
            tell.end()
    write_text(dump_json(write_exchange(answer)), options.output)
    return SOLVED


def _solve(market: Market, options: argparse.Namespace, tell: Bar | Lines | None) -> Exchange:
    from matching.engine.exchange import exchange  # noqa: PLC0415 - bad input needs no solver

    on_progress: Callable[[Progress], None] | None = tell.show if tell else None
    left = seconds_left(options)
    return exchange(market, seconds=left, seed=options.seed, workers=options.workers, on_progress=on_progress)
