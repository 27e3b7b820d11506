"""What people type into a field: taken as meant, or refused in a sentence."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podsched.domain import text
from podsched.domain.text import BadText


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ana   María ", "Ana María"),
        ("Ana\tMaría", "Ana María"),
        ("Jose\u0301", "José"),
        ("O'Neil-Smith; Jr, \\n", "O'Neil-Smith; Jr, \\n"),
        ("0", "0"),
        ("مريم", "مريم"),
        ("👩\u200d🚀", "👩\u200d🚀"),
        ("ශ\u0dca\u200dරී", "ශ\u0dca\u200dරී"),
        ("नी\u200dर", "नी\u200dर"),
        ("${7*7} {0} %s", "${7*7} {0} %s"),
        ("ñ" * 80, "ñ" * 80),
    ],
)
def test_a_name_of_any_script_is_kept(typed, kept):
    assert text.name(typed) == kept


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Please fill this in."),
        ("   \t ", "Please fill this in."),
        ("\u00a0\u3000\u2003", "Please fill this in."),
        ("\u3164", "Please fill this in."),
        ("\u200b\u2060\ufeff", "Please fill this in."),
        ("\ufe0f", "Please fill this in."),
        ("\u0301", "Please fill this in."),
        ("n" * 81, "At most 80 characters; this has 81."),
        ("n" * 300, "At most 80 characters; this has 300."),
        ("Zo" + "\u0301" * 9, "Too many marks are stacked on one letter."),
        *(
            (f"Ana{mark}Bo", "This holds an invisible control character. Type it again without pasting.")
            for mark in "\x00\x07\x0b\x85\n\r\u2028\u2029\u202e\u2066\ud800\uffff"
        ),
    ],
)
def test_a_name_that_would_not_print_is_refused_in_a_sentence(typed, sentence):
    with pytest.raises(BadText) as refusal:
        text.name(typed)
    assert str(refusal.value) == sentence


@given(st.text(max_size=120))
def test_a_name_that_is_taken_once_is_taken_again_unchanged(typed):
    try:
        kept = text.name(typed)
    except BadText:
        return
    assert text.name(kept) == kept
    assert unicodedata.is_normalized("NFC", kept)
    assert 1 <= len(kept) <= text.NAME


def test_a_goal_keeps_its_lines_and_nothing_else_that_breaks():
    assert text.paragraph(" one\r\ntwo\rthree\tfour ", longest=text.GOAL) == "one\ntwo\nthree four"


@pytest.mark.parametrize("typed", ["x\x00y", "bell\x07", "x\u202ey", "\udfff", "a\u2028b", "g" * 501, " \n "])
def test_a_goal_with_control_characters_or_too_long_is_refused(typed):
    with pytest.raises(BadText):
        text.paragraph(typed, longest=text.GOAL)


def test_a_line_may_be_left_empty_where_nothing_is_required():
    assert text.line("   ", longest=10, required=False) == ""


@pytest.mark.parametrize("typed", ["Each of us ships one thing.", "Version 2.0 of me", "Who, if not us?", "做一件事。"])
def test_one_sentence_is_a_purpose(typed):
    assert text.one_sentence(typed) == typed


@pytest.mark.parametrize("typed", ["Ship. Rest.", "Really? Yes.", "Go! Now", "做一件事。再做一件。", "ماذا؟ نعم"])
def test_a_second_sentence_is_refused(typed):
    with pytest.raises(BadText, match=r"^Keep this to one sentence: it is repeated on every page and mail.$"):
        text.one_sentence(typed)


def test_tags_are_lower_case_without_hashes_and_each_once():
    assert text.tags(" #Writing, writing ,Python,, # ") == ("writing", "python")


def test_no_tags_are_no_fault():
    assert text.tags(" , ,") == ()


def test_a_fourth_tag_is_refused_with_the_count():
    with pytest.raises(BadText, match=r"^Choose at most 3 tags; you gave 4.$"):
        text.tags("a,b,c,d")


@pytest.mark.parametrize("tag", ["ß" * 40, "\u0149" * 21, "İ" * 40, "x" * 41])
def test_no_tag_is_longer_than_its_column_however_it_was_typed(tag):
    with pytest.raises(BadText, match=r"^At most 40 characters"):
        text.tags(tag)
