"""``rematch``: today's roster against an earlier plan, with fewest people moved.

Members of the plan whom the roster does not know count as having left, and are named on stderr. A plan most of whose
people are unknown is refused as a plan of other people, each of them named, unless ``--force`` says to go on with the
rest: joins and leaves are the purpose of the command and should need no force, while another cohort's file must not
pass for one.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from matching.commands.planning import plan_and_write
from matching.commands.terminal import add_plan_options, add_search_options, read_bytes, say
from matching.errors import Fault, PlanError
from matching.files import parse_json
from matching.plan_json import read_plan
from matching.rematch import is_of_other_people, leavers, require_sound, strangers
from matching.roster_json import read_roster

if TYPE_CHECKING:
    import argparse

    from matching.plan import Plan
    from matching.roster import Roster


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command to the parser."""
    rematch = commands.add_parser("rematch", help="change an earlier plan for a changed roster, moving fewest people")
    rematch.set_defaults(run=_rematch)
    rematch.add_argument(
        "roster", nargs="?", default="-", metavar="ROSTER.json", help="the roster of today; - is stdin"
    )
    rematch.add_argument("--from", dest="before", required=True, metavar="PLAN.json", help="the earlier plan")
    rematch.add_argument(
        "--force", action="store_true", help="go on with the rest where most of the plan's people are unknown"
    )
    add_search_options(rematch, result="PLAN.json")
    add_plan_options(rematch)


def _rematch(options: argparse.Namespace) -> int:
    roster = read_roster(parse_json(read_bytes(options.roster)))
    before = read_plan(parse_json(read_bytes(options.before)))
    require_sound(before)
    _require_own(roster, before, force=options.force)
    from matching.engine.rematch import rematch  # noqa: PLC0415 - bad input needs none of the engine

    return plan_and_write(roster, partial(rematch, roster, before), options)


def _require_own(roster: Roster, before: Plan, *, force: bool) -> None:
    """Say who of the plan is unknown; raise ``PlanError`` if they are most of it, unless forced."""
    unknown = strangers(roster, before)
    if unknown and is_of_other_people(roster, before) and not force:
        what = f"most of its people ({len(unknown)}) are not in the roster; allowed: a plan of its members, or --force"
        raise PlanError([Fault("$", what), *unknown])
    if unknown:
        say(f"not in the roster, taken as having left: {', '.join(leavers(roster, before))}")
