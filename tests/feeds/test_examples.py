import doctest

import pytest

from calendars import lines, lint, text, uids


@pytest.mark.parametrize("module", [lines, lint, text, uids], ids=lambda module: module.__name__)
def test_every_example_in_the_docstrings_runs(module):
    done = doctest.testmod(module)
    assert done.attempted > 0
    assert done.failed == 0
