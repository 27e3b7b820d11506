"""Parts solved by processes of this machine that end when their parent does."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from matching.engine.parts import Solved

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from matching.engine.parts import Part

#: What a worker runs: the parent's own places to look for modules, so that it finds the same code.
_START = "import sys; sys.path[:] = sys.argv[1:]; from matching.engine.worker import main; main()"


class Processes:
    """An executor of so many worker processes, which begin to load OR-Tools at once.

    A worker that dies takes with it the part that it had; the others go on, and once all are dead every part is lost.
    """

    def __init__(self, workers: int) -> None:
        self.at_once = workers
        self._waiting: list[tuple[int, Part]] = []
        self._answers: queue.SimpleQueue[tuple[_Worker, int, Solved | None]] = queue.SimpleQueue()
        self._idle = [_Worker(self._answers) for _ in range(workers)]
        self._alive = list(self._idle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(self, ticket: int, part: Part) -> None:
        """Give the part to a worker, now or when one is free."""
        self._waiting.append((ticket, part))
        self._hand_out()

    def answers(self, seconds: float) -> Iterator[tuple[int, Solved | None]]:
        """Those that came in, waiting up to so many seconds for the first; None for a part that was lost."""
        if not self._alive:
            yield from ((ticket, None) for ticket, _ in self._waiting)
            self._waiting.clear()
            return
        try:
            worker, ticket, solved = self._answers.get(timeout=seconds)
        except queue.Empty:
            return
        if worker.is_alive():
            self._idle.append(worker)
        else:
            self._alive.remove(worker)
            worker.end()
        self._hand_out()
        yield ticket, solved

    def close(self) -> None:
        """End all workers now, whatever they are doing."""
        self._waiting.clear()
        for worker in self._alive:
            worker.end()
        self._alive.clear()
        self._idle.clear()

    def _hand_out(self) -> None:
        while self._idle and self._waiting:
            self._idle.pop(0).take(*self._waiting.pop(0))


class _Worker:
    """One process, and the thread that listens to it."""

    def __init__(self, answers: queue.SimpleQueue[tuple[_Worker, int, Solved | None]]) -> None:
        self._answers = answers
        self._conversation: threading.Thread | None = None
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own code
            [sys.executable, "-c", _START, *sys.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input, self._output = self._process.stdin, self._process.stdout

    def take(self, ticket: int, part: Part) -> None:
        """Solve the part; the answer comes by the queue, and so does the news that the process died over it."""
        self._conversation = threading.Thread(target=self._converse, args=(ticket, part), daemon=True)
        self._conversation.start()

    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def end(self) -> None:
        """Kill the process and wait for its end."""
        self._process.kill()
        self._process.wait()
        if self._conversation:
            self._conversation.join()
        for pipe in (self._input, self._output):
            with suppress(BrokenPipeError):  # what was still to be written
                pipe.close()

    def _converse(self, ticket: int, part: Part) -> None:
        line = b""
        with suppress(BrokenPipeError):
            self._input.write(json.dumps([ticket, part.to_json()]).encode() + b"\n")
            self._input.flush()
            line = self._output.readline()
        if not line:
            self._process.wait()
        _, solved = json.loads(line or "[null, null]")
        self._answers.put((self, ticket, Solved.from_json(solved) if solved else None))
