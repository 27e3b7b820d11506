"""What the commands share: options of a search, reading and writing, progress on stderr."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from matching.files import write_atomically
from matching.progress import Bar, Lines

if TYPE_CHECKING:
    import argparse

SOLVED, FAULTY, BAD_INPUT, NO_PLAN, INTERRUPTED = 0, 1, 2, 3, 130


def add_search_options(parser: argparse.ArgumentParser, *, result: str) -> None:
    """``-o``, ``--seconds`` and ``--seed``, the same for every command that searches."""
    parser.add_argument("-o", "--output", type=Path, metavar=result, help="write there instead of stdout")
    parser.add_argument("--seconds", type=seconds, default=10.0, help="wall time for the whole command (default 10)")
    parser.add_argument("--seed", type=seed, default=1, help="another seed, another search (default 1)")


def add_plan_options(parser: argparse.ArgumentParser) -> None:
    """``--workers`` and ``--progress``, for the commands that make plans."""
    parser.add_argument("--workers", type=workers, help="solver threads, or processes for large rosters (default 1)")
    parser.add_argument("--progress", action="store_true", help="tell the progress even where stderr is no terminal")


def seconds_left(options: argparse.Namespace) -> float:
    """What remains of ``--seconds``, which counts from the start of the command."""
    limit: float = options.seconds
    began: float = options.began
    return limit - (time.monotonic() - began)


def read_bytes(name: str) -> bytes:
    """The bytes of a file, or of stdin for ``-``."""
    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()


def write_text(text: str, output: Path | None) -> None:
    """Put the text into the file at once, or on stdout."""
    if output is None:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
    else:
        write_atomically(output, text)


def say(sentence: str) -> None:
    """One line on stderr."""
    sys.stderr.write(f"{sentence}\n")


def teller(*, always: bool) -> Bar | Lines | None:
    """Who tells the progress: a bar on a terminal, lines if asked for, otherwise nobody."""
    if sys.stderr.isatty():
        return Bar(sys.stderr)
    return Lines(sys.stderr) if always else None


def seconds(text: str) -> float:
    """A number of seconds up to a day."""
    number = float(text)
    if not 0 < number <= 86_400:
        raise ValueError(text)
    return number


def seed(text: str) -> int:
    """A seed that the solver takes."""
    number = int(text)
    if not 0 <= number < 2**31:
        raise ValueError(text)
    return number


def workers(text: str) -> int:
    """A number of workers."""
    number = int(text)
    if not 1 <= number <= 64:
        raise ValueError(text)
    return number
