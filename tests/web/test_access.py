"""Every address, asked by everybody who might ask."""

import re
import uuid

import pytest

from podsched.services.links import NewAddress

ACTORS = ("stranger", "member", "mate", "other pod", "other house", "host", "other host", "host by member link", "left")
IDS = {"enrolment_id": "a1", "pod_id": "alder", "meeting_id": "alder-2", "recap_id": "alder-recap", "cohort_id": "writers", "run_id": "writers-run", "mail_id": "a1-dead-mail", "holiday_id": "kitchen-holiday"}  # fmt: skip
#: What a press needs beside the token, so that the answer is about the right to press and not about the form.
FIELDS = {
    "host.new_cohort": {}, "member.times": {"times": ""}, "member.about": {"goal": ""}, "retro.note": {"item": "wins", "text": "x"}, "retro.away": {"member": "a2", "away": "yes"},
    "retro.commitment": {"member": "a2", "text": "x"}, "retro.outcome": {"commitment": "alder-promise", "outcome": "kept"},
    "address.change": {"email": ""}, "member.check_in": {"answer": "done"}, "member.pause": {"until": "2027-02-01"},
}  # fmt: skip

# Expected: in the order of ACTORS; 2 a page, 3 a redirect on, S to the page that sends links, 4 there is nothing here,
# and I is a form given back (422).
PUBLIC = "2 2 2 2 2 2 2 2 2"
MINE = "S 2 4 4 4 4 4 4 4"
MINE_POST = "S 3 4 4 4 4 4 4 4"
HOSTS = "S 4 4 4 4 2 4 4 4"
HOSTS_POST = "S 4 4 4 4 3 4 4 4"
ANY_HOST = "S 4 4 4 4 2 2 4 4"
#: The note-taker of the week is "mate".
LEADS = "S 4 2 4 4 2 4 4 4"
LEADS_POST = "S 4 3 4 4 3 4 4 4"

MATRIX = {
    ("GET", "public.front"): PUBLIC,
    ("GET", "public.cohort"): PUBLIC,
    ("GET", "public.join"): PUBLIC,
    ("POST", "public.join"): "I I I I I I I I I",
    ("GET", "auth.ask_for_link"): PUBLIC,
    ("POST", "auth.ask_for_link"): "I I I I I I I I I",
    ("GET", "auth.personal"): PUBLIC,
    ("POST", "auth.personal"): "3 3 3 3 3 3 3 3 3",
    ("GET", "auth.host_link"): PUBLIC,
    ("POST", "auth.host_link"): "3 3 3 3 3 3 3 3 3",
    ("POST", "auth.leave"): "3 3 3 3 3 3 3 3 3",
    ("GET", "checkin.answer"): PUBLIC,
    ("POST", "checkin.answer"): "I I I I I I I I I",
    ("GET", "checkin.stop"): PUBLIC,
    ("POST", "checkin.stop"): PUBLIC,
    ("GET", "checkin.stop_mail"): PUBLIC,
    ("POST", "checkin.stop_mail"): PUBLIC,
    ("GET", "feeds.calendar"): PUBLIC,
    ("GET", "feeds.busy"): PUBLIC,
    ("GET", "health.alive"): PUBLIC,
    ("GET", "health.ready"): PUBLIC,
    ("GET", "metrics.metrics"): "4 4 4 4 4 4 4 4 4",
    ("GET", "static"): PUBLIC,
    ("GET", "mailbox.inbox"): PUBLIC,
    ("GET", "mailbox.letter"): "4 4 4 4 4 4 4 4 4",
    ("GET", "mailbox.letter_html"): "4 4 4 4 4 4 4 4 4",
    ("GET", "member.home"): "S 3 3 3 3 3 3 3 3",
    ("GET", "member.start"): MINE,
    ("GET", "member.times"): MINE,
    ("POST", "member.times"): "S I 4 4 4 4 4 4 4",
    ("GET", "member.receipt"): MINE,
    ("GET", "member.about"): MINE,
    ("POST", "member.about"): "S I 4 4 4 4 4 4 4",
    ("GET", "member.check_in"): MINE,
    ("POST", "member.check_in"): MINE_POST,
    ("GET", "member.pod"): MINE,
    ("GET", "calendars.mine"): MINE,
    ("POST", "calendars.rotate"): MINE_POST,
    ("POST", "calendars.choose"): MINE_POST,
    ("POST", "calendars.remind"): MINE_POST,
    ("GET", "calendars.event"): MINE,
    ("GET", "calendars.of_community"): ANY_HOST,
    ("POST", "calendars.of_community"): "S 4 4 4 4 3 3 4 4",
    ("GET", "calendars.of_cohort"): HOSTS,
    ("POST", "calendars.of_cohort"): HOSTS_POST,
    ("GET", "calendars.of_pod"): HOSTS,
    ("POST", "calendars.of_pod"): HOSTS_POST,
    ("POST", "calendars.rotate_host"): "S 4 4 4 4 3 3 4 4",
    ("GET", "meetings.show"): HOSTS,
    ("POST", "meetings.move"): "S 4 4 4 4 I 4 4 4",
    ("POST", "meetings.cancel"): HOSTS_POST,
    ("POST", "meetings.restore"): HOSTS_POST,
    ("POST", "member.read_calendar"): "S I 4 4 4 4 4 4 4",
    ("POST", "member.forget_calendar"): "S 2 4 4 4 4 4 4 4",
    ("GET", "address.change"): "S 2 2 2 2 2 2 2 4",
    ("POST", "address.change"): "S I I I I I I I 4",
    ("GET", "checkin.address"): PUBLIC,
    ("POST", "checkin.address"): PUBLIC,
    ("GET", "member.pause"): MINE,
    ("POST", "member.pause"): MINE_POST,
    ("POST", "member.resume"): MINE_POST,
    ("POST", "member.mail"): MINE_POST,
    ("POST", "member.leave"): "S 2 4 4 4 4 4 4 4",
    ("GET", "checkin.leave"): PUBLIC,
    ("POST", "checkin.leave"): PUBLIC,
    ("POST", "host.take_back"): HOSTS_POST,
    ("POST", "host.asked_after"): HOSTS_POST,
    ("POST", "host.digest"): "S 4 4 4 4 3 3 4 4",
    ("GET", "host.start"): ANY_HOST,
    ("GET", "mail_samples.every"): ANY_HOST,
    ("GET", "mail_samples.one"): ANY_HOST,
    ("GET", "mail_samples.one_html"): ANY_HOST,
    ("POST", "undelivered.send_again"): HOSTS_POST,
    ("POST", "undelivered.set_aside"): HOSTS_POST,
    ("GET", "holidays.show"): ANY_HOST,
    ("POST", "holidays.show"): "S 4 4 4 4 I I 4 4",
    ("POST", "holidays.remove"): HOSTS_POST,
    ("GET", "host.new_cohort"): ANY_HOST,
    ("POST", "host.new_cohort"): "S 4 4 4 4 I I 4 4",
    ("GET", "host.board"): HOSTS,
    ("GET", "host.change_cohort"): HOSTS,
    ("POST", "host.change_cohort"): "S 4 4 4 4 I 4 4 4",
    ("POST", "host.nudge"): HOSTS_POST,
    ("POST", "host.quiet_week"): HOSTS_POST,
    ("GET", "host.member"): HOSTS,
    ("POST", "host.resend"): HOSTS_POST,
    ("POST", "host.revoke"): HOSTS_POST,
    ("GET", "host.pod"): HOSTS,
    ("POST", "host.pod"): HOSTS_POST,
    ("POST", "forming.form_pods"): HOSTS_POST,
    ("GET", "forming.show"): HOSTS,
    ("GET", "forming.progress"): "S 4 4 4 4 ended 4 4 4",
    ("POST", "forming.cancel"): HOSTS_POST,
    ("POST", "forming.publish"): HOSTS_POST,
    ("GET", "retro.room"): LEADS,
    ("POST", "retro.start"): LEADS_POST,
    ("POST", "retro.item"): LEADS_POST,
    ("POST", "retro.extend"): LEADS_POST,
    ("POST", "retro.note"): LEADS_POST,
    ("POST", "retro.commitment"): LEADS_POST,
    ("POST", "retro.outcome"): LEADS_POST,
    ("POST", "retro.away"): LEADS_POST,
    ("POST", "retro.close"): LEADS_POST,
    ("GET", "retro.recap"): "S 4 2 4 4 2 4 4 4",
    ("POST", "retro.recap"): "S 4 3 4 4 3 4 4 4",
}
ENDS_THE_SESSION = {"auth.leave", "auth.personal", "auth.host_link", "host.revoke"}
CODES = {
    "2": (200, None),
    "3": (303, None),
    "S": (303, "/link"),
    "4": (404, None),
    "I": (422, None),
    "ended": (286, None),
}


def routes(app):
    return {
        (method, rule.endpoint): rule
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }


@pytest.fixture
def actor(signed_in, browser):
    """A browser of each of ACTORS; a1 is the member, who is no note-taker."""

    def open_as(name):
        return {
            "stranger": browser,
            "member": lambda: signed_in("a1"),
            "mate": lambda: signed_in("a2"),
            "other pod": lambda: signed_in("b1"),
            "other house": lambda: signed_in("c1"),
            "host": lambda: signed_in("hana", host=True),
            "other host": lambda: signed_in("lena", host=True),
            "host by member link": lambda: signed_in("hana"),
            "left": lambda: signed_in("a6"),
        }[name]()

    return open_as


def stop_mail_token(house, membership_id):
    from podsched.models import MailKind

    return house.addresses.stop(MailKind.RETRO_TOMORROW, uuid.UUID(membership_id)).rsplit("/", 1)[1]


def new_address(house, town, name, at):
    asked = NewAddress(uuid.UUID(town.id[f"{name}-member"]), f"{name}@example.com", at)
    return house.addresses.new_address(asked)


@pytest.fixture
def address(lived_in, house, time, town, path_of, new_sign_in_link):
    """Where a route is, for the thing that a1, pod Alder or the house Kitchen owns."""
    tokens = {
        "auth.personal": lambda: path_of(town.link["a0"]).rsplit("/", 1)[1],
        "auth.host_link": lambda: new_sign_in_link("hugo").rsplit("/", 1)[1],
        "checkin.answer": lambda: path_of(town.check_in["a0"]).rsplit("/", 1)[1],
        "checkin.leave": lambda: house.addresses.leave(uuid.UUID(town.id["a5"]), time.now()).rsplit("/", 1)[1],
        "checkin.stop_mail": lambda: stop_mail_token(house, town.id["a0-member"]),
        "checkin.address": lambda: new_address(house, town, "a5", time.now()).rsplit("/", 1)[1],
        "checkin.stop": lambda: path_of(town.stop["a0"]).rsplit("/", 1)[1],
        "feeds.calendar": lambda: path_of(town.feed["a0"]).rsplit("/", 1)[1].removesuffix(".ics"),
        "feeds.busy": lambda: path_of(town.feed["a0"]).rsplit("/", 1)[1].removesuffix(".ics"),
    }

    def find(rule, things=IDS):
        values = {name: town.id[thing] for name, thing in things.items() if name in rule.arguments}
        values |= {"code": town.code["writers"]} if "code" in rule.arguments else {}
        values |= {"token": tokens[rule.endpoint]()} if "token" in rule.arguments else {}
        values |= {
            key: value
            for key, value in {
                "filename": "base.css",
                "key": "none",
                "name": "check-in",
                "week": 3,
                "position": 2,
            }.items()
            if key in rule.arguments
        }
        with lived_in.test_request_context():
            from flask import url_for

            return url_for(rule.endpoint, **values)

    return find


@pytest.fixture
def fields(town):
    def of(endpoint):
        given = FIELDS.get(endpoint, {})
        return {name: town.id.get(value, value) for name, value in given.items()}

    return of


def test_every_route_is_in_the_matrix(lived_in):
    assert sorted(MATRIX) == sorted(routes(lived_in))


@pytest.fixture
def as_note_taker(house, town):
    """Makes a2 the note-taker of Alder's first two weeks, and nobody else of a1 and b1."""
    from podsched.db import writing
    from podsched.models import Role, RoleAssignment

    with writing(house.engine) as session:
        for week in (1, 2):
            for role, name in ((Role.NOTE_TAKER, "a2"), (Role.GREETER, "a3"), (Role.CURATOR, "a4")):
                key = (uuid.UUID(town.id["alder"]), week, role)
                session.get_one(RoleAssignment, key).enrolment_id = uuid.UUID(town.id[name])


@pytest.mark.parametrize("who", ACTORS)
def test_who_may_ask_what(lived_in, actor, address, fields, as_note_taker, who):
    column = ACTORS.index(who)
    wrong = {}
    mine = actor(who)
    for (method, endpoint), rule in routes(lived_in).items():
        expected = CODES[MATRIX[method, endpoint].split()[column]]
        path = address(rule)
        answer = mine.get(path) if method == "GET" else mine.press(path, **fields(endpoint))
        found = (answer.status_code, "/link" if answer.headers.get("Location") == "/link" else None)
        if found != expected and (found[0], None) != expected:
            wrong[method, endpoint] = (found, expected)
        if endpoint in ENDS_THE_SESSION:
            mine = actor(who)
    assert wrong == {}


@pytest.mark.parametrize("who", ["member", "other house", "host", "other host"])
def test_foreign_and_unknown_are_the_same_bytes(lived_in, actor, address, fields, who):
    """Whether a thing is another's or never was, one cannot tell from the answer."""
    mine, unlike = actor(who), []
    for (method, endpoint), rule in routes(lived_in).items():
        if not set(rule.arguments) & set(IDS):
            continue
        foreign, unknown = address(rule), address(rule).replace("/", "/")
        for part in rule.arguments:
            if part in IDS:
                value = next(piece for piece in unknown.split("/") if len(piece) == 36)
                unknown = unknown.replace(value, str(uuid.uuid4()))
        ask = mine.get if method == "GET" else lambda path, e=endpoint: mine.press(path, **fields(e))
        found = ask(foreign)
        if found.status_code == 404 and found.data != ask(unknown).data:
            unlike.append((method, endpoint))
    assert unlike == []


@pytest.mark.parametrize(("who", "host"), [("a1", False), ("hana", False), ("hana", True), ("a6", False)])
def test_the_page_for_nothing_is_the_same_for_everybody(browser, signed_in, who, host):
    """Nothing of the reader stands in it either, so it cannot leak into a cache or a screenshot."""
    assert signed_in(who, host=host).get("/nothing").data == browser().get("/nothing").data


def test_another_community_is_nowhere_on_a_hosts_pages(signed_in, town, house):
    """Undelivered mail of a member is the business of that member's own hosts."""
    from podsched.db import writing
    from podsched.models import MailState, Membership, OutboxMail

    with writing(house.engine) as session:
        for name in ("b2", "c2"):
            membership = session.get_one(Membership, uuid.UUID(town.id[f"{name}-member"]))
            membership.person.name = f"Undeliverable {name}"
            mail = session.query(OutboxMail).filter_by(membership_id=membership.id).first()
            mail.state, mail.reason = MailState.DEAD, "550 no such mailbox"
    own, foreign = (signed_in(host, host=True).text("/host") for host in ("hana", "lena"))
    assert ("Undeliverable b2" in own, "Undeliverable c2" in own) == (True, False)
    assert ("Undeliverable b2" in foreign, "Undeliverable c2" in foreign) == (False, True)


def test_a_pod_mate_sees_names_and_never_an_address_or_a_grid(signed_in, town):
    mine = signed_in("a1")
    seen = "".join(mine.text(f"/me/{town.id['a1']}{page}") for page in ("", "/pod", "/times", "/calendar", "/check-in"))
    assert "A0" in seen
    # What is drawn by chance may hold any two letters: one's own calendar addresses and the tokens of forms.
    seen = re.sub(r"(/f/|%2Ff%2F)[\w-]{32}|(name=\"csrf_token\" value=)\"[^\"]*\"", r"\1\2", seen)
    assert [name for name in ("a0@example.org", "B1", "C1", town.id["a0"]) if name in seen] == []
