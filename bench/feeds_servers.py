"""Servers that answer polls in processes of their own, how they are asked, and how much CPU that took them."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from bench.measuring import end
from podsched.leash import leashed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
_STARTS_WITHIN = 60  # seconds
#: After an answer arrived a worker still tidies up.
_SETTLES = 0.02


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Server:
    """Where it listens, the process that answers, and the headers that every request to it needs."""

    port: int
    pid: int
    headers: Mapping[str, str]
    keeps_connections: bool = True

    def ask(self, path: str, headers: Mapping[str, str], *, times: int = 1, kept: bool = False) -> list[Answer]:
        """The answer to the same request again and again, all on one connection or each on its own."""
        if kept:
            with closing(self._connection()) as connection:
                return [_asked(connection, "GET", path, self.headers | headers) for _ in range(times)]
        answers = []
        for _ in range(times):
            with closing(self._connection()) as connection:
                answers.append(_asked(connection, "GET", path, self.headers | headers | {"Connection": "close"}))
        return answers

    def put(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        with closing(self._connection()) as connection:
            return _asked(connection, "PUT", path, self.headers | headers, body).status

    def cpu(self) -> float:
        """CPU seconds that all threads of the process took so far."""
        time.sleep(_SETTLES)
        if sys.platform == "linux":  # the clock of another process: nanoseconds, where psutil reads hundredths
            return time.clock_gettime(~self.pid << 3 | 2)
        return sum(psutil.Process(self.pid).cpu_times()[:2])

    def _connection(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=_STARTS_WITHIN)


@contextmanager
def service(environ: Mapping[str, str], site: str) -> Iterator[Server]:
    """The web process as the service starts it, but with one worker instead of two, and the views of the bench in it."""
    port = free_port()
    command = [sys.executable, "-m", "podsched", "web", "--port", str(port), "--workers", "1"]
    with _running(command, environ | {"GUNICORN_CMD_ARGS": "--config python:bench.feeds_app"}) as master:
        waiting = Server(port, master.pid, {"Host": site})
        _wait_for(waiting, "/bench/ok", master)
        (worker,) = psutil.Process(master.pid).children()
        yield Server(port, worker.pid, {"Host": site})


@contextmanager
def radicale(python: Path, folder: Path) -> Iterator[Server]:
    """Radicale as its own command starts it, open to everybody, with an empty folder."""
    port = free_port()
    options = {
        "--server-hosts": f"127.0.0.1:{port}",
        "--storage-filesystem-folder": str(folder),
        "--auth-type": "none",
    }
    command = [str(python), "-m", "radicale", "--config", "", *(word for pair in options.items() for word in pair)]
    someone = base64.b64encode(b"someone:anything").decode()
    with _running(command, os.environ, stderr=subprocess.DEVNULL) as process:  # it writes a line for each request
        server = Server(port, process.pid, {"Authorization": f"Basic {someone}"}, keeps_connections=False)
        _wait_for(server, "/.well-known/caldav", process)
        yield server


def release_of_radicale(python: Path) -> str:
    told = subprocess.run([python, "-m", "radicale", "--version"], check=True, capture_output=True, text=True)
    return f"Radicale {told.stdout.strip()}"


@contextmanager
def _running(
    command: Sequence[str], environ: Mapping[str, str], *, stderr: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with this one, whatever happens."""
    process = subprocess.Popen(leashed(command), stdin=subprocess.DEVNULL, stderr=stderr, env=dict(environ), cwd=ROOT)
    try:
        yield process
    finally:
        end([process])


def _wait_for(server: Server, path: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN
    while True:
        if process.poll() is not None:
            raise ChildProcessError(f"{process.args[-1]} ended with status {process.returncode} before it answered")
        try:
            server.ask(path, {})
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


def _asked(
    connection: HTTPConnection, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
) -> Answer:
    connection.request(method, path, body, dict(headers))
    with connection.getresponse() as answer:
        return Answer(answer.status, dict(answer.getheaders()), answer.read())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
