"""A real Chromium, two real services (one empty, one with the sample community), and an eye on every page."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright
from servers import eventually, running

QUIET = (
    "no-sandbox",
    "disable-gpu",
    "disable-quic",
    "no-first-run",
    "disable-background-networking",
    "disable-component-update",
    "disable-sync",
)
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=[f"--{each}" for each in QUIET]
        )
        yield browser
        browser.close()


# Services


@dataclass
class Service:
    """`podsched serve` in a folder of its own."""

    folder: Path
    process: subprocess.Popen
    base: str

    @property
    def environ(self):
        return _environ(self.folder) | {"PORT": self.base.rsplit(":", 1)[1]}

    def command(self, *arguments):
        """What `podsched ...` prints."""
        argv = [sys.executable, "-m", "podsched", *arguments]
        return subprocess.run(argv, check=True, capture_output=True, text=True, env=self.environ).stdout.strip()

    def part(self, *arguments):
        """The process of one part of the service."""
        for child in psutil.Process(self.process.pid).children():
            if child.cmdline()[-len(arguments) :] == [*arguments]:
                return child
        raise AssertionError(f"no {arguments} among the parts")

    @property
    def house(self):
        from podsched.house import build
        from podsched.settings import read

        return build(read({name: value for name, value in self.environ.items() if name != "PATH"}))


def _environ(folder):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PODSCHED_")}
    for name in ("DATABASE_URL", "REDIS_URL", "MAIL_URL"):
        kept.pop(name, None)
    return kept | {"PODSCHED_VAR": str(folder / "var")}


def _serve(folder, *options):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    argv = [sys.executable, "-m", "podsched", "serve", "--port", str(port), *options]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=_environ(folder))
    service = Service(folder, process, f"http://localhost:{port}")

    def is_up():
        assert process.poll() is None, (folder / "log").read_text()
        return "podsched runs on" in (folder / "log").read_text()

    try:
        eventually(is_up, seconds=90)
        yield service
    finally:
        family = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, (folder / "log").read_text()
        assert running(family) == []


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    """A fresh installation."""
    yield from _serve(tmp_path_factory.mktemp("service"), "--no-sample")


@pytest.fixture(scope="session")
def sample(tmp_path_factory):
    """An installation with the sample community; its links are in ``sample.links``."""
    for service in _serve(tmp_path_factory.mktemp("sample")):
        service.links = json.loads(service.command("sample", "--json"))
        yield service


@pytest.fixture(scope="session")
def host_state(sample, chromium):
    """The browser of the sample's host. Its link works once, so whoever needs it shares this."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(sample.links["host"])
    page.get_by_role("button", name="Open my host pages").click()
    expect(page.get_by_role("heading", name="Cohorts")).to_be_visible()
    state = context.storage_state()
    context.close()
    return state


# Pages


@pytest.fixture
def visit(chromium):
    """Open a fresh browser at an address; at the end its console must have been silent."""
    contexts, said = [], []

    def open_page(address, device=DESKTOP, *, state=None, **settings):
        context = chromium.new_context(**device, storage_state=state, **settings)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda message: said.append(message.text))
        page.goto(address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    # Chromium itself notes every answer that is not a success; whether one was wanted is for the test to say.
    assert [text for text in said if not text.startswith("Failed to load resource: the server responded with")] == []


@pytest.fixture
def press_button():
    """Follow a personal or sign-in link and press its button."""

    def press(page):
        page.get_by_role("button", name=re.compile("^Open my")).click()
        page.wait_for_load_state()
        return page

    return press


ALL_LOOKS = tuple((device, scheme) for device in ("phone", "desktop") for scheme in ("light", "dark"))
TWO_LOOKS = (("phone", "light"), ("desktop", "dark"))


def faults_of(page, looks):
    """What axe-core finds at each width and in each colour scheme, and sideways scrolling."""
    found, before = [], page.viewport_size
    page.wait_for_load_state()
    for device, scheme in looks:
        page.set_viewport_size((PHONE if device == "phone" else DESKTOP)["viewport"])
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append(f"{page.url} {device}: scrolls sideways")
        rules = Axe().run(page).response["violations"]
        found += [f"{page.url} {device} {scheme}: {rule['id']}: {rule['nodes'][0]['html'][:160]}" for rule in rules]
    page.emulate_media(color_scheme=None, reduced_motion=None)
    page.set_viewport_size(before)
    return found


@pytest.fixture
def looks_right():
    """Nothing for axe-core to find on this page, on a light phone and on a dark desktop, or in all four ways."""

    def look(page, looks=TWO_LOOKS):
        assert faults_of(page, looks) == []

    look.in_every_way = lambda page: look(page, ALL_LOOKS)
    return look


@pytest.fixture
def letter():
    """The mail to somebody whose subject holds some words, from the mailbox page, once it is there."""

    def wait_for(service, to, words):
        found = []

        def is_there():
            with urlopen(f"{service.base}/mailbox?to={to}") as answer:
                inbox = answer.read().decode()
            links = re.findall(r'<a href="(/mailbox/[^"]+)"><strong dir="auto">([^<]*)</strong>', inbox)
            found[:] = [link for link, subject in links if words in subject]
            return found

        eventually(is_there)
        return service.base + found[0]

    return wait_for
