"""What a poll of a calendar costs: ``python -m bench feeds``.

The service's own command starts gunicorn, with one worker, on a database with a published cohort. CPU seconds of that
worker are counted for each kind of answer over many requests, in turns with a bare Flask view that says "ok" and with
views that render the same calendar for each request, by ours and by icalendar. Beside it, in this process: what a
change costs, for feeds are rendered then. With ``--radicale PYTHON`` the same calendar is also read from Radicale.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

import calendars
from bench import feeds_servers
from bench.feeds_app import naive
from bench.feeds_house import HOST, MEMBER, SITE, Size, built, changed
from bench.measuring import timed
from podsched.services import feeds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bench.feeds_house import Built
    from bench.feeds_servers import Answer, Server

Row = dict[str, object]

#: A stored feed may take so many times the CPU of a bare "ok", by status; a naive view has to take so many times its own.
MOST_OKS = {304: 2, 200: 3}
LEAST_SAVED = 20
#: For the first render of sixty events after a change.
MOST_RENDER_US = 5000

_LONG = 60  # weeks: no cohort is as long, but a bar about sixty events can be compared with it
_OURS, _NAIVELY = "our render, each time", "icalendar, each time"
#: What a row knows, and how its column is called.
_COLUMNS = {
    "events": "events",
    "status": "status",
    "bytes": "bytes",
    "cpu": "CPU us",
    "ok": "x ok",
    "kept": "CPU us, kept connection",
    "kept_ok": "x ok, kept connection",
    "saved": "x cheaper than icalendar",
    "saved_ours": "x cheaper than our render",
    "bar": "bar",
    "met": "met",
}
_ZIPPED = {"Accept-Encoding": "gzip"}


@dataclass(frozen=True, slots=True)
class Effort:
    """What is measured, and how often."""

    size: Size
    rounds: int
    requests: int
    slow_requests: int


FULL = Effort(Size(pods=8, members=8, weeks=8, most=60), rounds=9, requests=200, slow_requests=20)
TINY = Effort(Size(pods=2, members=6, weeks=6, most=11), rounds=1, requests=4, slow_requests=2)


@dataclass(slots=True)
class Poll:
    """One kind of request, the status it must be answered with, and what it took: microseconds of CPU by round.

    ``own`` is with a connection for each request, ``kept`` with one for all of a round.
    """

    name: str
    server: Server
    path: str
    status: int = 200
    feed: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    is_stored: bool = False
    is_slow: bool = False
    own: list[float] = field(default_factory=list)
    kept: list[float] = field(default_factory=list)
    size: int = 0


def rows(*, quick: bool = False, radicale: Path | None = None) -> Iterator[Row]:
    """A row for each kind of answer, then one for each kind of work after a change."""
    effort = TINY if quick else FULL
    with TemporaryDirectory() as folder, ExitStack() as stack:
        house = stack.enter_context(built(Path(folder), effort.size))
        polls = _polls(stack.enter_context(feeds_servers.service(house.environ, SITE)), house)
        polls += _of_radicale(stack, radicale, Path(folder, "radicale"), polls)
        for _ in range(effort.rounds):
            for poll in polls:
                _ask(poll, effort.slow_requests if poll.is_slow else effort.requests)
        yield from _answers(polls, house)
        yield from _renders(house, effort.rounds)
        yield from _refreshes(house, effort.rounds)


def _polls(server: Server, house: Built) -> list[Poll]:
    """The first is what the others are compared with."""
    ours = {which: server.ask(path, _ZIPPED) for which, path in house.paths.items()}
    known = {which: _ZIPPED | {"If-None-Match": answer.headers["ETag"]} for which, (answer,) in ours.items()}
    stored = {"server": server, "is_stored": True}
    return [
        Poll("ok", server, "/bench/ok"),
        Poll("ok, inside the service", server, "/bench-ok"),
        *(Poll("304", path=house.paths[of], status=304, feed=of, headers=known[of], **stored) for of in (HOST, MEMBER)),
        Poll("200", path=house.paths[HOST], feed=HOST, **stored),
        *(Poll("200, gzip", path=house.paths[of], feed=of, headers=_ZIPPED, **stored) for of in (HOST, MEMBER)),
        Poll("404, unknown token", server, "/f/nobody-was-given-this.ics", 404),
        *(Poll(_OURS, server, f"/bench/ours/{of}", feed=of, is_slow=True) for of in (HOST, MEMBER)),
        *(Poll(_NAIVELY, server, f"/bench/icalendar/{of}", feed=of, is_slow=True) for of in (HOST, MEMBER)),
    ]


def _of_radicale(stack: ExitStack, python: Path | None, folder: Path, polls: list[Poll]) -> list[Poll]:
    """The calendar of the host as a collection of Radicale, if Radicale is there."""
    if python is None and find_spec("radicale"):
        python = Path(sys.executable)
    if python is None:
        print("feeds: Radicale is left out; name a Python that has it with --radicale\n", file=sys.stderr)
        return []
    server = stack.enter_context(feeds_servers.radicale(python, folder))
    stored = next(poll for poll in polls if poll.name == "200")
    (answer,) = stored.server.ask(stored.path, {})
    server.put("/someone/calendar.ics/", {"Content-Type": "text/calendar; charset=utf-8"}, answer.body)
    return [Poll(feeds_servers.release_of_radicale(python), server, "/someone/calendar.ics/", feed=HOST, is_slow=True)]


def _ask(poll: Poll, times: int) -> None:
    """One round; the first answer is not counted, and one that is not as it should be is worth no figure."""
    _check(poll, poll.server.ask(poll.path, poll.headers))
    for spent, kept in ((poll.own, False), (poll.kept, True)):
        if kept and not poll.server.keeps_connections:
            continue
        before = poll.server.cpu()
        answers = poll.server.ask(poll.path, poll.headers, times=times, kept=kept)
        spent.append((poll.server.cpu() - before) / times * 1e6)
        _check(poll, answers)


def _check(poll: Poll, answers: list[Answer]) -> None:
    for answer in answers:
        if answer.status != poll.status:
            raise ValueError(f"{poll.name}: {poll.path} was answered with {answer.status}, not {poll.status}")
        poll.size = len(answer.body)


def _answers(polls: list[Poll], house: Built) -> Iterator[Row]:
    first, *_ = polls
    for poll in polls:
        saved = _saved(poll, _NAIVELY, polls)
        oks = _ratio(poll.own, first.own), _ratio(poll.kept, first.kept)
        yield _row(
            poll.name,
            events=len(house.feeds[poll.feed].events) if poll.feed else None,
            status=poll.status,
            bytes=poll.size,
            cpu=median(poll.own),
            ok=oks[0],
            kept=median(poll.kept) if poll.kept else None,
            kept_ok=oks[1],
            saved=saved,
            saved_ours=_saved(poll, _OURS, polls),
            **(_bar(poll, oks, saved) if poll.is_stored else {}),
        )


def _saved(poll: Poll, rendering: str, polls: list[Poll]) -> float | None:
    """How many times as much the same calendar takes when it is rendered so for each request."""
    if not poll.feed:
        return None
    (other,) = (other for other in polls if (other.name, other.feed) == (rendering, poll.feed))
    return _ratio(other.own, poll.own)


def _ratio(these: list[float], those: list[float]) -> float | None:
    """The middle of the ratios of each round."""
    return median(this / that for this, that in zip(these, those, strict=True)) if these else None


def _bar(poll: Poll, oks: tuple[float | None, ...], saved: float | None) -> Row:
    """What a stored feed is held to; the bar beside rendering is about sixty events, which only the host's has."""
    most = MOST_OKS[poll.status]
    is_cheap = all(ratio is not None and ratio <= most for ratio in oks)
    if poll.feed == MEMBER:
        return {"bar": f"x ok at most {most}", "met": is_cheap}
    is_worth_it = saved is not None and saved >= LEAST_SAVED
    return {"bar": f"x ok at most {most}, x cheaper at least {LEAST_SAVED}", "met": is_cheap and is_worth_it}


def _renders(house: Built, rounds: int) -> Iterator[Row]:
    """The host's calendar as bytes, without a server around it."""
    feed = house.feeds[HOST]
    spent: list[list[float]] = [[], []]
    for _ in range(10 * rounds):
        for render, figures in zip((calendars.render, naive), spent, strict=True):
            figures.append(timed(partial(render, feed))[1] * 1e6)
    ours, theirs = map(median, spent)
    known = {"events": len(feed.events)}
    bar = {"bar": f"at most {MOST_RENDER_US} us", "met": ours <= MOST_RENDER_US}
    yield _row(
        "calendars.render, no server", bytes=len(calendars.render(feed)), cpu=ours, saved=theirs / ours, **known, **bar
    )
    yield _row("icalendar, no server", bytes=len(naive(feed)), cpu=theirs, saved=1.0, **known)


def _refreshes(house: Built, rounds: int) -> Iterator[Row]:
    """All that a change of a pod renders anew: four styles for each of its members, and for a host who reads them."""
    for name, refresh, weeks in (
        ("feeds.refresh_pod", feeds.refresh_pod, 0),
        ("feeds.refresh_pod, a long cohort", feeds.refresh_pod, _LONG),
        ("feeds.refresh, with the host's calendar", feeds.refresh, 0),
    ):
        spent = [_refreshed(house, refresh, weeks) for _ in range(rounds)]
        events = {count for _, count in spent}
        yield _row(name, events=max(events), cpu=median(cpu for cpu, _ in spent))


def _refreshed(house: Built, refresh: Callable[..., None], weeks: int) -> tuple[float, int]:
    """Microseconds for one change, which is taken back, and the weeks of the pod."""
    with Session(house.engine) as session:
        pod = changed(session, weeks)
        at = pod.created_at + timedelta(days=1)
        _, cpu = timed(lambda: refresh(session, pod, house.addresses, at=at))
        count = len(pod.meetings)
        session.rollback()
    return cpu * 1e6, count


def _row(answer: str, **known: object) -> Row:
    """Every row has every column; what does not apply is None."""
    return {"answer": answer} | {title: known.get(name) for name, title in _COLUMNS.items()}
