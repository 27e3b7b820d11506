"""The bytes depend on nothing but the values, and the package on nothing but the standard library."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
RENDER = """
import hashlib, uuid
from datetime import UTC, datetime, timedelta
from calendars import tombstone, render
at = datetime(2026, 10, 1, 8, tzinfo=UTC)
left = tombstone(uid="f@pods.example", name="Pod", url="https://pods.example", title="Over",
                 organizer_name="Pod", organizer_address="no-reply@pods.example", changed_at=at)
print(hashlib.sha256(render(left)).hexdigest())
"""
LOADED = """
import sys, calendars
heavy = {"flask", "sqlalchemy", "ortools", "podsched", "matching", "icalendar", "recurring_ical_events"}
print(sorted(heavy & set(sys.modules)))
"""


def fresh(code, **environment):
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.check_output(command, cwd=ROOT, env=os.environ | environment, text=True).strip()


def test_hash_seed_and_local_zone_do_not_change_the_bytes():
    places = [("0", "UTC"), ("1", "Asia/Kathmandu"), ("4294967295", "America/St_Johns")]
    assert len({fresh(RENDER, PYTHONHASHSEED=seed, TZ=zone) for seed, zone in places}) == 1


def test_importing_calendars_loads_nothing_heavy():
    assert fresh(LOADED) == "[]"
