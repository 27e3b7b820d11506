"""An address that does not work, in a browser: its owner fixes it, and the host sees it until then."""

import re
import shutil
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from podsched.db import writing
from podsched.models import Enrolment, Person

pytestmark = [
    pytest.mark.skipif(shutil.which("chromium") is None, reason="needs the distribution's Chromium"),
    pytest.mark.xdist_group("browser"),
]

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SAYS = (
    "550 5.1.1 <somebody-with-a-rather-long-name@mail.example.org>: Recipient address rejected: User unknown in table"
)


@pytest.fixture
def failing(sample):
    """A member of a pod whose mail comes back, and the page of theirs that the host sees."""
    member = sample.links["members"][5]
    house = sample.house
    with writing(house.engine) as session:
        person = session.scalars(select(Person).where(Person.email == member["email"])).one()
        person.mail_failed_at, person.mail_failed_reason = datetime.now(UTC), SAYS
        theirs = select(Enrolment).join(Enrolment.membership).where(Enrolment.membership.has(person_id=person.id))
        enrolment = session.scalars(theirs).first()
        paths = f"/host/cohorts/{enrolment.cohort_id}", f"/host/members/{enrolment.id}"
    house.engine.dispose()
    return member, paths


def test_an_address_is_fixed_by_its_owner_and_seen_by_the_host(
    sample, failing, visit, press_button, host_state, looks_right, letter
):
    member, (board, at_member) = failing
    host = visit(sample.base + board, state=host_state)
    expect(host.get_by_role("heading", name="Mail does not arrive: 1")).to_be_visible()
    looks_right.in_every_way(host)
    host.goto(sample.base + at_member)
    expect(host.get_by_text(SAYS)).to_be_visible()
    looks_right.in_every_way(host)

    page = press_button(visit(member["link"], PHONE))
    expect(page.get_by_role("heading", name=f"Mail to {member['email']} does not arrive")).to_be_visible()
    looks_right.in_every_way(page)
    page.get_by_role("link", name="Fix address").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Fix your mail address")
    looks_right.in_every_way(page)
    page.get_by_label("Your mail address").fill("not an address")
    page.get_by_role("button", name="Mail me the link").click()
    expect(page.locator("#email-error")).to_be_visible()
    looks_right(page)
    page.get_by_label("Your mail address").fill("Fixed@Example.org")
    page.get_by_role("button", name="Mail me the link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look in your mail")
    looks_right(page)

    mail = visit(letter(sample, "fixed@example.org", "is this your address?"))
    address = re.search(r"http://\S+/address/\S+", mail.inner_text("body"))[0]
    confirming = visit(address, PHONE)
    looks_right.in_every_way(confirming)
    confirming.get_by_role("button", name="Use this address").click()
    expect(confirming.get_by_role("heading", level=1)).to_have_text("Your mail goes here now")
    looks_right(confirming)
    host.reload()
    expect(host.get_by_text("Mail does not arrive")).to_have_count(0)
    page.goto(member["link"])
    expect(page.get_by_text("does not arrive")).to_have_count(0)
