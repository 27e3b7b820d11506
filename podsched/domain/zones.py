"""IANA time zones as members meet them: every name a browser may report is taken, modern names are shown."""

from datetime import date, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

_HIDDEN = {"Factory", "localtime", "posixrules"}
#: Names that browsers still report, and what the same place is called today.
_MODERN = {
    "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
    "America/Godthab": "America/Nuuk",
    "America/Indianapolis": "America/Indiana/Indianapolis",
    "America/Louisville": "America/Kentucky/Louisville",
    "Asia/Calcutta": "Asia/Kolkata",
    "Asia/Dacca": "Asia/Dhaka",
    "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Macao": "Asia/Macau",
    "Asia/Rangoon": "Asia/Yangon",
    "Asia/Saigon": "Asia/Ho_Chi_Minh",
    "Asia/Thimbu": "Asia/Thimphu",
    "Asia/Ujung_Pandang": "Asia/Makassar",
    "Asia/Ulan_Bator": "Asia/Ulaanbaatar",
    "Atlantic/Faeroe": "Atlantic/Faroe",
    "Australia/ACT": "Australia/Sydney",
    "Australia/LHI": "Australia/Lord_Howe",
    "Australia/NSW": "Australia/Sydney",
    "Europe/Kiev": "Europe/Kyiv",
    "Pacific/Ponape": "Pacific/Pohnpei",
    "Pacific/Truk": "Pacific/Chuuk",
    "US/Alaska": "America/Anchorage",
    "US/Arizona": "America/Phoenix",
    "US/Central": "America/Chicago",
    "US/Eastern": "America/New_York",
    "US/Hawaii": "Pacific/Honolulu",
    "US/Mountain": "America/Denver",
    "US/Pacific": "America/Los_Angeles",
}
#: Hours in which clocks are changed: programs read them differently on such a day.
_CHANGING = range(4)
_REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@cache
def _known() -> frozenset[str]:
    return frozenset(
        name for name in available_timezones() if name not in _HIDDEN and not name.startswith(("posix/", "right/"))
    )


def is_known(name: str) -> bool:
    return name in _known()


def modern(name: str) -> str:
    return _MODERN.get(name, name)


def place(name: str) -> str:
    """How people say it: ``America/Argentina/Buenos_Aires`` is Buenos Aires."""
    return modern(name).rsplit("/", 1)[-1].replace("_", " ")


@cache
def choices() -> tuple[tuple[str, str], ...]:
    """(name, label) of the zones to choose from, by region and place."""
    names = sorted(name for name in _known() if name.startswith(tuple(f"{region}/" for region in _REGIONS)))
    shown = [name for name in names if modern(name) == name]
    return (*((name, label(name)) for name in shown), ("UTC", "UTC"))


def label(name: str) -> str:
    """As it stands in a list: region and place."""
    return modern(name).replace("_", " ").replace("/", " – ")


def local_day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def is_on_a_clock_change(starts_at: datetime, zone: str) -> bool:
    """Whether the hour lies where clocks change that night."""
    wall = starts_at.astimezone(ZoneInfo(zone))
    midnight = wall.replace(hour=0, minute=0, fold=0)
    return wall.hour in _CHANGING and midnight.utcoffset() != wall.replace(hour=12, fold=0).utcoffset()
