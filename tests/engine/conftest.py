"""What the tests of the engine share."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest


def _load(name):
    path = Path(__file__).with_name(f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"engine_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def rosters():
    """The generator: ``rosters.roster(size, zones, tightness, seed)`` and ``rosters.small(...)``."""
    return _load("rosters")


@pytest.fixture(scope="session")
def brute():
    """All plans of a small roster, one by one."""
    return _load("brute")
