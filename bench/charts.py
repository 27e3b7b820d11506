"""Charts as plain SVG: bars beside each other, dots on lanes of time, steps that rise to a bound.

Text takes the colour of the page's scheme, series colours are legible on light and dark (after the palette of M. Okabe
and K. Ito, "Color universal design", 2008), no meaning hangs on colour alone, and title and description tell a screen
reader what is drawn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Point = tuple[float, float]

_STYLE = """
svg { color: #1f2328; font: 12px system-ui, sans-serif; }
text { fill: currentColor; }
.title { font-size: 16px; font-weight: 600; }
.name { font-weight: 600; }
.end { text-anchor: end; }
.middle { text-anchor: middle; }
.grid { stroke: currentColor; stroke-opacity: .15; }
.bound { stroke: currentColor; stroke-width: 2; }
.line { fill: none; stroke-width: 1.5; stroke-opacity: .6; }
.dashed { stroke-dasharray: 4 3; }
.s0 { --c: #0072b2; } .s1 { --c: #b35900; } .s2 { --c: #00795c; } .s3 { --c: #a64d85; } .s4 { --c: #767676; }
@media (prefers-color-scheme: dark) {
  svg { color: #e6edf3; }
  .s0 { --c: #56b4e9; } .s1 { --c: #e69f00; } .s2 { --c: #2bc69d; } .s3 { --c: #d98cbb; } .s4 { --c: #a0a0a0; }
}
.fill { fill: var(--c); fill-opacity: .75; }
.stroke { stroke: var(--c); }
"""
_SVG = 'xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title description"'
_WIDTH, _MARGIN, _HEAD = 900, 20, 64


@dataclass(frozen=True, slots=True)
class Bars:
    """One panel: named values from 0 to ``full``, and the ``bound`` that none of them can pass."""

    name: str
    values: tuple[tuple[str, float], ...]
    bound: float
    full: float


@dataclass(frozen=True, slots=True)
class Lane:
    """One line of dots per series, in seconds; ``of`` is how many dots there would be if all had come in time."""

    name: str
    dots: tuple[tuple[float, ...], ...]
    of: int


@dataclass(frozen=True, slots=True)
class Steps:
    """One panel of lines that keep their height until the next point; pairs of a value and its bound over seconds."""

    name: str
    values: tuple[tuple[Point, ...], ...]
    bounds: tuple[tuple[Point, ...], ...]


def bars(title: str, description: str, panels: Sequence[Bars], *, columns: int = 3) -> str:
    """Panels in rows of ``columns``; a bar per value with its number, a stroke where the proven bound is."""
    wide, line = (_WIDTH - 2 * _MARGIN) / columns, 17
    high = 34 + line * max((len(panel.values) for panel in panels), default=0)
    body = []
    for number, panel in enumerate(panels):
        row, column = divmod(number, columns)
        body += _bars(panel, _MARGIN + column * wide, _HEAD + row * high, wide, line)
    return _picture(title, description, _HEAD + high * math.ceil(len(panels) / columns), body)


def _bars(panel: Bars, x: float, y: float, wide: float, line: float) -> Iterator[str]:
    labels, numbers = 100, 40
    scale = (wide - labels - numbers) / panel.full
    yield _text(x, y, panel.name, "name")
    for number, (name, value) in enumerate(panel.values):
        top = y + 8 + number * line
        yield _text(x + labels - 6, top + 12, name, "end")
        yield _shape("rect", f"s{number % 5} fill", x=x + labels, y=top + 2, width=value * scale, height=line - 5)
        yield _text(x + labels + max(value, panel.bound) * scale + 5, top + 12, f"{value:g}")
    at = x + labels + panel.bound * scale
    yield _shape("line", "bound", x1=at, x2=at, y1=y + 8, y2=y + 8 + line * len(panel.values))


def dots(
    title: str, description: str, series: Sequence[str], lanes: Sequence[Lane], *, first: float, last: float
) -> str:
    """A lane for each kind of case and in it a line for each series, over seconds from ``first`` to ``last``."""
    labels, counts, line = 150, 70, 14
    high = line * len(series) + 14
    left, right = _MARGIN + labels, _WIDTH - _MARGIN - counts
    top, foot = _HEAD + 30, _HEAD + 30 + high * len(lanes)
    across = _Logarithm(first, last, left, right)
    body = list(_legend(series, _HEAD))
    for second in across.ticks():
        at = across(second)
        body += [
            _shape("line", "grid", x1=at, x2=at, y1=top, y2=foot),
            _text(at, foot + 16, f"{second:g} s", "middle"),
        ]
    for number, lane in enumerate(lanes):
        y = top + number * high
        body.append(_text(left - 10, y + high / 2, lane.name, "name end"))
        for index, seconds in enumerate(lane.dots):
            at = y + 12 + index * line
            body += [_shape("circle", f"s{index} fill", cx=across(second), cy=at, r=4) for second in seconds]
            body.append(_text(right + 12, at + 4, f"{len(seconds)} of {lane.of}"))
    return _picture(title, description, foot + 24, body)


def steps(title: str, description: str, panels: Sequence[Steps], *, first: float, last: float, low: float) -> str:
    """Two panels in a row, shares from ``low`` up: values as full lines, their bounds dashed."""
    columns, high, labels = 2, 200, 46
    wide = (_WIDTH - 2 * _MARGIN) / columns
    top = max((share for panel in panels for bound in panel.bounds for _, share in bound[1:]), default=1.0)
    body = list(_legend(("placed", "proven bound (dashed)"), _HEAD))
    for number, panel in enumerate(panels):
        row, column = divmod(number, columns)
        x, y = _MARGIN + column * wide, _HEAD + 36 + row * (high + 50)
        across = _Logarithm(first, last, x + labels, x + wide - 10)
        upwards = _Line(low, max(1.05, min(top, 1.4)), y + high, y + 10)
        body.append(_text(x + labels, y, panel.name, "name"))
        body += _axes(across, upwards, low)
        body += [_stairs(line, across, upwards, "s0 stroke line") for line in panel.values]
        body += [_stairs(line, across, upwards, "s1 stroke line dashed") for line in panel.bounds]
    return _picture(title, description, _HEAD + 36 + math.ceil(len(panels) / columns) * (high + 50), body)


def _axes(across: _Logarithm, upwards: _Line, low: float) -> Iterator[str]:
    for second in across.ticks():
        at = across(second)
        yield _shape("line", "grid", x1=at, x2=at, y1=upwards.begin, y2=upwards.end)
        yield _text(at, upwards.begin + 16, f"{second:g} s", "middle")
    for tenth in range(math.ceil(low * 10 - 1e-9), 15):
        if (at := upwards(tenth / 10)) >= upwards.end:
            yield _shape("line", "grid", x1=across.begin, x2=across.end, y1=at, y2=at)
            yield _text(across.begin - 6, at + 4, f"{tenth * 10} %", "end")


def _stairs(line: Iterable[Point], across: _Logarithm, upwards: _Line, kind: str) -> str:
    path, before = [], None
    for second, share in line:
        x, y = across(second), min(upwards.begin, max(upwards.end, upwards(share)))
        path.append(f"M{x:.1f} {y:.1f}" if before is None else f"H{x:.1f}V{y:.1f}")
        before = y
    return f'<path class="{kind}" d="{"".join(path)}H{across.end:.1f}"/>'


def _legend(series: Iterable[str], y: float) -> Iterator[str]:
    x = float(_MARGIN)
    for number, name in enumerate(series):
        yield _shape("circle", f"s{number} fill", cx=x + 5, cy=y - 4, r=5)
        yield _text(x + 16, y, name)
        x += 34 + 7 * len(name)


@dataclass(frozen=True, slots=True)
class _Line:
    """From the values ``low`` to ``high`` to the positions ``begin`` to ``end``."""

    low: float
    high: float
    begin: float
    end: float

    def __call__(self, value: float) -> float:
        return self.begin + (value - self.low) / (self.high - self.low) * (self.end - self.begin)


class _Logarithm(_Line):
    """The same for logarithms; what lies outside is drawn at the edge."""

    __slots__ = ()

    def __call__(self, value: float) -> float:
        inside = min(self.high, max(self.low, value))
        return self.begin + math.log(inside / self.low) / math.log(self.high / self.low) * (self.end - self.begin)

    def ticks(self) -> list[float]:
        steps = (digit * 10.0**power for power in range(-3, 5) for digit in (1, 3))
        return [step for step in steps if self.low <= step <= self.high]


def _picture(title: str, description: str, height: float, body: Iterable[str]) -> str:
    return "\n".join(
        [
            f'<svg {_SVG} viewBox="0 0 {_WIDTH} {height:g}">',
            f'<title id="title">{escape(title)}</title>',
            f'<desc id="description">{escape(description)}</desc>',
            f"<style>{_STYLE}</style>",
            _text(_MARGIN, 28, title, "title"),
            *body,
            "</svg>\n",
        ]
    )


def _text(x: float, y: float, words: str, kind: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}"{_kind(kind)}>{escape(words)}</text>'


def _shape(name: str, kind: str, **numbers: float) -> str:
    places = "".join(f' {key}="{value:.1f}"' for key, value in numbers.items())
    return f"<{name}{_kind(kind)}{places}/>"


def _kind(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
