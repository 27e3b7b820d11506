"""Weeks into a cohort: the check-in from a mail, the weekly retro, and every page of the sample community."""

import re
import shutil
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from podsched.db import reading, writing
from podsched.domain.rhythm import checkin_day
from podsched.models import Enrolment, Meeting, Person, Pod, Seat

pytestmark = [
    pytest.mark.skipif(shutil.which("chromium") is None, reason="needs the distribution's Chromium"),
    pytest.mark.xdist_group("browser"),
]

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def house(sample):
    made = sample.house
    yield made
    made.engine.dispose()


@pytest.fixture
def check_in(house, sample):
    """The address in today's check-in mail of the n-th sample member; today may be a Sunday without such a mail."""

    def of(number):
        email = sample.links["members"][number]["email"]
        with reading(house.engine) as session:
            enrolment = session.scalars(
                select(Enrolment).join(Enrolment.membership).join(Person).where(Person.email == email)
            ).first()
            return house.addresses.check_in(enrolment.id, checkin_day(datetime.now(UTC), enrolment.timezone))

    return of


def test_a_check_in_is_one_press_from_the_mail(visit, check_in, looks_right):
    page = visit(check_in(1), PHONE)
    for word in ("Done", "Partly", "Not today"):
        expect(page.get_by_role("button", name=word, exact=True)).to_be_in_viewport(ratio=1)
    expect(page.get_by_label("One line, if you like")).to_be_in_viewport(ratio=1)
    expect(page.get_by_label("I am stuck and could use help")).to_be_in_viewport(ratio=1)
    assert min(button.bounding_box()["height"] for button in page.get_by_role("button").all()) >= 44
    looks_right.in_every_way(page)
    page.get_by_role("button", name="Partly").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Partly is a step. Noted.")
    assert page.context.cookies() == []
    looks_right.in_every_way(page)


def test_a_second_press_and_a_changed_mind_do_no_harm(visit, check_in, sample, press_button):
    page = visit(check_in(2), PHONE)
    page.get_by_label("One line, if you like").fill("Two lines of the draft")
    page.get_by_role("button", name="Done").dblclick()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nice, that is done.")
    expect(page.get_by_role("button", name="Done", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_label("One line, if you like")).to_have_value("Two lines of the draft")
    page.reload()
    page.get_by_role("button", name="Not today").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Not today, then. Noted.")
    home = press_button(visit(sample.links["members"][2]["link"], PHONE))
    expect(home.get_by_role("heading", name="Not today")).to_be_visible()
    expect(home.get_by_text("Two lines of the draft").first).to_be_visible()


def test_a_check_in_works_without_script(visit, check_in):
    page = visit(check_in(3), java_script_enabled=False)
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nice, that is done.")


@pytest.fixture
def meeting_now(house):
    """Alder's next meeting began five minutes ago."""
    now = datetime.now(UTC)
    with writing(house.engine) as session:
        meeting = session.scalars(
            select(Meeting).join(Meeting.pod).where(Pod.number == 1, Meeting.ends_at > now).order_by(Meeting.week)
        ).first()
        meeting.starts_at = now - timedelta(minutes=5)
        meeting.ends_at = meeting.starts_at + timedelta(hours=1)
        seats = session.scalars(select(Seat).where(Seat.pod_id == meeting.pod_id)).all()
        names = [seat.enrolment.membership.person.name for seat in seats]
        emails = [seat.enrolment.membership.person.email for seat in seats]
        return meeting.pod_id, meeting.week, names, emails


def test_a_retro_from_start_to_the_mailed_recap(sample, visit, host_state, meeting_now, looks_right, letter):
    pod_id, week, names, emails = meeting_now
    page = visit(f"{sample.base}/host/pods/{uuid.UUID(str(pod_id))}", state=host_state)
    page.get_by_role("link", name="Open the retro room").click()
    page.get_by_role("button", name="Start the retro").click()
    expect(page.locator("[data-ends]")).to_have_text(re.compile(r"^\d+:\d\d$"))  # the clock runs
    looks_right(page)
    page.get_by_role("button", name="Next: Last week's commitments").click()
    page.get_by_role("button", name=re.compile("^Kept")).first.click()
    expect(page.get_by_role("button", name=re.compile("Kept")).first).to_have_attribute("aria-pressed", "true")
    looks_right(page)
    page.get_by_role("button", name="Next: Stuck").click()
    page.get_by_label("Note").fill("The printer, again")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("The printer, again")).to_be_visible()
    page.get_by_role("button", name="+2 min").click()
    looks_right(page)
    page.get_by_role("button", name="Next: Wins and thanks").click()
    page.get_by_label("Note").fill("شكرا للجميع 🎉 <b>")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("شكرا للجميع 🎉 <b>")).to_be_visible()
    page.get_by_role("button", name="Next: New commitments").click()
    page.get_by_label(f"{names[0]} will").fill("send three letters")
    page.get_by_role("button", name=re.compile(rf"^Save\s+for {names[0]}")).click()
    expect(page.get_by_label(f"{names[0]} will")).to_have_value("send three letters")
    looks_right(page)
    page.get_by_role("button", name="Next: Roles for next week").click()
    expect(page.get_by_role("button", name="Close and write the recap")).to_be_visible()
    looks_right(page)
    page.get_by_role("button", name="Close and write the recap").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Recap, week {week} of 8")
    looks_right(page)
    bullets = page.get_by_label("One bullet a line").input_value().split("\n")
    assert len(bullets) <= 10
    assert [each for each in bullets if "send three letters" in each] == [f"{names[0]} will: send three letters"]
    page.get_by_label("One bullet a line").fill("\n".join([*bullets[:3], "And one line of mine"]))
    page.get_by_role("button", name="Send to the pod").click()
    expect(page.get_by_text(re.compile("^Mailed to the Alder pod"))).to_be_visible()
    assert page.locator(".card li").all_inner_texts() == [*bullets[:3], "And one line of mine"]
    looks_right(page)
    for email in emails:
        mail = visit(letter(sample, email, f"recap of week {week}"))
    expect(mail.locator(".mail-text")).to_contain_text("And one line of mine")
    looks_right(mail)
    as_program = visit(mail.url + "/html")
    expect(as_program.get_by_text("And one line of mine")).to_be_visible()


def test_the_running_board_and_its_pages_look_right(sample, visit, host_state, looks_right):
    page = visit(f"{sample.base}/host", state=host_state)
    boards = [link.get_attribute("href") for link in page.locator(".plain-list a").all()]
    for path in boards:
        page.goto(sample.base + path)
        looks_right.in_every_way(page)
    page.get_by_role("link", name="How these pods were formed").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("How the pods were formed")
    looks_right(page)
    page.go_back()
    page.locator('a[href*="/host/members/"]').first.click()
    expect(page.locator("dl.facts")).to_be_visible()
    looks_right.in_every_way(page)
    page.locator('a[href*="/host/pods/"]').first.click()
    looks_right.in_every_way(page)
    page.locator('a[href*="/retro/"]').last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^Retro, week"))
    looks_right.in_every_way(page)


def test_a_members_pages_look_right(sample, visit, press_button, looks_right):
    page = press_button(visit(sample.links["members"][0]["link"], PHONE))
    home = page.url
    for path in ("", "/pod", "/calendar", "/pause", "/about", "/times", "/receipt", "/check-in"):
        page.goto(home + path)
        looks_right.in_every_way(page)


def test_pages_for_everybody_look_right(sample, visit, looks_right):
    page = visit(f"{sample.base}/", PHONE)
    for path in ("/", "/link", "/m/was-never", "/nothing", "/mailbox"):
        page.goto(sample.base + path)
        looks_right.in_every_way(page)


def test_a_member_pauses_and_starts_again(sample, visit, press_button, looks_right):
    page = press_button(visit(sample.links["members"][4]["link"], PHONE))
    page.get_by_role("link", name="Pause").click()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^You are paused until"))
    looks_right(page)
    page.get_by_role("button", name="Start again now").click()
    expect(page.get_by_role("heading", name="You are paused")).to_have_count(0)
