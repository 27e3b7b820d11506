"""A feed as a JSON file, for `python -m calendars render FILE.json` and for programs in other languages.

    {"name": "Lantern pod", "url": "https://pods.example/pod", "uid": "feed-1@pods.example",
     "changed_at": "2026-10-01T08:00:00Z", "timezone": "Europe/Berlin",
     "events": [{"uid": "1@pods.example", "start": "2026-10-20T17:00:00Z", "end": "2026-10-20T18:00:00Z",
                 "title": "Retro", "changed_at": "2026-10-01T08:00:00Z", "created_at": "2026-09-30T08:00:00Z",
                 "organizer_name": "Lantern pod", "organizer_address": "no-reply@pods.example"}]}

Keys are the fields of `Feed` and `Event`. A feed may add `description`, `source`, `color` and `refresh_minutes`;
an event `description`, `location`, `conference`, `sequence` and `status`. Instants are ISO 8601 in UTC, ending in Z.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from calendars.errors import CalendarError
from calendars.feed import render
from calendars.values import Event, Feed, Status

_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
_FAR_AWAY = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
#: Nothing is wrong with these, so a field put into one of them is judged alone.
_EVENT = Event(
    uid="1",
    start=_LONG_AGO,
    end=_FAR_AWAY,
    title="-",
    changed_at=_LONG_AGO,
    created_at=_LONG_AGO,
    organizer_name="-",
    organizer_address="a@b",
)
_FEED = Feed(uid="1", name="-", url="https://a.example", changed_at=_LONG_AGO)
_MAX_INTEGER = 2**31 - 1  # RFC 5545 3.3.8


class NotAFeed(ValueError):
    """JSON that is no feed; `faults` says of each fault "path: what is wrong, what is allowed"."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class _Wrong(ValueError):
    """What is wrong with one value, without its path."""


def render_file(path: Path) -> bytes:
    """The text/calendar body of the feed in a JSON file.

    Raises OSError when it cannot be read, NotAFeed for JSON that is none, CalendarError when no event takes place.
    """
    try:
        data = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise NotAFeed([f"file: is not JSON in UTF-8 ({error})"]) from None
    return render(feed_from_json(data))


def feed_from_json(data: object) -> Feed:
    """The feed that decoded JSON holds, in the form told at the top of `calendars.feed_json`.

    Raises NotAFeed with every fault at once.
    """
    faults: list[str] = []
    fields = _fields(data, "", _FEED_KEYS, ("name", "url", "uid", "changed_at", "events"), faults)
    rows = fields.pop("events", [])
    events = [_event(row, f"events[{number}].", faults) for number, row in enumerate(rows)]
    _judge(_FEED, fields, "", faults)
    whole = [event for event in events if event is not None]
    if len({event.uid for event in whole}) < len(whole):
        faults += _repeated(whole)
    if faults:
        raise NotAFeed(faults)
    return replace(_FEED, **fields, events=tuple(whole))


def _event(row: object, path: str, faults: list[str]) -> Event | None:
    before = len(faults)
    fields = _fields(row, path, _EVENT_KEYS, _EVENT_NEEDS, faults)
    _judge(_EVENT, fields, path, faults)
    if len(faults) > before:
        return None
    try:
        return replace(_EVENT, **fields)
    except CalendarError as error:
        faults.append(f"{path}{error}")
        return None


def _fields(
    data: object, path: str, keys: Mapping[str, "_Reader"], needed: tuple[str, ...], faults: list[str]
) -> dict[str, Any]:
    """The values under known keys, read by type; what is missing, unknown or of another type becomes a fault."""
    if not isinstance(data, dict):
        faults.append(f"{path.removesuffix('.') or 'feed'}: must be an object, not {_shown(data)}")
        return {}
    faults += [f"{path}{key}: is missing" for key in needed if key not in data]
    faults += [f"{path}{_shown(key)}: is not known, allowed are {', '.join(keys)}" for key in data if key not in keys]
    fields: dict[str, Any] = {}
    for key, read in keys.items():
        if key in data:
            try:
                fields[_FIELD_OF.get(key, key)] = read(data[key])
            except _Wrong as wrong:
                faults.append(f"{path}{key}: {wrong}, not {_shown(data[key])}")
    return fields


def _judge(sample: Event | Feed, fields: Mapping[str, Any], path: str, faults: list[str]) -> None:
    """Add what Event or Feed itself says of each field alone."""
    for name, value in fields.items():
        try:
            replace(sample, **{name: value})
        except CalendarError as error:
            faults.append(f"{path}{error}")


def _repeated(events: list[Event]) -> list[str]:
    seen: set[str] = set()
    faults = []
    for event in events:
        if event.uid in seen:
            faults.append(f"events: must have each UID once, not {event.uid!r} again")
        seen.add(event.uid)
    return faults


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= 60 else f"{text[:60]}..."


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _Wrong("must be text")
    return value


def _text_or_null(value: object) -> str | None:
    return None if value is None else _text(value)


def _instant(value: object) -> datetime:
    text = _text(value)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or "T" not in text or not text.endswith("Z"):
        raise _Wrong("must be an instant like 2026-10-20T17:00:00Z")
    return at


def _integer(value: object, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise _Wrong(f"must be a whole number from {least} to {most}")
    return value


def _sequence(value: object) -> int:
    return _integer(value, 0, _MAX_INTEGER)


def _minutes(value: object) -> timedelta:
    return timedelta(minutes=_integer(value, 1, 60 * 24 * 366))


def _status(value: object) -> Status:
    try:
        return Status(_text(value))
    except ValueError:
        raise _Wrong(f"must be one of {', '.join(Status)}") from None


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise _Wrong("must be a list")
    return value


_Reader = Callable[[object], object]
_FIELD_OF = {"refresh_minutes": "refresh"}
_FEED_KEYS: dict[str, _Reader] = {
    "name": _text,
    "url": _text,
    "uid": _text,
    "changed_at": _instant,
    "timezone": _text,
    "description": _text,
    "source": _text_or_null,
    "color": _text,
    "refresh_minutes": _minutes,
    "events": _list,
}
_EVENT_KEYS: dict[str, _Reader] = {
    "uid": _text,
    "start": _instant,
    "end": _instant,
    "title": _text,
    "changed_at": _instant,
    "created_at": _instant,
    "organizer_name": _text,
    "organizer_address": _text,
    "description": _text,
    "location": _text,
    "conference": _text_or_null,
    "sequence": _sequence,
    "status": _status,
}
_EVENT_NEEDS = ("uid", "start", "end", "title", "changed_at", "created_at", "organizer_name", "organizer_address")
