"""The grid "Your times" as mouse, finger, keyboard and screen reader meet it, in a page under a strict policy."""

import json
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from jinja2 import Environment, FileSystemLoader
from playwright.sync_api import expect

ROOT = Path(__file__).parents[2]
PAGE = Path(__file__).parent / "times_page"
FILES = {
    "/times.js": (ROOT / "podsched/static/times.js", "text/javascript"),
    "/times.css": (ROOT / "podsched/static/times.css", "text/css"),
    "/page.css": (PAGE / "page.css", "text/css"),
}
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'"
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
TUE, WED, THU = "Tuesday", "Wednesday", "Thursday"

pytestmark = [
    pytest.mark.skipif(shutil.which("chromium") is None, reason="needs the distribution's Chromium"),
    pytest.mark.xdist_group("browser"),
]


def rendered(query):
    asked = {name: values[0] for name, values in parse_qs(query).items()}
    environment = Environment(loader=FileSystemLoader([ROOT / "templates", PAGE]), autoescape=True)
    hints = json.loads(asked.get("hints", "null"))
    return environment.get_template("page.html").render(
        value=asked.get("value", ""), error=asked.get("error"), hints=hints
    )


class Site(BaseHTTPRequestHandler):
    def do_GET(self):
        address = urlsplit(self.path)
        path, kind = FILES.get(address.path, (None, "text/html"))
        body = path.read_bytes() if path else rendered(address.query).encode()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Security-Policy", POLICY)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Grid:
    """One open page and the words people use about it."""

    def __init__(self, page, complaints):
        self.page = page
        self.complaints = complaints
        self.typed = page.locator("#times")
        self.status = page.get_by_role("status")

    @property
    def lines(self):
        return self.typed.input_value().split("\n")

    def cell(self, day, start):
        return self.page.locator(f'td[aria-label^="{day} {start} to"]')

    def point(self, day, start):
        box = self.cell(day, start).bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def brush(self, word):
        self.page.get_by_text(word, exact=True).click()

    def drag(self, start, end):
        self.page.mouse.move(*self.point(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.point(*end), steps=4)
        self.page.mouse.up()

    def type(self, text):
        if not self.typed.is_visible():
            self.page.get_by_text("Type them instead").click()
        self.typed.fill(text)
        self.typed.blur()


class Finger:
    """Touches as the screen reports them."""

    def __init__(self, page):
        self.session = page.context.new_cdp_session(page)

    def put(self, kind, *places):
        points = [{"x": x, "y": y} for x, y in places]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def slide(self, start, end, steps=6):
        for step in range(1, steps + 1):
            self.put("touchMove", [a + (b - a) * step / steps for a, b in zip(start, end, strict=True)])

    def lift(self):
        self.put("touchEnd")


@pytest.fixture(scope="module")
def grid_site():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def grid_page(chromium, grid_site):
    contexts, pages = [], []

    def visit(value="", device=DESKTOP, *, error=None, hints=None, **settings):
        contexts.append(chromium.new_context(**device, **settings))
        page = contexts[-1].new_page()
        complaints = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda message: complaints.append(message.text))
        page.clock.install()
        asked = {"value": value} | ({"error": error} if error else {}) | ({"hints": json.dumps(hints)} if hints else {})
        page.goto(f"{grid_site}?{urlencode(asked)}")
        pages.append(Grid(page, complaints))
        return pages[-1]

    yield visit
    seen = [complaint for page in pages for complaint in page.complaints]
    for context in contexts:
        context.close()
    assert seen == []


# The textarea


def test_without_script_the_textarea_is_the_whole_form(grid_page):
    grid = grid_page("Mon 18:00-20:30 free", java_script_enabled=False)
    expect(grid.page.get_by_label("Your times, one line each")).to_be_visible()
    expect(grid.page.get_by_role("grid")).to_have_count(0)
    assert grid.lines == ["Mon 18:00-20:30 free"]


def test_lines_are_painted_and_left_as_they_are(grid_page):
    text = "wed 7:00-8:00 If need be\n\nTuesday 18:00–19:00 free"
    grid = grid_page(text)
    expect(grid.cell(WED, "07:30")).to_have_accessible_name("Wednesday 07:30 to 08:00: if need be")
    expect(grid.cell(TUE, "18:00")).to_have_accessible_name("Tuesday 18:00 to 18:30: free")
    expect(grid.cell(TUE, "19:00")).to_have_accessible_name("Tuesday 19:00 to 19:30: not free")
    assert grid.typed.input_value() == text


def test_typing_paints_the_grid(grid_page):
    grid = grid_page("Tue 18:00-19:00 free")
    grid.type("Thu 09:00-10:00 if need be")
    expect(grid.cell(TUE, "18:00")).to_have_accessible_name("Tuesday 18:00 to 18:30: not free")
    expect(grid.cell(THU, "09:30")).to_have_accessible_name("Thursday 09:30 to 10:00: if need be")
    assert grid.lines == ["Thu 09:00-10:00 if need be"]


def test_lines_the_grid_cannot_hold_are_kept(grid_page):
    grid = grid_page("Mon 18:10-20:40 free\nsome Sunday, maybe\nTue 18:00-19:00 free")
    grid.cell(TUE, "19:00").click()
    assert grid.lines == ["Tue 18:00-19:30 free", "Mon 18:10-20:40 free", "some Sunday, maybe"]
    expect(grid.page.get_by_text("Kept as you typed them: Mon 18:10-20:40 free; some Sunday, maybe")).to_be_visible()
    expect(grid.status).to_have_text("4 h free, longest block 150 min.")


@pytest.mark.parametrize(
    "text",
    [
        "Mon 00:00-01:00 if need be\nSun 23:00-24:00 if need be",
        "Mon 18:00-24:00 free",
        "Tue 00:00-24:00 free",
        "Mon 18:00-19:00 free\nMon 19:00-20:00 if need be\nSat 09:00-12:00 free",
        "\n".join(f"{day} 00:00-24:00 free" for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")),
    ],
)
def test_what_is_written_is_what_was_read(grid_page, text):
    grid = grid_page(text)
    grid.cell(WED, "15:00").focus()
    grid.page.keyboard.press("2" if "Wed" in text else "0")
    assert grid.typed.input_value() == text


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("Fri 22:00-02:00", "Fri 22:00-24:00 free\nSat 00:00-02:00 free"),
        ("sunday 23:00 to 0:30 if needed", "Mon 00:00-00:30 if need be\nSun 23:00-24:00 if need be"),
        ("Mon 18:00-19:00 free\nMon 18:30-20:00 if need be", "Mon 18:00-19:00 free\nMon 19:00-20:00 if need be"),
        ("Mon 24:00-24:00 free", "Mon 24:00-24:00 free"),
        ("Mon 18:00-25:00 free", "Mon 18:00-25:00 free"),
        ("Monkey 18:00-19:00", "Monkey 18:00-19:00"),
    ],
)
def test_typed_lines_are_read_as_the_server_reads_them(grid_page, typed, written):
    grid = grid_page(typed)
    grid.cell(WED, "15:00").focus()
    grid.page.keyboard.press("0")
    assert grid.typed.input_value() == written


def test_what_was_painted_is_there_after_going_back(grid_page):
    grid = grid_page()
    grid.cell(TUE, "18:00").click()
    grid.page.goto("about:blank")
    grid.page.go_back()
    expect(grid.cell(TUE, "18:00")).to_have_accessible_name("Tuesday 18:00 to 18:30: free")
    assert grid.lines == ["Tue 18:00-18:30 free"]


def test_the_form_sends_the_lines_and_no_brush(grid_page):
    grid = grid_page("Tue 18:00-19:00 free")
    sent = grid.page.evaluate("[...new FormData(document.querySelector('form'))]")
    assert sent == [["times", "Tue 18:00-19:00 free"]]


def test_a_mistake_is_told_and_the_typed_lines_are_open(grid_page):
    grid = grid_page("Tue whenever", error="Line 1: write a time, as in Tue 18:00-19:00 free.")
    expect(grid.typed).to_be_visible()
    expect(grid.typed).to_have_attribute("aria-invalid", "true")
    expect(grid.typed).to_have_accessible_description(
        "In your own local time: Mon 18:00-20:30 free or Wed 07:00-09:00 if need be. Line 1: write a time, as in Tue 18:00-19:00 free."
    )


# The mouse


def test_a_press_toggles_one_cell(grid_page):
    grid = grid_page()
    grid.cell(TUE, "18:00").click()
    assert grid.lines == ["Tue 18:00-18:30 free"]
    grid.cell(TUE, "18:00").click()
    assert grid.lines == [""]


def test_press_and_drag_paints_a_block(grid_page):
    grid = grid_page()
    grid.drag((TUE, "10:00"), (THU, "11:00"))
    assert grid.lines == [f"{day} 10:00-11:30 free" for day in ("Tue", "Wed", "Thu")]


def test_a_drag_that_comes_back_leaves_no_trail(grid_page):
    grid = grid_page("Wed 10:00-11:00 if need be")
    grid.page.mouse.move(*grid.point(TUE, "10:00"))
    grid.page.mouse.down()
    grid.page.mouse.move(*grid.point(THU, "12:00"))
    grid.page.mouse.move(*grid.point(TUE, "10:30"))
    grid.page.mouse.up()
    assert grid.lines == ["Tue 10:00-11:00 free", "Wed 10:00-11:00 if need be"]


def test_the_brush_decides_the_level(grid_page):
    grid = grid_page("Tue 10:00-12:00 free")
    grid.brush("If need be")
    grid.drag((TUE, "10:00"), (TUE, "10:30"))
    grid.brush("Not free")
    grid.drag((TUE, "11:30"), (TUE, "11:30"))
    assert grid.lines == ["Tue 10:00-11:00 if need be", "Tue 11:00-11:30 free"]


def test_escape_drops_a_drag(grid_page):
    grid = grid_page("Tue 10:00-11:00 free")
    grid.page.mouse.move(*grid.point(WED, "10:00"))
    grid.page.mouse.down()
    grid.page.mouse.move(*grid.point(THU, "12:00"))
    grid.page.keyboard.press("Escape")
    grid.page.mouse.up()
    assert grid.lines == ["Tue 10:00-11:00 free"]


def test_keys_do_not_disturb_a_drag(grid_page):
    grid = grid_page()
    grid.page.mouse.move(*grid.point(WED, "10:00"))
    grid.page.mouse.down()
    grid.page.keyboard.press("Shift")
    grid.page.keyboard.press("ArrowDown")
    grid.page.mouse.move(*grid.point(WED, "10:30"))
    grid.page.mouse.up()
    assert grid.lines == ["Wed 10:00-11:00 free"]


def test_the_right_button_paints_nothing(grid_page):
    grid = grid_page()
    grid.cell(TUE, "18:00").click(button="right")
    assert grid.lines == [""]


# Fingers


@pytest.fixture
def phone(grid_page):
    grid = grid_page(device=PHONE)
    grid.cell(TUE, "14:00").scroll_into_view_if_needed()
    grid.finger = Finger(grid.page)
    return grid


def test_a_tap_toggles_one_cell(phone):
    phone.finger.put("touchStart", phone.point(TUE, "12:00"))
    phone.finger.lift()
    assert phone.lines == ["Tue 12:00-12:30 free"]


def test_a_swipe_scrolls_and_paints_nothing(phone):
    before = phone.page.evaluate("scrollY")
    x, y = phone.point(TUE, "12:00")
    phone.finger.put("touchStart", (x, y))
    phone.finger.slide((x, y), (x + 5, y - 150))
    phone.finger.lift()
    phone.page.wait_for_function(f"scrollY > {before + 50}")
    assert phone.lines == [""]


def test_a_held_finger_paints_a_block_and_does_not_scroll(phone):
    before = phone.page.evaluate("scrollY")
    start, end = phone.point(TUE, "11:00"), phone.point(WED, "13:30")
    phone.finger.put("touchStart", start)
    phone.page.clock.run_for(260)
    phone.finger.slide(start, end)
    phone.finger.lift()
    assert phone.lines == ["Tue 11:00-14:00 free", "Wed 11:00-14:00 free"]
    assert phone.page.evaluate("scrollY") == before


def test_a_sideways_drag_paints_a_row_at_once(phone):
    start, end = phone.point(TUE, "12:00"), phone.point(THU, "12:30")
    phone.finger.put("touchStart", start)
    phone.finger.slide(start, end)
    phone.finger.lift()
    assert phone.lines == [f"{day} 12:00-12:30 free" for day in ("Tue", "Wed", "Thu")]


def test_a_second_finger_drops_the_block(phone):
    start, end = phone.point(TUE, "11:00"), phone.point(WED, "12:00")
    phone.finger.put("touchStart", start)
    phone.page.clock.run_for(260)
    phone.finger.put("touchMove", end)
    phone.finger.put("touchStart", end, start)
    phone.finger.lift()
    assert phone.lines == [""]


def test_the_hours_stand_on_one_line(phone):
    header = phone.page.get_by_role("rowheader").first
    assert header.evaluate("cell => cell.firstElementChild.getClientRects().length") == 1
    assert header.evaluate("cell => cell.scrollWidth <= cell.clientWidth")


@pytest.mark.parametrize("width", [320, 390])
def test_the_phone_page_needs_no_sideways_scroll(phone, width):
    phone.page.set_viewport_size({"width": width, "height": 844})
    assert phone.page.evaluate("document.documentElement.scrollWidth") == width


def test_the_brush_fits_one_row_of_a_phone(phone):
    tops = {phone.page.get_by_text(word, exact=True).bounding_box()["y"] for word in ("Free", "If need be", "Not free")}
    assert len(tops) == 1


def test_cells_are_at_least_26_pixels_each_way(phone):
    box = phone.cell(WED, "12:00").bounding_box()
    assert box["width"] >= 26
    assert box["height"] >= 26


def test_the_brush_stays_in_sight_on_a_phone(phone):
    phone.page.evaluate("scrollTo(0, 300)")
    expect(phone.page.get_by_text("If need be", exact=True)).to_be_in_viewport(ratio=1)


# The keyboard


@pytest.fixture
def keys(grid_page):
    grid = grid_page()
    grid.cell(WED, "10:00").click()
    grid.page.keyboard.press("0")
    grid.press = lambda *names: [grid.page.keyboard.press(name) for name in names]
    return grid


def test_the_grid_is_one_tab_stop(keys):
    assert keys.page.locator('td[tabindex="0"]').count() == 1
    keys.press("Tab")
    assert keys.page.evaluate("document.activeElement.name") == "times-brush"
    keys.press("Shift+Tab")
    expect(keys.cell(WED, "10:00")).to_be_focused()


def test_arrows_home_and_end_move(keys):
    keys.press("ArrowDown", "ArrowLeft")
    expect(keys.cell(TUE, "10:30")).to_be_focused()
    keys.press("Home", "ArrowLeft", "ArrowUp")
    expect(keys.cell("Monday", "10:00")).to_be_focused()
    keys.press("End", "ArrowRight")
    expect(keys.cell("Sunday", "10:00")).to_be_focused()
    assert keys.lines == [""]


def test_arrows_stop_at_the_first_and_last_row_shown(keys):
    keys.press(*["ArrowUp"] * 10)
    expect(keys.cell(WED, "07:00")).to_be_focused()
    keys.press(*["ArrowDown"] * 40)
    expect(keys.cell(WED, "23:30")).to_be_focused()


def test_digits_set_the_level(keys):
    keys.press("2", "ArrowDown", "1", "ArrowDown", "2", "0")
    assert keys.lines == ["Wed 10:00-10:30 free", "Wed 10:30-11:00 if need be"]


def test_space_and_enter_toggle_with_the_brush(keys):
    keys.press("Space", "ArrowDown", "Enter", "ArrowDown", "Enter", "Enter")
    assert keys.lines == ["Wed 10:00-11:00 free"]


def test_shift_and_arrows_paint_a_block(keys):
    keys.press("Shift+ArrowDown", "ArrowDown")
    keys.page.keyboard.down("Shift")
    keys.press("ArrowRight", "ArrowDown")
    keys.page.keyboard.up("Shift")
    assert keys.lines == ["Wed 10:00-12:00 free", "Thu 11:00-12:00 free"]


def test_escape_drops_the_block_in_progress(keys):
    keys.page.keyboard.down("Shift")
    keys.press("ArrowRight", "ArrowDown", "Escape")
    keys.page.keyboard.up("Shift")
    assert keys.lines == [""]
    expect(keys.cell(WED, "10:00")).to_be_focused()


# Help


def test_presets_fill_with_the_brush(grid_page):
    grid = grid_page()
    grid.page.get_by_role("button", name="Weekday evenings").click()
    grid.page.get_by_role("button", name="Weekend mornings").click()
    evenings = [f"{day} 18:00-21:00 free" for day in ("Mon", "Tue", "Wed", "Thu", "Fri")]
    assert grid.lines == [*evenings, "Sat 09:00-12:00 free", "Sun 09:00-12:00 free"]


def test_lunch_is_an_hour_on_weekdays(grid_page):
    grid = grid_page()
    grid.page.get_by_role("button", name="Lunch").click()
    assert grid.lines == [f"{day} 12:00-13:00 free" for day in ("Mon", "Tue", "Wed", "Thu", "Fri")]


def test_nights_are_shown_on_demand(grid_page):
    grid = grid_page()
    expect(grid.cell(TUE, "06:30")).to_be_hidden()
    grid.page.get_by_role("button", name="Show nights").click()
    expect(grid.cell(TUE, "06:30")).to_be_visible()
    grid.page.get_by_role("button", name="Hide nights").click()
    expect(grid.cell(TUE, "06:30")).to_be_hidden()


def test_nights_are_shown_when_something_is_painted_there(grid_page):
    expect(grid_page("Tue 06:00-07:00 free").cell(TUE, "06:30")).to_be_visible()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Nothing painted yet."),
        (
            "Mon 18:00-21:00 free\nTue 10:00-15:30 free\nTue 15:30-17:30 if need be",
            "8.5 h free, 2 h if need be, longest block 450 min.",
        ),
        ("Sun 23:30-00:30 free", "1 h free, longest block 60 min."),
        (
            "Tue 18:00-18:30 free\nThu 09:00-09:20 free",
            "Your longest block is 30 min; the meeting needs 60. Add 30 min to Tue 18:00-18:30, for example.",
        ),
    ],
)
def test_the_live_line_says_how_much_there_is(grid_page, text, said):
    expect(grid_page(text).status).to_have_text(said)


def test_the_live_line_tells_how_many_share_a_time(grid_page):
    grid = grid_page("Tue 18:00-20:00 free", hints={"members": 20, "tue 18:00": 9, "tue 19:30": 12, "wed 18:00": 19})
    expect(grid.status).to_have_text("2 h free, longest block 120 min. 12 of 20 share your Tuesday evening.")


def test_the_empty_grid_says_what_to_do(grid_page):
    grid = grid_page()
    expect(grid.page.get_by_text("press and drag", exact=True)).to_be_visible()
    grid.cell(TUE, "18:00").click()
    expect(grid.page.get_by_text("press and drag", exact=True)).to_be_hidden()


def test_a_click_without_a_pointer_toggles_a_cell(grid_page):
    grid = grid_page()
    grid.cell(TUE, "18:00").evaluate("cell => cell.click()")
    assert grid.lines == ["Tue 18:00-18:30 free"]


def test_every_cell_and_header_has_its_role(grid_page):
    page = grid_page().page
    assert page.get_by_role("columnheader").count() == 1 + 7
    assert page.get_by_role("rowheader").count() == 34
    assert page.get_by_role("gridcell").count() == 7 * 34


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing(grid_page, device, scheme):
    text = "Tue 18:00-20:30 free\nWed 18:00-19:00 if need be\nMon 18:10-19:00 free"
    grid = grid_page(text, device, error="Line 3 is too short.", color_scheme=scheme)
    found = Axe().run(grid.page).response["violations"]
    assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in found] == []
