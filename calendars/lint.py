"""What real clients choke on in a published feed (RFC 5545, 5546, 7986), found without a calendar library.

Libraries forgive most of these faults when they read; the clients people use do not.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_VALUE = r'(?:"[^"]*"|[^";:,]*)'
_LINE = re.compile(rf"([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+={_VALUE}(?:,{_VALUE})*)*):(.*)")
_PARAMETER = re.compile(rf";([A-Za-z0-9-]+)=({_VALUE}(?:,{_VALUE})*)")
_UTC = re.compile(r"\d{8}T\d{6}Z")
_ONCE = ("UID", "DTSTAMP", "DTSTART", "SUMMARY", "ORGANIZER", "LAST-MODIFIED", "SEQUENCE")
_AT_MOST_ONCE = ("DTEND", "DURATION", "DESCRIPTION", "LOCATION", "STATUS", "CREATED", "RRULE", "RECURRENCE-ID", "URL")
#: Each is read differently by several clients, so a published feed does without.
_MISREAD = ("RDATE", "EXRULE", "ATTENDEE")
_OBSERVANCES = ("STANDARD", "DAYLIGHT")
_OFFSET = re.compile(r"[+-]\d{4}")
_YEARLY = re.compile(r"FREQ=YEARLY;BYMONTH=\d+;BYDAY=-?[1-5](SU|MO|TU|WE|TH|FR|SA)")
#: As zones, clients take these for the reader's own or for none.
_NO_ZONES = {"GMT", "UTC"}


@dataclass(slots=True)
class _Property:
    name: str
    parameters: dict[str, str]
    value: str


@dataclass(slots=True)
class _Component:
    name: str
    properties: list[_Property] = field(default_factory=list)
    components: list["_Component"] = field(default_factory=list)

    def values(self, name: str) -> list[str]:
        return [each.value for each in self.properties if each.name == name]

    def first(self, name: str) -> str:
        return next(iter(self.values(name)), "")


def faults(data: bytes) -> list[str]:
    r"""The faults of a feed, one line each, in the order found; empty when every client will read it.

    >>> faults(b"BEGIN:VCALENDAR\r\n")[0]
    'does not end with END:VCALENDAR and CRLF'
    """
    found = list(_byte_faults(data))
    calendar, broken = _parse(data)
    found += broken
    if calendar is None:
        return [*found, "the text is not exactly one VCALENDAR"]
    return [*found, *_calendar_faults(calendar)]


def _byte_faults(data: bytes) -> Iterator[str]:
    if data.startswith(b"\xef\xbb\xbf"):
        yield "starts with a byte order mark"
    if b"\n" in data.replace(b"\r\n", b"") or b"\r" in data.replace(b"\r\n", b""):
        yield "a line ends with CR or LF alone"
    if not data.endswith(b"END:VCALENDAR\r\n"):
        yield "does not end with END:VCALENDAR and CRLF"
    for number, line in enumerate(data.removesuffix(b"\r\n").split(b"\r\n"), 1):
        yield from (f"line {number} {fault}" for fault in _line_faults(line))


def _line_faults(line: bytes) -> Iterator[str]:
    if not line.strip(b" \t"):
        yield "is blank"
    if len(line) > 75:
        yield f"has {len(line)} octets, more than 75"
    if _CONTROL.search(line):
        yield "holds a control character"
    try:
        text = line.decode()
    except UnicodeDecodeError:
        yield "is not UTF-8 by itself: a character is folded in half"
    else:
        if len(text.splitlines()) > 1:
            yield "holds a character that some readers take for a line end"


def _parse(data: bytes) -> tuple[_Component | None, list[str]]:
    """The one VCALENDAR, or None, and the lines that could not be read."""
    broken = []
    root = _Component("")
    open_components = [root]
    unfolded = re.sub(rb"\r?\n[ \t]", b"", data).decode(errors="replace")
    for line in re.split(r"\r?\n", unfolded.rstrip("\r\n")):
        match = _LINE.fullmatch(line)
        if match is None:
            broken.append(f"not a content line: {line[:60]!r}")
            continue
        name, value = match[1].upper(), match[3]
        if name == "BEGIN":
            opened = _Component(value.upper())
            open_components[-1].components.append(opened)
            open_components.append(opened)
        elif name == "END" and open_components[-1].name == value.upper() and len(open_components) > 1:
            open_components.pop()
        elif name == "END":
            broken.append(f"END:{value} closes nothing")
        else:
            parameters = {key.upper(): text.strip('"') for key, text in _PARAMETER.findall(match[2])}
            open_components[-1].properties.append(_Property(name, parameters, value))
    broken += [f"{component.name} is never closed" for component in open_components[1:]]
    calendars = [component for component in root.components if component.name == "VCALENDAR"]
    alone = len(calendars) == len(root.components) == 1 and not root.properties
    return (calendars[0] if alone else None), broken


def _calendar_faults(calendar: _Component) -> Iterator[str]:
    for name in ("VERSION", "PRODID", "METHOD", "UID", "X-WR-CALNAME", "REFRESH-INTERVAL", "X-PUBLISHED-TTL"):
        if (count := len(calendar.values(name))) != 1:
            yield f"VCALENDAR has {count} {name}, not 1"
    if calendar.first("METHOD") not in {"", "PUBLISH"}:
        yield f"METHOD:{calendar.first('METHOD')} turns a feed into an invitation"
    if calendar.first("REFRESH-INTERVAL") != calendar.first("X-PUBLISHED-TTL"):
        yield "REFRESH-INTERVAL and X-PUBLISHED-TTL differ"
    for each in calendar.properties:
        if each.name == "REFRESH-INTERVAL" and each.parameters.get("VALUE") != "DURATION":
            yield "REFRESH-INTERVAL lacks VALUE=DURATION"
    events = [component for component in calendar.components if component.name == "VEVENT"]
    if not events:
        yield "no VEVENT: clients keep the old events or refuse an empty calendar"
    counted = Counter((event.first("UID"), event.first("RECURRENCE-ID")) for event in events)
    yield from (f"UID {uid} appears {count} times" for (uid, _), count in counted.items() if count > 1)
    yield from _zone_faults(calendar, events)
    yield from _override_faults(events)
    for event in events:
        yield from (f"event {event.first('UID')}: {fault}" for fault in _event_faults(event))


def _zone_faults(calendar: _Component, events: list[_Component]) -> Iterator[str]:
    zones = [component for component in calendar.components if component.name == "VTIMEZONE"]
    defined = Counter(zone.first("TZID") for zone in zones)
    used = {each.parameters["TZID"]: "" for event in events for each in event.properties if "TZID" in each.parameters}
    yield from (f"TZID {name} has no VTIMEZONE" for name in used if name not in defined)
    yield from (f"TZID {name} stands for UTC: write Z" for name in {**defined, **used} if name.upper() in _NO_ZONES)
    yield from (f"VTIMEZONE {name} appears {count} times" for name, count in defined.items() if count > 1)
    for zone in zones:
        yield from (f"VTIMEZONE {zone.first('TZID')}: {fault}" for fault in _observance_faults(zone))


def _observance_faults(zone: _Component) -> Iterator[str]:
    counted = Counter(component.name for component in zone.components)
    if not counted:
        yield "neither STANDARD nor DAYLIGHT"
    yield from (f"{counted[name]} {name}, not at most 1" for name in _OBSERVANCES if counted[name] > 1)
    for each in zone.components:
        if each.values("RDATE"):
            yield "RDATE is misread by several clients"
        for name in ("TZOFFSETFROM", "TZOFFSETTO"):
            if not _OFFSET.fullmatch(each.first(name)):
                yield f"{name} is not an offset in hours and minutes"
        if len(zone.components) > 1 and not _YEARLY.fullmatch(each.first("RRULE")):
            yield f"{each.name} has no yearly RRULE of FREQ, BYMONTH and BYDAY"


def _override_faults(events: list[_Component]) -> Iterator[str]:
    masters = {event.first("UID"): event for event in events if event.values("RRULE")}
    for override in (event for event in events if event.values("RECURRENCE-ID")):
        uid, when = override.first("UID"), override.first("RECURRENCE-ID")
        master = masters.get(uid)
        if master is None:
            yield f"event {uid}: RECURRENCE-ID without an event that has RRULE"
            continue
        if _number(override.first("SEQUENCE")) < _number(master.first("SEQUENCE")):
            yield f"event {uid}: the override of {when} has a smaller SEQUENCE than its master"
        if _clock(override, "RECURRENCE-ID") - _clock(master, "DTSTART"):
            yield f"event {uid}: RECURRENCE-ID {when} has not the zone and hour of the master's DTSTART"
        if when in master.values("EXDATE"):
            yield f"event {uid}: {when} is in EXDATE and has an override"


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"\d{1,10}", text) else 0


def _clock(event: _Component, name: str) -> set[tuple[str, str]]:
    """The zone and time of day of each value of a property."""
    return {
        (each.parameters.get("TZID", ""), value.partition("T")[2])
        for each in event.properties
        if each.name == name
        for value in each.value.split(",")
    }


def _event_faults(event: _Component) -> Iterator[str]:
    for name in _ONCE:
        if (count := len(event.values(name))) != 1:
            yield f"{count} {name}, not 1"
    for name in _AT_MOST_ONCE:
        if (count := len(event.values(name))) > 1:
            yield f"{count} {name}, not at most 1"
    for name in _MISREAD:
        if event.values(name):
            yield f"{name} does not belong in a feed"
    for name in ("DTSTAMP", "LAST-MODIFIED", "CREATED"):
        yield from (f"{name} is not UTC" for value in event.values(name) if not _UTC.fullmatch(value))
    yield from _span_faults(event)
    yield from _rule_faults(event)
    for each in event.properties:
        yield from _property_faults(each)


def _span_faults(event: _Component) -> Iterator[str]:
    start, end = event.first("DTSTART"), event.first("DTEND")
    if not end and not event.values("DURATION"):
        yield "neither DTEND nor DURATION"
    if end and event.values("DURATION"):
        yield "DTEND and DURATION together"
    if end and len(end) == len(start) and end <= start:
        yield "DTEND is not after DTSTART"


def _rule_faults(event: _Component) -> Iterator[str]:
    parts = dict(part.partition("=")[::2] for part in event.first("RRULE").split(";"))
    until = parts.get("UNTIL")
    if until and "T" in event.first("DTSTART") and not _UTC.fullmatch(until):
        yield "UNTIL is not UTC: several clients drop the last occurrence"
    if until and "COUNT" in parts:
        yield "UNTIL and COUNT together"
    if event.values("EXDATE") and _clock(event, "EXDATE") - _clock(event, "DTSTART"):
        yield "EXDATE has not the zone and hour of DTSTART: the skipped occurrence comes back"


def _property_faults(each: _Property) -> Iterator[str]:
    zoned = "TZID" in each.parameters
    if each.name in {"DTSTART", "DTEND"} and "T" in each.value and not zoned and not each.value.endswith("Z"):
        yield f"{each.name} floats: it has neither a zone nor Z"
    if zoned and each.value.endswith("Z"):
        yield f"{each.name} has both TZID and Z"
    if "RANGE" in each.parameters:
        yield "RANGE is misread by most clients"
    if each.name == "CONFERENCE" and each.parameters.get("VALUE") != "URI":
        yield "CONFERENCE lacks VALUE=URI"
    if each.name == "ORGANIZER" and not each.value.lower().startswith("mailto:"):
        yield "ORGANIZER is not a mailto: address"
    if each.name == "STATUS" and each.value not in {"CONFIRMED", "TENTATIVE"}:
        yield f"STATUS:{each.value} is shown as if it took place"
    if each.name == "RRULE" and not re.match(r"FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)\b", each.value):
        yield "RRULE does not start with a FREQ of a day or more"
