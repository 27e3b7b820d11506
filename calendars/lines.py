"""Content lines (RFC 5545 3.1): folded at 75 octets between characters, each ended by CRLF."""

from collections.abc import Iterable
from datetime import datetime, timedelta

_LIMIT = 75


def encode(lines: Iterable[str]) -> bytes:
    r"""The bytes of unfolded content lines, folded and with line ends.

    >>> encode(["BEGIN:VCALENDAR", "END:VCALENDAR"])
    b'BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n'
    """
    return b"".join(_fold(line.encode()) + b"\r\n" for line in lines)


def instant(value: datetime) -> str:
    """A UTC DATE-TIME in whole seconds (RFC 5545 3.3.5, form 2).

    >>> instant(datetime(2026, 10, 20, 17, 0))
    '20261020T170000Z'
    """
    date = f"{value.year:04}{value.month:02}{value.day:02}"
    return f"{date}T{value.hour:02}{value.minute:02}{value.second:02}Z"


def duration(value: timedelta) -> str:
    """A positive DURATION in whole seconds (RFC 5545 3.3.6), in its shortest form.

    >>> duration(timedelta(days=1)), duration(timedelta(minutes=75))
    ('P1D', 'PT1H15M')
    """
    minutes, seconds = divmod(value.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    date = f"{value.days}D" if value.days else ""
    clock = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n)
    return f"P{date}T{clock}" if clock else f"P{date}"


def _fold(line: bytes) -> bytes:
    pieces = []
    room = _LIMIT
    while len(line) > room:
        cut = _cut(line, room)
        pieces.append(line[:cut])
        line = line[cut:]
        room = _LIMIT - 1  # the space that marks a continuation counts
    return b"\r\n ".join([*pieces, line])


def _cut(line: bytes, at: int) -> int:
    """The last place not after `at` that splits neither a UTF-8 character nor a backslash escape."""
    while line[at] & 0b1100_0000 == 0b1000_0000:
        at -= 1
    head = line[:at]
    escapes = len(head) - len(head.rstrip(b"\\"))
    return at - escapes % 2
