"""Mail that could not be delivered: what its hosts see of it, and what they may do about it."""

import uuid

import pytest

from podsched.db import reading, writing
from podsched.models import MailState, OutboxMail


@pytest.fixture
def dead(house, town):
    """Reads the one dead mail of the town."""

    def read():
        with reading(house.engine) as session:
            return session.get_one(OutboxMail, uuid.UUID(town.id["a1-dead-mail"]))

    return read


@pytest.fixture
def press(signed_in, town):
    def press(who, verb):
        return signed_in(who, host=True).press(f"/host/undelivered/{town.id['a1-dead-mail']}/{verb}")

    return press


def test_a_host_sees_whose_mail_it_is_and_what_the_server_said(signed_in, town, dead):
    page = signed_in("hana", host=True).text("/host")
    assert f'href="/host/members/{town.id["a1"]}"><strong>A1</strong></a>' in page
    assert "The mail server says “550 5.1.1 No such mailbox”" in page
    assert 'aria-label="Send again: Pod reveal, A1"' in page


def test_our_own_words_are_not_put_into_the_servers_mouth(signed_in, house, town):
    with writing(house.engine) as session:
        session.get_one(OutboxMail, uuid.UUID(town.id["a1-dead-mail"])).reason = "It could not be sent in time."
    page = signed_in("hana", host=True).text("/host")
    assert '<span class="small">It could not be sent in time.</span>' in page


def test_sent_again_it_waits_and_is_gone_from_the_page(press, signed_in, dead, time):
    assert press("hana", "send-again").headers["Location"] == "/host"
    assert (dead().state, dead().due_at, dead().reason) == (MailState.WAITING, time.at, None)
    assert "could not be delivered" not in signed_in("hugo", host=True).text("/host")


def test_set_aside_it_is_dropped_and_stays_so(press, dead):
    assert press("hana", "set-aside").status_code == 303
    assert (dead().state, dead().reason) == (MailState.DROPPED, "Set aside by a host.")
    assert press("hugo", "send-again").status_code == 303
    assert dead().state is MailState.DROPPED


def test_a_mail_that_is_not_dead_is_no_business_of_a_hosts_press(press, house, town, dead):
    with writing(house.engine) as session:
        session.get_one(OutboxMail, uuid.UUID(town.id["a1-dead-mail"])).state = MailState.WAITING
    assert press("hana", "set-aside").status_code == 303
    assert dead().state is MailState.WAITING


@pytest.mark.parametrize("verb", ["send-again", "set-aside"])
def test_the_mail_of_another_community_cannot_be_touched(press, dead, verb):
    assert press("lena", verb).status_code == 404
    assert dead().state is MailState.DEAD
