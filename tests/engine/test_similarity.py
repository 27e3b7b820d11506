"""Goals are compared the same way in every language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching import Member, similarity
from matching.similarity import words


def who(goals=(), goal=""):
    return Member(id="m", timezone="UTC", goals=tuple(goals), goal=goal)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (who(), who(), 0),
        (who(["a", "b"]), who(["b", "c"]), 1 / 3),
        (who(["Portfolio"]), who(["  PORTFOLIO "]), 1),
        (who(["Straße"]), who(["STRASSE"]), 1),
        (who(["ﬁtness"]), who(["fitness"]), 1),
        (who(["a"], "learn piano"), who(["a"], "learn chess"), 0.6 + 0.4 * 0.5),
        (who(["a"]), who((), "learn chess"), 0),
        (who((), "Учить язык"), who((), "учить ЯЗЫК"), 1),
    ],
)
def test_the_documented_formula_holds(one, other, expected):
    assert similarity(one, other) == pytest.approx(expected)


def test_words_are_found_in_scripts_with_and_without_spaces():
    assert words("Ship my site!") == {"ship", "site"}
    assert words("हिन्दी सीखना") == {"हिन्दी", "सीखना"}
    assert words("毎日勉強") == {"毎日", "日勉", "勉強"}


goals = st.builds(who, st.lists(st.text(max_size=8), max_size=4), st.text(max_size=30))


@given(goals, goals)
def test_similarity_is_symmetric_and_between_0_and_1(one, other):
    assert 0 <= similarity(one, other) == similarity(other, one) <= 1 + 1e-9
