"""Links in mail: opening one changes nothing, pressing its button does, and each does only what it is for."""

import uuid

import pytest

from podsched.services.links import NewAddress


@pytest.fixture
def link(town, path_of, new_sign_in_link, house, time):
    return {
        "personal": path_of(town.link["a0"]),
        "sign-in": new_sign_in_link("hana"),
        "check-in": path_of(town.check_in["a0"]),
        "stop": path_of(town.stop["a0"]),
        "address": path_of(
            house.addresses.new_address(NewAddress(uuid.UUID(town.id["a0-member"]), "a0@example.com", time.now()))
        ),
    }


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("kind", ["personal", "sign-in", "check-in", "stop", "address"])
def test_opening_a_link_changes_nothing(browser, link, rows, kind, method):
    before = rows()
    answers = [browser().client.open(link[kind], method=method) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert rows() == before


@pytest.mark.parametrize("kind", ["personal", "sign-in"])
def test_opening_a_link_does_not_sign_in(browser, link, kind):
    mine = browser()
    mine.get(link[kind])
    assert mine.get("/me").headers["Location"] == "/link"


def test_a_personal_link_signs_in_again_and_again(browser, link):
    for _ in range(2):
        assert browser().open(link["personal"]).headers["Location"] == "/me"


def test_a_personal_link_leads_on_to_the_members_own_page_and_needs_no_second_press(browser, link, town):
    mine, onwards = browser(), f"/me/{town.id['a0']}/pod"
    assert mine.open(f"{link['personal']}?next={onwards}").headers["Location"] == onwards
    assert mine.get(f"{link['personal']}?next={onwards}").headers["Location"] == onwards


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/host", "/me/../host", "/me/x/y", ""])
def test_a_personal_link_leads_nowhere_else(browser, link, elsewhere):
    assert browser().open(f"{link['personal']}?next={elsewhere}").headers["Location"] == "/me"


def test_a_sign_in_link_works_once(browser, link):
    assert browser().open(link["sign-in"]).headers["Location"] == "/host"
    late = browser()
    assert (late.get(link["sign-in"]).status_code, late.open(link["sign-in"]).status_code) == (404, 404)
    assert late.get("/host").headers["Location"] == "/link"


def test_a_sign_in_link_voids_the_others_of_its_host(browser, new_sign_in_link):
    older, newer, another = new_sign_in_link("hana"), new_sign_in_link("hana"), new_sign_in_link("hugo")
    assert browser().open(newer).status_code == 303
    assert [browser().open(link).status_code for link in (older, another)] == [404, 303]


def test_a_sign_in_link_lives_ten_minutes(browser, link, time):
    time.move(minutes=9, seconds=59)
    assert browser().get(link["sign-in"]).status_code == 200
    time.move(seconds=1)
    assert browser().open(link["sign-in"]).status_code == 404


def test_a_dead_link_offers_a_new_one(browser):
    text = browser().text("/m/was-never")
    assert "Send me a new link" in text
    assert 'action="/link"' in text


def test_a_token_for_one_purpose_serves_no_other(browser, link):
    tokens = {kind: path.rsplit("/", 1)[1] for kind, path in link.items()}
    for kind, own in link.items():
        prefix = own.rsplit("/", 1)[0]
        others = [f"{prefix}/{token}" for other, token in tokens.items() if other != kind]
        assert [browser().get(path).status_code for path in others] == [404] * 4


def test_one_press_from_the_mail_answers_without_signing_in(browser, link):
    answer = browser().client.post(link["check-in"], data={"answer": "done"})
    assert (answer.status_code, answer.headers["Location"]) == (303, link["check-in"])
    assert "Nice, that is done." in browser().text(link["check-in"])


def test_a_second_press_keeps_one_answer(browser, link, rows):
    for answer in ("done", "done", "partly"):
        browser().client.post(link["check-in"], data={"answer": answer, "line": "a line"})
    assert sum("a line" in row for row in rows()["checkins"]) == 1


def test_check_in_mail_stops_by_one_click_of_the_mail_program(browser, link):
    """RFC 8058: a POST with one fixed field, without cookie, token or page."""
    answer = browser().client.post(link["stop"], data={"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, "No more check-in mail" in answer.text) == (200, True)
    assert "Set-Cookie" not in answer.headers


def test_a_late_press_says_so_and_changes_nothing(browser, link, rows, time):
    time.move(days=2)
    before = rows()
    answer = browser().client.post(link["check-in"], data={"answer": "done"})
    assert (answer.status_code, "This check-in is over" in answer.text) == (409, True)
    assert rows() == before


def test_an_answer_that_is_none_is_refused_with_the_line_kept(browser, link):
    answer = browser().client.post(link["check-in"], data={"answer": "perhaps", "line": "my own words"})
    assert (answer.status_code, "Press one of the three." in answer.text) == (422, True)
    assert 'value="my own words"' in answer.text


def test_signing_out_ends_the_session_on_the_server(signed_in):
    mine = signed_in("a0")
    cookie = mine.client.get_cookie("podsched").value
    answer = mine.press("/sign-out")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    mine.client.set_cookie("podsched", cookie)
    assert mine.get("/me").headers["Location"] == "/link"


def test_a_new_sign_in_brings_a_new_session(signed_in, town, path_of):
    mine = signed_in("a0")
    before = mine.client.get_cookie("podsched").value
    mine.open(path_of(town.link["a0"]))
    after = mine.client.get_cookie("podsched").value
    mine.client.set_cookie("podsched", before)
    assert (before != after, mine.get("/me").headers["Location"]) == (True, "/link")


def test_a_revoked_link_opens_nothing_and_ends_its_sessions(signed_in, browser, town, path_of):
    mine, host = signed_in("a0"), signed_in("hana", host=True)
    host.press(f"/host/members/{town.id['a0']}/revoke")
    assert browser().open(path_of(town.link["a0"])).status_code == 404
    assert mine.get("/me").headers["Location"] == "/link"


def test_asking_for_a_link_says_the_same_to_everybody(browser):
    pages = [
        browser().press("/link", email=email) for email in ("a0@example.org", "hana@example.org", "who@example.org")
    ]
    texts = {page.text.replace(name, "-") for page, name in zip(pages, ("a0@", "hana@", "who@"), strict=True)}
    assert ([page.status_code for page in pages], len(texts)) == ([200] * 3, 1)


def test_asking_for_a_link_mails_one_a_minute(browser, rows):
    before = len(rows()["outbox"])
    for _ in range(3):
        browser().press("/link", email="a0@example.org")
    assert len(rows()["outbox"]) == before + 1
