"""Tables, kept results, and the README that shows them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from types import ModuleType

Row = dict[str, object]

#: A column that is kept, but too long for a table.
_HIDDEN = "trace"


def header(row: Row) -> str:
    """The first two lines of a Markdown table with the columns of the row."""
    names = _columns(row)
    return f"| {' | '.join(names)} |\n|{'---|' * len(names)}"


def line(row: Row) -> str:
    """One line of a Markdown table."""
    return f"| {' | '.join(cell(row[name]) for name in _columns(row))} |"


def table(rows: Sequence[Row]) -> str:
    """A Markdown table; all rows have the columns of the first."""
    return "\n".join([header(rows[0]), *map(line, rows)]) if rows else "Nothing was measured."


def cell(value: object) -> str:
    """A value as people read it: three digits that matter, a dash for what never happened."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(cell, value))
    return str(value).replace("|", "\\|")


def _columns(row: Row) -> list[str]:
    return [name for name in row if name != _HIDDEN]


def machine_line(machine: Row) -> str:
    """The machine in one sentence."""
    return "; ".join(f"{name} {value}" for name, value in machine.items())


def keep(folder: Path, part: str, machine: Row, rows: Iterable[Row]) -> None:
    """Write the part's rows to ``folder/results/<part>.json``."""
    (folder / "results").mkdir(exist_ok=True)
    (folder / "results" / f"{part}.json").write_text(_json({"part": part, "machine": machine, "rows": list(rows)}))


def show(folder: Path, part: str, module: ModuleType) -> None:
    """Draw the charts of a part, and its table in ``folder/README.md``, from what is kept of it."""
    kept = json.loads((folder / "results" / f"{part}.json").read_text())
    rows = kept["rows"]
    for name, drawing in getattr(module, "drawings", _nothing)(rows).items():
        (folder / "results" / f"{name}.svg").write_text(drawing)
    short = getattr(module, "summary", list)(rows)
    readme = folder / "README.md"
    words = f"{table(short)}\n\nMeasured on: {machine_line(kept['machine'])}."
    readme.write_text(_between(readme.read_text(), part, words))


def _nothing(_: Sequence[Row]) -> dict[str, str]:
    return {}


def _json(kept: Row) -> str:
    """A row a line, so that versions can be compared."""
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in kept["rows"])
    head = json.dumps({name: value for name, value in kept.items() if name != "rows"}, ensure_ascii=False)
    return f'{head[:-1]}, "rows": [\n{rows}\n]}}\n'


def _between(text: str, part: str, words: str) -> str:
    """The text with these words between the marks of the part."""
    begin, end = f"<!-- {part} -->", f"<!-- /{part} -->"
    pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"the README has no place for {part}: {begin} and {end} are missing")
    return pattern.sub(lambda _: f"{begin}\n{words}\n{end}", text)
