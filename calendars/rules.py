"""RRULE (RFC 5545 3.3.10), looked at one day, week, month or year at a time within a window.

General libraries walk a rule until it yields something, and a rule that never does (DAILY on 30 February) walks to the
year 9999: seven seconds for one event. Here the window and a budget bound every rule, whatever it says.
"""

import re
from calendar import isleap, monthrange
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from itertools import chain, product

from calendars.bounds import Budget, Unread

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEKDAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}")
_TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
_NONE: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Rule:
    """One RRULE of DAILY or coarser. `until` is as written; `weekdays` are (ordinal or 0, Monday 0 to Sunday 6)."""

    frequency: str
    interval: int = 1
    count: int | None = None
    until: str | None = None
    week_start: int = 0
    months: frozenset[int] = _NONE
    weeks: frozenset[int] = _NONE
    year_days: frozenset[int] = _NONE
    month_days: frozenset[int] = _NONE
    weekdays: frozenset[tuple[int, int]] = frozenset()
    hours: frozenset[int] = _NONE
    minutes: frozenset[int] = _NONE
    seconds: frozenset[int] = _NONE
    positions: frozenset[int] = _NONE


def parse(text: str) -> Rule:
    """The rule as a value. Raises Unread for rules finer than DAILY, for INTERVAL=0 and for what is not a rule.

    >>> parse("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE").interval
    2
    """
    parts = dict(part.split("=", 1) for part in text.strip().upper().split(";") if "=" in part)
    frequency = parts.get("FREQ", "")
    if frequency in _TOO_OFTEN:
        raise Unread(f"it repeats more often than daily ({frequency})")
    if frequency not in {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}:
        raise Unread(f"its rule has no frequency that is known: {text[:40]!r}")
    if parts.get("RSCALE", "GREGORIAN") != "GREGORIAN" or "BYEASTER" in parts:
        raise Unread("its rule follows another calendar than the Gregorian")
    return Rule(
        frequency=frequency,
        interval=_positive(parts, "INTERVAL") or 1,
        count=_positive(parts, "COUNT"),
        until=parts.get("UNTIL"),
        week_start=_week_start(parts.get("WKST", "MO")),
        months=_numbers(parts, "BYMONTH", 1, 12),
        weeks=_numbers(parts, "BYWEEKNO", -53, 53),
        year_days=_numbers(parts, "BYYEARDAY", -366, 366),
        month_days=_numbers(parts, "BYMONTHDAY", -31, 31),
        weekdays=_weekdays(parts.get("BYDAY", "")),
        hours=_numbers(parts, "BYHOUR", 0, 23),
        minutes=_numbers(parts, "BYMINUTE", 0, 59),
        seconds=_numbers(parts, "BYSECOND", 0, 59),
        positions=_numbers(parts, "BYSETPOS", -366, 366),
    )


def occurrences(rule: Rule, first: datetime, low: datetime, high: datetime, budget: Budget) -> Iterator[datetime]:
    """Local times without a zone, in order, from `low` to `high`, both included; `first` is DTSTART and always counts.

    COUNT is counted from DTSTART on, UNTIL is left to the caller, who knows the zone. Raises Unread with the budget.
    """
    counted = 1
    if low <= first <= high:
        yield first
    for each in _in_order(_anchored(rule, first), first, low, high, budget):
        if each > high or counted == rule.count:
            return
        if each > first:
            counted += 1
            if each >= low:
                yield each


def _positive(parts: dict[str, str], name: str) -> int | None:
    text = parts.get(name)
    if text is None:
        return None
    if not _NUMBER.fullmatch(text) or int(text) < 1:
        raise Unread(f"its rule has {name}={text[:20]}, which must be 1 or more")
    return int(text)


def _numbers(parts: dict[str, str], name: str, least: int, most: int) -> frozenset[int]:
    text = parts.get(name)
    if text is None:
        return _NONE
    words = set(text.split(","))
    if not all(map(_NUMBER.fullmatch, words)):
        raise Unread(f"its rule has {name}={text[:20]}, which is not a list of numbers")
    numbers = frozenset(map(int, words))
    if min(numbers) < least or max(numbers) > most or (least < 0 and 0 in numbers):
        raise Unread(f"its rule has {name}={text[:20]}, which must lie between {least} and {most}")
    return numbers


def _week_start(text: str) -> int:
    if text not in _WEEKDAYS:
        raise Unread(f"its rule has WKST={text[:20]}, which is not a weekday")
    return _WEEKDAYS.index(text)


def _weekdays(text: str) -> frozenset[tuple[int, int]]:
    matches = [_WEEKDAY.fullmatch(word) for word in set(text.split(","))] if text else []
    found = {(int(match[1] or 0), _WEEKDAYS.index(match[2])) for match in matches if match}
    if None in matches or any(abs(ordinal) > 53 for ordinal, _ in found):
        raise Unread(f"its rule has BYDAY={text[:20]}, which is not a list of weekdays")
    return frozenset(found)


def _anchored(rule: Rule, first: datetime) -> Rule:
    """The rule with what it leaves open taken from DTSTART: the weekday, the day of the month, the month."""
    if rule.weekdays or rule.month_days or rule.year_days:
        return rule
    if rule.frequency == "WEEKLY" or (rule.frequency == "YEARLY" and rule.weeks):
        return replace(rule, weekdays=frozenset({(0, first.weekday())}))
    if rule.frequency == "MONTHLY":
        return replace(rule, month_days=frozenset({first.day}))
    if rule.frequency == "YEARLY":
        return replace(rule, month_days=frozenset({first.day}), months=rule.months or frozenset({first.month}))
    return rule


def _in_order(rule: Rule, first: datetime, low: datetime, high: datetime, budget: Budget) -> Iterator[datetime]:
    times = _times(rule, first)
    place, days, cost = _PERIODS[rule.frequency]
    begin = place(rule, first)
    # Without COUNT nothing before the window matters, so whole intervals are leapt over.
    leap = 0 if rule.count else max(0, (place(rule, low) - begin) // rule.interval)
    for period in range(begin + leap * rule.interval, place(rule, high) + 1, rule.interval):
        candidates = list(days(rule, period))
        fitting = [day for day in candidates if _fits(rule, day)]
        budget.spend(cost + len(candidates) + len(fitting) * (len(times) - 1))
        moments = [datetime.combine(day, at) for day in fitting for at in times]
        yield from _positioned(rule, moments)


def _times(rule: Rule, first: datetime) -> list[time]:
    hours, minutes = rule.hours or {first.hour}, rule.minutes or {first.minute}
    seconds = rule.seconds or {first.second}
    if len(hours) * len(minutes) * len(seconds) > 24:
        raise Unread("it repeats more often than hourly")
    return sorted(time(*each) for each in product(hours, minutes, seconds))


def _positioned(rule: Rule, moments: list[datetime]) -> Iterable[datetime]:
    """BYSETPOS: the so-manieth of the period, counted from its end when negative."""
    if not rule.positions:
        return moments
    size = len(moments)
    places = {place - 1 if place > 0 else size + place for place in rule.positions if abs(place) <= size}
    return [moments[place] for place in sorted(places)]


def _day_place(_rule: Rule, at: date) -> int:
    return at.toordinal()


def _day(_rule: Rule, period: int) -> Iterator[date]:
    yield date.fromordinal(period)


def _week_place(rule: Rule, at: date) -> int:
    return (at.toordinal() - 1 - rule.week_start) // 7


def _week(rule: Rule, period: int) -> Iterator[date]:
    wanted = {weekday for _, weekday in rule.weekdays} or set(range(7))
    begin = 7 * period + 1 + rule.week_start
    for offset in sorted((weekday - rule.week_start) % 7 for weekday in wanted):
        if begin + offset > 0:
            yield date.fromordinal(begin + offset)


def _month_place(_rule: Rule, at: date) -> int:
    return at.year * 12 + at.month - 1


def _month(rule: Rule, period: int) -> Iterator[date]:
    year, month = divmod(period, 12)
    weekday, length = monthrange(year, month + 1)
    days: Iterable[int] = range(1, length + 1)
    if rule.month_days:
        days = (day for day in _resolved(rule.month_days, length) if 1 <= day <= length)
    elif rule.weekdays:
        wanted = {(each - weekday + 1) % 7 for _, each in rule.weekdays}
        days = (day for day in days if day % 7 in wanted)
    return (date(year, month + 1, day) for day in days)


def _year_place(_rule: Rule, at: date) -> int:
    return at.year


def _year(rule: Rule, period: int) -> Iterator[date]:
    if rule.year_days:
        begin, length = date(period, 1, 1).toordinal() - 1, 365 + isleap(period)
        return (date.fromordinal(begin + day) for day in _resolved(rule.year_days, length) if 1 <= day <= length)
    months = sorted(rule.months) or range(1, 13)
    return chain.from_iterable(_month(rule, period * 12 + month - 1) for month in months)


_Place = Callable[[Rule, date], int]
_Days = Callable[[Rule, int], Iterator[date]]
#: The number of a period, the days in it that may fit, and what looking costs beside them.
_PERIODS: dict[str, tuple[_Place, _Days, int]] = {
    "DAILY": (_day_place, _day, 1),
    "WEEKLY": (_week_place, _week, 2),
    "MONTHLY": (_month_place, _month, 4),
    "YEARLY": (_year_place, _year, 60),
}


def _resolved(numbers: frozenset[int], length: int) -> list[int]:
    """Days counted from the start, where negative ones count from the end."""
    return sorted({number if number > 0 else length + 1 + number for number in numbers})


def _fits(rule: Rule, day: date) -> bool:
    if rule.months and day.month not in rule.months:
        return False
    if rule.month_days and not _among(rule.month_days, day.day, monthrange(day.year, day.month)[1]):
        return False
    if rule.year_days and not _among(rule.year_days, day.timetuple().tm_yday, 365 + isleap(day.year)):
        return False
    if rule.weeks and not _among(rule.weeks, *_week_number(rule, day)):
        return False
    return not rule.weekdays or _on_weekday(rule, day)


def _among(numbers: frozenset[int], place: int, length: int) -> bool:
    return place in numbers or place - length - 1 in numbers


def _week_number(rule: Rule, day: date) -> tuple[int, int]:
    """The week of the year and the number of weeks of that year; week one holds the first fourth day of a week."""
    middle = _middle(rule, day.toordinal())
    last = _middle(rule, date(middle.year, 12, 28).toordinal())
    return (middle.timetuple().tm_yday + 6) // 7, (last.timetuple().tm_yday + 6) // 7


def _middle(rule: Rule, ordinal: int) -> date:
    return date.fromordinal(max(1, ordinal - (ordinal - 1 - rule.week_start) % 7 + 3))


def _on_weekday(rule: Rule, day: date) -> bool:
    ordinals = {ordinal for ordinal, weekday in rule.weekdays if weekday == day.weekday()}
    if not ordinals:
        return False
    if 0 in ordinals or rule.frequency in {"DAILY", "WEEKLY"} or rule.weeks:
        return True
    if rule.frequency == "MONTHLY" or rule.months:
        place, length = day.day, monthrange(day.year, day.month)[1]
    else:
        place, length = day.timetuple().tm_yday, 365 + isleap(day.year)
    return (place + 6) // 7 in ordinals or -((length - place) // 7 + 1) in ordinals
