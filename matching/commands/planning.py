"""A search for a plan as a command: it can be interrupted, and what cannot be planned is told in words."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING, Protocol, TypeVar

from matching.commands.terminal import NO_PLAN, SOLVED, say, seconds_left, teller, write_text
from matching.errors import NoPlan
from matching.files import dump_json
from matching.impossible import impossible_plan
from matching.plan_json import write_plan

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from matching.plan import Plan, Progress
    from matching.roster import Roster

T = TypeVar("T")

#: What a contradiction may take even if the time is nearly up: without it the answer is of little use.
_LEAST_SECONDS = 0.5
_POLL_SECONDS = 0.1


class Search(Protocol):
    """``form`` with its roster, or ``rematch`` with its roster and the earlier plan."""

    def __call__(
        self,
        *,
        seconds: float,
        seed: int,
        workers: int | None,
        on_progress: Callable[[Progress], None] | None,
        stop: Callable[[], bool],
    ) -> Plan: ...


def plan_and_write(roster: Roster, search: Search, options: argparse.Namespace) -> int:
    """Run the search, write its plan, say why there is none; the exit code of the command."""
    tell = teller(always=options.progress)
    try:
        plan = _interruptible(
            lambda stop: search(
                seconds=seconds_left(options),
                seed=options.seed,
                workers=options.workers,
                on_progress=tell.show if tell else None,
                stop=stop,
            )
        )
    except NoPlan as error:
        plan = _impossible(roster, error.reason, options)
    finally:
        if tell:
            tell.end()
    write_text(dump_json(write_plan(plan)), options.output)
    if plan.pods:
        return SOLVED
    say(plan.reason)
    for rule in plan.contradiction:
        say(f"{rule.path}: {rule.says}")
    return NO_PLAN


def _interruptible(work: Callable[[Callable[[], bool]], T]) -> T:
    """What the work returns; Ctrl-C and SIGTERM end it within moments, whatever the solver is doing.

    The work has a thread of its own, because a signal is only heard between two lines of Python of the main one.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    stopped = Event()
    with ThreadPoolExecutor(max_workers=1) as pool:
        result = pool.submit(work, stopped.is_set)
        try:
            while True:
                try:
                    return result.result(timeout=_POLL_SECONDS)
                except TimeoutError:
                    continue
        except KeyboardInterrupt:
            stopped.set()
            raise


def _impossible(roster: Roster, reason: str, options: argparse.Namespace) -> Plan:
    from matching.engine.contradiction import contradiction  # noqa: PLC0415 - it loads OR-Tools

    limit = max(_LEAST_SECONDS, seconds_left(options))
    rules = _interruptible(lambda stop: contradiction(roster, seconds=limit, stop=stop))
    spent = round(time.monotonic() - options.began, 3)
    return impossible_plan(roster, reason, seconds=spent, seed=options.seed, contradiction=rules)
