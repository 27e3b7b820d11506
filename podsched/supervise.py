"""A small supervisor: it keeps a few services running, and leaves no process behind when it ends.

Each service runs in its own session, so that Ctrl-C reaches the supervisor alone, and on a leash (see leash.py), so
that a killed supervisor takes its services along. The supervisor adopts their orphans: when a service is killed, its
workers come here and are ended before it starts anew.
"""

import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType

import psutil

from podsched.leash import adopt_orphans, leashed

_STEADY_SECONDS = 5  # who lived as long has been up
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 10
_ATTEMPTS = 5  # of a service that never came up
_LOOK_AGAIN_SECONDS = 0.05  # while a service is not ready yet


@dataclass(frozen=True, slots=True)
class Child:
    """A service to keep running."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] | None = None  # added to our own environment
    stop_seconds: float = 10  # between SIGTERM and SIGKILL
    ready: Callable[[], bool] | None = None  # the children after it start once this is true


@dataclass(slots=True)
class _Service:
    """How a child fares."""

    child: Child
    pid: int | None = None
    started: float = 0
    due: float = 0
    ready: bool = False
    quick_deaths: int = 0
    has_been_up: bool = False


class Supervisor:
    """Runs children until it is told to stop by SIGTERM, SIGHUP or Ctrl-C; a second Ctrl-C kills at once.

    A service that has been up is started again whenever it ends. One that never came up ends the run, and so does one
    that exits with os.EX_CONFIG, by which it says that trying again cannot help. `run` must be called in the main thread, and every child process of this process is taken for one of its own.
    """

    def __init__(
        self,
        children: Sequence[Child],
        *,
        say: Callable[[str], object] | None = None,
        when_ready: Callable[[], object] | None = None,
    ) -> None:
        self._services = [_Service(child) for child in children]
        self._say = say or _write
        self._when_ready = when_ready

    def run(self) -> int:
        """Run until told to stop (0) or until a service turns out never to start (1)."""
        adopt_orphans()
        with _listening() as signals:
            try:
                return self._keep_running(signals)
            finally:
                self._stop_all(signals)

    def _keep_running(self, signals: "_Signals") -> int:
        while not signals.stop:
            for service, status in self._reap():
                if not self._plan_restart(service, status):
                    return 1
            signals.wait(self._start_due())
        return 0

    def _start_due(self) -> float | None:
        """Start what is due; return the seconds until there is more to start, None when all are up."""
        pauses = []
        for service in self._services:
            left = service.due - time.monotonic()
            if service.pid is None and left <= 0:
                _start(service)
            elif service.pid is None:
                pauses.append(left)
            if not _is_ready(service):
                return _LOOK_AGAIN_SECONDS
        if self._when_ready:
            self._when_ready()
            self._when_ready = None
        return min(pauses, default=None)

    def _plan_restart(self, service: _Service, status: int) -> bool:
        """Say what happened and when the service starts again; False when it never will."""
        lived = time.monotonic() - service.started
        self._kill_orphans()
        if lived >= _STEADY_SECONDS:
            service.has_been_up = True
            service.quick_deaths = 0
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**service.quick_deaths)
        service.quick_deaths += 1
        what = f"{service.child.name} {_in_words(status)} after {lived:.1f} s"
        # Killing is somebody's doing and says nothing about whether the service can start.
        hopeless = service.quick_deaths >= _ATTEMPTS and status != -signal.SIGKILL and not service.has_been_up
        if hopeless or status == os.EX_CONFIG:
            self._tell(f"{what}; giving up")
            return False
        self._tell(f"{what}; starting it again in {pause:.2g} s")
        service.due = time.monotonic() + pause
        return True

    def _reap(self) -> Iterator[tuple[_Service, int]]:
        """Collect every ended process; yield the services among them, with their exit status."""
        while ended := _ended_child():
            pid, status = ended
            for service in self._services:
                if service.pid == pid:
                    service.pid = None
                    yield service, status

    def _kill_orphans(self) -> None:
        """Kill what lost its parent: nobody waits for its work any more."""
        own = {service.pid for service in self._services}
        while orphans := [process for process in psutil.Process().children() if process.pid not in own]:
            for orphan in orphans:
                _kill(orphan)
            for orphan in orphans:
                with suppress(ChildProcessError):
                    os.waitpid(orphan.pid, 0)

    def _stop_all(self, signals: "_Signals") -> None:
        presses = signals.presses
        for service in reversed(self._services):
            self._stop(service, signals, presses)
            self._kill_orphans()

    def _stop(self, service: _Service, signals: "_Signals", presses: int) -> None:
        if service.pid is None:
            return
        family = _family(service.pid)
        with suppress(ProcessLookupError):
            os.kill(service.pid, signal.SIGTERM)
        deadline = time.monotonic() + service.child.stop_seconds
        while service.pid and signals.presses == presses and (left := deadline - time.monotonic()) > 0:
            signals.wait(left)
            self._mark_ended()
        if service.pid:
            self._tell(f"{service.child.name} did not stop; killing it")
        for process in family:
            _kill(process)
        while service.pid:
            self._mark_ended()
            signals.wait(_LOOK_AGAIN_SECONDS)

    def _mark_ended(self) -> None:
        for _ in self._reap():
            pass

    def _tell(self, line: str) -> None:
        with suppress(OSError, ValueError):  # a closed terminal must not keep us from stopping what runs
            self._say(line)


class _Signals:
    """What we were told by signals, and a way to wait for the next one, a child's death among them."""

    def __init__(self, wakeups: int) -> None:
        self.stop = False
        self.presses = 0  # of Ctrl-C
        self._poll = select.poll()
        self._poll.register(wakeups, select.POLLIN)
        self._wakeups = wakeups

    def watch_terminal(self) -> None:
        """Take a closed terminal for a request to stop; SIGHUP alone is not enough, make keeps it to itself."""
        if sys.platform == "linux" and os.isatty(0):
            self._poll.register(0, 0)  # for no input, only for its end

    def wait(self, seconds: float | None) -> None:
        for file, _ in self._poll.poll(None if seconds is None else seconds * 1000):
            if file == self._wakeups:
                os.read(file, 4096)
            else:
                self._poll.unregister(file)
                self.stop = True

    def heed(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGCHLD:
            return
        self.stop = True
        if number == signal.SIGINT:
            self.presses += 1


@contextmanager
def _listening() -> Iterator[_Signals]:
    """Listen to signals; give them back to whoever listened before."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    signals = _Signals(reading)
    numbers = [signal.SIGCHLD, signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # under nohup we outlive the terminal
        numbers.append(signal.SIGHUP)
        signals.watch_terminal()
    before = {number: signal.signal(number, signals.heed) for number in numbers}
    wakeup_before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield signals
    finally:
        signal.set_wakeup_fd(wakeup_before)
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(reading)
        os.close(writing)


def _start(service: _Service) -> None:
    argv = leashed(service.child.argv)
    service.pid = os.posix_spawn(
        argv[0],
        argv,
        {**os.environ, **(service.child.env or {})},
        file_actions=[(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)],
        setsigdef=[signal.SIGINT, signal.SIGTERM],  # whatever our parent ignores, such as a shell's background
    )
    service.started = time.monotonic()
    service.ready = service.child.ready is None


def _is_ready(service: _Service) -> bool:
    """Tell whether the children after this one may start."""
    if service.child.ready is None:
        return True
    if service.pid and not service.ready and service.child.ready():
        service.ready = service.has_been_up = True
    return service.ready and service.pid is not None


def _ended_child() -> tuple[int, int] | None:
    try:
        pid, status = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return None
    return (pid, os.waitstatus_to_exitcode(status)) if pid else None


def _family(pid: int) -> list[psutil.Process]:
    """The process with all its descendants: where nobody can adopt orphans, later they could not be found."""
    try:
        leader = psutil.Process(pid)
        return [*leader.children(recursive=True), leader]
    except psutil.NoSuchProcess:
        return []


def _kill(process: psutil.Process) -> None:
    with suppress(psutil.Error):
        process.kill()


def _in_words(status: int) -> str:
    return (
        f"was ended by signal {-status} ({signal.strsignal(-status)})" if status < 0 else f"exited with status {status}"
    )


def _write(line: str) -> None:
    # Straight to the file: a line that stayed in a buffer would be tried again at exit, and spoil the exit status.
    os.write(sys.stderr.fileno(), f"{line}\n".encode())
