"""What people get wrong: each fault is named beside its field, what was typed stays, and nothing is half written."""

import html
import sqlite3
import uuid

import pytest
from markupsafe import escape
from sqlalchemy import select

from podsched import db
from podsched.db import reading, writing
from podsched.models import Enrolment, FormingRun, Pod, RunState

GOOD = {
    "name": "Noor", "email": "noor@example.org", "timezone": "Europe/Lisbon", "goal": "Finish the draft", "tags": "writing",
    "cadence": "5", "checkin_minute": "540", "rules": "yes",
}  # fmt: skip
COHORT = {
    "name": "Spring", "purpose": "One thing done each.", "audience": "People who make.", "timezone": "Europe/Prague",
    "starts_on": "2027-03-01", "answers_until": "2027-02-26", "weeks": "8", "meeting_minutes": "60", "pod_min": "6",
    "pod_max": "8", "cap": "60",
}  # fmt: skip


def faults(answer):
    """What the summary on top says: field id -> sentence."""
    import re

    summary = answer.text.partition('<div class="alert"')[2].partition("</div>")[0]
    assert 'role="alert" tabindex="-1" autofocus' in summary
    found = re.findall(r'<a href="#([^"]+)">[^<]*</a>: ([^<]+)</li>', summary)
    return {field: html.unescape(sentence) for field, sentence in found}


@pytest.fixture
def join(browser, town):
    return lambda **changed: browser().press(f"/c/{town.code['writers']}/join", **(GOOD | changed))


@pytest.fixture
def host(signed_in):
    return signed_in("hana", host=True)


@pytest.fixture
def member(signed_in):
    return signed_in("w0")


# Joining


NO_ADDRESS = "This cannot be a mail address. Write it like ana@example.org."
CONTROL = "This holds an invisible control character. Type it again without pasting."


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "x" * 300, "At most 80 characters; this has 300."),
        ("name", "   ", "Please fill this in."),
        ("name", "\u200b\u3164", "Please fill this in."),
        ("name", "a\x00b", CONTROL),
        ("name", "a\r\nBcc: you@example.org", CONTROL),
        ("name", "\u202egnihtemos", CONTROL),
        ("name", "Z" + "\u0335" * 30, "Too many marks are stacked on one letter."),
        ("email", "", "Please give the address your mail goes to."),
        ("email", "nobody", NO_ADDRESS),
        ("email", "a@b", NO_ADDRESS),
        ("email", "a@example..org", NO_ADDRESS),
        ("email", "a@example.org, b@example.org", NO_ADDRESS),
        ("email", "a@example.org\nBcc: b@example.org", NO_ADDRESS),
        ("email", "x" * 65 + "@example.org", NO_ADDRESS),
        ("email", "adm\u0131n@example.org", "Before the @, use plain letters without accents."),
        ("timezone", "Europe/Nowhere", "Choose a place from the list, such as Europe – Lisbon."),
        ("timezone", "../../etc/passwd", "Choose a place from the list, such as Europe – Lisbon."),
        ("timezone", "", "Choose a place from the list, such as Europe – Lisbon."),
        ("goal", "x" * 501, "At most 500 characters; this has 501."),
        ("tags", "a, b, c, d", "Choose at most 3 tags; you gave 4."),
        ("cadence", "7", "Choose one of the three."),
        ("checkin_minute", "-30", "Choose a time from the list."),
        ("rules", "", "Please read the rules and tick the box."),
    ],
)  # fmt: skip
def test_a_joiner_is_told_what_to_change(join, rows, field, typed, sentence):
    before = rows()
    answer = join(**{field: typed})
    assert (answer.status_code, faults(answer)) == (422, {field: sentence})
    assert rows() == before


def test_all_faults_are_told_at_once_and_nothing_typed_is_lost(join):
    answer = join(name="x" * 300, email="no address <b>", goal="Keep\nthese words", tags="kept, too", rules="")
    assert sorted(faults(answer)) == ["email", "name", "rules"]
    for kept in ("x" * 300, "no address &lt;b&gt;", "Keep\nthese words", 'value="kept, too"'):
        assert kept in answer.text


@pytest.mark.parametrize(
    "name",
    [
        "نور الهدى",
        "שרה",
        "山田 太郎",
        "Zoë 🦦 Ångström",
        "<script>alert(1)</script>",
        'O\'Brien & "Söhne"',
        "👨‍👩‍👧‍👦 Rao",
    ],
)
def test_names_and_goals_of_every_script_are_kept_and_escaped(join, host, town, name):
    assert join(name=name, goal=f"{name}\n{name}").status_code == 303
    board = host.text(f"/host/cohorts/{town.id['writers']}")
    shown = escape(name)
    assert f'dir="auto">{shown}</a>' in board
    assert "<script>alert" not in board


def test_joining_twice_with_one_address_opens_nothing(join, browser, rows):
    assert join().status_code == 303
    people = len(rows()["people"])
    again = join(name="Somebody else", email="NOOR@example.org")
    assert (again.status_code, "Look in your mail" in again.text) == (200, True)
    assert ("Set-Cookie" in again.headers and "who" in again.headers["Set-Cookie"]) is False
    assert len(rows()["people"]) == people


def test_the_seat_after_the_last_is_on_the_waiting_list(join, house, town):
    with writing(house.engine) as session:
        from podsched.models import Cohort

        session.get_one(Cohort, uuid.UUID(town.id["writers"])).cap = 8
    for name in ("last", "late"):
        assert join(email=f"{name}@example.org", name=name).status_code == 303
    with reading(house.engine) as session:
        states = {
            e.membership.person.name: e.state.value
            for e in session.scalars(select(Enrolment))
            if len(e.membership.person.name) == 4
        }
    assert states == {"last": "enrolled", "late": "waiting"}


def test_a_closed_form_says_so(join, time, rows):
    time.move(days=60)
    before = rows()
    answer = join()
    assert (answer.status_code, rows() == before) == (303, True)


# Times


SHORT = "Your longest block is 30 minutes; the meeting needs 60. Make one block 30 minutes longer."


@pytest.mark.parametrize(
    ("typed", "starts"),
    [
        ("", "Mark at least one block of 60 minutes"),
        ("Mon 10:00-10:30 free", SHORT),
        ("Mon 10:00-10:30 free\nMon 11:00-11:30 free", SHORT),
        ("Mon 25:00-26:00", "Line 1"),
        ("Mon 10:00-12:00\nsometime, maybe", "Line 2"),
        ("Mon 10:00-09:59:00", "Line 1"),
        ("\n".join(["Mon 10:00-12:00"] * 101), "At most 100 lines; you gave 101."),
    ],
)
def test_times_that_cannot_be_are_told_and_kept(member, town, rows, typed, starts):
    before = rows()
    answer = member.press(f"/me/{town.id['w0']}/times", times=typed, away="2027-02-10 to 2027-02-12")
    assert (answer.status_code, rows() == before) == (422, True)
    assert faults(answer)["times"].startswith(starts)
    assert html.escape(typed) in answer.text
    assert "2027-02-10 to 2027-02-12" in answer.text


def test_overlapping_windows_are_merged_and_free_wins(member, town):
    typed = "Mon 10:00-12:00 if need be\nMon 11:00-13:00 free\nSun 23:00-01:00 free"
    assert member.press(f"/me/{town.id['w0']}/times", times=typed).status_code == 303
    receipt = member.text(f"/me/{town.id['w0']}/receipt")
    shown = [line.split("<")[0] for line in receipt.split("<ul>")[1].split("</ul>")[0].split("<li>")[1:]]
    assert shown == [
        "Mon 00:00-01:00 free",
        "Mon 10:00-11:00 if need be",
        "Mon 11:00-13:00 free",
        "Sun 23:00-24:00 free",
    ]


@pytest.mark.parametrize("away", ["tomorrow", "2027-02-30", "2027-02-10 to 2027-02-01", "2027-13-01"])
def test_dates_away_that_cannot_be_are_told(member, town, away):
    answer = member.press(f"/me/{town.id['w0']}/times", times="Mon 10:00-12:00", away=away)
    assert (answer.status_code, [*faults(answer)]) == (422, ["away"])


@pytest.mark.parametrize("until", ["2027-01-19", "2026-12-31", "2028-01-01", "soon", ""])
def test_a_pause_ends_on_a_coming_day(signed_in, town, rows, until):
    mine = signed_in("a0")
    before = rows()
    answer = mine.press(f"/me/{town.id['a0']}/pause", until=until)
    assert (answer.status_code, [*faults(answer)], rows() == before) == (422, ["until"], True)


# The cohort


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"starts_on": "2027-01-19", "answers_until": "2027-01-19"}, "starts_on", "This day is past or today. Choose a day from tomorrow on."),
        ({"starts_on": "2020-01-01"}, "starts_on", "This day is past or today. Choose a day from tomorrow on."),
        ({"starts_on": "2087-01-01"}, "starts_on", "Choose a day within the next two years."),
        ({"starts_on": "1 March"}, "starts_on", "Write the day as year-month-day, such as 2027-01-11."),
        ({"answers_until": "2027-01-18"}, "answers_until", "This day is past."),
        ({"answers_until": "2027-03-01"}, "answers_until", "Close the form before the cohort starts, so that pods can be formed in between."),
        ({"cap": "5"}, "cap", "Choose a whole number from 6 to 150."),
        ({"pod_min": "5"}, "pod_min", "Choose a whole number from 6 to 10."),
        ({"pod_min": "9", "pod_max": "7"}, "pod_max", "The largest pod is smaller than the smallest."),
        ({"pod_min": "8", "cap": "7"}, "cap", "A cohort holds at least one pod of 8."),
        ({"weeks": "9"}, "weeks", "Choose a whole number from 6 to 8."),
        ({"weeks": "٨ weeks"}, "weeks", None),
        ({"meeting_minutes": "50"}, "meeting_minutes", "Choose a number of quarter hours, such as 45, 60 or 90."),
        ({"purpose": "One. Two."}, "purpose", "Keep this to one sentence: it is repeated on every page and mail."),
        ({"name": " "}, "name", "Please fill this in."),
        ({"timezone": "Mars/Base"}, "timezone", "Choose a place from the list, such as Europe – Lisbon."),
    ],
)  # fmt: skip
def test_a_cohort_that_cannot_be_is_refused_beside_its_field(host, rows, changed, field, sentence):
    before = rows()
    answer = host.press("/host/cohorts/new", **(COHORT | changed))
    assert (answer.status_code, rows() == before) == (422, True)
    assert {*faults(answer)} - {"answers_until"} == {field} - {"answers_until"}
    assert sentence is None or faults(answer)[field] == sentence
    assert html.escape(changed[field]) in answer.text


def test_an_empty_cohort_form_names_every_field(host):
    answer = host.press("/host/cohorts/new", **dict.fromkeys(COHORT, ""))
    assert sorted(faults(answer)) == sorted(COHORT)


def test_a_cohort_of_five_is_told_how_many_are_missing(host, town, house, rows):
    with writing(house.engine) as session:
        for name in ("w4", "w5"):
            session.get_one(Enrolment, uuid.UUID(town.id[name])).times_saved_at = None
    before = len(rows()["forming_runs"])
    board = host.text(f"/host/cohorts/{town.id['writers']}")
    assert "A pod needs 6 people. 2 more people have to send their times before you can form pods." in board
    answer = host.press(f"/host/cohorts/{town.id['writers']}/form")
    said = host.text(answer.headers["Location"])
    assert "A pod needs 6 people with times; 4 have sent theirs so far. Wait for 2 more people." in said
    assert len(rows()["forming_runs"]) == before


# Forming


def test_two_hosts_who_press_at_once_watch_one_run(host, signed_in, town, house):
    other = signed_in("hugo", host=True)
    form = f"/host/cohorts/{town.id['writers']}/form"
    places = {mine.press(form).headers["Location"] for mine in (host, other, host)}
    assert len(places) == 1
    with reading(house.engine) as session:
        states = [
            *session.scalars(select(FormingRun.state).where(FormingRun.cohort_id == uuid.UUID(town.id["writers"])))
        ]
    assert sorted(states) == [RunState.PROPOSED, RunState.QUEUED]


def test_without_redis_a_run_waits_and_the_page_says_so(host, town, time):
    place = host.press(f"/host/cohorts/{town.id['writers']}/form").headers["Location"]
    assert "Starting…" in host.text(place)
    time.move(seconds=6)
    waiting = "Waiting for a free worker. It starts by itself; you can leave this page."
    assert [waiting in host.text(place + part) for part in ("", "/progress")] == [True, True]


def test_a_cancelled_run_says_that_nothing_was_changed(host, town):
    place = host.press(f"/host/cohorts/{town.id['writers']}/form").headers["Location"]
    assert host.press(f"{place}/cancel").headers["Location"] == place
    assert "Nothing was changed. You can form pods again whenever you like." in host.text(place)


def test_a_proposal_from_older_answers_is_not_published(host, signed_in, town, house):
    signed_in("w3").press(f"/me/{town.id['w3']}/times", times="Fri 10:00-12:00 free")
    place = f"/host/runs/{town.id['writers-run']}"
    assert "W3 has changed their answers." in host.text(place)
    answer = host.press(f"{place}/publish")
    assert answer.headers["Location"] == place
    assert "This proposal was made from older answers. W3 has changed their answers. Form pods again." in host.text(
        place
    )
    with reading(house.engine) as session:
        assert session.scalars(select(Pod).where(Pod.cohort_id == uuid.UUID(town.id["writers"]))).all() == []


def test_publishing_twice_makes_the_pods_once(host, signed_in, town, rows):
    press = f"/host/runs/{town.id['writers-run']}/publish"
    assert host.press(press).headers["Location"] == f"/host/cohorts/{town.id['writers']}"
    once = rows()
    signed_in("hugo", host=True).press(press)
    after = rows()
    assert {name: after[name] for name in ("pods", "meetings", "seats", "outbox")} == {
        name: once[name] for name in ("pods", "meetings", "seats", "outbox")
    }


# The retro


def test_a_note_too_long_stays_in_its_field(host, town, rows):
    room = f"/retro/{town.id['alder-2']}"
    host.press(f"{room}/item-3")
    before = rows()
    answer = host.press(f"{room}/note", item="wins", text="w" * 501)
    assert (answer.status_code, rows() == before) == (422, True)
    assert "w" * 501 in answer.text
    assert "At most 500 characters; this has 501." in answer.text


def test_a_recap_has_at_most_ten_bullets(host, town, rows):
    typed = "\n".join(f"bullet {number}" for number in range(11))
    before = rows()
    answer = host.press(f"/retro/recaps/{town.id['alder-recap']}", bullets=typed, send="yes")
    assert faults(answer) == {"bullets": "A recap has at most 10 bullets; you have 11."}
    assert (typed in answer.text, rows() == before) == (True, True)


def test_a_bullet_is_kept_short(host, town, rows):
    before = rows()
    answer = host.press(f"/retro/recaps/{town.id['alder-recap']}", bullets="b" * 401, send="no")
    assert (answer.status_code, [*faults(answer)], rows() == before) == (422, ["bullets"], True)


def test_an_empty_recap_is_not_mailed(host, town, rows):
    before = rows()
    answer = host.press(f"/retro/recaps/{town.id['alder-recap']}", bullets=" \n-", send="yes")
    assert (answer.status_code, rows() == before) == (422, True)


def test_a_retro_does_not_start_a_day_early(host, town):
    room = f"/retro/{town.id['alder-3']}"
    assert host.press(f"{room}/start").headers["Location"] == room
    assert "The room opens an hour before" in host.text(room)


# The database


class TestLockedDatabase:
    @pytest.fixture
    def environ(self, environ, monkeypatch):
        monkeypatch.setattr(db, "BUSY_SECONDS", 0.05)
        return environ

    @pytest.fixture
    def lock(self, house):
        """Another process in the middle of writing."""
        held = sqlite3.connect(house.engine.url.database, isolation_level=None)
        yield lambda: held.execute("BEGIN IMMEDIATE")
        held.close()

    @pytest.mark.parametrize(
        ("who", "path", "fields"),
        [
            ("w0", "/me/{w0}/times", {"times": "Mon 10:00-12:00"}),
            ("hana", "/host/runs/{writers-run}/publish", {}),
            ("hana", "/host/cohorts/{writers}/form", {}),
            (None, "/c/{code}/join", GOOD),
        ],
    )
    def test_a_press_is_told_to_come_back_and_writes_nothing(
        self, signed_in, browser, town, lock, rows, who, path, fields
    ):
        mine = signed_in(who, host=who == "hana") if who else browser()
        before, _ = rows(), mine.token
        lock()
        answer = mine.press(path.format(code=town.code["writers"], **town.id), **fields)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
        assert "Nothing was saved; go back and press again in a minute." in answer.text
        assert rows() == before

    def test_pages_can_be_read_meanwhile(self, signed_in, town, lock, time):
        mine = signed_in("a0")
        time.move(minutes=20)  # so that the session would note that it was seen
        lock()
        assert mine.get(f"/me/{town.id['a0']}").status_code == 200


def test_a_legacy_zone_is_kept_and_called_by_its_name_of_today(join, host, town):
    answer = join(timezone="Asia/Calcutta", rules="")
    assert '<option value="Asia/Calcutta" selected>Asia – Kolkata</option>' in answer.text
    answer = host.press("/host/cohorts/new", **(COHORT | {"timezone": "Europe/Kiev", "cap": "1"}))
    assert '<option value="Europe/Kiev" selected>Europe – Kyiv</option>' in answer.text
