"""What is lost and what is doubled while workers are killed: reminders on both databases, answers under form posts.

Mail: some thousand check-ins are due at one minute. Two clocks and three workers send them while random workers are
killed with SIGKILL in the middle of their batches, Redis is flushed and killed, the database server is restarted, and
the mail server refuses at random and goes away for a minute. The mail server counts what arrives by Message-ID.

Answers: members press their check-in again and again, each time with the next number in its line, while web workers are
killed. A number that was acknowledged must be in the database, or one that was sent after it.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import psutil
import redis
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bench.feeds_servers import free_port
from bench.mail_house import POSTGRESQL, SQLITE, Installation, installation, until
from bench.mail_sink import Sink
from bench.measuring import end
from podsched.db import reading
from podsched.embedded import EmbeddedValkey
from podsched.models import CheckIn, Enrolment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from subprocess import Popen

Row = dict[str, object]

CLOCKS, WORKERS = 2, 3
#: Seconds that the mail server takes before each message, so that the mail lasts as long as the kills. It is quick once it
#: has the message: were it not, whoever is killed meanwhile cannot know what became of it, and one is doubled each time.
SLOW = 0.02
REFUSED = 0.02
AWAY_SECONDS = 60.0
#: What the issue asks for.
MOST_DOUBLED, RECOVERED_WITHIN = 4, 120


@dataclass(frozen=True, slots=True)
class Effort:
    reminders: int
    kills: int
    away: float
    web_kills: int
    posters: int


FULL = Effort(6000, 40, AWAY_SECONDS, 200, 6)
TINY = Effort(120, 2, 1.0, 2, 2)


def rows(*, quick: bool = False) -> Iterator[Row]:
    effort = TINY if quick else FULL
    for kind in (SQLITE, POSTGRESQL):
        yield _mail(kind, effort)
    for kind in (SQLITE, POSTGRESQL):
        yield _answers(kind, effort)


# Mail


def _mail(kind: str, effort: Effort) -> Row:
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory()))
        sink = closing.enter_context(Sink(folder))
        queue = EmbeddedValkey(folder / "valkey")
        closing.callback(queue.stop)
        ours = closing.enter_context(installation(kind, effort.reminders, mail_port=sink.port, redis_url=queue.start()))
        sink.tell(f"slow {SLOW}")
        sink.tell(f"refuse {REFUSED}")
        crew = _Crew(ours, apart=effort.reminders // effort.kills)
        closing.callback(crew.end)
        until(lambda: sink.count() > 0, 120)
        _break_things(ours, sink, queue, crew, effort)
        sink.tell("refuse 0")
        sink.tell("slow 0")
        recovered = until(lambda: crew.revive() or ours.unsent() == 0, 600)
        return _mail_row(kind, effort, ours, sink, crew, recovered)


def _break_things(ours: Installation, sink: Sink, queue: EmbeddedValkey, crew: _Crew, effort: Effort) -> None:
    """The kills, and each of the other faults once in between."""
    faults = {
        effort.kills // 5: lambda: redis.Redis.from_url(queue.url).flushall(),
        effort.kills * 2 // 5: lambda: _restart_valkey(queue),
        effort.kills * 3 // 5: lambda: _restart_database(ours),
        effort.kills * 4 // 5: lambda: _take_mail_away(sink, effort.away),
    }
    for number in range(effort.kills):
        if number in faults:
            faults[number]()
        crew.kill_one_at_work(sink)


def _restart_valkey(queue: EmbeddedValkey) -> None:
    assert queue.pid is not None
    os.kill(queue.pid, signal.SIGKILL)
    time.sleep(1)
    queue.stop()
    queue.start()


def _restart_database(ours: Installation) -> None:
    """A fast shutdown, which ends every connection; SQLite has no server."""
    url = ours.environ.get("DATABASE_URL")
    if url is None:
        return
    home = Path(parse_qs(urlsplit(url).query)["host"][0])
    server = psutil.Process(int((home / "data" / "postmaster.pid").read_text().split()[0]))
    argv, owner = server.cmdline(), server.username()
    server.send_signal(signal.SIGINT)
    server.wait(30)
    time.sleep(1)
    user = {"user": owner, "group": owner, "extra_groups": []} if os.geteuid() == 0 else {}
    restarted = subprocess.Popen(argv, cwd=home, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **user)
    ours.closing.callback(lambda: (restarted.send_signal(signal.SIGINT), restarted.wait(30)))
    until(lambda: _accepts(ours), 30)


def _accepts(ours: Installation) -> bool:
    try:
        ours.unsent()
    except OperationalError:
        return False
    return True


def _take_mail_away(sink: Sink, seconds: float) -> None:
    sink.tell("away")
    time.sleep(seconds)
    sink.tell("back")


class _Crew:
    """The clocks and workers; whoever is killed has a successor at once."""

    def __init__(self, ours: Installation, *, apart: int) -> None:
        """So many messages arrive between two kills at most."""
        self._ours = ours
        self._apart = apart
        self._clocks = [ours.start("scheduler") for _ in range(CLOCKS)]
        self._workers = [ours.start("worker", "mail") for _ in range(WORKERS)]
        self.kills: Counter[str] = Counter()

    def kill_one_at_work(self, sink: Sink) -> None:
        """After some messages more have arrived, so that batches are under way; every eighth time a clock instead."""
        before, wanted = sink.count(), random.randint(1, self._apart)
        with suppress(TimeoutError):  # little is left to send
            until(lambda: self.revive() or sink.count() >= before + wanted, 60)
        if sum(self.kills.values()) % 8 == 7:
            self._replace(self._clocks, random.randrange(CLOCKS), "scheduler")
        else:
            at_work = [number for number, worker in enumerate(self._workers) if _has_talked(worker)]
            self._replace(self._workers, random.choice(at_work or range(WORKERS)), "worker", "mail")

    def revive(self) -> None:
        """What a supervisor does: a worker of RQ ends itself when Redis is away as its job ends."""
        for crew, command in ((self._clocks, ("scheduler",)), (self._workers, ("worker", "mail"))):
            for number, process in enumerate(crew):
                if process.poll() is not None:
                    crew[number] = self._ours.start(*command)

    def _replace(self, crew: list[Popen[bytes]], number: int, *command: str) -> None:
        crew[number].kill()
        crew[number].wait()
        self.kills[command[0]] += 1
        crew[number] = self._ours.start(*command)

    def end(self) -> None:
        end([*self._clocks, *self._workers])


def _has_talked(worker: Popen[bytes]) -> bool:
    """Whether it has a connection to a mail server, so that it is in the middle of something."""
    try:
        return any(each.status == psutil.CONN_ESTABLISHED for each in psutil.Process(worker.pid).net_connections("tcp"))
    except psutil.Error:
        return False


def _mail_row(kind: str, effort: Effort, ours: Installation, sink: Sink, crew: _Crew, recovered: float) -> Row:
    reminders = ours.message_ids()
    arrived = Counter(each for each in sink.arrived() if each in reminders)
    lost = effort.reminders - len(arrived)
    doubled = sum(arrived.values()) - len(arrived)
    is_met = lost == 0 and doubled <= MOST_DOUBLED and recovered <= RECOVERED_WITHIN
    return _row(
        kind,
        "reminders",
        sent=effort.reminders,
        kills=crew.kills.total(),
        lost=lost,
        doubled=doubled,
        recovered=round(recovered),
        bar=f"0 lost, at most {MOST_DOUBLED} doubled, recovered within {RECOVERED_WITHIN} s",
        met=is_met and ours.states() == {"sent": effort.reminders},
    )


# Answers


@dataclass(slots=True)
class _Poster:
    """A member who presses again and again."""

    path: str
    port: int
    sent: int = 0
    acknowledged: int = 0
    over: threading.Event = field(default_factory=threading.Event)

    def press(self) -> None:
        while not self.over.is_set():
            self.sent += 1
            if self._post(f"{self.sent}"):
                self.acknowledged = self.sent
            else:
                time.sleep(0.02)

    def _post(self, line: str) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        body = urlencode({"answer": "done", "line": line})
        headers = {"Host": "pods.example.org", "Content-Type": "application/x-www-form-urlencoded"}
        try:
            connection.request("POST", self.path, body, headers)
            return connection.getresponse().status == 303
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()


def _answers(kind: str, effort: Effort) -> Row:
    with ExitStack() as closing:
        ours = closing.enter_context(installation(kind, 8, mail_port=1))
        port = free_port()
        web = ours.start("web", "--port", str(port), "--workers", "2")
        closing.callback(lambda: end([web]))
        with reading(ours.house.engine) as session:
            members = session.scalars(select(Enrolment.id).limit(effort.posters)).all()
        posters = {each: _Poster(_path(ours, each), port) for each in members}
        threads = [threading.Thread(target=poster.press) for poster in posters.values()]
        for thread in threads:
            thread.start()
        try:
            kills = _kill_web(web.pid, [*posters.values()], effort.web_kills)
        finally:
            for poster in posters.values():
                poster.over.set()
            for thread in threads:
                thread.join()
        return _answers_row(kind, ours, posters, kills)


def _path(ours: Installation, member: object) -> str:
    return urlsplit(ours.house.addresses.check_in(member, ours.due.day)).path


def _kill_web(master: int, posters: list[_Poster], kills: int) -> int:
    """A web worker at a time, and after each only when answers come through again."""
    for _ in range(kills):
        before = sum(poster.acknowledged for poster in posters)
        until(lambda before=before: sum(p.acknowledged for p in posters) > before + len(posters), 60)
        time.sleep(random.uniform(0, 0.05))
        workers = psutil.Process(master).children()
        random.choice(workers).kill()
    return kills


def _answers_row(kind: str, ours: Installation, posters: dict[object, _Poster], kills: int) -> Row:
    with reading(ours.house.engine) as session:
        stored = {found.enrolment_id: int(found.line) for found in session.scalars(select(CheckIn))}
    lost = sum(stored.get(member, 0) < poster.acknowledged for member, poster in posters.items())
    return _row(
        kind,
        "answers under form posts",
        sent=sum(poster.sent for poster in posters.values()),
        kills=kills,
        lost=lost,
        bar="no acknowledged answer lost",
        met=lost == 0,
    )


def _row(kind: str, what: str, **known: object) -> Row:
    columns = ("sent", "kills", "lost", "doubled", "recovered", "bar", "met")
    return {"database": kind, "what": what} | {
        {"kills": "kills -9", "recovered": "recovered after, s"}.get(name, name): known.get(name) for name in columns
    }
