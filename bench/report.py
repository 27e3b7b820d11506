"""Tables, kept results, and the README that shows them."""

from __future__ import annotations

import json
import re
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

Row = dict[str, object]
Drawings = dict[str, str]

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


def kinds(rows: Iterable[Row], *columns: str) -> dict[tuple[object, ...], list[Row]]:
    """The rows that are equal in these columns, together."""
    found: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(row[column] for column in columns), []).append(row)
    return found


def sums(rows: Iterable[Row], value: str, bound: str) -> str:
    """The sums of two columns, such as what was found and what is possible."""
    pairs = [(row[value], row[bound]) for row in rows]
    return f"{sum(value for value, _ in pairs)} / {sum(bound for _, bound in pairs)}"


def middle_and_worst(values: Sequence[float]) -> str:
    """The median and, in brackets, the largest."""
    return f"{cell(float(median(values)))} ({cell(float(max(values)))})" if values else "never"


def keep(folder: Path, part: str, machine: Row, rows: Iterable[Row]) -> None:
    """Write the part's rows to ``folder/results/<part>.json``."""
    (folder / "results").mkdir(exist_ok=True)
    (folder / "results" / f"{part}.json").write_text(_json({"part": part, "machine": machine, "rows": list(rows)}))


def show(
    folder: Path, part: str, *, summary: Callable[[list[Row]], Sequence[Row]], drawings: Callable[[list[Row]], Drawings]
) -> None:
    """Draw the charts of a part, and its table in ``folder/README.md``, from what is kept of it."""
    kept = json.loads((folder / "results" / f"{part}.json").read_text())
    for name, drawing in drawings(kept["rows"]).items():
        (folder / "results" / f"{name}.svg").write_text(drawing)
    readme = folder / "README.md"
    words = f"{table(summary(kept['rows']))}\n\nMeasured on: {machine_line(kept['machine'])}."
    readme.write_text(_between(readme.read_text(), part, words))


def no_charts(_: Sequence[Row]) -> Drawings:
    """For parts whose table says it all."""
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
