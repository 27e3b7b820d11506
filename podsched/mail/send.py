"""How messages leave: by SMTP through Flask-Mail, or into a mailbox folder when no server is set.

Flask-Mail is the transport only. Its own message builder lets line breaks into headers, and its connection has neither
a time-out nor a verified certificate, so both are replaced here.
"""

import mailbox
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from typing import Protocol

from flask import Flask
from flask_mail import Connection, Mail, Message

from podsched.domain.refusals import ends_an_address
from podsched.settings import MailServer, Settings

SECONDS = 20


class Later(Exception):
    """The server may take it at another time."""


class Never(Exception):
    """The server will not take it, and says why."""

    def __init__(self, words: str, *, ends_the_address: bool = False) -> None:
        super().__init__(words)
        self.ends_the_address = ends_the_address


class Transport(Protocol):
    def deliver(self, message: EmailMessage) -> None: ...


class _Ready(Message):
    """A finished message in the shape Flask-Mail's connection wants."""

    def __init__(self, message: EmailMessage) -> None:
        recipient = message["To"].addresses[0].addr_spec
        sender = getattr(message, "bounces_to", "") or message["From"].addresses[0].addr_spec
        super().__init__(recipients=[recipient], sender=sender)
        self.ready = message

    def as_bytes(self) -> bytes:
        return self.ready.as_bytes()

    def has_bad_headers(self) -> bool:
        return False  # EmailMessage refuses line breaks when a header is set


class _Verified(Connection):
    def __init__(self, mail: Mail, server: MailServer) -> None:
        super().__init__(mail)
        self.server = server

    def configure_host(self) -> smtplib.SMTP:
        if self.server.tls == "implicit":
            context = ssl.create_default_context()
            host: smtplib.SMTP = smtplib.SMTP_SSL(self.server.host, self.server.port, timeout=SECONDS, context=context)
        else:
            host = smtplib.SMTP(self.server.host, self.server.port, timeout=SECONDS)
        try:
            if self.server.tls == "starttls":
                host.starttls(context=ssl.create_default_context())
            if self.server.username and self.server.password:
                host.login(self.server.username, self.server.password)
        except (smtplib.SMTPException, OSError):
            host.close()
            raise
        return host


class SmtpTransport:
    """One SMTP connection for a batch."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def deliver(self, message: EmailMessage) -> None:
        try:
            self._connection.send(_Ready(message))
        except smtplib.SMTPRecipientsRefused as error:
            code, reason = next(iter(error.recipients.values()))
            if code == 421:  # the server hung up as well
                self._start_anew()
            words = _words(code, reason)
            if code < 500:
                raise Later(words) from error
            raise Never(words, ends_the_address=ends_an_address(words, code=code)) from error
        except smtplib.SMTPResponseException as error:
            self._start_anew()
            refused = 500 <= error.smtp_code < 600 and error.smtp_code != 530
            raise (Never if refused else Later)(_words(error.smtp_code, error.smtp_error)) from error
        except (smtplib.SMTPException, OSError) as error:
            self._start_anew()
            raise Later(str(error) or type(error).__name__) from error

    def _start_anew(self) -> None:
        if self._connection.host is not None:
            self._connection.host.close()
        with suppress(smtplib.SMTPException, OSError):  # the next message finds it closed and waits for its turn
            self._connection.host = self._connection.configure_host()


def _words(code: int, reason: bytes | str) -> str:
    text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
    return f"{code} {text}"


class MailboxTransport:
    """Keeps each message as a file for the mailbox page; nothing leaves the machine."""

    def __init__(self, folder: mailbox.Maildir) -> None:
        self._folder = folder

    def deliver(self, message: EmailMessage) -> None:
        self._folder.add(message.as_bytes())


@contextmanager
def transport(app: Flask, settings: Settings) -> Iterator[Transport]:
    """A way out for one batch; raises Later when the mail server cannot be reached."""
    if settings.mail_server is None:
        settings.var.mkdir(parents=True, exist_ok=True)
        yield MailboxTransport(mailbox.Maildir(settings.mailbox, create=True))
        return
    connection = _Verified(app.extensions["mail"], settings.mail_server)
    try:
        connection.host = connection.configure_host()
    except (smtplib.SMTPException, OSError) as error:
        raise Later(f"the mail server cannot be reached: {error}") from error
    try:
        yield SmtpTransport(connection)
    finally:
        _say_goodbye(connection)


def _say_goodbye(connection: Connection) -> None:
    if connection.host is None:
        return
    try:
        connection.host.quit()
    except (smtplib.SMTPException, OSError):
        connection.host.close()
