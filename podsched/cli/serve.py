"""The whole service by one command: queue, web, workers and clock under one roof."""

import errno
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from http.client import HTTPConnection, HTTPException

import click

from podsched import embedded
from podsched import settings as settings_module
from podsched.cli.operate import bring_up_to_date
from podsched.house import build
from podsched.leash import leashed
from podsched.settings import Settings
from podsched.supervise import Child, Supervisor


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), envvar="PORT", default=8000, show_default=True)
@click.option("--sample/--no-sample", default=True, help="Load the sample community when the database is empty.")
def serve(port: int, sample: bool) -> None:  # noqa: FBT001  click passes the flag so
    """Run everything on this machine. Ctrl-C stops all of it."""
    os.environ["PORT"] = str(port)
    settings = settings_module.read()
    _refuse_taken(port)
    settings.var.mkdir(parents=True, exist_ok=True)
    with _only_one(settings):
        bring_up_to_date(build(settings))
        _say(f"podsched is starting on {settings.base_url}")
        links = _sample_links() if sample else ""
        status = Supervisor(children(settings, port), say=_say, when_ready=lambda: _welcome(settings, links)).run()
    sys.exit(status)


def children(settings: Settings, port: int) -> list[Child]:
    podsched = [sys.executable, "-m", "podsched"]
    queue = settings.var / "valkey"
    embedded_queue = Child(
        "queue", [sys.executable, "-m", "podsched.embedded", str(queue)], ready=lambda: embedded.answers(queue)
    )
    return [
        *([embedded_queue] if settings.embedded_redis else []),
        Child("web", [*podsched, "web", "--port", str(port)], ready=lambda: _answers(port)),
        Child("worker", [*podsched, "worker", "mail"]),
        Child("former", [*podsched, "worker", "forming"]),
        Child("scheduler", [*podsched, "scheduler"]),
        *([Child("listener", [*podsched, "listen"])] if settings.mail_in else []),
    ]


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used ({error.strerror})"
            _say(f"podsched: port {port} {why}; choose another: make run PORT={port + 1 if port < 65535 else 8000}")
            sys.exit(2)


@contextmanager
def _only_one(settings: Settings) -> Iterator[None]:
    """One service on one folder: a second start says so instead of sharing the database's queue."""
    with (settings.var / "service.lock").open("w") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            _say(f"podsched: already running on {settings.var}; stop that one first, or set PODSCHED_VAR")
            sys.exit(2)
        yield


def _sample_links() -> str:
    """Loaded by a process of its own, so that the solver's memory is gone before the service starts; it ends with us."""
    argv = leashed([sys.executable, "-m", "podsched", "sample"])
    found = subprocess.run(argv, check=False, capture_output=True, text=True)  # noqa: S603  all of it is ours
    if found.returncode == 0:
        return found.stdout
    return "" if "in use already" in found.stderr else found.stderr


def _answers(port: int) -> bool:
    """Whether the application answers; the port alone is open before it is loaded, also when it cannot be."""
    asked = HTTPConnection("127.0.0.1", port, timeout=0.5)
    try:
        asked.request("GET", "/healthz")
        asked.getresponse()
    except (OSError, HTTPException):
        return False
    finally:
        asked.close()
    return True


def _welcome(settings: Settings, links: str) -> None:
    _say(f"podsched runs on {settings.base_url} (Ctrl-C stops it)")
    if links:
        _say(f"Press these:\n{links.rstrip()}")
    elif settings.mail_server is None:
        _say(f"  The mail sent       {settings.base_url}/mailbox")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201  the command's own voice
