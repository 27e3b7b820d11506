"""``breakouts``: rooms for the people of a live session, for one round or many."""

from __future__ import annotations

import time
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from matching.breakouts import RoomPlan, plan_rooms, read_session, repair_rooms, write_plan
from matching.breakouts.effort import STEPS_PER_SECOND
from matching.commands.terminal import NO_PLAN, SOLVED, read_bytes, say, seconds, seed, write_text
from matching.errors import NoPlan
from matching.files import dump_json, parse_json
from matching.plan import Status

if TYPE_CHECKING:
    import argparse

    from matching.breakouts import Session


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser("breakouts", help="seat the people of a session in rooms, for one round or many")
    parser.set_defaults(run=_breakouts)
    parser.add_argument("session", nargs="?", default="-", metavar="ATTENDEES.json", help="- or nothing is stdin")
    parser.add_argument("-o", "--output", type=Path, metavar="ROOMS.json", help="write there instead of stdout")
    # A host waits with everybody watching, so the limit is shorter than for forming pods.
    parser.add_argument("--seconds", type=seconds, default=1.0, help="wall time for the whole command (default 1)")
    parser.add_argument("--seed", type=seed, default=1, help="another seed, another search (default 1)")


def _breakouts(options: argparse.Namespace) -> int:
    session = read_session(parse_json(read_bytes(options.session)))
    try:
        plan = _solve(session, options)
    except NoPlan as error:
        plan = RoomPlan((), Fraction(0), Fraction(0), Status.IMPOSSIBLE, reason=error.reason)
    write_text(dump_json(write_plan(plan)), options.output)
    if not plan.rounds:
        say(plan.reason)
        return NO_PLAN
    return SOLVED


def _solve(session: Session, options: argparse.Namespace) -> RoomPlan:
    end = options.began + options.seconds
    solve = plan_rooms if session.current is None else repair_rooms
    steps = int(options.seconds * STEPS_PER_SECOND)
    return solve(session, seed=options.seed, steps=steps, stop=lambda: time.monotonic() >= end)
