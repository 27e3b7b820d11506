"""Sends what the outbox holds: claim a batch, write each mail as things stand now, send, settle.

A batch is settled in one transaction; what a server has accepted meanwhile stands in a journal on this machine. A
worker that dies so repeats at most the mail that was on the wire, under the same Message-ID.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask

from podsched import clock
from podsched.app import house_of
from podsched.db import writing
from podsched.house import House
from podsched.jobs import journal, running
from podsched.jobs.composing import Ready, Writer, messages
from podsched.jobs.journal import Journal
from podsched.jobs.leases import Leases
from podsched.mail.send import Later, Never, Transport, Unreachable, transport
from podsched.models import MailState
from podsched.services import bouncing, outbox
from podsched.services.outbox import Claim

log = logging.getLogger(__name__)

#: A drain ends after so long and rings for the next one, long before its job would be timed out in mid-mail.
LONGEST = 240.0


@dataclass(slots=True)
class _Outcome:
    """What became of a batch."""

    accepted: list[Claim] = field(default_factory=list)
    later: list[tuple[Claim, str]] = field(default_factory=list)
    never: list[tuple[Claim, Never]] = field(default_factory=list)
    is_unreachable: bool = False


def deliver() -> None:
    """Drains the outbox of everything that is due now."""
    drain(running.the_app())


def drain(app: Flask, *, seconds: float = LONGEST, write: Writer | None = None) -> None:
    """Sends until nothing is due, for so long at most; ``write`` makes the messages of a batch."""
    house = house_of(app)
    until = time.monotonic() + seconds
    recover(house)
    with app.app_context(), transport(app, house.settings) as way_out, journal.opened(_folder(house)) as kept:
        while claims := _claim(house, kept):
            outcome = _send(house, way_out, (write or messages)(house, claims), kept)
            _settle(house, kept, outcome)
            if outcome.is_unreachable:
                log.warning("mail waits: %s", outcome.later[-1][1])
                return
            if time.monotonic() >= until or running.is_stopping():
                house.bells.ring_mail()
                return


def recover(house: House) -> None:
    """What a process of this machine was sending when it died: accepted is sent, all else waits again at once."""
    with journal.left_behind(_folder(house)) as found, writing(house.engine) as session:
        for left in found:
            outbox.settle(session, left.accepted, MailState.SENT, at=clock.now())
            outbox.release(session, left.taken)


def _folder(house: House) -> Path:
    return house.settings.var / "sending"


def _claim(house: House, kept: Journal) -> list[Claim]:
    with writing(house.engine) as session:
        claims = outbox.claim(session, at=clock.now())
    # Not before the commit: what was never claimed could be claimed by another, under the same fence.
    kept.batch(claims)
    return claims


def _send(house: House, way_out: Transport, ready: Sequence[Ready], kept: Journal) -> _Outcome:
    outcome = _Outcome()
    with Leases(house, [claim for claim, _ in ready]) as leases:
        for number, (claim, message) in enumerate(ready):
            if not leases.is_ours(claim):
                continue
            try:
                way_out.deliver(message)
            except Unreachable as reason:
                outcome.is_unreachable = True
                outcome.later += [(waiting, str(reason)) for waiting, _ in ready[number:]]
                break
            except Later as reason:
                outcome.later.append((claim, str(reason)))
            except Never as refusal:
                outcome.never.append((claim, refusal))
            else:
                kept.accept(claim)
                outcome.accepted.append(claim)
    return outcome


def _settle(house: House, kept: Journal, outcome: _Outcome) -> None:
    at = clock.now()
    with writing(house.engine) as session:
        outbox.settle(session, outcome.accepted, MailState.SENT, at=at)
        for claim, reason in outcome.later:
            outbox.try_later(session, claim, at=at, reason=reason)
        for claim, refusal in outcome.never:
            outbox.settle(session, [claim], MailState.DEAD, at=at, reason=str(refusal))
            if refusal.ends_the_address:
                bouncing.refused(session, claim.id, str(refusal), at=at)
    kept.clear()
