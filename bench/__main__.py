"""One command for every part: measure, print, keep, draw.

python -m bench [PART ...] [--quick] [--jobs N] [--data MDGPLIB_FOLDER] [--ctu FILE] [--redraw]
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import asdict, is_dataclass
from importlib import import_module
from inspect import Parameter, signature
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measuring import machine
from bench.report import header, keep, line, machine_line, show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import ModuleType

Row = dict[str, object]

#: The module of each part and its function that measures. A module may also have ``summary(rows)``, what the README
#: shows, and ``drawings(rows)``, its charts by name.
PARTS = {
    "plans": ("plans", "rows"),
    "proofs": ("proofs", "rows"),
    "grouping": ("grouping", "rows"),
    "breakouts": ("breakouts", "rows"),
    "rotations": ("breakouts", "rotations"),
    "exchange": ("exchange", "rows"),
    "rematch": ("rematch", "rows"),
}


def main(arguments: list[str] | None = None) -> None:
    given = _parser().parse_args(arguments)
    parts = given.parts or list(PARTS)
    if given.redraw:
        _redraw(parts, given.into)
        return
    facts = machine()
    print(f"{machine_line(facts)}\n", flush=True)
    for part in parts:
        module, measure = _loaded(part)
        options = _options(measure, given)
        if isinstance(options, str):
            print(f"{part}: left out, {options}\n", file=sys.stderr)
            continue
        rows = _measured(part, measure(**options))
        if not given.quick:
            keep(given.into, part, facts, rows)
            show(given.into, part, module)


def _loaded(part: str) -> tuple[ModuleType, Callable[..., Iterable[object]]]:
    name, function = PARTS[part]
    module = import_module(f"bench.{name}")
    return module, getattr(module, function)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure the engine beside simpler methods.")
    parser.add_argument("parts", nargs="*", type=_part, metavar="PART", help=f"of {', '.join(PARTS)}; all unless named")
    parser.add_argument("--quick", action="store_true", help="a tiny case of each part; nothing is kept")
    parser.add_argument("--jobs", type=int, default=1, help="so many cases at once, at most one for each core")
    parser.add_argument("--data", type=Path, default=_named("MDGPLIB"), help="the folder of MDGPLIB, for grouping")
    parser.add_argument(
        "--ctu", type=Path, default=_named("CTU"), help="PrefLib's 00063-00000001.cat, for plans and proofs"
    )
    parser.add_argument("--redraw", action="store_true", help="measure nothing, only draw kept results anew")
    parser.add_argument("--into", type=Path, default=Path(__file__).parent, help="where results/ and README.md are")
    return parser


def _part(name: str) -> str:
    if name not in PARTS:
        raise argparse.ArgumentTypeError(f"there is no part {name!r}; allowed: {', '.join(PARTS)}")
    return name


def _named(variable: str) -> Path | None:
    return Path(os.environ[variable]) if variable in os.environ else None


def _options(measure: Callable[..., object], given: argparse.Namespace) -> dict[str, object] | str:
    """What of the command line a part asks for by the names of its parameters, or why it cannot run."""
    asked = signature(measure).parameters
    if given.quick and "quick" not in asked:
        return "it has no quick case"
    offered = {"quick": given.quick, "jobs": given.jobs, "folder": given.data, "data": given.data, "ctu": given.ctu}
    options = {name: offered[name] for name in asked if offered.get(name) is not None}
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
    for part in parts:
        if (folder / "results" / f"{part}.json").exists():
            show(folder, part, _loaded(part)[0])


if __name__ == "__main__":
    main()
