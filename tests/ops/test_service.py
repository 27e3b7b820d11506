"""The whole service as one command: it starts, heals, stops, and says in one line why it will not."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener, urlopen

import psutil
import pytest
from servers import eventually, running

PARTS = {
    "queue": ("podsched.embedded",),
    "web": ("gunicorn",),
    "worker": ("worker", "mail"),
    "former": ("worker", "forming"),
    "scheduler": ("scheduler",),
}
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')

pytestmark = pytest.mark.xdist_group("serve")


def environ(folder, **settings):
    ours = ("PODSCHED_", "DATABASE_URL", "REDIS_URL", "MAIL_URL", "PORT")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {"PODSCHED_VAR": str(folder)} | settings


def podsched(folder, *arguments, seconds=60, **settings):
    """Run a command to its end: (exit status, what it wrote, what it complained)."""
    argv = [sys.executable, "-W", "error::DeprecationWarning:podsched", "-m", "podsched", *arguments]
    done = subprocess.run(
        argv, check=False, capture_output=True, text=True, timeout=seconds, env=environ(folder, **settings)
    )
    return done.returncode, done.stdout, done.stderr


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Serving:
    """A running `podsched serve`."""

    def __init__(self, folder, *options, port=None, **settings):
        self.folder, self.port = Path(folder), port or free_port()
        self.base = f"http://localhost:{self.port}"
        self.settings = settings
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log_path = self.folder / "test.log"
        argv = [sys.executable, "-m", "podsched", "serve", "--port", str(self.port), *options]
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environ(folder, **settings)
            )

    @property
    def log(self):
        return self.log_path.read_text()

    def wait_until_up(self):
        def is_up():
            assert self.process.poll() is None, self.log
            return "The mail sent" in self.log  # the last line of the welcome

        eventually(is_up, seconds=90)
        return self

    def family(self):
        return {self.process.pid, *(child.pid for child in psutil.Process(self.process.pid).children(recursive=True))}

    def part(self, name):
        """The process of one part, or None while it is not there."""
        for child in psutil.Process(self.process.pid).children():
            try:
                line = child.cmdline()
            except psutil.Error:
                continue
            if set(PARTS[name]) <= set(line) and "-I" not in line:  # -I: still the leash, not yet the part
                return child
        return None

    def stop(self, how=signal.SIGTERM):
        """Its exit status, after which nothing of it may run."""
        family = self.family()
        self.process.send_signal(how)
        status = self.process.wait(30)
        assert running(family) == []
        return status

    def get(self, address):
        path = re.sub(r"^http://[^/]+", "", address)
        try:
            with urlopen(self.base + path) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()


@contextmanager
def serving(folder, *options, **settings):
    service = Serving(folder, *options, **settings)
    try:
        yield service
    finally:
        if service.process.poll() is None:
            service.stop()


class Visitor:
    """Somebody with a browser that keeps cookies."""

    def __init__(self, service):
        self.service, self.opener = service, build_opener(HTTPCookieProcessor())

    def get(self, address):
        with self.opener.open(address) as answer:
            self.at = answer.url
            return answer.read().decode()

    def press(self, page, action, **fields):
        token = TOKEN.search(self.get(page))[1]
        with self.opener.open(action, urlencode({"csrf_token": token, **fields}).encode()) as answer:
            self.at = answer.url
            return answer.read().decode()


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """One service with the sample community for the tests that only look."""
    with serving(tmp_path_factory.mktemp("sample") / "var") as service:
        yield service.wait_until_up()


# Starting


def test_the_printed_links_all_answer(sample):
    printed = dict(re.findall(r"^  (\S.*?)\s+(http\S+)$", sample.log, re.MULTILINE))
    assert [*printed] == [
        "Host's pages", "A member's form", "A pod member's home", "That member's feed", "The mail sent",
    ]  # fmt: skip
    assert [sample.get(link)[0] for link in printed.values()] == [200] * 5
    for name, button in (("Host's pages", "host pages"), ("A pod member's home", "page"), ("A member's form", "page")):
        somebody = Visitor(sample)
        assert f"Open my {button}" in somebody.get(printed[name])
        assert "Sign out" in somebody.press(printed[name], printed[name])


def test_the_sample_is_asked_for_again_and_is_the_same(sample):
    asked = [podsched(sample.folder, "sample", "--json", PORT=str(sample.port)) for _ in range(2)]
    assert [(status, complaint) for status, _, complaint in asked] == [(0, "")] * 2
    first, second = (json.loads(text) for _, text, _ in asked)
    assert first["members"] == second["members"]
    assert len(first["members"]) >= 48
    assert first["host"] != second["host"]
    assert [sample.get(links["host"])[0] for links in (first, second)] == [200, 200]


def test_it_is_alive_and_ready(sample):
    assert sample.get("/healthz") == (200, '{"status":"ok"}\n')
    eventually(lambda: sample.get("/readyz")[0] == 200, seconds=60)  # the sample's own mail goes out first
    found = json.loads(sample.get("/readyz")[1])
    assert (found["database"], found["redis"]) == ("ok", "ok")


def test_a_second_start_on_the_same_folder_is_refused_in_one_line(sample):
    found = podsched(sample.folder, "serve", "--port", str(free_port()))
    folder = sample.folder.resolve()
    assert found == (2, "", f"podsched: already running on {folder}; stop that one first, or set PODSCHED_VAR\n")


def test_a_taken_port_is_one_line(sample, tmp_path):
    found = podsched(tmp_path / "var", "serve", "--port", str(sample.port))
    port = sample.port
    assert found == (2, "", f"podsched: port {port} is taken; choose another: make run PORT={port + 1}\n")
    assert not (tmp_path / "var" / "podsched.sqlite").exists()


def test_doctor_finds_a_running_service_well(sample):
    status, text, _ = podsched(sample.folder, "doctor", PORT=str(sample.port))
    found = [line.split(":")[0] for line in text.splitlines()]
    assert (status, found) == (0, [f"ok    {what}" for what in ("database", "schema", "redis", "mail", "address")])


def test_pages_go_before_what_can_wait_a_second(sample):
    def give_way():
        parts = [sample.part(name) for name in ("web", "worker", "former", "scheduler")]
        return None not in parts and all(part.nice() > parts[0].nice() for part in parts[1:])

    eventually(give_way)


# Healing


@pytest.mark.parametrize("name", [*PARTS])
def test_a_killed_part_is_noticed_and_started_again(sample, name):
    before = sample.part(name)
    before.kill()
    eventually(lambda: f"{name} was ended by signal 9 (Killed)" in sample.log)
    eventually(lambda: (found := sample.part(name)) is not None and found.pid != before.pid)
    eventually(lambda: '"redis":"ok"' in answer_of(sample, "/readyz"))
    assert running([before.pid]) == []


def answer_of(service, path):
    """What it answers, nothing while the web process is down."""
    try:
        return service.get(path)[1]
    except OSError:
        return ""


def test_the_workers_of_a_killed_web_server_do_not_outlive_it(sample):
    web = sample.part("web")
    eventually(lambda: len(web.children()) >= 2)
    workers = [child.pid for child in web.children()]
    web.kill()
    eventually(lambda: running(workers) == [])
    eventually(lambda: '"ok"' in answer_of(sample, "/healthz"))


# Stopping


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_without_leaving_a_process_and_starts_again(tmp_path, how):
    folder = tmp_path / "var"
    with serving(folder, "--no-sample") as service:
        service.wait_until_up()
        assert len(service.family()) >= 6
        assert service.stop(how) == 0
    with serving(folder, "--no-sample") as again:
        again.wait_until_up()
        assert again.stop(how) == 0


def test_stopped_while_it_loads_the_sample_it_leaves_nothing(tmp_path):
    with serving(tmp_path / "var") as service:
        eventually(lambda: any("sample" in child.cmdline() for child in psutil.Process(service.process.pid).children()))
        family = service.family()
        service.process.send_signal(signal.SIGTERM)
        service.process.wait(30)
        eventually(lambda: running(family) == [], seconds=3)


def test_a_sample_that_was_interrupted_is_made_whole_by_the_next_start(tmp_path):
    folder = tmp_path / "var"
    with serving(folder) as service:
        eventually(lambda: any("sample" in child.cmdline() for child in psutil.Process(service.process.pid).children()))
        eventually((folder / "podsched.sqlite-wal").exists)
        service.process.send_signal(signal.SIGTERM)
        service.process.wait(30)
    with serving(folder) as again:
        again.wait_until_up()
        printed = dict(re.findall(r"^  (\S.*?)\s+(\S+)$", again.log, re.MULTILINE))
        assert len(printed) == 5
        assert [again.get(link)[0] for link in printed.values()] == [200] * 5


# Settings and the doctor


def test_doctor_says_what_is_wrong_without_a_service(tmp_path):
    (tmp_path / "var").mkdir()
    status, text, _ = podsched(tmp_path / "var", "doctor")
    wrong = [line.split(":")[0].removeprefix("WRONG ") for line in text.splitlines() if line.startswith("WRONG")]
    assert (status, wrong) == (1, ["schema", "redis"])
    assert "run: podsched migrate" in text


def test_doctor_names_servers_that_do_not_answer(tmp_path):
    status, text, _ = podsched(
        tmp_path / "var", "doctor", DATABASE_URL="postgresql://u:secret@127.0.0.1:1/x", REDIS_URL="redis://127.0.0.1:1/0",
        MAIL_URL="smtp://127.0.0.1:1",
    )  # fmt: skip
    wrong = [line.split(":")[0].removeprefix("WRONG ") for line in text.splitlines() if line.startswith("WRONG")]
    assert (status, wrong) == (1, ["database", "schema", "redis", "mail"])
    assert "secret" not in text


@pytest.mark.parametrize("command", [("doctor",), ("serve",), ("migrate",), ("sample",), ("scheduler",)])
def test_wrong_settings_are_all_listed_at_once(tmp_path, command):
    status, out, text = podsched(
        tmp_path / "var", *command, PODSCHED_COLOUR="red", PODSCHED_SECRET_KEY="short", DATABASE_URL="mysql://x",
        REDIS_URL="http://x", MAIL_URL="imap://x", PODSCHED_BASE_URL="pods", PODSCHED_TRUSTED_PROXIES="many",
        PODSCHED_MAIL_FROM="nobody",
    )  # fmt: skip
    assert (status, out) == (2, "")
    assert sorted(line.removeprefix("podsched: ").split(":")[0] for line in text.splitlines()) == [
        "DATABASE_URL", "MAIL_URL", "PODSCHED_BASE_URL", "PODSCHED_COLOUR", "PODSCHED_MAIL_FROM", "PODSCHED_SECRET_KEY",
        "PODSCHED_TRUSTED_PROXIES", "REDIS_URL",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "faults"),
    [
        (("", "nobody", "--timezone", "Mars"), ["COMMUNITY", "EMAIL", "--timezone"]),
        (("Harbour", "a@b"), ["EMAIL"]),
        (("x" * 300, "hana@example.org"), ["COMMUNITY"]),
    ],
)
def test_setup_tells_every_fault_at_once(tmp_path, arguments, faults):
    status, out, text = podsched(tmp_path / "var", "setup", *arguments)
    assert (status, out) == (2, "")
    assert [line.removeprefix("podsched: ").split(":")[0] for line in text.splitlines()] == faults


def test_setup_founds_once_and_host_link_opens_again(tmp_path):
    folder = tmp_path / "var"
    assert podsched(folder, "setup", "Harbour", "hana@example.org")[0] == 0
    again = podsched(folder, "setup", "Harbour", "hana@example.org")
    assert (again[0], again[2]) == (
        2,
        "podsched: a host is set up already; `podsched host-link EMAIL` prints a new way in\n",
    )
    assert podsched(folder, "host-link", "hana@example.org")[1].startswith("http://localhost:8000/sign-in/")
    assert podsched(folder, "host-link", "who@example.org")[2] == "podsched: who@example.org is no host here\n"


# With the real servers


@pytest.mark.xdist_group("serve")
def test_the_same_service_runs_on_postgresql_and_an_outside_redis(tmp_path, new_postgres_database, valkey_url, valkey):
    settings = {"DATABASE_URL": new_postgres_database(), "REDIS_URL": valkey_url}
    folder = tmp_path / "var"
    with serving(folder, "--no-sample", **settings) as service:
        service.wait_until_up()
        assert service.part("queue") is None
        port = {"PORT": str(service.port)}
        host, link = (
            Visitor(service),
            podsched(folder, "setup", "Harbour", "h@example.org", **settings, **port)[1].strip(),
        )
        host.press(link, link)
        new = f"{service.base}/host/cohorts/new"
        form = dict(re.findall(r'id="(\w+)" name="\w+" value="([^"]*)"', host.get(new)))
        text = host.press(
            new,
            new,
            **form | {"name": "Makers", "purpose": "One thing each.", "audience": "All.", "timezone": "Europe/Prague"},
        )
        board, invite = host.at, re.search(r"http://\S+/c/[a-z0-9-]+", text)[0]
        for number in range(7):
            member, join = Visitor(service), f"{invite}/join"
            member.press(
                join, join, name=f"M {number}", email=f"m{number}@example.org", timezone="Europe/Lisbon", goal="Ship",
                tags="", cadence="5", checkin_minute="540", rules="yes",
            )  # fmt: skip
            member.press(member.at, member.at, times="Tue 18:00-20:00 free", away="")
        host.press(board, f"{board}/form")
        run = host.at
        eventually(lambda: "Publish these pods" in host.get(run), seconds=60)
        assert "Alder" in host.press(run, f"{run}/publish")
        eventually(lambda: service.get("/mailbox?to=m6@example.org")[1].count("Alder pod:") == 1)
        assert podsched(folder, "doctor", **settings, **port)[0] == 0
        assert not (folder / "podsched.sqlite").exists()
        assert not (folder / "valkey").exists()
