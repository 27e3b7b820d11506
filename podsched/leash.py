"""A leash: a program started through it is killed by the kernel as soon as its parent is gone.

Python's own way, code between fork and exec, is not safe beside threads; so this file is also a tiny program
that ties itself to its parent and then becomes the program asked for. Only Linux knows leashes; elsewhere the
program just starts.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

_SET_PARENT_DEATH_SIGNAL = 1
_SET_CHILD_SUBREAPER = 36


def leashed(argv: Sequence[str]) -> list[str]:
    """Return the command that runs `argv` in its own session and on a leash held by the calling thread."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *argv]


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that started it ends."""
    _prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent dies, instead of process 1."""
    _prctl(_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl failed")


def _become(parent: int, argv: list[str]) -> None:
    os.setsid()
    die_with_parent()
    if os.getppid() != parent:  # it died before the leash was on
        sys.exit(1)
    for ignored_by_python in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(ignored_by_python, signal.SIG_DFL)
    try:
        os.execvp(argv[0], argv)  # noqa: S606 - no shell is what we want
    except OSError as error:
        sys.stderr.write(f"{argv[0]} cannot be run: {error.strerror}\n")
        sys.exit(os.EX_CONFIG)


if __name__ == "__main__":
    _become(int(sys.argv[1]), sys.argv[2:])
