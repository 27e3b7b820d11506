"""Every mail, word for word: compared with the files in tests/golden (GOLDEN=write makes them anew)."""

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from podsched.mail.render import render
from podsched.models import MailKind
from podsched.sample.letters import SAMPLES
from podsched.services.mail_words import WORDS

GOLDEN = Path(__file__).parents[1] / "golden"
SUBJECTS = {
    "sign-in": "Kitchen Table: your sign-in link",
    "sign-in-unknown": "Kitchen Table: your sign-in link",
    "receipt": "Winter makers: your times are in",
    "receipt-link": "Winter makers: your personal link",
    "receipt-later": "Winter makers: your personal link",
    "receipt-waiting": "Winter makers: you are on the waiting list",
    "times-missing": "Winter makers: when could you meet?",
    "not-placed": "Winter makers: no pod for you yet",
    "not-placed-hopeless": "Winter makers: no pod for you yet",
    "pod-reveal": "Alder pod: Tue 22:00 your time (Karachi)",
    "check-in": "Alder pod: What is the one thing you want done by Friday?",
    "recap-missed": "Alder pod: recap of week 1 of 6",
    "recap-last": "Alder pod: recap of week 6 of 6",
    "invitation": "Alder pod: week 3 of 6, Thu 4 Feb, 22:00",
    "change-moved": "Alder pod: week 3 moved to Thu 4 Feb, 22:00",
    "change-cancelled": "Alder pod: no meeting in week 3",
    "change-restored": "Alder pod: the meeting of week 3 is on again",
    "change-room": "Alder pod: a new room for week 3",
    "clock-change": "Alder pod: from Tue 30 Mar it is Tue 21:00 for you",
    "uninvited": "Alder pod: one meeting less",
    "leave": "Alder pod: leave?",
    "address": "Kitchen Table: is this your address?",
    "address-changed": "Kitchen Table: your mail goes elsewhere now",
    "check-in-by-reply": "Alder pod: What is the one thing you want done by Friday?",
    "nudge": "Alder pod: today is still open",
    "retro-tomorrow": "Alder pod: retro tomorrow, Tue 21:00",
    "retro-tomorrow-plain": "Alder pod: retro tomorrow, Tue 21:00",
    "missed": "Alder pod: how are you?",
    "missed-weekly": "Alder pod: how are you?",
    "goodbye": "Alder pod: goodbye, and thank you",
    "goodbye-early": "Winter makers: goodbye, and thank you",
    "digest": "Kitchen Table: 3 things to look after this week",
}
each_sample = pytest.mark.parametrize("sample", SAMPLES, ids=[sample.name for sample in SAMPLES])


def with_values(sample, **values):
    return render(replace(sample.letter, values={**sample.letter.values, **values}))


def named(name):
    return next(sample for sample in SAMPLES if sample.name == name)


def matches(path, text):
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    return text == path.read_text(encoding="utf-8")


@each_sample
def test_a_mail_says_what_its_file_says(sample):
    mail = render(sample.letter)
    assert mail.subject == SUBJECTS[sample.name]
    assert matches(GOLDEN / f"{sample.name}.txt", mail.text)
    assert matches(GOLDEN / f"{sample.name}.html", mail.html)


def test_every_kind_of_mail_has_a_sample_and_every_sample_its_files():
    """A new kind has to be shown to hosts, and to be read here."""
    assert {sample.kind for sample in SAMPLES} == set(MailKind)
    assert len({sample.name for sample in SAMPLES}) == len(SAMPLES)
    assert {path.name for path in GOLDEN.iterdir()} == {
        f"{sample.name}.{kind}" for sample in SAMPLES for kind in ("txt", "html")
    }


def test_every_kind_of_mail_has_words_for_hosts():
    assert set(WORDS) == set(MailKind)


@each_sample
def test_a_value_that_is_missing_stops_the_mail(sample):
    with pytest.raises(UndefinedError):
        render(replace(sample.letter, values={}))


@each_sample
def test_text_has_no_hard_spaces_and_html_loads_nothing_from_elsewhere(sample):
    mail = with_values(sample, name="Ana\u00a0María", goal="One\u00a0thing")
    assert "\u00a0" not in mail.text
    assert [word for word in ("<img", "<script", "<link", "@import", "url(", " src=") if word in mail.html] == []


@each_sample
def test_the_subject_begins_with_the_pod_or_else_with_the_cohort_or_the_community(sample):
    values = sample.letter.values
    begins = f"{values['pod']} pod" if values["pod"] else values.get("community", values["cohort"])
    assert render(sample.letter).subject.startswith(f"{begins}: ")


@each_sample
def test_a_mail_has_a_preheader_and_at_most_one_main_link(sample):
    html = render(sample.letter).html
    ahead = re.search(r'<div class="ahead"[^>]*>(.*?)</div>', html, re.DOTALL)[1]
    assert re.sub(r"<[^>]*>|\s", "", ahead)
    # Whoever has left has nothing to open any more.
    assert html.count('<a class="press"') == (
        0 if sample.kind in {MailKind.UNINVITED, MailKind.GOODBYE, MailKind.ADDRESS_CHANGED} else 1
    )


@each_sample
def test_what_people_typed_has_its_own_direction_and_stays_text(sample):
    """Names, goals and the words of a cohort are typed by people, who may write from right to left, or write code."""
    typed = ("name", "goal", "cohort", "purpose", "community")
    evil = {key: f'{key}<b>&"x' for key in typed} | {"bullets": ['bullets<b>&"x']}
    evil["mates"] = [{"name": 'mate<b>&"x', "place": "Cairo", "goal": 'their<b>&"x'}]
    mail = with_values(sample, **evil)
    html = mail.html
    shown = re.findall(r'(<[^>]*>)(\w+)&lt;b&gt;&amp;"x', html)
    assert "&lt;" not in mail.text + mail.subject
    assert "<b>" not in html
    assert shown
    assert [word for tag, word in shown if 'dir="auto"' not in tag] == []
    assert len(shown) == html.count("&lt;b&gt;")


def test_a_goal_that_looks_like_a_template_stays_as_it_was_typed():
    mail = with_values(named("check-in"), goal="{{ 7*7 }} {% raw %} 100% {0} %s")
    assert "Your goal: {{ 7*7 }} {% raw %} 100% {0} %s\n" in mail.text
    assert ">{{ 7*7 }} {% raw %} 100% {0} %s</span></p>" in mail.html


def test_a_goal_of_several_lines_is_one_line_in_a_list():
    assert "- Bo (Berlin): Write the talk, then give it\n" in render(named("pod-reveal").letter).text
