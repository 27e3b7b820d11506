"""An incoming message as values: who sent it, to which addresses, and the calendar answer in it, if any."""

from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

#: Words of the field Precedence by which programs say that nobody wrote this.
_BULK = {"bulk", "junk", "list", "auto_reply"}


@dataclass(frozen=True, slots=True)
class Incoming:
    recipients: Sequence[str]
    #: The body of a text/calendar part.
    calendar: bytes | None
    #: An out-of-office note or another program's message (RFC 3834): never answered.
    is_automatic: bool


def read(data: bytes, recipients: Sequence[str]) -> Incoming:
    """Whatever the bytes are: a message that cannot be read has nothing in it."""
    try:
        message = message_from_bytes(data, policy=default)
        assert isinstance(message, EmailMessage)
        return Incoming(recipients, _calendar(message), _is_automatic(message))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):  # what the library raises on bad mail
        return Incoming(recipients, None, is_automatic=False)


def _calendar(message: EmailMessage) -> bytes | None:
    for part in message.walk():
        if part.get_content_type() in {"text/calendar", "application/ics"}:
            body = part.get_payload(decode=True)
            return body if isinstance(body, bytes) else None
    return None


def _is_automatic(message: EmailMessage) -> bool:
    """A calendar program that answers for somebody marks it so too, hence calendar answers are not asked for this."""
    submitted = str(message.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    return submitted != "no" or str(message.get("Precedence", "")).strip().lower() in _BULK
