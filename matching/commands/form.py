"""``form``: place a roster's members in pods."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from matching.commands.terminal import (
    NO_PLAN,
    SOLVED,
    add_plan_options,
    add_search_options,
    read_bytes,
    say,
    seconds_left,
    teller,
    write_text,
)
from matching.errors import NoPlan
from matching.files import dump_json, parse_json
from matching.impossible import impossible_plan
from matching.plan_json import write_plan
from matching.roster_json import read_roster

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from matching.plan import Plan, Progress
    from matching.progress import Bar, Lines
    from matching.roster import Roster

#: What a contradiction may take even if the time is nearly up: without it the answer is of little use.
_LEAST_SECONDS = 0.5


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    form = commands.add_parser("form", help="place a roster's members in pods")
    form.set_defaults(run=_form)
    form.add_argument("roster", nargs="?", default="-", metavar="ROSTER.json", help="the roster; - or nothing is stdin")
    add_search_options(form, result="PLAN.json")
    add_plan_options(form)


def _form(options: argparse.Namespace) -> int:
    roster = read_roster(parse_json(read_bytes(options.roster)))
    tell = teller(always=options.progress)
    try:
        plan = _solve(roster, options, tell)
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


def _impossible(roster: Roster, reason: str, options: argparse.Namespace) -> Plan:
    from matching.engine.contradiction import contradiction  # noqa: PLC0415 - see _solve

    rules = contradiction(roster, seconds=max(_LEAST_SECONDS, seconds_left(options)))
    spent = round(time.monotonic() - options.began, 3)
    return impossible_plan(roster, reason, seconds=spent, seed=options.seed, contradiction=rules)


def _solve(roster: Roster, options: argparse.Namespace, tell: Bar | Lines | None) -> Plan:
    from matching.engine import form  # noqa: PLC0415 - the engine takes a while to load, and bad input needs none of it

    on_progress: Callable[[Progress], None] | None = tell.show if tell else None
    left = seconds_left(options)
    return form(roster, seconds=left, seed=options.seed, workers=options.workers, on_progress=on_progress)
