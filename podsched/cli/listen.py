"""Incoming mail: a small SMTP and LMTP server for a real one in front, which hands on what is addressed to podsched."""

import asyncio
import logging
import os
import signal
import sys
import threading

import click
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

from podsched import settings as settings_module
from podsched.house import House, build
from podsched.letterbox import LATER, NO_SUCH_BOX, Letterbox

log = logging.getLogger(__name__)

LARGEST = 1024 * 1024
ONE_EACH = "452 4.5.3 One recipient a message; send the others on their own"


@click.command()
def listen() -> None:
    """Take answers and bounces by SMTP or LMTP (PODSCHED_MAIL_IN says where); put a real mail server in front."""
    settings = settings_module.read()
    if settings.mail_in is None:
        click.echo("podsched: set PODSCHED_MAIL_IN first, such as 127.0.0.1:2525", err=True)
        sys.exit(os.EX_CONFIG)
    host, port = settings.mail_in
    controller = Door(Handler(build(settings)), hostname=host, port=port)
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
        self._letterbox = Letterbox(house)

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Each message is for one address, which says what it is about; LMTP then needs one reply."""
        del server, session, options
        if not self._letterbox.is_ours(address):
            return NO_SUCH_BOX
        if envelope.rcpt_tos:
            return ONE_EACH
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        del server, session
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        return await asyncio.to_thread(self._letterbox.take, content, envelope.rcpt_tos[0], envelope.mail_from)

    async def handle_exception(self, error: Exception) -> str:
        """A fault of ours is no reason to lose a message, and nobody outside needs to read about it."""
        log.error("an incoming message could not be handled", exc_info=error)
        return LATER


class Door(Controller):
    """Listens with our bounds, and greets in both protocols."""

    def __init__(self, handler: Handler, hostname: str, port: int) -> None:
        super().__init__(
            handler, hostname=hostname, port=port, data_size_limit=LARGEST, enable_SMTPUTF8=True, ident="podsched"
        )

    def factory(self) -> SMTP:
        return Speaker(self.handler, **self.SMTP_kwargs)


class Speaker(SMTP):
    """SMTP, and LMTP for servers that deliver with it: with one recipient a message they differ in the greeting alone."""

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, hostname: str) -> None:  # noqa: N802  aiosmtpd's name
        await self.smtp_EHLO(hostname)
