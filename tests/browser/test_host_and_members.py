"""From the terminal's link to the calendar feed, on a fresh installation, as a host and its members meet it."""

import re
import shutil
from datetime import date, timedelta
from urllib.request import urlopen

import pytest
from icalendar import Calendar
from playwright.sync_api import expect

pytestmark = [
    pytest.mark.skipif(shutil.which("chromium") is None, reason="needs the distribution's Chromium"),
    pytest.mark.xdist_group("browser"),
]

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
FIRST = date.today() + timedelta(days=21)  # noqa: DTZ011  the service runs on the real clock
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture(scope="session")
def first_link(service):
    return service.command("setup", "Harbour", "hana@example.org", "--name", "Hana", "--timezone", "Europe/Prague")


@pytest.fixture(scope="session")
def host_state(service, chromium, first_link):
    """The browser of the host after the terminal's link was pressed."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(first_link)
    page.get_by_role("button", name="Open my host pages").click()
    expect(page.get_by_role("heading", name="Harbour")).to_be_visible()
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def host(service, visit, host_state):
    return visit(f"{service.base}/host", state=host_state)


def fill_cohort(page, name):
    page.get_by_label("Name of the cohort").fill(name)
    page.get_by_label("Purpose, in one sentence").fill("Each of us finishes one thing.")
    page.get_by_label("Who it is for").fill("People who make.")
    page.get_by_label("First day").fill(FIRST.isoformat())
    page.get_by_label("Members can send times until").fill((FIRST - timedelta(days=4)).isoformat())


@pytest.fixture
def open_cohort(service, host):
    """Open a cohort; the address to send to people."""

    def new(name):
        host.goto(f"{service.base}/host/cohorts/new")
        fill_cohort(host, name)
        host.get_by_role("button", name="Open the cohort").click()
        expect(host.get_by_role("heading", level=1)).to_have_text(name)
        return host.locator("code.copy").inner_text()

    return new


@pytest.fixture
def join_quickly(chromium):
    """Join and send times without looking at a page, as ``count`` people."""

    def join(invite, prefix, count, times="Tue 18:00-20:00 free"):
        for number in range(count):
            context = chromium.new_context()
            ask = context.request
            form = {
                "name": f"{prefix} {number}", "email": f"{prefix}{number}@example.org", "timezone": "Europe/Lisbon",
                "goal": f"Goal {number}", "tags": "making", "cadence": "5", "checkin_minute": "540", "rules": "yes",
            }  # fmt: skip
            token = TOKEN.search(ask.get(f"{invite}/join").text())[1]
            times_page = ask.post(f"{invite}/join", form=form | {"csrf_token": token})
            token = TOKEN.search(times_page.text())[1]
            saved = ask.post(times_page.url, form={"csrf_token": token, "times": times, "away": ""})
            assert "Saved. Thank you." in saved.text()
            context.close()

    return join


def test_the_terminals_link_opens_the_hosts_page(service, visit, host, looks_right):
    expect(host.get_by_role("heading", level=1)).to_have_text("Harbour")
    looks_right(host)
    looks_right(visit(f"{service.base}/"))


def test_a_host_is_told_every_fault_and_loses_nothing(service, host, looks_right):
    host.goto(f"{service.base}/host/cohorts/new")
    looks_right(host)
    fill_cohort(host, "Spring makers")
    host.get_by_label("Purpose, in one sentence").fill("One. Two.")
    host.get_by_label("First day").fill("2020-01-06")
    host.get_by_label("Seats in the cohort").fill("5")
    host.get_by_role("button", name="Open the cohort").click()
    summary = host.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_text(
        ["Purpose, in one sentence", "First day", "Members can send times until", "Seats in the cohort"]
    )
    expect(host.get_by_label("Who it is for")).to_have_value("People who make.")
    expect(host.get_by_label("First day")).to_have_value("2020-01-06")
    looks_right(host)
    summary.get_by_role("link", name="Seats in the cohort").click()
    expect(host.get_by_label("Seats in the cohort")).to_be_focused()


def test_a_new_cohort_shows_the_address_to_send(service, open_cohort, host, visit, looks_right):
    invite = open_cohort("Summer makers")
    looks_right(host)
    page = visit(invite, PHONE)
    expect(page.get_by_role("heading", level=1)).to_have_text("Summer makers")
    expect(page.get_by_role("link", name="Join")).to_be_in_viewport(ratio=1)
    looks_right(page)


def test_a_member_joins_paints_saves_and_comes_back_by_mail(
    service, open_cohort, visit, looks_right, letter, press_button
):
    page = visit(open_cohort("Autumn makers"), timezone_id="Asia/Kolkata")
    page.get_by_role("link", name="Join").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Join")
    looks_right(page)
    expect(page.get_by_role("status")).to_have_text(re.compile(r"^It is \d\d:\d\d in Kolkata, right\?$"))
    page.get_by_label("Your name").fill("x" * 300)
    page.get_by_label("Your mail address").fill("nobody")
    page.get_by_label("What do you want to get done?").fill("Write\ntwo lines")
    page.get_by_role("button", name="Continue to your times").click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert sorted(page.get_by_role("alert").get_by_role("link").all_inner_texts()) == [
        "I accept the rules", "Your mail address", "Your name",
    ]  # fmt: skip
    expect(page.get_by_label("Your name")).to_have_value("x" * 300)
    expect(page.get_by_label("What do you want to get done?")).to_have_value("Write\ntwo lines")
    expect(page.get_by_label("Where are you?")).to_have_value("Asia/Kolkata")
    looks_right(page)

    page.get_by_label("Your name").fill("Noor نور 🦦")
    page.get_by_label("Your mail address").fill("noor@example.org")
    page.get_by_label("I accept the rules").check()
    page.get_by_role("button", name="Continue to your times").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("When could you meet?")
    looks_right(page)
    page.get_by_role("button", name="Save my times").click()
    expect(page.get_by_role("alert")).to_be_focused()
    looks_right(page)
    page.get_by_role("button", name="Weekday evenings").click()
    page.locator('td[aria-label^="Saturday 10:00 to"]').click()
    page.get_by_role("button", name="Save my times").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Saved. Thank you.")
    evenings = [f"{day} 18:00-21:00 free" for day in ("Mon", "Tue", "Wed", "Thu", "Fri")]
    assert page.locator(".card li").all_inner_texts() == [*evenings, "Sat 10:00-10:30 free"]
    looks_right(page)

    mail = visit(letter(service, "noor@example.org", "your times are in"))
    looks_right(mail)
    link = mail.locator('a[href*="/m/"]').first.get_attribute("href")
    fresh = visit(link, PHONE)
    looks_right(fresh)
    for _ in range(2):
        fresh.goto(link)
        assert fresh.request.head(link).status == 200
    fresh.goto(f"{service.base}/me")
    assert fresh.url == f"{service.base}/link"
    looks_right(fresh)
    fresh.goto(link)
    press_button(fresh)
    expect(fresh.get_by_role("heading", level=1)).to_have_text("Your times are in")
    looks_right(fresh)

    plain = visit(link, java_script_enabled=False)
    press_button(plain)
    plain.get_by_role("link", name="Change my times").click()
    assert plain.get_by_label("Your times, one line each").input_value().splitlines()[-1] == "Sat 10:00-10:30 free"
    plain.get_by_label("Your times, one line each").fill("Sun 22:00-23:30 if need be")
    plain.get_by_label("Dates you are away").fill(f"{FIRST}")
    plain.get_by_role("button", name="Save my times").click()
    assert plain.locator(".card li").all_inner_texts() == ["Sun 22:00-23:30 if need be"]


def test_pods_are_formed_published_revealed_and_in_the_calendar(
    service, open_cohort, join_quickly, host, visit, looks_right, letter, press_button
):
    invite = open_cohort("Winter makers")
    board = host.url
    join_quickly(invite, "winter", 6)
    join_quickly(invite, "late", 1, times="Sat 03:00-04:00 free")
    host.goto(board)
    host.get_by_role("button", name="Form pods").click()
    publish = host.get_by_role("button", name=re.compile("^Publish"))
    expect(publish).to_be_visible(timeout=40_000)  # the page turns to the proposal by itself
    looks_right(host)
    expect(host.get_by_text("late 0", exact=True)).to_be_visible()
    publish.click()
    expect(host.get_by_role("heading", name="Pods", exact=True)).to_be_visible()
    looks_right(host)

    for number in range(6):
        mail = visit(letter(service, f"winter{number}@example.org", "pod:"))
    text = mail.locator(".mail-text").inner_text()
    mates = [line for line in text.splitlines() if line.startswith("- winter")]
    assert mates == [f"- winter {number} (Lisbon): Goal {number}" for number in range(5)]
    feed = re.search(r"\S+/f/\S+\.ics", text)[0]
    with urlopen(feed) as answer:
        assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
        assert "Set-Cookie" not in answer.headers
        events = Calendar.from_ical(answer.read()).events
    assert len(events) == 8
    member = press_button(visit(re.search(r"\S+/m/\S+", text)[0], PHONE))
    expect(member.get_by_role("heading", name="Next meeting")).to_be_visible()
    looks_right(member)


def test_forming_waits_in_words_and_can_be_cancelled(service, open_cohort, join_quickly, host, looks_right):
    invite = open_cohort("Spring readers")
    join_quickly(invite, "spring", 6)
    former = service.part("worker", "forming")
    former.suspend()
    try:
        host.reload()
        host.get_by_role("button", name="Form pods").click()
        expect(host.get_by_role("heading", level=1)).to_have_text("Forming pods")
        expect(host.get_by_role("status")).to_contain_text(
            "Waiting for a free worker.", timeout=15_000
        )  # without a press
        looks_right(host)
        host.get_by_role("button", name="Cancel").click()
        expect(host.get_by_role("heading", level=1)).to_have_text("Cancelled")
        looks_right(host)
    finally:
        former.resume()
    host.get_by_role("button", name="Form pods again").click()
    expect(host.get_by_role("button", name=re.compile("^Publish"))).to_be_visible(timeout=40_000)
