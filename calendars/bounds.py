"""An uploaded .ics cut into components, refused before anything in it can cost more than reading it once.

A general parser takes about a millisecond an event and has no limits of its own, so the file is cut here
(RFC 5545 3.1, 3.6) and only the properties that decide when somebody is busy are kept.
"""

import re
from dataclasses import dataclass, field

from calendars.errors import CalendarError

LARGEST = 524_288  # bytes
LONGEST_LINE = 65_536  # characters, unfolded
DEEPEST = 10
MOST_COMPONENTS = 5_000

_KEPT = frozenset(
    {
        *("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "UID", "SEQUENCE", "SUMMARY"),
        *("STATUS", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS", "FREEBUSY"),
        *("METHOD", "X-WR-TIMEZONE", "TZID", "TZOFFSETFROM", "TZOFFSETTO"),
    }
)
_FOLD = re.compile(rb"(?:\r\n|\n|\r)[ \t]")
_LINE_END = re.compile(r"\r\n|\n|\r")
_NAME = re.compile(r"[A-Za-z0-9-]{1,64}+(?=[;:])")
_PARAMETERS = re.compile(r'(?:[^":]++|"[^"]*+")*+')
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=("[^"]*+"|[^";:,]*+)')
_FOREIGN = (
    (b"PK\x03\x04", "a zip archive: unpack it first and choose the .ics file inside"),
    (b"\x1f\x8b", "a gzip archive: unpack it first and choose the .ics file inside"),
    (b"<", "a web page: sign in to your calendar and download the file again"),
    (b"{", "JSON"),
    (b"[", "JSON"),
)


class Unread(Exception):
    """One event cannot be read; the text says why and is shown to the person who chose the file."""


@dataclass(frozen=True, slots=True)
class Property:
    """One content line: `parameters` as written, with the leading semicolon, and the raw value."""

    name: str
    parameters: str
    value: str

    def parameter(self, name: str) -> str:
        """The first value of a parameter without quotes; empty when it is absent."""
        for key, value in _PARAMETER.findall(self.parameters):
            if key.upper() == name:
                return str(value).strip('"')
        return ""


@dataclass(slots=True)
class Component:
    """BEGIN to END. `kind` is in capitals; `number` counts the events of the file from 1, and is 0 for all others."""

    kind: str
    number: int = 0
    properties: list[Property] = field(default_factory=list)
    parts: list["Component"] = field(default_factory=list)

    def all(self, name: str) -> list[Property]:
        """Every line of that name, in the order of the file."""
        return [each for each in self.properties if each.name == name]

    def one(self, name: str) -> Property | None:
        """The line of that name, or None; Unread when there are two, since nobody can say which counts."""
        found = self.all(name)
        if len(found) > 1:
            raise Unread(f"it has {len(found)} {name} lines where one is allowed")
        return found[0] if found else None

    def word(self, name: str) -> str:
        """The value of the first line of that name in capitals, empty when there is none."""
        return next((each.value.strip().upper() for each in self.properties if each.name == name), "")


@dataclass(slots=True)
class Budget:
    """What one file may cost, counted in days looked at, occurrences found, events expanded and zones looked up."""

    steps: int = 120_000
    occurrences: int = 20_000
    events: int = 2_000
    zones: int = 100
    own_steps: int = 0
    own_occurrences: int = 0

    def begin(self) -> None:
        """Give the next event an allowance of its own, so that one greedy event does not cost the others theirs."""
        self.own_steps, self.own_occurrences = 40_000, 1_000

    def expand(self) -> None:
        """Count an event of these weeks. Raises Unread after 2,000."""
        self.events -= 1
        if self.events < 0:
            raise Unread("the file has more than 2,000 events in these weeks; export fewer calendars at once")

    def spend(self, steps: int) -> None:
        """Look at so many days. Raises Unread when this event, or the whole file, asks for too many."""
        self._check()
        self.own_steps -= steps
        self.steps -= steps
        if self.own_steps < 0:
            raise Unread("its rule takes too long to work out; give it a later start or a simpler rule")
        self._check()

    def found(self) -> None:
        """Count an occurrence. Raises Unread after 1,000 of one event or 20,000 of the file."""
        self.own_occurrences -= 1
        self.occurrences -= 1
        if self.own_occurrences < 0 <= self.occurrences:
            raise Unread("it takes place more than 1,000 times in these weeks")
        self._check_occurrences()

    def _check(self) -> None:
        if self.steps < 0:
            raise Unread("the file has too many repeating events; export fewer calendars at once")
        self._check_occurrences()

    def _check_occurrences(self) -> None:
        if self.occurrences < 0:
            raise Unread("the file has more than 20,000 busy times in these weeks; export fewer calendars at once")


def cut(data: bytes, also: frozenset[str] = frozenset()) -> list[Component]:
    """The VCALENDARs of a file of at most 512 KiB, with the properties that matter for busy times and `also` these.

    Lines may end with CRLF, LF or CR. Raises CalendarError (field "file") when the bytes are not an iCalendar, when a
    component is not closed, or when a line, the nesting or the number of components is beyond the limits above.
    """
    lines = _LINE_END.split(_text(data))
    if max(map(len, lines)) > LONGEST_LINE:
        raise refused("must have no line beyond 64 KiB; export the calendar without attachments", "a longer line")
    if _first(lines).upper() != "BEGIN:VCALENDAR":
        raise refused("must be a calendar that starts with BEGIN:VCALENDAR", _first(lines)[:40])
    return _Cutter(_KEPT | also).run(lines)


def refused(reason: str, found: object) -> CalendarError:
    """The error for a whole file: what it must be and what it was instead."""
    return CalendarError("file", found, reason)


def _text(data: bytes) -> str:
    if len(data) > LARGEST:
        raise refused("must be at most 512 KiB; export fewer weeks or fewer calendars at once", f"{len(data):,} bytes")
    data = data.removeprefix(b"\xef\xbb\xbf")
    start = data[:64].lstrip()
    if not data.strip():
        raise refused("must be a calendar (.ics)", "an empty file")
    if data.startswith((b"\xff\xfe", b"\xfe\xff", b"B\0E\0", b"\0B\0E")):
        raise refused("must be saved as UTF-8", "UTF-16")
    for signature, kind in _FOREIGN:
        if start.startswith(signature):
            raise refused("must be a calendar (.ics)", kind)
    if b"\0" in data:
        raise refused("must be text", "a file with NUL bytes")
    try:
        # Unfolded first: many writers fold in the middle of a character.
        return _FOLD.sub(b"", data).decode()
    except UnicodeDecodeError:
        raise refused("must be saved as UTF-8", "another encoding") from None


def _first(lines: list[str]) -> str:
    return next((line.strip() for line in lines if line.strip()), "")


class _Cutter:
    """Walks the lines once, holding the components that are still open."""

    def __init__(self, kept: frozenset[str]) -> None:
        self.kept = kept
        self.root = Component("")
        self.open = [self.root]
        self.components = 0
        self.events = 0

    def run(self, lines: list[str]) -> list[Component]:
        for line in lines:
            match = _NAME.match(line)
            if match is None:
                continue
            name = match[0].upper()
            if name == "BEGIN":
                self.begin(_value(line))
            elif name == "END":
                self.end(_value(line))
            elif name in self.kept:
                self.open[-1].properties.append(_property(name, line[match.end() :]))
        if len(self.open) > 1:
            raise refused("must be complete; download it again", f"a file that breaks off inside {self.open[-1].kind}")
        return [each for each in self.root.parts if each.kind == "VCALENDAR"]

    def begin(self, kind: str) -> None:
        self.components += 1
        if self.components > MOST_COMPONENTS:
            raise refused("must have at most 5,000 entries; export fewer weeks or calendars at once", "more")
        if len(self.open) > DEEPEST:
            raise refused("must have at most 10 components inside each other", "more")
        opened = Component(kind)
        if kind in {"VEVENT", "VFREEBUSY"}:
            self.events += 1
            opened.number = self.events
        self.open[-1].parts.append(opened)
        self.open.append(opened)

    def end(self, kind: str) -> None:
        if len(self.open) == 1 or self.open[-1].kind != kind:
            raise refused("must close its components in order; export it again", f"END:{kind[:40]} in the wrong place")
        self.open.pop()


def _value(line: str) -> str:
    return line.partition(":")[2].strip().upper()


def _property(name: str, rest: str) -> Property:
    match = _PARAMETERS.match(rest)
    at = match.end() if match else 0
    return Property(name, rest[:at], rest[at + 1 :])
