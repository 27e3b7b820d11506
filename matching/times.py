"""How rosters write times: ``wed 18:00-21:00``, ``18:30``, ``2027-02-01``, ``2027-02-01/2027-02-07``."""

from __future__ import annotations

import re
from datetime import date

from matching.roster import DAY, WEEKDAYS, Away, Window

_WINDOW = re.compile(r"([a-z]{3}) ([0-9]{2}:[0-9]{2})-([0-9]{2}:[0-9]{2})")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parse_clock(value: object) -> int:
    """``HH:MM`` as minutes since midnight; ``ValueError`` for anything else, 24:00 included."""
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"{value!r} is not a time of day; allowed: 00:00 to 23:59")
    return int(found[1]) * 60 + int(found[2])


def parse_window(value: object) -> Window:
    """``wed 18:00-21:00`` as a window; ``ValueError`` says what is wrong.

    >>> str(parse_window("sat 22:00-01:00"))
    'sat 22:00-01:00'
    """
    found = _WINDOW.fullmatch(value) if isinstance(value, str) else None
    if not found or found[1] not in WEEKDAYS:
        raise ValueError(f"{value!r} is not a window; allowed: a weekday and two times such as 'wed 18:00-21:00'")
    start = parse_clock(found[2])
    end = DAY if found[3] == "24:00" else parse_clock(found[3])
    if start == end:
        raise ValueError(f"{value!r} is empty; allowed: an end after the start, past midnight if earlier")
    return Window(start=WEEKDAYS.index(found[1]) * DAY + start, minutes=(end - start) % DAY or DAY)


def parse_date(value: object) -> date:
    """``YYYY-MM-DD`` as a date; ``ValueError`` for anything else."""
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError(f"{value!r} is not a date; allowed: YYYY-MM-DD")


def parse_away(value: object) -> Away:
    """``2027-02-01/2027-02-07`` as a span of dates; ``ValueError`` says what is wrong."""
    parts = value.split("/") if isinstance(value, str) else []
    if len(parts) != 2:
        raise ValueError(f"{value!r} is not a span of dates; allowed: two dates such as '2027-02-01/2027-02-07'")
    return Away(first=parse_date(parts[0]), last=parse_date(parts[1]))
