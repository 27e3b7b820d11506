"""Calendars in a browser: reading one's own, subscribing, a host who moves and cancels, and leaving by mail."""

import re
import shutil
from datetime import UTC, datetime, timedelta
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect
from servers import eventually

pytestmark = [
    pytest.mark.skipif(shutil.which("chromium") is None, reason="needs the distribution's Chromium"),
    pytest.mark.xdist_group("browser"),
]

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def own_calendar(tmp_path):
    """A file with work every weekday from nine to twelve in Prague, and one event in no zone we know."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//elsewhere//EN",
        "BEGIN:VEVENT", "UID:work", "DTSTAMP:20260101T000000Z", "DTSTART;TZID=Europe/Prague:20260105T090000",
        "DTEND;TZID=Europe/Prague:20260105T120000", "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "SUMMARY:Work", "END:VEVENT",
        "BEGIN:VEVENT", "UID:odd", "DTSTAMP:20260101T000000Z", f"DTSTART;TZID=Nowhere/Land:{datetime.now(UTC) + timedelta(days=30):%Y%m%d}T180000",
        "DURATION:PT1H", "SUMMARY:Odd", "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    file = tmp_path / "mine.ics"
    file.write_bytes("\r\n".join(lines).encode())
    return str(file)


@pytest.fixture
def times(visit, sample, press_button):
    """The grid of a member whose cohort is still open."""
    page = press_button(visit(sample.links["members"][-1]["link"], PHONE))
    page.goto(re.match(r".*/me/[0-9a-f-]+", page.url)[0] + "/times")
    expect(page.get_by_role("grid")).to_be_visible()
    return page


def test_ones_own_calendar_greys_hours_and_paints_nothing(times, own_calendar, looks_right):
    times.get_by_text("Type them instead").click()
    times.get_by_label("Your times, one line each").fill("Sat 10:00-12:00 free")
    times.get_by_text("See what your own calendar has taken").click()
    times.get_by_role("button", name="Read this file").click()
    expect(times.locator("#file-error")).to_have_text("Choose a file first: one that ends with .ics.")
    looks_right(times)
    times.set_input_files("#file", own_calendar)
    times.get_by_role("button", name="Read this file").click()
    expect(times.get_by_text(re.compile("busy stretches found"))).to_be_visible()
    expect(times.get_by_text(re.compile("Odd"))).to_be_visible()
    expect(times.locator("#times")).to_have_value("Sat 10:00-12:00 free")
    marked = times.locator('td[data-taken="mostly"]')
    assert marked.count() == 5 * 6
    name = marked.first.get_attribute("aria-label")
    assert re.search(r"not free, taken in your calendar in [5-8] of [678] weeks$", name), name
    looks_right.in_every_way(times)
    times.get_by_role("button", name="Forget what was read").click()
    expect(times.locator("td[data-taken]")).to_have_count(0)
    expect(times.locator("#times")).to_have_value("Sat 10:00-12:00 free")


def test_a_file_that_is_too_large_never_travels(times, tmp_path):
    large = tmp_path / "large.ics"
    large.write_bytes(b"x" * 600_000)
    times.get_by_text("See what your own calendar has taken").click()
    expect(times.get_by_label("Calendar file")).to_be_visible()
    times.set_input_files("#file", str(large))
    expect(times.get_by_role("alert")).to_have_text(re.compile("^This file has 586 KB; at most 512 can be read"))
    assert times.locator("#file").input_value() == ""


@pytest.fixture
def member(visit, sample, press_button):
    """A pod member's own page."""
    return press_button(visit(sample.links["members"][3]["link"], PHONE))


def test_the_calendar_page_offers_every_way_and_says_who_reads(member, looks_right):
    member.get_by_role("link", name="Calendar", exact=True).click()
    looks_right(member)
    address = member.locator("code.copy").first.inner_text()
    assert member.get_by_role("link", name="Add to my calendar").get_attribute("href") == address.replace(
        "http://", "webcal://"
    )
    with urlopen(address) as answer:
        assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    eventually(lambda: _shows_after_reload(member, "asked within the last hour"))  # noted once the answer was sent
    member.get_by_label("Remind me").select_option("30")
    member.get_by_role("button", name="Save", exact=True).click()
    with urlopen(address) as answer:
        assert b"TRIGGER:-PT30M" in answer.read()
    member.get_by_role("button", name="Send me invitations").click()
    expect(member.get_by_role("button", name="Stop invitations")).to_be_visible()
    member.get_by_text("Other forms of this calendar").click()
    looks_right.in_every_way(member)


def _shows_after_reload(page, text):
    page.reload()
    return page.get_by_text(text).is_visible()


def test_a_host_moves_a_meeting_cancels_it_and_puts_it_back(sample, visit, host_state, looks_right, letter):
    page = visit(sample.links["host"].partition("/sign-in")[0] + "/host", state=host_state)
    page.locator(".plain-list a").nth(1).click()
    page.locator('a[href*="/host/pods/"]').nth(1).click()
    pod = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("link", name="Move or cancel week 6").click()
    looks_right(page)
    page.get_by_label("Hour").fill("03:10")
    page.get_by_role("button", name="Move this meeting").click()
    expect(page.get_by_text(re.compile("is outside of what"))).to_be_visible()
    looks_right.in_every_way(page)
    page.get_by_role("button", name="Move it there all the same").click()
    expect(page.get_by_text(re.compile("Moved this week; it is usually"))).to_be_visible()
    page.get_by_role("button", name="Cancel this meeting").click()
    expect(page.get_by_role("heading", name="There is no meeting this week")).to_be_visible()
    looks_right(page)
    mail = visit(letter(sample, "", f"{pod}: no meeting in week 6"))
    expect(mail.get_by_text("A calendar that reads your feed follows by itself").first).to_be_visible()
    page.get_by_role("button", name="Put it back").click()
    expect(page.get_by_role("button", name="Cancel this meeting")).to_be_visible()


def test_a_host_makes_an_address_for_a_pod(sample, visit, host_state, looks_right):
    page = visit(sample.links["host"].partition("/sign-in")[0] + "/host", state=host_state)
    page.locator(".plain-list a").nth(1).click()
    page.get_by_role("link", name="All pods in your calendar").click()
    looks_right(page)
    page.get_by_role("button", name="Make my address").click()
    with urlopen(page.locator("code.copy").inner_text()) as answer:
        assert answer.read().count(b"BEGIN:VEVENT") > 20
    looks_right(page)


@pytest.fixture
def leaver(sample):
    """A member of another pod than Alder, whose whole pod the tests of the retro write to."""
    for member in reversed(sample.links["members"]):
        if member["feed"]:
            with urlopen(member["feed"]) as answer:
                if b"NAME:Alder pod" not in answer.read():
                    return member
    raise LookupError("nobody is in another pod")


def test_leaving_takes_a_press_in_ones_own_mailbox(sample, leaver, visit, press_button, letter, looks_right):
    email, link = leaver["email"], leaver["link"]
    page = press_button(visit(link, PHONE))
    page.get_by_role("link", name="Pause", exact=True).click()
    looks_right(page)
    page.get_by_role("button", name="Mail me the link to leave").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look in your mail")
    mail = visit(letter(sample, email, "leave?"))
    address = re.search(r"http://\S+/leave/\S+", mail.inner_text("body"))[0]
    leaving = visit(address, PHONE)
    looks_right(leaving)
    leaving.get_by_role("button", name="Leave").click()
    expect(leaving.get_by_role("heading", level=1)).to_have_text("You have left")
    looks_right(leaving)
    with urlopen(leaver["feed"]) as answer:
        feed = answer.read()
    assert (feed.count(b"BEGIN:VEVENT"), b"You left this pod" in feed) == (1, True)
