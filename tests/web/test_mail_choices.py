"""What a person decides about mail: stopped by one press in the mail, chosen on their own page, and told in numbers."""

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from podsched.db import reading, writing
from podsched.models import Enrolment, MailKind, MailStop, Membership
from podsched.services import stops

KINDS = sorted(stops.NAMES)


@pytest.fixture
def stop_path(house, town, path_of):
    def of(kind, name="a1-member"):
        return path_of(house.addresses.stop(kind, uuid.UUID(town.id[name])))

    return of


@pytest.fixture
def is_stopped(house, town):
    def ask(kind, name="a1-member"):
        with reading(house.engine) as session:
            return stops.is_stopped(session, uuid.UUID(town.id[name]), kind)

    return ask


@pytest.fixture
def nudged(house, town, lived_in):
    with writing(house.engine) as session:
        session.get_one(Enrolment, uuid.UUID(town.id["a1"])).nudges = True


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_program_stops_one_kind_with_one_post_and_a_look_stops_nothing(
    browser, nudged, rows, stop_path, is_stopped, kind
):
    """RFC 8058: no cookie, no CSRF token."""
    mine, before = browser(), rows()
    assert f"Stop {stops.NAMES[kind]}?" in mine.text(stop_path(kind))
    assert rows() == before
    for _ in range(2):
        answer = mine.client.post(stop_path(kind), data={"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, f"No more {stops.NAMES[kind]}" in answer.get_data(as_text=True)) == (200, True)
    assert is_stopped(kind)
    others = {other for other in KINDS if other not in {kind, MailKind.NUDGE}}
    assert {other for other in others if is_stopped(other)} == set()
    assert not is_stopped(MailKind.RETRO_TOMORROW, "a2-member")


@pytest.mark.parametrize("kind", [MailKind.POD_REVEAL, MailKind.GOODBYE, MailKind.CHECK_IN])
def test_a_kind_that_nobody_can_stop_has_no_such_page(browser, lived_in, stop_path, kind):
    assert browser().get(stop_path(kind)).status_code == 404


def test_a_token_that_was_changed_opens_nothing(browser, lived_in, stop_path):
    path = stop_path(MailKind.RETRO_TOMORROW)
    for bad in (path[:-1], path + "x", path.replace("/stop-mail/", "/stop/"), "/stop-mail/%00"):
        assert browser().get(bad).status_code == 404


def test_the_member_reads_how_much_mail_that_is_and_the_sum_is_right(signed_in, town):
    mine = signed_in("a1")

    def shown(page):
        text = " ".join(re.sub(r"<[^>]+>", " ", mine.text(f"/me/{town.id['a1']}/{page}")).split())
        return re.search(r"You get at most (\d+) mails? a week: ([^.]+)\.", text).groups()

    usual = ("7", "5 check-ins, 1 mail the day before your pod meets and 1 recap")
    assert (shown("pause"), shown("about")) == (usual, usual)
    path = f"/me/{town.id['a1']}/mail"
    assert mine.press(path, retro="y", nudges="y", missed="y").status_code == 303
    more = ("12", "5 check-ins, 5 reminders, 1 mail the day before your pod meets and 1 recap")
    assert shown("pause") == more
    mine.press(path)
    assert shown("about") == ("6", "5 check-ins and 1 recap")
    mine.client.post(town.stop["a1"].split("localhost:8000")[-1])
    assert shown("pause") == ("1", "1 recap")


def test_what_is_ticked_is_what_comes(signed_in, town, house, is_stopped):
    mine, path = signed_in("a1"), f"/me/{town.id['a1']}/mail"
    kinds = (MailKind.RETRO_TOMORROW, MailKind.MISSED, MailKind.NUDGE)
    assert [is_stopped(kind) for kind in kinds] == [False, False, True]
    mine.press(path, nudges="y")
    assert [is_stopped(kind) for kind in kinds] == [True, True, False]
    page = mine.text(f"/me/{town.id['a1']}/pause")
    assert re.findall(r'id="(\w+)" name="\w+" value="yes" checked', page) == ["nudges"]
    mine.press(path, retro="y", missed="y")
    assert [is_stopped(kind) for kind in kinds] == [False, False, True]
    with reading(house.engine) as session:
        assert session.query(MailStop).all() == []


def test_a_host_stops_the_monday_digest_and_has_it_again(signed_in, is_stopped):
    mine = signed_in("hana", host=True)
    assert "On Mondays at eight" in mine.text("/host")
    mine.press("/host/digest")
    assert (is_stopped(MailKind.DIGEST, "hana"), "no mail on Mondays" in mine.text("/host")) == (True, True)
    mine.press("/host/digest", wanted="yes")
    assert not is_stopped(MailKind.DIGEST, "hana")


def test_the_board_asks_the_host_to_ask_until_they_did(signed_in, town, house, time):
    with writing(house.engine) as session:
        enrolment = session.get_one(Enrolment, uuid.UUID(town.id["a3"]))
        enrolment.missed_at = time.now() - timedelta(days=1)
        session.get_one(Membership, enrolment.membership_id).person.name = "Ivy"
    mine, board = signed_in("hana", host=True), f"/host/cohorts/{town.id['makers']}"
    assert "Ask how Ivy is doing" in mine.text(board)
    assert mine.press(f"/host/members/{town.id['a3']}/asked").status_code == 303
    assert "Ask how Ivy is doing" not in mine.text(board)


def test_whoever_starts_again_in_the_small_hours_is_no_longer_called_paused(signed_in, town, time):
    """Before four in the morning yesterday's check-in is still open; the pause is over all the same."""
    time.set(datetime(2027, 1, 20, 0, 30, tzinfo=UTC))
    mine, home = signed_in("a1"), f"/me/{town.id['a1']}"
    mine.press(f"{home}/pause", until="2027-01-25")
    assert "You are paused until Mon 25 Jan" in mine.text(home)
    mine.press(f"{home}/pause/end")
    assert "You are paused" not in mine.text(home)
