"""Pods from the command line: ``python -m matching form ROSTER.json`` and ``check ROSTER.json PLAN.json``."""

from __future__ import annotations

import time

#: The seconds that imports take belong to the command's limit.
BEGAN = time.monotonic()

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from matching.check import faults, score
from matching.errors import InputError, NoPlan
from matching.files import dump_json, parse_json, write_atomically
from matching.impossible import impossible_plan
from matching.plan_json import read_plan, write_plan
from matching.progress import Bar, Lines
from matching.roster_json import read_roster

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matching.plan import Plan, Progress
    from matching.roster import Roster

SOLVED, FAULTY, BAD_INPUT, NO_PLAN, INTERRUPTED = 0, 1, 2, 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code says how it went (contracts, section 2)."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except InputError as error:
        for fault in error.faults:
            _say(str(fault))
        return BAD_INPUT
    except OSError as error:
        _say(f"{error.filename or 'file'}: {error.strerror}")
        return BAD_INPUT
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m matching", description="Pods of people who share a weekly hour.")
    commands = parser.add_subparsers(required=True, metavar="command")
    form = commands.add_parser("form", help="place a roster's members in pods")
    form.set_defaults(run=_form)
    form.add_argument("roster", nargs="?", default="-", metavar="ROSTER.json", help="the roster; - or nothing is stdin")
    form.add_argument("-o", "--output", type=Path, metavar="PLAN.json", help="write the plan there instead of stdout")
    form.add_argument("--seconds", type=_seconds, default=10.0, help="wall time for the whole command (default 10)")
    form.add_argument("--seed", type=_seed, default=1, help="another seed, another search (default 1)")
    form.add_argument("--workers", type=_workers, help="solver threads (default 1)")
    form.add_argument("--progress", action="store_true", help="tell the progress even where stderr is no terminal")
    check = commands.add_parser("check", help="look at a plan with every rule, without the solver")
    check.set_defaults(run=_check)
    check.add_argument("roster", metavar="ROSTER.json", help="the roster; - is stdin")
    check.add_argument("plan", metavar="PLAN.json", help="the plan; - is stdin")
    return parser


def _form(options: argparse.Namespace) -> int:
    roster = read_roster(parse_json(_read(options.roster)))
    tell = _teller(always=options.progress)
    try:
        plan = _solve(roster, options, tell)
    except NoPlan as error:
        plan = impossible_plan(roster, error.reason, seconds=round(time.monotonic() - BEGAN, 3), seed=options.seed)
    finally:
        if tell:
            tell.end()
    _write(dump_json(write_plan(plan)), options.output)
    if not plan.pods:
        _say(plan.reason)
        return NO_PLAN
    return SOLVED


def _solve(roster: Roster, options: argparse.Namespace, tell: Bar | Lines | None) -> Plan:
    from matching.engine import form  # noqa: PLC0415 - OR-Tools takes a second to load, and bad input needs none of it

    on_progress: Callable[[Progress], None] | None = tell.show if tell else None
    left = options.seconds - (time.monotonic() - BEGAN)
    return form(roster, seconds=left, seed=options.seed, workers=options.workers, on_progress=on_progress)


def _check(options: argparse.Namespace) -> int:
    roster = read_roster(parse_json(_read(options.roster)))
    plan = read_plan(parse_json(_read(options.plan)))
    found = faults(roster, plan)
    told: dict[str, object] = {"faults": found}
    if not found:
        real = score(roster, plan)
        told["score"] = {"placed": real.placed, "if_needed": real.if_needed, "goal_match": real.goal_match}
    _write(dump_json(told), None)
    return FAULTY if found else SOLVED


def _read(name: str) -> bytes:
    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()


def _write(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
    else:
        write_atomically(output, text)


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


def _teller(*, always: bool) -> Bar | Lines | None:
    if sys.stderr.isatty():
        return Bar(sys.stderr)
    return Lines(sys.stderr) if always else None


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 < seconds <= 86_400:
        raise ValueError(text)
    return seconds


def _seed(text: str) -> int:
    seed = int(text)
    if not 0 <= seed < 2**31:
        raise ValueError(text)
    return seed


def _workers(text: str) -> int:
    workers = int(text)
    if not 1 <= workers <= 64:
        raise ValueError(text)
    return workers


if __name__ == "__main__":
    sys.exit(main())
