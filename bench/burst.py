"""Many members are due at one minute: how long until all have their mail, and what becomes of calendar polls meanwhile.

PostgreSQL, the clock, the web and so many mail workers, all on this machine, with a mail server on loopback. A calendar
is polled all the time, before and after the burst to know what is usual, and during it. The memory of a worker is looked
at after the first thousand messages and at the end.
"""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING

import psutil

from bench.feeds_servers import free_port
from bench.mail_house import POSTGRESQL, Installation, installation, until
from bench.mail_sink import Sink
from bench.measuring import end
from podsched.db import writing
from podsched.embedded import EmbeddedValkey
from podsched.models import Enrolment
from podsched.services import feeds, links

if TYPE_CHECKING:
    from collections.abc import Iterator
    from subprocess import Popen

Row = dict[str, object]

#: What the issue asks for: two workers, and polls that take no more than this many times as long as usual.
MOST_SLOWER = 2.0
#: A worker may not have grown by more than this share when all is sent.
MOST_GROWN = 1.1


def rows(*, quick: bool = False) -> Iterator[Row]:
    for workers in (1,) if quick else (1, 2, 3):
        yield _burst(100 if quick else 15_000, workers, polls=20 if quick else 3000)


def _burst(members: int, workers: int, *, polls: int) -> Row:
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        sink = closing.enter_context(Sink(folder))
        queue = EmbeddedValkey(folder / "valkey")
        closing.callback(queue.stop)
        ours = closing.enter_context(installation(POSTGRESQL, members, mail_port=sink.port, redis_url=queue.start()))
        port = free_port()
        running = [ours.start("web", "--port", str(port), "--workers", "2")]
        closing.callback(lambda: end(running))
        poll = _Poll(port, _feed(ours))
        until(poll.is_answered, 120)
        for _ in range(50):
            poll.took()  # until it is warm
        usual = [poll.took() for _ in range(polls // 2)]
        crew = [ours.start("worker", "mail") for _ in range(workers)]
        running += [*crew, ours.start("scheduler")]
        began = time.monotonic()
        meanwhile, early = [], None
        while sink.count() < members:
            meanwhile.append(poll.took())
            if early is None and sink.count() >= members // 15:
                began_sending, early = time.monotonic(), _memory(crew)
        spent = time.monotonic() - began
        until(lambda: ours.unsent() == 0, 60)
        time.sleep(5)
        usual += [poll.took() for _ in range(polls // 2)]
        grown = _memory(crew) / (early or 1)
        slower = _p99(meanwhile) / _p99(usual)
        is_asked = workers == 2
        return {
            "workers": workers,
            "messages": members,
            "seconds": round(spent),
            "a second, once it runs": round((members - members // 15) / (time.monotonic() - began_sending)),
            "poll p99 usual, ms": round(_p99(usual) * 1e3, 1),
            "poll p99 meanwhile, ms": round(_p99(meanwhile) * 1e3, 1),
            "x usual": round(slower, 2),
            "MiB of a worker": round(_memory(crew) / 2**20),
            "x its size early": round(grown, 2),
            "bar": f"x usual at most {MOST_SLOWER}, x its size at most {MOST_GROWN}" if is_asked else "",
            "met": slower <= MOST_SLOWER and grown <= MOST_GROWN if is_asked else None,
        }


def _feed(ours: Installation) -> str:
    """The path of one member's calendar."""
    at = ours.due.now()
    with writing(ours.house.engine) as session:
        member = session.query(Enrolment).first()
        assert member is not None
        assert member.seat is not None
        feeds.refresh_member(session, member.seat.pod, member, ours.house.addresses, at=at)
        links.hand_out_feed(session, ours.house.addresses, member, at=at)
        return f"/f/{ours.house.addresses.feed_token(member)}.ics"


class _Poll:
    """A calendar program that is asked for over and over, each time on a connection of its own."""

    def __init__(self, port: int, path: str) -> None:
        self._port = port
        self._path = path

    def took(self) -> float:
        """Seconds for one answer, then a little rest."""
        began = time.perf_counter()
        assert self._status() == 200
        spent = time.perf_counter() - began
        time.sleep(0.02)
        return spent

    def is_answered(self) -> bool:
        try:
            return self._status() == 200
        except OSError:
            return False

    def _status(self) -> int:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        try:
            connection.request("GET", self._path, headers={"Host": "pods.example.org"})
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()


def _p99(seconds: list[float]) -> float:
    return quantiles(seconds, n=100)[98]


def _memory(crew: list[Popen[bytes]]) -> float:
    """Bytes that the largest of the workers has to itself."""
    return max(psutil.Process(worker.pid).memory_full_info().uss for worker in crew)
