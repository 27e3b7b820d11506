"""A process that solves parts: one line of JSON in, one line of JSON out, until nobody writes any more.

The end of its input is its leash: the kernel closes that pipe however the parent ends, killed with -9 included. A
thread does nothing but read it, so that the end is heard in the middle of a search too.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import BinaryIO


def main() -> None:
    """Serve stdin and stdout."""
    # Ctrl-C reaches every process of the terminal; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(sys.stdin.buffer, lines), daemon=True).start()
    # OR-Tools takes a second or more to load, and the parent may end meanwhile.
    from matching.engine.part_solver import solve_part  # noqa: PLC0415 - see above
    from matching.engine.parts import Part  # noqa: PLC0415 - with the other

    while True:
        ticket, part = json.loads(lines.get())
        solved = solve_part(Part.from_json(part))
        answer = [ticket, solved.to_json() if solved else None]
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()


def _read(stream: BinaryIO, lines: queue.SimpleQueue[bytes]) -> None:
    for line in stream:
        lines.put(line)
    os._exit(0)  # the only way out of a solver that is in the middle of its search
