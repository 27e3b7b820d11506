"""``form``: place a roster's members in pods."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from matching.commands.planning import plan_and_write
from matching.commands.terminal import add_plan_options, add_search_options, read_bytes
from matching.files import parse_json
from matching.roster_json import read_roster

if TYPE_CHECKING:
    import argparse


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    form = commands.add_parser("form", help="place a roster's members in pods")
    form.set_defaults(run=_form)
    form.add_argument("roster", nargs="?", default="-", metavar="ROSTER.json", help="the roster; - or nothing is stdin")
    add_search_options(form, result="PLAN.json")
    add_plan_options(form)


def _form(options: argparse.Namespace) -> int:
    roster = read_roster(parse_json(read_bytes(options.roster)))
    from matching.engine import form  # noqa: PLC0415 - the engine takes a while to load, and bad input needs none of it

    return plan_and_write(roster, partial(form, roster), options)
