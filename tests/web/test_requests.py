"""What every request meets, whatever it is for: headers, cookies, and presses that are refused at the door."""

import re

import pytest

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@pytest.mark.parametrize(
    "path", ["/", "/link", "/nothing", "/host", "/healthz", "/mailbox", "/m/never", "/f/never.ics"]
)
def test_every_answer_carries_the_headers(browser, path):
    headers = browser().get(path).headers
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


def test_no_page_holds_a_script_or_a_style_inside(signed_in, town):
    mine, host = signed_in("a0"), signed_in("hana", host=True)
    pages = [mine.text(f"/me/{town.id['a0']}{page}") for page in ("", "/times", "/pod", "/calendar")]
    pages += [host.text(f"/host/cohorts/{town.id['writers']}"), host.text(f"/retro/{town.id['alder-2']}")]
    inside = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
    assert [inside.findall(page) for page in pages] == [[]] * len(pages)


def test_the_cookie_is_for_this_site_and_not_for_scripts(signed_in, town, path_of):
    answer = signed_in("a0").open(path_of(town.link["a0"]))
    flags = answer.headers["Set-Cookie"].split("; ")[1:]
    assert sorted(flag.split("=")[0] for flag in flags) == ["Expires", "HttpOnly", "Path", "SameSite"]
    assert "SameSite=Lax" in flags


class TestBehindHttps:
    @pytest.fixture
    def environ(self, environ):
        return environ | {"PODSCHED_BASE_URL": "https://pods.example.org"}

    @pytest.fixture
    def answer(self, browser, town, path_of):
        site = {"base_url": "https://pods.example.org"}
        mine = browser()
        page = mine.client.get(path_of(town.link["a0"]), **site).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        return mine.client.post(path_of(town.link["a0"]), data={"csrf_token": token}, **site)

    def test_the_cookie_is_bound_to_the_host_and_to_https(self, answer):
        assert answer.status_code == 303
        name, *flags = answer.headers["Set-Cookie"].split("; ")
        assert name.split("=")[0] == "__Host-podsched"
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(flags)

    def test_browsers_are_told_to_stay_on_https(self, answer):
        assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"

    @pytest.mark.parametrize("host", ["evil.example", "localhost", "pods.example.org.evil.example"])
    def test_another_host_name_is_refused(self, browser, host):
        assert browser().get("/", base_url=f"https://{host}").status_code == 400


@pytest.fixture
def presses(town):
    """(who, host tools, path, fields) of presses that would change something."""
    return [
        ("a0", False, f"/me/{town.id['a0']}/times", {"times": "Mon 10:00-12:00"}),
        ("a0", False, f"/me/{town.id['a0']}/calendar/rotate", {}),
        ("hana", True, f"/host/runs/{town.id['writers-run']}/publish", {}),
        ("hana", True, f"/retro/{town.id['alder-2']}/note", {"item": "wins", "text": "x"}),
    ]


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize(
    ("wrong", "headers"),
    [
        ({}, {}),
        ({"csrf_token": "guessed"}, {}),
        ({"csrf_token": "own"}, {"Sec-Fetch-Site": "cross-site"}),
    ],
    ids=["no token", "a guessed token", "from another site"],
)
def test_a_press_that_is_not_ours_changes_nothing(signed_in, presses, rows, number, wrong, headers):
    who, host, path, fields = presses[number]
    mine = signed_in(who, host=host)
    token = {"csrf_token": mine.token} if wrong.get("csrf_token") == "own" else wrong
    before = rows()
    answer = mine.client.post(path, data={**fields, **token}, headers=headers)
    assert (answer.status_code, "That did not arrive whole" in answer.text) == (400, True)
    assert rows() == before


def test_the_token_of_one_browser_is_no_good_in_another(signed_in, presses):
    _, _, path, fields = presses[0]
    mine, other = signed_in("a0"), signed_in("b0")
    assert mine.client.post(path, data={**fields, "csrf_token": other.token}).status_code == 400


def test_a_field_sent_twice_is_refused(signed_in, town, rows):
    mine = signed_in("a0")
    before = rows()
    body = f"csrf_token={mine.token}&times=Mon+10:00-12:00&times=Tue+10:00-12:00"
    answer = mine.client.post(f"/me/{town.id['a0']}/times", data=body, content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, rows() == before) == (400, True)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_changes_nothing(signed_in, town, rows, method):
    mine, host = signed_in("a0"), signed_in("hana", host=True)
    before = rows()
    for page in ("", "/times", "/receipt", "/about", "/check-in", "/pod", "/calendar", "/pause"):
        assert mine.client.open(f"/me/{town.id['a0']}{page}", method=method).status_code == 200
    assert mine.client.open("/me/address", method=method).status_code == 200
    for path in (
        "/host", "/host/cohorts/new", f"/host/cohorts/{town.id['makers']}", f"/host/members/{town.id['a0']}",
        f"/host/pods/{town.id['alder']}", f"/host/runs/{town.id['writers-run']}", f"/retro/{town.id['alder-2']}",
        f"/retro/recaps/{town.id['alder-recap']}",
    ):  # fmt: skip
        assert host.client.open(path, method=method).status_code == 200
    assert rows() == before


def test_a_press_by_get_is_no_press(signed_in, town):
    host = signed_in("hana", host=True)
    paths = [f"/host/cohorts/{town.id['writers']}/form", f"/retro/{town.id['alder-2']}/close", "/sign-out"]
    answers = [host.get(path) for path in paths]
    assert [(answer.status_code, "There is nothing to do here" in answer.text) for answer in answers] == [
        (405, True)
    ] * 3


def test_too_much_at_once_is_refused_in_words(signed_in, town):
    answer = signed_in("a0").press(f"/me/{town.id['a0']}/times", times="x" * 2_000_000)
    assert (answer.status_code, "That is too much at once" in answer.text) == (413, True)


@pytest.mark.parametrize(
    "path", ["/me/٣", "/host/cohorts/1", "/f/%00.ics", "/c/%F0%9F%99%82", "/m/%ff%fe", "/c/" + "x" * 5000]
)
def test_odd_addresses_lead_nowhere(signed_in, path):
    assert signed_in("hana", host=True).get(path).status_code == 404


def test_idle_sessions_of_members_end_after_two_weeks_and_of_hosts_after_a_day(signed_in, time):
    mine, host = signed_in("a0"), signed_in("hana", host=True)
    time.move(hours=23)
    assert (mine.get("/me").status_code, host.get("/host").status_code) == (303, 200)
    time.move(hours=25)
    assert host.get("/host").headers["Location"] == "/link"
    time.move(days=14)
    assert mine.get("/me").headers["Location"] == "/link"
