"""How fast the outbox is drained, beside a raw loop over one connection with the same messages.

A row for each way of sending, the middle of several rounds: messages a second, and how many times as fast as the raw
loop that is. ``already built`` is everything but writing the letter: claim, ask, journal, send, settle.
"""

from __future__ import annotations

import smtplib
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench import shifted
from bench.mail_house import POSTGRESQL, SQLITE, Installation, installation
from bench.mail_sink import Sink
from podsched import settings
from podsched.app import create_app
from podsched.db import writing
from podsched.jobs import composing
from podsched.jobs.delivery import drain
from podsched.services import checkins, outbox

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Iterator, Sequence

    from flask import Flask

    from podsched.house import House
    from podsched.jobs.composing import Ready
    from podsched.mail.mime import Message
    from podsched.services.outbox import Claim

Row = dict[str, object]

#: What the issue asks of one worker: the share of the raw loop, with the messages built and with building each.
LEAST_BUILT, LEAST_BUILDING = 0.5, 0.25
RAW, BUILT, BUILDING = "raw smtplib loop", "outbox, messages already built", "outbox, building each"


def rows(*, quick: bool = False) -> Iterator[Row]:
    members, rounds = (60, 1) if quick else (2000, 3)
    for kind in (SQLITE, POSTGRESQL):
        with (
            tempfile.TemporaryDirectory() as folder,
            Sink(Path(folder)) as sink,
            installation(kind, members, mail_port=sink.port) as ours,
        ):
            yield from _measured(ours, sink, members, rounds)


def _measured(ours: Installation, sink: Sink, members: int, rounds: int) -> Iterator[Row]:
    shifted.shift(ours.due.shift)
    app = create_app(settings.read(ours.environ))
    built = _built(ours, sink, app)
    spent: dict[str, list[tuple[float, float]]] = {RAW: [], BUILT: [], BUILDING: []}
    for _ in range(rounds):
        spent[RAW].append(_timed(lambda: _raw([*built.values()], sink.port)))
        for name, write in ((BUILT, _from(built)), (BUILDING, composing.messages)):
            _plan(ours)
            spent[name].append(_timed(lambda write=write: drain(app, seconds=3600, write=write)))
            _check(ours, sink, members)
    for name, figures in spent.items():
        ratios = [raw / wall for (raw, _), (wall, _) in zip(spent[RAW], figures, strict=True)]
        least = {BUILT: LEAST_BUILT, BUILDING: LEAST_BUILDING}.get(name)
        yield {
            "database": ours.house.engine.dialect.name,
            "way": name,
            "messages": members,
            "a second": round(members / median(wall for wall, _ in figures)),
            "CPU ms each": round(median(cpu for _, cpu in figures) / members * 1e3, 2),
            "x raw": round(median(ratios), 2),
            "bar": f"at least {least}" if least else "",
            "met": median(ratios) >= least if least else None,
        }


def _plan(ours: Installation) -> None:
    """Every check-in waits in the outbox."""
    ours.make_due()
    while True:
        with writing(ours.house.engine) as session:
            if not checkins.plan_due(session, at=ours.due.now()):
                return


def _built(ours: Installation, sink: Sink, app: Flask) -> dict[uuid.UUID, Message]:
    """The message of each member, by membership: the same for every round."""
    kept: dict[uuid.UUID, Message] = {}

    def keep(house: House, claims: Sequence[Claim]) -> list[Ready]:
        ready = composing.messages(house, claims)
        with writing(house.engine) as session:
            owners = {claim: mail.membership_id for claim, mail in outbox.held(session, claims).items()}
        kept.update({owners[claim]: message for claim, message in ready})
        return ready

    _plan(ours)
    drain(app, seconds=3600, write=keep)
    sink.forget()
    return kept


def _from(built: dict[uuid.UUID, Message]) -> composing.Writer:
    def write(house: House, claims: Sequence[Claim]) -> list[Ready]:
        with writing(house.engine) as session:
            return [(claim, built[mail.membership_id]) for claim, mail in outbox.held(session, claims).items()]

    return write


def _raw(messages: list[Message], port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as server:
        for message in messages:
            server.sendmail(message.sender, [message.recipient], message.data)


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of wall and of CPU."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def _check(ours: Installation, sink: Sink, members: int) -> None:
    """A figure is worth nothing when a message is missing."""
    if ours.states() != {"sent": members}:
        raise ValueError(f"not everything was sent: {ours.states()}")
    sink.forget()
