"""Goals are compared the same way in every language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching import Member, similarity
from matching.engine.likeness import Likeness, likeness
from matching.similarity import beginnings, similarities, words


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
    assert words("영어를 배우다") == {"영어", "어를", "배우", "우다"}
    assert words("Zażółć łódź, résumé, İstanbul, ılık") == {"zazolc", "lodz", "resume", "istanbul", "ilik"}


def test_a_word_stands_for_its_beginnings():
    assert beginnings("portfolios") == {"por", "port", "portf", "portfo", "portfol", "portfoli"}
    assert beginnings("毎日") == {"毎日"}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("portfolio", "portfolios", 1),
        ("Bewerbung", "Bewerbungen", 1),
        ("Sprachkurs", "Sprache", 8 / 11),  # a German compound
        ("Wohnungssuche", "Wohnung", 10 / 11),
        ("programming", "programmer", 1),
        ("kitabı", "kitaplar", 4 / 10),  # Turkish suffixes, a changed consonant
        ("öğrenmek", "ogreniyorum", 6 / 12),
        ("kirja", "kirjoja", 4 / 8),  # Finnish
        ("изучать", "изучение", 4 / 11),
        ("écrire", "ecriture", 4 / 10),
        ("포트폴리오를", "포트폴리오", 8 / 9),
        ("日本語の勉強", "日本語を勉強する", 6 / 12),
    ],
)
def test_inflected_and_compound_words_match_in_part(one, other, expected):
    assert similarity(who((), one), who((), other)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("one", "other"),
    [("learn", "earn"), ("nation", "station"), ("running", "training"), ("design", "resign"), ("music", "basic")],
)
def test_words_that_only_end_alike_do_not_match(one, other):
    assert similarity(who((), one), who((), other)) == 0


texts = st.one_of(
    st.text(max_size=30), st.sampled_from(["learn piano", "Learning the piano", "учить язык", "毎日勉強"])
)
goals = st.builds(who, st.lists(st.one_of(st.sampled_from("abc"), st.text(max_size=8)), max_size=4), texts)


@given(goals, goals)
def test_similarity_is_symmetric_and_between_0_and_1(one, other):
    assert 0 <= similarity(one, other) == similarity(other, one) <= 1 + 1e-9


@given(st.lists(goals, max_size=6))
def test_all_pairs_at_once_are_the_pairs_one_by_one(members):
    table = likeness(members)
    assert table.shape == (len(members), len(members))
    assert table.ravel() == pytest.approx([x for row in similarities(members) for x in row], abs=1e-9)


def test_similarities_among_a_few_are_those_of_the_whole():
    members = [who(["a"], "learn piano"), who(["b"], "learn chess"), who(["a", "b"]), who((), "")]
    assert Likeness(members).among([2, 0]).tolist() == likeness(members)[[2, 0]][:, [2, 0]].tolist()
