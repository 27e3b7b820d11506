"""The examples in the documentation are true."""

from __future__ import annotations

import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["groups", "roster", "similarity", "times"])
def test_the_examples_of_a_module_run(name):
    result = doctest.testmod(importlib.import_module(f"matching.{name}"))
    assert (result.attempted > 0, result.failed) == (True, 0)
