"""What the parts are measured on: invented rosters and a real survey.

The rosters come from the generator of the tests (``tests/engine/rosters.py``), so that whatever is measured here can be
asked for again in a test.
"""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import TYPE_CHECKING

from matching import read_roster

if TYPE_CHECKING:
    from types import ModuleType

    from matching import Roster

ZONES = ("local", "transatlantic", "world")
TIGHTNESS = ("easy", "realistic", "hard", "scattered", "sparse")

_GENERATOR = Path(__file__).resolve().parent.parent / "tests" / "engine" / "rosters.py"
_ALTERNATIVE = re.compile(r"# ALTERNATIVE NAME (\d+): (\w+) (\d+:\d\d)-(\d+:\d\d)")
_VOTES = re.compile(r"(\d+): \{?([\d,]*)\}?,")


def invented(size: int, zones: str, tightness: str, seed: int) -> Roster:
    """A roster of the generator: 60-minute meetings in pods of 6 to 10 over 8 weeks in which clocks change."""
    return read_roster(_generator().roster(size, zones, tightness, seed))


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("rosters", _GENERATOR)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ctu(file: Path) -> Roster:
    """82 students of CTU Prague, free at the tutorial times that fit them; a pod meets for the 90 minutes of one.

    ``file`` is ``00063-00000001.cat`` of PrefLib (N. Mattei and T. Walsh, "PrefLib: A Library for Preferences", 2013;
    dataset 00063, donated by D. Knop and S. Schierreich).
    """
    text = file.read_text()
    times = {number: _window(*words) for number, *words in _ALTERNATIVE.findall(text)}
    votes = [approved.split(",") for count, approved in map(_vote, _lines(text)) for _ in range(count)]
    members = [
        {
            "id": f"s{number:02}",
            "timezone": "Europe/Prague",
            "free": sorted({times[vote] for vote in approved if vote}),
        }
        for number, approved in enumerate(votes)
    ]
    return read_roster(
        {
            "roster": 1,
            "period": {"start": "2024-10-28", "weeks": 8},
            "meeting": {"minutes": 90, "step": 15},
            "pod_size": {"min": 6, "max": 10},
            "members": members,
            "rules": {},
        }
    )


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _window(day: str, start: str, end: str) -> str:
    return f"{day[:3].lower()} {start:0>5}-{end:0>5}"


def _vote(line: str) -> tuple[int, str]:
    """How many people voted like this, and the alternatives they approved."""
    found = _VOTES.match(line)
    if found is None:
        raise ValueError(f"{line!r} is not a line of votes; allowed: a count, approved alternatives, the others")
    return int(found[1]), found[2]
