"""Sends what the outbox holds: claim a batch, ask of each mail whether it is still wanted, send, settle."""

import logging
from collections.abc import Sequence
from email.message import EmailMessage

from flask import Flask
from sqlalchemy.exc import OperationalError

from podsched import clock
from podsched.app import house_of
from podsched.db import writing
from podsched.house import House
from podsched.jobs.running import the_app
from podsched.mail.compose import compose
from podsched.mail.send import Later, Never, Transport, transport
from podsched.models import MailKind, MailState
from podsched.services import bouncing, letters, outbox
from podsched.services.outbox import Claim

log = logging.getLogger(__name__)


def deliver() -> None:
    """Drains the outbox of everything that is due now."""
    drain(the_app())


def drain(app: Flask) -> None:
    house = house_of(app)
    while claims := _claim(house):
        with app.app_context():
            _send_batch(app, house, claims)


def _claim(house: House) -> list[Claim]:
    with writing(house.engine) as session:
        return outbox.claim(session, at=clock.now())


def _send_batch(app: Flask, house: House, claims: Sequence[Claim]) -> None:
    try:
        with transport(app, house.settings) as way_out:
            for claim in claims:
                _send(house, way_out, claim)
    except Later as unreachable:
        log.warning("mail waits: %s", unreachable)
        with writing(house.engine) as session:
            for claim in claims:
                outbox.try_later(session, claim, at=clock.now(), reason=str(unreachable))


def _send(house: House, way_out: Transport, claim: Claim) -> None:
    try:
        message = _message(house, claim)
    except OperationalError:
        raise  # the database is busy or away, which is no fault of the letter: its lease ends and it comes round again
    except Exception:  # one letter that cannot be written must not hold up the others; it stays on the hosts' list
        log.exception("mail %s cannot be written", claim.id)
        _settle(house, claim, MailState.DEAD, reason="This mail could not be written.")
        return
    if message is None:
        return
    try:
        way_out.deliver(message)
    except Later as reason:
        with writing(house.engine) as session:
            outbox.try_later(session, claim, at=clock.now(), reason=str(reason))
    except Never as refusal:
        _settle(house, claim, MailState.DEAD, reason=str(refusal))
        if refusal.ends_the_address:
            _end_address(house, claim, str(refusal))
    else:
        _settle(house, claim, MailState.SENT)


def _message(house: House, claim: Claim) -> EmailMessage | None:
    """The message as things stand now; None, and dropped, when it is not wanted any more."""
    at = clock.now()
    with writing(house.engine) as session:
        mail = outbox.held(session, claim, at=at)
        if mail is None:
            return None
        if claim.fence > outbox.MOST_ATTEMPTS:
            outbox.settle(session, claim, MailState.DEAD, at=at, reason="Sending it was interrupted too often.")
            return None
        if mail.expires_at <= at:
            state, reason = _too_late(mail.kind, claim)
            outbox.settle(session, claim, state, at=at, reason=reason)
            return None
        if stopped := bouncing.stops(mail):
            outbox.settle(session, claim, MailState.DROPPED, at=at, reason=stopped)
            return None
        letter = letters.compose(session, mail, house.addresses, at=at)
        if letter is None:
            outbox.settle(session, claim, MailState.DROPPED, at=at, reason="No longer wanted.")
            return None
    return compose(letter, mail_id=claim.id, sender=house.settings.mail_from, at=at)


def _too_late(kind: MailKind, claim: Claim) -> tuple[MailState, str]:
    """A check-in of yesterday is nothing to worry about; a mail that was tried and never taken is the host's business."""
    if claim.fence == 1 or kind in {MailKind.CHECK_IN, MailKind.SIGN_IN}:
        return MailState.DROPPED, "Too late to be of use."
    return MailState.DEAD, "It could not be sent in time."


def _settle(house: House, claim: Claim, state: MailState, *, reason: str | None = None) -> None:
    with writing(house.engine) as session:
        outbox.settle(session, claim, state, at=clock.now(), reason=reason)


def _end_address(house: House, claim: Claim, reason: str) -> None:
    with writing(house.engine) as session:
        bouncing.refused(session, claim.id, reason, at=clock.now())
