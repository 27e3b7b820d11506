"""One command for every part: measure, print, keep, draw.

python -m bench [PART ...] [--quick] [--jobs N] [--seeds N] [--data MDGPLIB_FOLDER] [--ctu FILE] [--radicale PYTHON]
                [--redraw]
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict, dataclass, field, is_dataclass
from importlib import import_module
from inspect import Parameter, signature
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measuring import machine
from bench.report import header, keep, line, machine_line, no_charts, show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Part:
    """A module of ``bench``, its function that measures, and what that is asked for unless the command says more.

    ``view`` is the module with ``summary(rows)``, what the README shows, and ``drawings(rows)``, charts by name, if any.
    """

    module: str
    function: str = "rows"
    view: str = ""
    defaults: Row = field(default_factory=dict)


#: One model cannot hold the rosters of ``scale``: each runs to its limit, and all five seeds would take a day.
PARTS = {
    "plans": Part("plans"),
    "proofs": Part("proofs"),
    "scale": Part("scale", view="scale_view", defaults={"seeds": (1,), "tightness": ("easy", "realistic", "hard")}),
    "grouping": Part("grouping", view="grouping_view"),
    "breakouts": Part("breakouts"),
    "rotations": Part("breakouts", "rotations", view="rotations_view"),
    "exchange": Part("exchange"),
    "rematch": Part("rematch", view="rematch_view"),
    "feeds": Part("feeds"),
    "mail": Part("mail"),
    "burst": Part("burst"),
    "chaos": Part("chaos"),
}


def main(arguments: list[str] | None = None) -> None:
    given = _parser().parse_args(arguments)
    parts = given.parts or list(PARTS)
    if given.redraw:
        _redraw(parts, given.into)
        return
    facts = machine()
    print(f"{machine_line(facts)}\n", flush=True)
    for name in parts:
        measure = getattr(import_module(f"bench.{PARTS[name].module}"), PARTS[name].function)
        options = _options(measure, given, PARTS[name].defaults)
        if isinstance(options, str):
            print(f"{name}: left out, {options}\n", file=sys.stderr)
            continue
        rows = _measured(name, measure(**options))
        if not rows:
            print(f"{name}: nothing was found to measure\n", file=sys.stderr)
        elif not given.quick:
            keep(given.into, name, facts, rows)
            _show(name, given.into)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the engine beside simpler methods.")
    parser.add_argument("parts", nargs="*", type=_part, metavar="PART", help=f"of {', '.join(PARTS)}; all unless named")
    parser.add_argument("--quick", action="store_true", help="a tiny case of each part; nothing is kept")
    parser.add_argument("--jobs", type=_count, default=1, help="so many cases at once, at most one for each core")
    parser.add_argument("--seeds", type=_count, help="so many rosters of each kind in proofs (5) and scale (1)")
    parser.add_argument("--data", type=Path, default=_named("MDGPLIB"), help="the folder of MDGPLIB, for grouping")
    parser.add_argument(
        "--ctu", type=Path, default=_named("CTU"), help="PrefLib's 00063-00000001.cat, for plans and proofs"
    )
    parser.add_argument(
        "--radicale", type=Path, default=_named("RADICALE"), help="a Python that has Radicale, for feeds"
    )
    parser.add_argument("--redraw", action="store_true", help="measure nothing, only draw kept results anew")
    parser.add_argument("--into", type=Path, default=Path(__file__).parent, help="where results/ and README.md are")
    return parser


def _part(name: str) -> str:
    if name not in PARTS:
        raise argparse.ArgumentTypeError(f"there is no part {name!r}; allowed: {', '.join(PARTS)}")
    return name


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a count; allowed: 1 and more")
    return int(text)


def _named(variable: str) -> Path | None:
    return Path(os.environ[variable]) if variable in os.environ else None


def _options(measure: Callable[..., object], given: argparse.Namespace, defaults: Row) -> dict[str, object] | str:
    """What of the command line a part asks for by the names of its parameters, or why it cannot run."""
    asked = signature(measure).parameters
    if given.quick and "quick" not in asked:
        return "it has no quick case"
    seeds = range(1, given.seeds + 1) if given.seeds else None
    offered = {
        "quick": given.quick,
        "jobs": given.jobs,
        "folder": given.data,
        "data": given.data,
        "ctu": given.ctu,
        "radicale": given.radicale,
        "seeds": seeds,
    }
    options = defaults | {name: offered[name] for name in asked if offered.get(name) is not None}
    missing = [name for name, one in asked.items() if one.default is Parameter.empty and name not in options]
    return "it needs --data" if missing else options


def _measured(part: str, rows: Iterable[object]) -> list[Row]:
    """The rows of a part, printed as they come."""
    print(f"## {part}\n")
    kept: list[Row] = []
    for found in rows:
        row = asdict(found) if is_dataclass(found) else dict(found)
        if not kept:
            print(header(row))
        print(line(row), flush=True)
        kept.append(row)
    print()
    return kept


def _redraw(parts: Iterable[str], folder: Path) -> None:
    for name in parts:
        if (folder / "results" / f"{name}.json").exists():
            _show(name, folder)


def _show(name: str, folder: Path) -> None:
    view = import_module(f"bench.{PARTS[name].view or PARTS[name].module}")
    show(folder, name, summary=getattr(view, "summary", list), drawings=getattr(view, "drawings", no_charts))


if __name__ == "__main__":
    main()
