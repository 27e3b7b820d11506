"""An incoming message as values: who it says it is from, what it says, and the calendar answer or report in it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default

from email_validator import EmailNotValidError, validate_email

from podsched.mail.plain import text_of
from podsched.mail.reports import complaint, failure

#: Words of the field Precedence by which programs say that nobody wrote this.
_BULK = {"bulk", "junk", "list", "auto_reply"}
#: Fields that only programs and lists set.
_OF_PROGRAMS = ("X-Autoreply", "X-Autorespond", "X-Mail-Autoreply", "List-Id")

# Bounds: the library's time grows with parts times lines, and with the square of a field's length.
_MOST_LINES = 30_000
_MOST_PARTS = 40
_LONG_FIELD = re.compile(rb"^[!-9;-~]{1,80}:(?:[^\n]|\n[ \t]){8000}", re.MULTILINE)
#: How much of a text, and of a page that has to become text, is looked at.
_LONGEST_TEXT = 32_000
_LONGEST_PAGE = 256_000


@dataclass(frozen=True, slots=True)
class Incoming:
    #: The one address in From, spelled as people's addresses are kept; empty without one.
    sender: str = ""
    #: All of its text, what it quotes included; empty without a text.
    text: str = ""
    #: The body of a text/calendar part.
    calendar: bytes | None = None
    #: Why an address does not work, from a report that a mail of ours could not be delivered.
    failure: str | None = None
    #: The envelope senders that a mail complained about may have had; None unless this is a complaint.
    complaint: Sequence[str] | None = None
    #: An out-of-office note or another program's message (RFC 3834): never answered.
    is_automatic: bool = False


def read(data: bytes) -> Incoming:
    """Whatever the bytes are: a message that cannot be read has nothing in it."""
    if _is_monstrous(data):
        return Incoming()
    try:
        message = message_from_bytes(data, policy=default)
        assert isinstance(message, EmailMessage)
        return Incoming(
            sender=_sender(message),
            text=_text(message),
            calendar=_calendar(message),
            failure=failure(message),
            complaint=complaint(message),
            is_automatic=_is_automatic(message),
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):  # what the library raises on bad mail
        return Incoming()


def _is_monstrous(data: bytes) -> bool:
    parts = max(data.lower().count(b"content-type"), data.count(b"\n--"))
    return data.count(b"\n") > _MOST_LINES or parts > _MOST_PARTS or _LONG_FIELD.search(data) is not None


def _sender(message: EmailMessage) -> str:
    """As the form for joining spells addresses; several senders are nobody."""
    fields = message.get_all("From", [])
    found = [address for field in fields for address in field.addresses]
    if len(found) != 1:
        return ""
    try:
        return str(validate_email(found[0].addr_spec, check_deliverability=False).normalized).lower()
    except EmailNotValidError:
        return ""


def _text(message: EmailMessage) -> str:
    body = message.get_body(preferencelist=("plain", "html"))
    if body is None or body.is_attachment():
        return ""
    payload = body.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    if body.get_content_subtype() == "html":
        return text_of(_decoded(body, payload[:_LONGEST_PAGE]))[:_LONGEST_TEXT]
    return _decoded(body, payload[:_LONGEST_TEXT])


def _decoded(body: MIMEPart, payload: bytes) -> str:
    try:
        return payload.decode(str(body.get_content_charset("utf-8")), "replace")
    except LookupError:  # a charset nobody knows
        return payload.decode("utf-8", "replace")


def _calendar(message: EmailMessage) -> bytes | None:
    for part in message.walk():
        if part.get_content_type() in {"text/calendar", "application/ics"}:
            body = part.get_payload(decode=True)
            return body if isinstance(body, bytes) else None
    return None


def _is_automatic(message: EmailMessage) -> bool:
    """A calendar program that answers for somebody marks it so too, hence calendar answers are not asked for this."""
    submitted = str(message.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    precedence = str(message.get("Precedence", "")).strip().lower()
    return (
        submitted != "no"
        or precedence in _BULK
        or message.get_content_type() == "multipart/report"
        or any(name in message for name in _OF_PROGRAMS)
    )
