"""``check``: look at a plan with every rule, without the solver."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from matching.check import faults, score
from matching.commands.terminal import FAULTY, SOLVED, read_bytes, write_text
from matching.files import dump_json, parse_json
from matching.plan_json import read_plan
from matching.roster_json import read_roster

if TYPE_CHECKING:
    import argparse


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    check = commands.add_parser("check", help="look at a plan with every rule, without the solver")
    check.set_defaults(run=_check)
    check.add_argument("roster", metavar="ROSTER.json", help="the roster; - is stdin")
    check.add_argument("plan", metavar="PLAN.json", help="the plan; - is stdin")


def _check(options: argparse.Namespace) -> int:
    roster = read_roster(parse_json(read_bytes(options.roster)))
    plan = read_plan(parse_json(read_bytes(options.plan)))
    found = faults(roster, plan)
    told: dict[str, object] = {"faults": found}
    if not found:
        told["score"] = asdict(score(roster, plan))
    write_text(dump_json(told), None)
    return FAULTY if found else SOLVED
