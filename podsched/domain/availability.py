"""When somebody can meet: windows of their own local week, typed as lines or painted on the grid.

One window is one line: ``Mon 18:00-20:30 free`` or ``Wed 22:00-01:00 if need be``.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAY = 24 * 60
WEEK = 7 * DAY
MOST_WINDOWS = 100
MOST_AWAY = 20
#: Looked at before the pattern is: on a long run of spaces that would take minutes.
LONGEST_LINE = 80
_LINE = re.compile(
    r"(?P<day>[a-z]+)\s+(?P<start>\d{1,2}:\d\d)\s*(?:-|\u2013|to)\s*(?P<end>\d{1,2}:\d\d)(?:\s+(?P<level>[a-z_ ]+))?"
)
_TIME = re.compile(r"(\d{1,2}):(\d\d)")
_AWAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:\s*(?:/|to|\u2013)\s*(\d{4}-\d\d-\d\d))?")


class Level(StrEnum):
    FREE = "free"
    IF_NEEDED = "if_needed"


LEVEL_WORDS = {Level.FREE: "free", Level.IF_NEEDED: "if need be"}
_LEVELS = {
    "": Level.FREE,
    "free": Level.FREE,
    "if need be": Level.IF_NEEDED,
    "if needed": Level.IF_NEEDED,
    "if_needed": Level.IF_NEEDED,
}


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Minutes of one local day, ``end`` up to 1440; a window never crosses midnight, two of them may touch there."""

    weekday: int
    start: int
    end: int
    level: Level

    def __str__(self) -> str:
        return f"{DAYS[self.weekday].capitalize()} {clock(self.start)}-{clock(self.end)}"


@dataclass(frozen=True, slots=True, order=True)
class Away:
    first: date
    last: date


class BadTimes(ValueError):
    """``faults`` holds a sentence for every line that cannot be taken."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(" ".join(faults))
        self.faults = tuple(faults)


def clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def read_times(text: str) -> tuple[Window, ...]:
    """The windows of a text, overlaps merged with free winning; raises BadTimes with every bad line."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) > MOST_WINDOWS:
        raise BadTimes([f"At most {MOST_WINDOWS} lines; you gave {len(lines)}."])
    windows: list[Window] = []
    faults: list[str] = []
    for number, line in lines:
        try:
            windows += _read_line(line)
        except ValueError as error:
            faults.append(f"Line {number}, \u201c{line[:60]}\u201d: {error}")
    if faults:
        raise BadTimes(faults)
    return merged(windows)


def _read_line(line: str) -> list[Window]:
    found = _LINE.fullmatch(line.casefold()) if len(line) <= LONGEST_LINE else None
    if found is None or (not line.isascii() and "\u2013" not in line):
        raise ValueError("write it like \u201cMon 18:00-20:30 free\u201d.")
    weekday = _weekday(found["day"])
    start, end = _minute(found["start"]), _minute(found["end"])
    level = _LEVELS.get((found["level"] or "").strip())
    if level is None:
        raise ValueError("end it with \u201cfree\u201d or \u201cif need be\u201d.")
    if start == DAY:
        raise ValueError("a window cannot start at 24:00; use 00:00 of the next day.")
    if start == end:
        raise ValueError("it starts and ends at the same time.")
    if start % 5 or end % 5:
        raise ValueError("use times in steps of five minutes.")
    if end > start:
        return [Window(weekday, start, end, level)]
    before_midnight = Window(weekday, start, DAY, level)
    return [before_midnight, Window((weekday + 1) % 7, 0, end, level)] if end else [before_midnight]


def _weekday(word: str) -> int:
    for number, name in enumerate(DAY_NAMES):
        if word in {DAYS[number], name.casefold()}:
            return number
    raise ValueError("start it with a day: Mon, Tue, Wed, Thu, Fri, Sat or Sun.")


def _minute(text: str) -> int:
    found = _TIME.fullmatch(text)
    hour, minute = (int(found[1]), int(found[2])) if found else (99, 99)
    if minute > 59 or hour * 60 + minute > DAY:
        raise ValueError(f"{text} is no time of day; use 00:00 to 24:00.")
    return hour * 60 + minute


def merged(windows: Iterable[Window]) -> tuple[Window, ...]:
    """The same times with touching windows joined; where levels overlap, free wins."""
    levels: dict[tuple[int, int], Level] = {}
    for window in windows:
        for minute in range(window.start, window.end, 5):
            spot = (window.weekday, minute)
            if levels.get(spot) is not Level.FREE:
                levels[spot] = window.level
    result: list[Window] = []
    for (weekday, minute), level in sorted(levels.items()):
        last = result[-1] if result else None
        if last and (last.weekday, last.end, last.level) == (weekday, minute, level):
            result[-1] = Window(weekday, last.start, minute + 5, level)
        else:
            result.append(Window(weekday, minute, minute + 5, level))
    return tuple(result)


def write_times(windows: Iterable[Window]) -> str:
    return "\n".join(f"{window} {LEVEL_WORDS[window.level]}" for window in windows)


def longest_block(windows: Iterable[Window]) -> int:
    """Minutes of the longest stretch without a break, of whatever level, across midnight too."""
    taken = bytearray(2 * WEEK)  # twice round, so that a block over Sunday midnight is whole
    for window in windows:
        start = window.weekday * DAY + window.start
        length = window.end - window.start
        for begin in (start, start + WEEK):
            taken[begin : begin + length] = b"\x01" * length
    longest = max((len(run) for run in re.findall(rb"\x01+", taken)), default=0)
    return min(longest, WEEK)


def level_within(windows: Iterable[Window], weekday: int, start: int, length: int) -> Level | None:
    """The level of a stretch that may run past midnight: the less willing of what it touches, None if any of it is blank."""
    levels: dict[int, Level] = {}
    for window in windows:
        first = window.weekday * DAY + window.start
        for minute in range(first, first + window.end - window.start, 5):
            levels[minute] = window.level
    first = weekday * DAY + start
    touched = {levels.get(minute % WEEK) for minute in range(first - first % 5, first + length, 5)}
    if None in touched:
        return None
    return Level.IF_NEEDED if Level.IF_NEEDED in touched else Level.FREE


def total(windows: Iterable[Window], level: Level) -> int:
    return sum(window.end - window.start for window in windows if window.level is level)


def read_away(text: str) -> tuple[Away, ...]:
    """Lines such as ``2027-02-01 to 2027-02-07`` or one date; raises BadTimes with every bad line."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) > MOST_AWAY:
        raise BadTimes([f"At most {MOST_AWAY} lines of dates; you gave {len(lines)}."])
    spans: list[Away] = []
    faults: list[str] = []
    for number, line in lines:
        try:
            spans.append(_read_span(line))
        except ValueError as error:
            faults.append(f"Line {number}, \u201c{line[:60]}\u201d: {error}")
    if faults:
        raise BadTimes(faults)
    return tuple(sorted(set(spans)))


def _read_span(line: str) -> Away:
    found = _AWAY.fullmatch(line) if line.isascii() else None
    if found is None:
        raise ValueError("write it like \u201c2027-02-01 to 2027-02-07\u201d.")
    try:
        first = date.fromisoformat(found[1])
        last = date.fromisoformat(found[2] or found[1])
    except ValueError:
        raise ValueError("there is no such date.") from None
    if last < first:
        raise ValueError("the last day is before the first.")
    return Away(first, last)


def write_away(spans: Iterable[Away]) -> str:
    return "\n".join(f"{s.first}" if s.first == s.last else f"{s.first} to {s.last}" for s in spans)
