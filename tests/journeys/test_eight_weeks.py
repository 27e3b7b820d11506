"""Twenty-four people, eight weeks, two clock changes: through the front door only.

Pages over real HTTP, links found in mail that a real SMTP server received, feeds fetched over HTTP, jobs run by RQ from
a real Valkey. Only the clock is ours. What each person got and saw is compared with a calendar reckoned here, from the
zones alone.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as wall_time
from email.utils import parsedate_to_datetime
from itertools import pairwise
from threading import Thread
from zoneinfo import ZoneInfo

import icalendar
import pytest
from front_door import Browser, Page
from post import Post, day_before_mails, missed_mails
from rq import SimpleWorker
from rq.serializers import JSONSerializer
from werkzeug.serving import make_server

from podsched.jobs import running
from podsched.jobs.periodic import tick
from podsched.jobs.queues import FORMING, MAIL
from podsched.jobs.worker import ListedJob

OPENED = datetime(2027, 2, 22, 8, tzinfo=UTC)
FIRST_DAY = date(2027, 3, 8)  # New York changes on 14 March, Europe on 28 March
WEEKS = 8
QUIET_WEEK = 5
DAYS = {"5": (0, 1, 2, 3, 4), "3": (0, 2, 4), "1": (2,)}
QUESTIONS = (
    "What is the one thing you want done by Friday?",
    "How did it go with this week's goal since yesterday?",
    "Show something unfinished: a link or two lines. How far is it?",
    "What is in your way, and did you move it a little?",
    "Did you get this week's goal done? Whom do you want to thank?",
)
ANSWERS = (("done", "done"), ("partly", "partly"), ("away", "away"))


@dataclass
class Person:
    number: int
    name: str
    zone: str
    cadence: str
    hour: int
    browser: Browser = field(default_factory=Browser)
    away: tuple[date, date] | None = None
    paused: tuple[date, date] | None = None
    stopped_on: date | None = None
    answers_early_on: date | None = None
    base: str = ""
    link: str = ""
    pod: str = ""
    answered: dict[date, str] = field(default_factory=dict)

    @property
    def email(self) -> str:
        return f"person{self.number}@example.org"

    def is_away(self, day: date) -> bool:
        return any(span and span[0] <= day <= span[1] for span in (self.away, self.paused))

    def is_asked(self, day: date) -> bool:
        """Reckoned from the rules in words, without the product's code."""
        week = (day - FIRST_DAY).days // 7 + 1
        if not 1 <= week <= WEEKS or week == QUIET_WEEK or day.weekday() not in DAYS[self.cadence]:
            return False
        return not self.is_away(day) and not (self.stopped_on and day > self.stopped_on)

    def is_mailed(self, day: date) -> bool:
        return self.is_asked(day) and day != self.answers_early_on

    def due(self, day: date) -> datetime:
        return datetime.combine(day, wall_time(self.hour), tzinfo=ZoneInfo(self.zone)).astimezone(UTC)


def _cast() -> list[Person]:
    zones = ["Europe/Berlin"] * 10 + ["Europe/London"] * 8 + ["America/New_York"] * 6
    names = ("Ada", "Bo", "Cyé", "Dag", "Eva", "Fay", "Gus", "Hal", "Ida", "Jon", "Kim", "Leo")
    people = [
        Person(n, f"{names[n % 12]} {'Álvarez' if n < 12 else 'Brown'}", zone, ("5", "5", "3", "1")[n % 4], 7 + n % 5)
        for n, zone in enumerate(zones)
    ]
    people[4].away = (date(2027, 3, 29), date(2027, 4, 2))
    people[5].paused = (date(2027, 3, 23), date(2027, 3, 29))
    people[8].stopped_on = date(2027, 4, 12)
    people[12].answers_early_on = date(2027, 3, 16)
    return people


class QuickWorker(SimpleWorker):
    """Real jobs from the real queue, without the channel for commands that takes a quarter second to close."""

    def subscribe(self) -> None:
        pass

    def unsubscribe(self) -> None:
        pass


class World:
    """The service, its clock, and everybody's mail."""

    def __init__(self, app, time, sink) -> None:
        self.app, self.time, self.sink = app, time, sink
        self.base = app.extensions["house"].settings.base_url
        self.read = 0
        self.unread: list = []
        self.signed_in: tuple[datetime, Browser] | None = None

    def run_jobs(self) -> None:
        bells = self.app.extensions["house"].bells
        with bells.connection() as connection:
            for queue in (FORMING, MAIL):
                if connection.llen(f"rq:queue:{queue}"):
                    worker = QuickWorker([queue], connection=connection, serializer=JSONSerializer, job_class=ListedJob)
                    worker.work(burst=True, logging_level="CRITICAL")

    def pass_time(self) -> None:
        tick(self.app)
        self.run_jobs()

    def new_mail(self, to: str | None = None) -> list:
        """What arrived since it was last asked for, to one address or to all."""
        self.unread += self.sink.messages[self.read :]
        self.read = len(self.sink.messages)
        wanted = [message for message in self.unread if to is None or _to(message) == to]
        self.unread = [message for message in self.unread if message not in wanted]
        return wanted

    def host(self) -> Browser:
        """Host tools close after a day without a press; a link by mail opens them again, once."""
        if self.signed_in is None or self.time.at - self.signed_in[0] > timedelta(hours=20):
            self.signed_in = (self.time.at, self._host_signs_in())
        return self.signed_in[1]

    def _host_signs_in(self) -> Browser:
        host = Browser()
        host.press(host.get(f"{self.base}/link").form("/link"), email="host@example.org")
        self.run_jobs()
        (message,) = self.new_mail("host@example.org")
        page = host.get(_link(message, "/sign-in/"))
        assert host.press(page.forms[0]).url == f"{self.base}/host"
        return host


def _text(message) -> str:
    return message.get_body(("plain",)).get_content()


def _link(message, pattern: str) -> str:
    found = re.search(rf"(https?://\S*{pattern}\S*)", _text(message))
    assert found, f"no {pattern} in {_text(message)}"
    return found[1]


def _to(message) -> str:
    return message["To"].addresses[0].addr_spec


def _at(message) -> datetime:
    return parsedate_to_datetime(message["Date"]).astimezone(UTC)


@pytest.fixture
def environ(environ, valkey_url, smtp_sink, monkeypatch):
    with make_server("127.0.0.1", 0, lambda *_: []) as probe:
        port = probe.port
    environ |= {
        "PORT": str(port),
        "REDIS_URL": valkey_url,
        "MAIL_URL": f"smtp+plain://{smtp_sink.host}:{smtp_sink.port}",
    }
    for name, value in environ.items():  # the command that sets up the first host reads them too
        monkeypatch.setenv(name, value)
    return environ


@pytest.fixture
def world(app, time, valkey, smtp_sink):
    time.set(OPENED)
    running.use(app)
    server = make_server("127.0.0.1", app.extensions["house"].settings.port, app, threaded=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield World(app, time, smtp_sink)
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_cohort_of_24_lives_eight_weeks_through_the_front_door(world):
    people = _cast()
    host = _host_opens_the_cohort(world)
    board = _everybody_joins(world, host, people)
    _pods_are_formed_and_published(world, board, people)
    meetings = _feeds_agree_with_every_clock(people)
    got = _live(world, board, people, meetings)
    assert got == _expected_check_ins(people)


def _host_opens_the_cohort(world: World) -> Browser:
    runner = world.app.test_cli_runner()
    from podsched.cli.setup import setup

    link = runner.invoke(setup, ["Makers", "host@example.org", "--name", "Mira"], catch_exceptions=False).output.strip()
    host = Browser()
    page = host.get(link)
    assert "Press the button" in page.words
    page = host.press(page.forms[0])
    assert page.url == f"{world.base}/host"
    return host


def _everybody_joins(world: World, host: Browser, people: list[Person]) -> Page:
    form = host.get(f"{world.base}/host/cohorts/new").form("/new")
    board = host.press(
        form, name="Spring makers", purpose="Eight weeks to finish one thing each.", audience="People who make things.",
        timezone="Europe/Berlin", starts_on=FIRST_DAY.isoformat(), answers_until="2027-03-05", weeks="8",
        meeting_minutes="60", pod_min="6", pod_max="8", cap="30",
    )  # fmt: skip
    invite = re.search(r"http://\S+/c/[a-z0-9-]+", board.words)[0]
    for person in people:
        world.time.move(minutes=3)
        _join(person, invite)
    world.pass_time()
    receipts = world.new_mail()
    assert Counter(map(_to, receipts)) == Counter(person.email for person in people)
    for person, message in zip(people, receipts, strict=True):
        fresh = Browser()
        person.link = _link(message, "/m/")
        page = fresh.get(person.link)
        person.browser, person.base = fresh, world.base
        assert "Your times are in" in person.browser.press(page.forms[0]).words
    board = host.get(board.url)
    assert "24 of 24 have sent their times" in board.words
    return board


def _join(person: Person, invite: str) -> None:
    page = person.browser.get(invite)
    page = person.browser.get(page.links("/join")[0])
    page = person.browser.press(
        page.form("/join"), name=person.name, email=person.email, timezone=person.zone, goal=f"Goal of {person.name} 🎯",
        tags="writing" if person.number % 2 else "code", cadence=person.cadence, checkin_minute=str(60 * person.hour),
        rules="yes",
    )  # fmt: skip
    times = {
        "Europe/Berlin": "Tue 17:30-20:00 free\nThu 17:30-20:00 free",
        "Europe/London": "Tue 16:00-20:00 free\nThu 16:00-19:30 if need be",
        "America/New_York": "Tue 11:00-15:00 free",
    }[person.zone]
    away = f"{person.away[0]} to {person.away[1]}" if person.away else ""
    page = person.browser.press(page.form("/times"), times=times, away=away)
    assert "Saved. Thank you." in page.words


def _pods_are_formed_and_published(world: World, board: Page, people: list[Person]) -> None:
    world.time.set(datetime(2027, 3, 6, 10, tzinfo=UTC))
    host = world.host()
    page = host.press(host.get(board.url).form("/form"))
    assert "Forming pods" in page.words
    world.run_jobs()
    page = host.get(page.url)
    assert "24 of 24 people" in page.words
    assert "Yes: it is proven that nobody else can be placed" in page.words
    host.press(page.form("/publish"))
    world.run_jobs()
    reveals = world.new_mail()
    assert Counter(map(_to, reveals)) == Counter(person.email for person in people)
    by_email = {_to(message): message for message in reveals}
    for person in people:
        person.pod = re.match(r"(\w+) pod: ", by_email[person.email]["Subject"])[1]
    assert all(6 <= size <= 8 for size in Counter(person.pod for person in people).values())


def _feeds_agree_with_every_clock(people: list[Person]) -> dict[str, list[datetime]]:
    """Every member's feed shows the same eight instants as their pod-mates', at one wall time in some member's zone."""
    meetings: dict[str, list[datetime]] = {}
    for person in people:
        starts = _feed(person)
        assert meetings.setdefault(person.pod, starts) == starts
        local = [start.astimezone(ZoneInfo(person.zone)) for start in starts]
        for start in local:
            assert (start.weekday(), 11 <= start.hour <= 20) in {(1, True), (3, True)}
    for pod, starts in meetings.items():
        zones = {person.zone for person in people if person.pod == pod}
        walls = [{s.astimezone(ZoneInfo(zone)).strftime("%a %H:%M") for s in starts} for zone in zones]
        assert min(map(len, walls)) == 1
        assert len(starts) == WEEKS
    return meetings


def _feed(person: Person) -> list[datetime]:
    page = person.browser.get(person.browser.get(_home(person)).links("/calendar")[0])
    address = re.search(r"http://\S+\.ics", page.words)[0]
    answer = Browser().get(address)
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert Browser().get(address, If_None_Match=answer.headers["ETag"]).status == 304
    assert "@example.org" not in answer.text
    calendar = icalendar.Calendar.from_ical(answer.text)
    return sorted(event.start for event in calendar.walk("VEVENT"))


def _home(person: Person) -> str:
    """Their own page; after two weeks without a visit they press the link in their mail again."""
    page = person.browser.get(person.base + "/me")
    if page.url.endswith("/link"):
        page = person.browser.press(person.browser.get(person.link).forms[0])
    return page.url


def _live(world: World, board: Page, people: list[Person], meetings: dict[str, list[datetime]]) -> Counter:
    """Hour by hour from the first Monday to the day after the last; returns the check-ins that arrived."""
    by_email = {person.email: person for person in people}
    got: Counter = Counter()
    held: dict[str, int] = dict.fromkeys(meetings, 0)
    post = Post()
    world.time.set(datetime(2027, 3, 7, 0, tzinfo=UTC))
    end = datetime(2027, 5, 4, 0, tzinfo=UTC)
    while world.time.at < end:
        now = world.time.move(hours=1)
        _what_people_decide(world, board, people, now)
        world.pass_time()
        for message in world.new_mail():
            person = by_email.get(_to(message))
            if post.take(person, message, now) != "check-in":
                continue
            day = now.astimezone(ZoneInfo(person.zone)).date()
            got[person.email, message["Subject"], _at(message)] += 1
            _press(person, message, day)
        for pod, starts in meetings.items():
            if held[pod] < WEEKS and starts[held[pod]] <= now - timedelta(hours=1):
                held[pod] += 1
                _hold_retro(world, board, pod, held[pod], [person for person in people if person.pod == pod])
        if now.weekday() == 4 and now.hour == 23:
            _pod_pages_show_the_week(people, now)
    _every_other_mail_is_as_reckoned(post, people, meetings)
    _nobody_gets_more_than_they_were_told(post, people)
    return got


def _every_other_mail_is_as_reckoned(post: Post, people: list[Person], meetings: dict[str, list[datetime]]) -> None:
    assert post.subjects("recap") == Counter(
        (person.email, f"{person.pod} pod: recap of week {week} of {WEEKS}")
        for person in people
        for week in range(1, WEEKS + 1)
    )
    assert post.subjects("clock-change") == Counter(
        (person.email, f"{person.pod} pod: from {after:%a} {after.day} {after:%b} it is {after:%a %H:%M} for you")
        for person in people
        for before, after in pairwise(start.astimezone(ZoneInfo(person.zone)) for start in meetings[person.pod])
        if (before.weekday(), before.time()) != (after.weekday(), after.time())
    )
    assert post.days("retro-tomorrow") == Counter(
        found for person in people for found in day_before_mails(person, meetings[person.pod], QUIET_WEEK)
    )
    missed = [found for person in people for found in missed_mails(person, FIRST_DAY, WEEKS)]
    assert post.days("missed") == Counter(missed)
    assert missed, "one of those who are asked once a week never answers"
    assert {text for text in post.promises if text[0] != text[1] + 1} == set()
    assert {week for week, _ in post.promises} == {*range(2, WEEKS + 1)} - {QUIET_WEEK}


def _nobody_gets_more_than_they_were_told(post: Post, people: list[Person]) -> None:
    """S29: on no day more than one scheduled mail beside the check-in, and in no week more than the page says."""
    scheduled = post.by_day("retro-tomorrow", "missed", "clock-change")
    assert {found for found in scheduled.items() if found[1] > 1} == set()
    assert {found for found in post.by_day("check-in").items() if found[1] > 1} == set()
    assert {hour for hour in post.hours("retro-tomorrow", "missed", "clock-change") if not 8 <= hour < 21} == set()
    for person in people:
        page = person.browser.get(_home(person) + "/pause")
        most = int(re.search(r"You get at most (\d+) mails? a week", page.words)[1])
        assert most == {"5": 7, "3": 5, "1": 3}[person.cadence] - (int(person.cadence) if person.stopped_on else 0)
        most += int(person.cadence) if person.stopped_on else 0  # as it was before they stopped
        usual, more = post.by_week(person, FIRST_DAY)
        assert max(usual.values()) <= most
        assert max(more.values(), default=0) <= 1
    assert {(at.weekday(), at.hour) for at in post.to_host} == {(0, 8)}


def _what_people_decide(world: World, board: Page, people: list[Person], now: datetime) -> None:
    """A quiet week, a pause, an early answer: each through its own page, at its own hour."""
    if now == datetime(2027, 4, 1, 12, tzinfo=UTC):
        host = world.host()
        host.press(host.get(board.url).form(f"/quiet-{QUIET_WEEK}"))
    paused, early = people[5], people[12]
    if now == paused.due(paused.paused[0]) - timedelta(hours=1):
        form = paused.browser.get(_home(paused) + "/pause").form("/pause")
        paused.browser.press(form, until=(paused.paused[1] + timedelta(days=1)).isoformat())
    if now == early.due(early.answers_early_on) - timedelta(hours=1):
        page = early.browser.get(_home(early))
        early.browser.press(page.form("/check-in"), answer="done")
        early.answered[early.answers_early_on] = "done"


def _press(person: Person, message, day: date) -> None:
    """Opening the link changes nothing; one press answers; a second press is harmless."""
    link = _link(message, "/check-in/")
    fresh = Browser()
    page = fresh.get(link)
    assert page.status == 200
    answer = ANSWERS[(person.number + day.toordinal()) % 3][0]
    if (person.number + day.toordinal()) % 7 == 0:
        return  # busy today
    fresh.press(page.forms[0], answer=answer)
    fresh.press(page.forms[0], answer=answer)
    person.answered[day] = answer
    if day == person.stopped_on:
        stop = re.search(r"<(\S+)>", message["List-Unsubscribe"])[1]
        assert Browser().post(stop, **{"List-Unsubscribe": "One-Click"}).status == 200


def _hold_retro(world: World, board: Page, pod: str, week: int, members: list[Person]) -> None:
    host = world.host()
    page = host.get(host.get(board.url).links("/host/pods/")[_pod_number(host, board, pod)])
    room = next(url for url in page.links("/retro/") if _week_of(page, url) == week)
    page = host.get(room)
    page = host.press(page.form("/start"))
    page = host.press(page.form("/item-1"))
    if week > 1:
        assert f"promise of week {week - 1}" in page.words
        host.press(page.form("/outcome"), outcome="kept")
    page = host.press(page.form("/item-3"))
    page = host.press(page.form("/note"), text=f"Win of week {week} <b>for real</b>")
    page = host.press(page.form("/item-4"))
    assert page.words.count(" will ") >= len(members)
    page = host.press(page.form("/commitment"), text=f"promise of week {week}")
    page = host.press(page.form("/item-5"))
    page = host.press(page.form("/close"))
    bullets = page.form(page.url.rsplit("/", 1)[1]).fields["bullets"].strip().splitlines()
    assert len(bullets) <= 10
    assert f"Win: Win of week {week} <b>for real</b>" in bullets
    assert "Mailed to the" in host.press(page.form(page.url.rsplit("/", 1)[1]), send="yes").words


def _pod_number(host: Browser, board: Page, pod: str) -> int:
    names = re.findall(r'/host/pods/[^"]+"><strong>(\w+)</strong>', host.get(board.url).text)
    return names.index(pod)


def _week_of(page: Page, url: str) -> int:
    found = re.search(rf'href="{re.escape(url.split("/", 3)[3].join(["/", ""]))}">Week (\d+)<', page.text)
    return int(found[1]) if found else 0


def _pod_pages_show_the_week(people: list[Person], now: datetime) -> None:
    for pod in sorted({person.pod for person in people}):
        members = [person for person in people if person.pod == pod]
        page = members[0].browser.get(members[0].browser.get(_home(members[0])).links("/pod")[0])
        rows = re.findall(
            r'<th scope="row"[^>]*>([^<]+?)(?: <span class="muted">\(you\)</span>)?</th>(.*?)</tr>',
            page.text,
            re.DOTALL,
        )
        shown = {name.strip(): tuple(re.findall(r'hidden-word">([^<]+)<', cells)) for name, cells in rows}
        assert shown == {person.name: _week_marks(person, members[0], now) for person in members}


def _week_marks(person: Person, viewer: Person, now: datetime) -> tuple[str, ...]:
    today = (now.astimezone(ZoneInfo(viewer.zone)) - timedelta(hours=4)).date()
    monday = today - timedelta(days=today.weekday())
    theirs = (now.astimezone(ZoneInfo(person.zone)) - timedelta(hours=4)).date()
    return tuple(_mark(person, monday + timedelta(days=number), theirs) for number in range(7))


def _mark(person: Person, day: date, today: date) -> str:
    if day in person.answered:
        return person.answered[day]
    if person.is_away(day):
        return "away"
    if not person.is_asked(day):
        return "no check-in"
    return "no answer" if day < today else "not yet"


def _expected_check_ins(people: list[Person]) -> Counter:
    return Counter(
        (person.email, f"{person.pod} pod: {QUESTIONS[day.weekday()]}", person.due(day))
        for person in people
        for day in (FIRST_DAY + timedelta(days=number) for number in range(7 * WEEKS))
        if person.is_mailed(day)
    )
