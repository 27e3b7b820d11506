"""How messages leave: by SMTP through Flask-Mail, or into a mailbox folder when no server is set.

Flask-Mail is the transport only. Its own message builder lets line breaks into headers, and its connection has neither
a time-out nor a verified certificate, so both are replaced here.
"""

import mailbox
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Protocol

from flask import Flask
from flask_mail import Connection, Mail, Message

from podsched.domain.refusals import ends_an_address
from podsched.mail import mime
from podsched.settings import MailServer, Settings

SECONDS = 20


class Later(Exception):
    """The server may take it at another time."""


class Unreachable(Later):
    """No server answers, so the mails after this one need not be tried either."""


class Never(Exception):
    """The server will not take it, and says why."""

    def __init__(self, words: str, *, ends_the_address: bool = False) -> None:
        super().__init__(words)
        self.ends_the_address = ends_the_address


class Transport(Protocol):
    def deliver(self, message: mime.Message) -> None: ...


class _Ready(Message):
    """A finished message in the shape Flask-Mail's connection wants."""

    def __init__(self, message: mime.Message) -> None:
        super().__init__(recipients=[message.recipient], sender=message.bounces_to)
        self.ready = message

    def as_bytes(self) -> bytes:
        return self.ready.data

    def has_bad_headers(self) -> bool:
        return False  # mime lets no line break into one


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
    """One SMTP connection for as many messages as there are, made anew when it breaks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def deliver(self, message: mime.Message) -> None:
        """Raises Later, Never, or Unreachable when there is nobody to ask."""
        self._connect()
        try:
            self._connection.send(_Ready(message))
        except smtplib.SMTPRecipientsRefused as error:
            code, reason = next(iter(error.recipients.values()))
            if code == 421:  # the server hung up as well
                self.close()
            words = _words(code, reason)
            if code < 500:
                raise Later(words) from error
            raise Never(words, ends_the_address=ends_an_address(words, code=code)) from error
        except smtplib.SMTPResponseException as error:
            self.close()
            refused = 500 <= error.smtp_code < 600 and error.smtp_code != 530
            raise (Never if refused else Later)(_words(error.smtp_code, error.smtp_error)) from error
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise Later(str(error) or type(error).__name__) from error

    def _connect(self) -> None:
        if self._connection.host is not None:
            return
        try:
            self._connection.host = self._connection.configure_host()
        except (smtplib.SMTPException, OSError) as error:
            raise Unreachable(f"the mail server cannot be reached: {error}") from error

    def close(self) -> None:
        if self._connection.host is not None:
            self._connection.host.close()
            self._connection.host = None

    def say_goodbye(self) -> None:
        if self._connection.host is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._connection.host.quit()
        self.close()


def _words(code: int, reason: bytes | str) -> str:
    text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
    return f"{code} {text}"


class MailboxTransport:
    """Keeps each message as a file for the mailbox page; nothing leaves the machine."""

    def __init__(self, folder: mailbox.Maildir) -> None:
        self._folder = folder

    def deliver(self, message: mime.Message) -> None:
        self._folder.add(message.data)


@contextmanager
def transport(app: Flask, settings: Settings) -> Iterator[Transport]:
    """A way out for one round of mail."""
    if settings.mail_server is None:
        settings.var.mkdir(parents=True, exist_ok=True)
        yield MailboxTransport(mailbox.Maildir(settings.mailbox, create=True))
        return
    way_out = SmtpTransport(_Verified(app.extensions["mail"], settings.mail_server))
    try:
        yield way_out
    finally:
        way_out.say_goodbye()
