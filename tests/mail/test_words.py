"""Every mail, word for word: compared with the files in tests/golden (GOLDEN=write makes them anew)."""

import os
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from podsched.domain.letters import Letter
from podsched.folders import templates
from podsched.mail.render import render
from podsched.models import MailKind

GOLDEN = Path(__file__).parents[1] / "golden"
COMMON = {
    "name": "Ana María",
    "pod": "Alder",
    "cohort": "Winter makers",
    "purpose": "Each of us finishes one thing.",
    "link": "https://pods.example.org/m/personal",
    "today": "Mon 18 Jan",
}
RECEIPT = {
    "times": ["Tue 18:00-20:00 free", "Thu 12:00-13:00 if need be"],
    "away": ["Mon 1 Feb", "Mon 8 Feb to Fri 12 Feb"],
    "zone": "Karachi",
    "goal": "Finish <the> shed & paint it",
    "waiting": False,
    "forming": True,
    "formed_after": "15 Jan 2027",
    "starts": "18 Jan 2027",
}
LOST = {"why": "Only 4 people share an hour with you.", "change": ["Wed 19:00-20:00"], "zone": "Karachi"}
REVEAL = {
    "weekly": "Tue 22:00 your time (Karachi)",
    "first": "Tue 19 Jan, 22:00 your time (Karachi)",
    "changes": ["From Tue 30 Mar this meeting is Tue 21:00 for you, not Tue 22:00."],
    "mates": [
        {"name": "Bo", "place": "Berlin", "goal": "Two\nlines"},
        {"name": "مريم", "place": "Cairo", "goal": "كتاب"},
    ],
    "why": ["free every week", "you share making"],
    "shared_goals": ["making"],
    "role": "greeter",
    "feed": "https://pods.example.org/f/token.ics",
}
CHECK_IN = {
    "day": "Mon 18 Jan",
    "week": 1,
    "weeks": 6,
    "question": "What is the one thing you want done by Friday?",
    "goal": "Finish <the> shed & paint it",
    "answer": "https://pods.example.org/check-in/signed",
    "pause": "https://pods.example.org/me/1/pause",
    "stop": "https://pods.example.org/stop/signed",
    "next_meeting": "Tue 19 Jan, 22:00",
    "takes_replies": False,
}
RECAP = {
    "week": 1,
    "weeks": 6,
    "bullets": ["Bo kept it: <b>one</b> draft", "Next week: Ana María is greeter"],
    "missed": True,
    "next_meeting": "Tue 26 Jan, 22:00 your time (Karachi)",
    "page": "https://pods.example.org/me/1/pod",
}
LEAVE = {
    "leave": "https://pods.example.org/leave/signed",
    "until": "Tue 19 Jan, 10:00",
    "pause": "https://pods.example.org/me/1/pause",
}
INVITATION = {
    "week": 3,
    "weeks": 6,
    "moment": "Thu 4 Feb, 22:00",
    "when": "Thu 4 Feb, 22:00 your time (Karachi)",
    "notes": ["Moved this week; it is usually Tue 22:00."],
    "room": "https://meet.example.org/alder",
    "page": "https://pods.example.org/me/1/pod",
    "calendar": "https://pods.example.org/me/1/calendar",
    "is_read": True,
}
CHANGE = {
    "change": "moved",
    "week": 3,
    "weeks": 6,
    "moment": "Thu 4 Feb, 22:00",
    "when": "Thu 4 Feb, 22:00 your time (Karachi)",
    "was": "Tue 2 Feb, 22:00 your time (Karachi)",
    "room": "https://meet.example.org/alder",
    "next_meeting": None,
    "attached": False,
    "subscribes": True,
    "page": "https://pods.example.org/me/1/pod",
}
CANCELLED = {
    **CHANGE,
    "change": "cancelled",
    "next_meeting": "Tue 9 Feb, 22:00 your time (Karachi)",
    "attached": True,
}
CLOCK_CHANGE = {
    "week": 6,
    "weeks": 6,
    "changes": ["From Tue 30 Mar this meeting is Tue 21:00 for you, not Tue 22:00."],
    "first_day": "Tue 30 Mar",
    "weekly": "Tue 21:00",
    "when": "Tue 30 Mar, 21:00 your time (Karachi)",
    "room": None,
    "page": "https://pods.example.org/me/1/pod",
}
ADDRESS = {"community": "Kitchen Table", "confirm": "https://pods.example.org/address/signed"}
SIGN_IN = {"community": "Kitchen Table", "link": "https://pods.example.org/sign-in/once", "browser": "Firefox on Linux"}
MAILS = [
    ("sign-in", "sign-in", "Your sign-in link for Kitchen Table", SIGN_IN),
    ("sign-in-unknown", "sign-in", "Your sign-in link for Kitchen Table", {**SIGN_IN, "browser": ""}),
    ("address", "address", "Kitchen Table: is this your address?", ADDRESS),
    (
        "address-changed",
        "address-changed",
        "Kitchen Table: your mail goes elsewhere now",
        {"community": "Kitchen Table"},
    ),
    ("receipt", "receipt", "Winter makers: your times are in", RECEIPT),
    ("receipt-link", "receipt", "Winter makers: your personal link", {**RECEIPT, "times": [], "away": []}),
    ("receipt-later", "receipt", "Winter makers: your personal link", {**RECEIPT, "forming": False}),
    ("receipt-waiting", "receipt", "Winter makers: you are on the waiting list", {**RECEIPT, "waiting": True}),
    ("times-missing", "times-missing", "Winter makers: when could you meet?", {"until": "15 Jan 2027"}),
    ("not-placed", "not-placed", "Winter makers: no pod for you yet", LOST),
    ("not-placed-hopeless", "not-placed", "Winter makers: no pod for you yet", {**LOST, "change": []}),
    ("pod-reveal", "pod-reveal", "Alder pod: Tue 22:00 your time (Karachi)", REVEAL),
    ("check-in", "check-in", "Alder pod: What is the one thing you want done by Friday?", CHECK_IN),
    (
        "check-in-by-reply",
        "check-in",
        "Alder pod: What is the one thing you want done by Friday?",
        {**CHECK_IN, "takes_replies": True},
    ),
    ("recap-missed", "recap", "Alder pod: recap of week 1 of 6", RECAP),
    ("invitation", "invitation", "Alder pod: week 3 of 6, Thu 4 Feb, 22:00", INVITATION),
    ("change-moved", "change", "Alder pod: week 3 moved to Thu 4 Feb, 22:00", CHANGE),
    ("change-cancelled", "change", "Alder pod: no meeting in week 3", CANCELLED),
    (
        "change-restored",
        "change",
        "Alder pod: the meeting of week 3 is on again",
        {**CHANGE, "change": "restored"},
    ),
    ("change-room", "change", "Alder pod: a new room for week 3", {**CHANGE, "change": "room"}),
    ("clock-change", "clock-change", "Alder pod: from Tue 30 Mar it is Tue 21:00 for you", CLOCK_CHANGE),
    ("uninvited", "uninvited", "Alder pod: one meeting less", {"when": "Tue 26 Jan, 22:00 your time (Karachi)"}),
    ("leave", "leave", "Winter makers: leave?", LEAVE),
    ("recap-last", "recap", "Alder pod: recap of week 1 of 6", {**RECAP, "missed": False, "next_meeting": None}),
]


def rendered(template, values):
    return render(Letter(template, "Ana María", "ana@example.net", "Alder pod", None, {**COMMON, **values}))


def matches(path, text):
    if os.environ.get("GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    return text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "template", "subject", "values"), MAILS, ids=[mail[0] for mail in MAILS])
def test_a_mail_says_what_its_file_says(name, template, subject, values):
    mail = rendered(template, values)
    assert mail.subject == subject
    assert matches(GOLDEN / f"{name}.txt", mail.text)
    assert matches(GOLDEN / f"{name}.html", mail.html)


def test_every_kind_of_mail_has_a_file_and_every_file_a_mail():
    assert {mail[1] for mail in MAILS} == {kind.value for kind in MailKind}
    assert {path.name for path in (templates() / "mail").iterdir() if path.is_dir()} == {
        kind.value for kind in MailKind
    }
    files = {path.name for path in GOLDEN.iterdir()}
    assert files == {f"{mail[0]}.{kind}" for mail in MAILS for kind in ("txt", "html")}


@pytest.mark.parametrize(("name", "template", "subject", "values"), MAILS, ids=[mail[0] for mail in MAILS])
def test_a_value_that_is_missing_stops_the_mail(name, template, subject, values):
    with pytest.raises(UndefinedError):
        render(Letter(template, "Ana", "ana@example.net", "Alder pod", None, {}))


@pytest.mark.parametrize(("name", "template", "subject", "values"), MAILS, ids=[mail[0] for mail in MAILS])
def test_text_has_no_hard_spaces_and_html_loads_nothing_from_elsewhere(name, template, subject, values):
    mail = rendered(template, values)
    assert "\u00a0" not in mail.text
    assert [word for word in ("<img", "<script", "<link", "@import", "url(", " src=") if word in mail.html] == []


def test_a_goal_that_looks_like_a_template_stays_as_it_was_typed():
    mail = rendered("check-in", {**CHECK_IN, "goal": "{{ 7*7 }} {% raw %} 100% {0} %s"})
    assert "Your goal: {{ 7*7 }} {% raw %} 100% {0} %s\n" in mail.text
    assert "Your goal: {{ 7*7 }} {% raw %} 100% {0} %s</p>" in mail.html
