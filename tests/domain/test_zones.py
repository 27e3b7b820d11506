"""Zone names as browsers report them, as people say them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from podsched.domain import zones


@pytest.mark.parametrize("name", ["Europe/Berlin", "Asia/Calcutta", "Europe/Kiev", "UTC", "Etc/GMT+5", "America/Nuuk"])
def test_every_name_a_browser_may_report_is_known(name):
    assert zones.is_known(name)


@pytest.mark.parametrize(
    "name",
    ["", "Mars/Phobos", "europe/berlin", "Europe/Berlin ", "../../etc/passwd", "/etc/localtime", "posix/UTC",
     "right/UTC", "Factory", "localtime", "posixrules", "UTC+5", "W. Europe Standard Time", "zone.tab", "\x00"],
)  # fmt: skip
def test_an_impossible_zone_is_not_known(name):
    assert not zones.is_known(name)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("Asia/Calcutta", "Kolkata"),
        ("Europe/Kiev", "Kyiv"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires"),
        ("UTC", "UTC"),
    ],
)
def test_a_place_is_called_by_its_name_of_today(name, place):
    assert zones.place(name) == place


def test_every_choice_is_a_zone_under_its_modern_name_once():
    names = [name for name, _ in zones.choices()]
    assert len(names) == len(set(names))
    assert [name for name in names if zones.modern(name) != name or name.startswith("Etc/")] == []
    assert {ZoneInfo(name).key for name in names} == set(names)


def test_modern_names_keep_the_clock_of_the_old_ones():
    at = datetime(2027, 7, 1, tzinfo=UTC)
    moved = [old for old in zones._MODERN if _wall(at, old) != _wall(at, zones.modern(old))]
    offsets = [old for old in zones._MODERN if _wall(at, old).utcoffset() != _wall(at, zones.modern(old)).utcoffset()]
    assert (moved, offsets) == ([], [])


def _wall(at, name):
    return at.astimezone(ZoneInfo(name))
