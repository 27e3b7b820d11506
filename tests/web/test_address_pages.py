"""Mail that does not arrive: who sees it, and how the address is fixed by a press in the new mailbox."""

import mailbox
import re
import uuid

import pytest
from sqlalchemy import select

from podsched.app import house_of
from podsched.db import reading, writing
from podsched.jobs.delivery import drain
from podsched.models import MailKind, Membership, OutboxMail, Person, Rank
from podsched.services.links import NewAddress

SAYS = "550 5.1.1 <a0@example.org>: User unknown"


@pytest.fixture
def person(lived_in, house):
    """A person as they are now, by the address they had at first."""
    with reading(house.engine) as session:
        ids = dict(session.execute(select(Person.email, Person.id)).all())

    def find(name="a0"):
        with reading(house.engine) as session:
            return session.get_one(Person, ids[f"{name}@example.org"])

    return find


@pytest.fixture
def fails(house, person, time):
    def fail(name="a0"):
        with writing(house.engine) as session:
            found = session.get_one(Person, person(name).id)
            found.mail_failed_at, found.mail_failed_reason = time.at, SAYS

    return fail


@pytest.fixture
def letters(lived_in):
    """Sends what waits; (to, subject, text) of each mail that left."""

    def leave():
        drain(lived_in)
        box = mailbox.Maildir(house_of(lived_in).settings.mailbox, factory=None, create=True)
        sent = [(m["To"], m["Subject"], m.get_payload(0).get_payload(decode=True).decode()) for m in box]
        box.clear()
        return sent

    return leave


@pytest.fixture
def confirm(lived_in, signed_in, letters, path_of):
    """Types an address; the page to confirm it, from the mail that came there."""

    def ask(email, who="a0"):
        answer = signed_in(who).press("/me/address", email=email)
        assert (answer.status_code, "Look in your mail" in answer.text) == (200, True)
        ((to, _, text),) = letters()
        assert email.strip().lower() in to
        return path_of(re.search(r"http\S+/address/\S+", text)[0])

    return ask


def test_the_member_sees_it_at_home_and_on_the_way_to_a_pod(signed_in, town, fails):
    for name in ("a0", "w0"):
        before = signed_in(name).text(f"/me/{town.id[name]}")
        fails(name)
        after = signed_in(name).text(f"/me/{town.id[name]}")
        assert ["does not arrive" in page for page in (before, after)] == [False, True]
        assert f"{name}@example.org" in after
        assert 'href="/me/address">Fix address</a>' in after


def test_the_host_sees_it_on_the_board_and_at_the_member_and_no_other_host_does(signed_in, town, fails):
    host, other = signed_in("hana", host=True), signed_in("lena", host=True)
    fails()
    board = host.text(f"/host/cohorts/{town.id['makers']}")
    assert "Mail does not arrive: 1" in board
    assert "Mail does not arrive" not in host.text(f"/host/cohorts/{town.id['writers']}")
    assert "550 5.1.1 &lt;a0@example.org&gt;: User unknown" in host.text(f"/host/members/{town.id['a0']}")
    assert "Mail does not arrive" not in other.text(f"/host/cohorts/{town.id['readers']}")


def test_the_host_sees_who_complained(signed_in, town, house, time):
    with writing(house.engine) as session:
        session.get_one(Membership, uuid.UUID(town.id["a0-member"])).complained_at = time.at
    host = signed_in("hana", host=True)
    assert "Asked for no more mail: 1" in host.text(f"/host/cohorts/{town.id['makers']}")
    assert "asked for no more mail on Tue 19 Jan" in host.text(f"/host/members/{town.id['a0']}")


def test_a_host_fixes_their_own_address(signed_in, fails, person, confirm, browser):
    fails("hana")
    assert "Fix address" in signed_in("hana", host=True).text("/host")
    page = confirm("hana@example.com", who="hana")
    assert browser().client.post(page).status_code == 200
    assert (person("hana").email, person("hana").mail_failed_at) == ("hana@example.com", None)


def test_an_address_is_fixed_by_a_press_in_the_new_mailbox(signed_in, fails, person, confirm, browser, letters, town):
    fails()
    page = confirm("  A0@Example.COM ")
    assert "Send your mail here?" in browser().text(page)
    assert person().email == "a0@example.org"
    answer = browser().client.post(page)
    assert "Your mail goes here now" in answer.text
    assert (person().email, person().mail_failed_at, person().mail_failed_reason) == ("a0@example.com", None, None)
    assert [(to, "personal link" in subject or "times are in" in subject) for to, subject, _ in letters()] == [
        ("A0 <a0@example.com>", True)
    ]
    assert "does not arrive" not in signed_in("a0").text(f"/me/{town.id['a0']}")


def test_an_old_address_that_still_works_is_told(confirm, browser, letters):
    browser().client.post(confirm("a0@example.com"))
    told = {to: text for to, subject, text in letters() if "goes elsewhere" in subject}
    assert list(told) == ["A0 <a0@example.org>"]
    assert "a0@example.com" not in told["A0 <a0@example.org>"]


def test_the_same_address_may_be_confirmed_when_it_works_again(fails, person, confirm, browser, letters):
    fails()
    browser().client.post(confirm("a0@example.org"))
    assert (person().email, person().mail_failed_at) == ("a0@example.org", None)
    assert [subject for _, subject, _ in letters() if "elsewhere" in subject] == []


def test_the_mail_to_a_mistyped_address_opens_nothing(signed_in, letters, town):
    signed_in("a0").press("/me/address", email="mistyped@example.com")
    ((_, _, text),) = letters()
    assert re.findall(r"http\S+", text) == [re.search(r"http\S+/address/\S+", text)[0]]
    assert town.link["a0"] not in text


def test_a_press_counts_once_and_an_older_link_is_void(confirm, browser, person, letters, time):
    first = confirm("first@example.com")
    time.move(minutes=1)
    second = confirm("second@example.com")
    time.move(minutes=1)
    browser().client.post(second)
    assert "This link is too old" in browser().client.post(first).text
    assert person().email == "second@example.com"
    before = len(letters())
    assert (before > 0, "Your mail goes here now" in browser().client.post(second).text, letters()) == (True, True, [])


def test_a_link_lives_a_day(confirm, browser, person, time):
    page = confirm("a0@example.com")
    time.move(days=1, seconds=1)
    assert "This link is too old" in browser().text(page)
    assert "This link is too old" in browser().client.post(page).text
    assert person().email == "a0@example.org"


def test_somebody_elses_address_is_told_only_in_their_mailbox(confirm, browser, person, rows):
    page = confirm("b0@example.org")
    before = rows()
    answer = browser().client.post(page)
    assert (answer.status_code, "Somebody here has this address already" in answer.text) == (409, True)
    assert rows() == before
    assert (person("a0").email, person("b0").email) == ("a0@example.org", "b0@example.org")


@pytest.mark.parametrize("typed", ["", "nobody", "a@example.org, b@example.org", "a@example.org\r\nBcc: b@example.org"])
def test_what_is_no_address_is_told_beside_the_field(signed_in, rows, typed):
    mine = signed_in("a0")
    before = rows()
    answer = mine.press("/me/address", email=typed)
    assert (answer.status_code, 'id="email-error"' in answer.text) == (422, True)
    assert rows() == before


def test_few_addresses_a_day_get_mail(signed_in, time, house):
    mine = signed_in("a0")
    codes = [mine.press("/me/address", email=f"a{number}@example.com").status_code for number in range(6)]
    codes += [mine.press("/me/address", email="a0@example.com").status_code]
    time.move(days=1, seconds=1)
    codes += [mine.press("/me/address", email="a0@example.com").status_code]
    assert codes == [200] * 5 + [409, 409, 200]
    with reading(house.engine) as session:
        assert len(session.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.ADDRESS)).all()) == 6


def test_a_signed_link_for_nobody_is_nothing(browser, house, time, path_of):
    nobody = house.addresses.new_address(NewAddress(uuid.uuid4(), "a@example.com", time.at))
    assert [browser().get(path_of(nobody)).status_code, browser().client.post(path_of(nobody)).status_code] == [
        404,
        404,
    ]


def test_whoever_was_host_and_left_has_no_address_to_change(signed_in, house, town):
    mine = signed_in("hana")
    assert mine.get("/me/address").status_code == 200
    with writing(house.engine) as session:
        session.get_one(Membership, uuid.UUID(town.id["hana"])).rank = Rank.MEMBER
    assert mine.get("/me/address").status_code == 404


def test_the_page_about_oneself_leads_there(signed_in, town):
    assert 'href="/me/address"' in signed_in("a0").text(f"/me/{town.id['a0']}/about")
    assert 'href="/me/address"' in signed_in("w0").text(f"/me/{town.id['w0']}/receipt")
