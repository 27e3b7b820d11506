"""Incoming mail: a small SMTP server for a real one in front, which hands on what is addressed to podsched."""

import asyncio
import logging
import os
import signal
import sys
import threading

import click
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy.exc import OperationalError

import calendars
from podsched import clock
from podsched import settings as settings_module
from podsched.db import writing
from podsched.house import House, build
from podsched.mail.incoming import read
from podsched.services import inviting

log = logging.getLogger(__name__)

LARGEST = 1024 * 1024
TAKEN = "250 2.0.0 Taken"
IGNORED = "250 2.0.0 Nobody reads this, and nobody answers"
NOT_FOR_US = "550 5.7.1 Only answers to our own invitations are read here; write to your host instead"
NO_SUCH_BOX = "550 5.1.1 No such mailbox"
LATER = "451 4.3.0 Try again in a moment"


@click.command()
def listen() -> None:
    """Take answers to invitations by SMTP (PODSCHED_MAIL_IN says where); put a real mail server in front."""
    settings = settings_module.read()
    if settings.mail_in is None:
        click.echo("podsched: set PODSCHED_MAIL_IN first, such as 127.0.0.1:2525", err=True)
        sys.exit(os.EX_CONFIG)
    host, port = settings.mail_in
    controller = Controller(
        Handler(build(settings)), hostname=host, port=port, data_size_limit=LARGEST, enable_SMTPUTF8=True
    )
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    controller.start()
    try:
        stopping.wait()
    finally:
        controller.stop()


class Handler:
    """What aiosmtpd asks: whether an address is ours, and what becomes of a message."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._local, _, self._domain = house.settings.mail_from.lower().rpartition("@")

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        local, _, domain = address.lower().rpartition("@")
        if domain != self._domain or local.partition("+")[0] != self._local:
            return NO_SUCH_BOX
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        del server, session
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        return await asyncio.to_thread(self.take, content, [*envelope.rcpt_tos])

    def take(self, content: bytes, recipients: list[str]) -> str:
        message = read(content, recipients)
        if message.calendar is None:
            return IGNORED if message.is_automatic else NOT_FOR_US
        try:
            reply = calendars.read_reply(message.calendar)
            with writing(self._house.engine) as session:
                is_ours = inviting.take_reply(session, self._house.addresses, reply, message.recipients, at=clock.now())
        except calendars.CalendarError as error:
            log.info("an incoming message is refused: %s", error.reason)
            return NOT_FOR_US
        except OperationalError:
            return LATER
        return TAKEN if is_ours else NOT_FOR_US
