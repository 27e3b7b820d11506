"""What other mail servers report about our mail: it could not be delivered (RFC 3464), it is unwanted (RFC 5965)."""

from collections.abc import Iterator
from email.message import EmailMessage, Message
from email.parser import HeaderParser

from podsched.domain.refusals import ends_an_address, reason

#: Reports of these kinds come from a person who pressed "this is spam"; others tell of checks that failed.
_BY_PEOPLE = {"abuse", "fraud", "opt-out"}
_MOST_BLOCKS = 20


def failure(message: EmailMessage) -> str | None:
    """Why the address does not work, when a server has given up on it; None for delays, and for what lies elsewhere."""
    for recipient in _blocks(message, "message/delivery-status"):
        if str(recipient.get("Action", "")).strip().lower() != "failed":
            continue
        status = str(recipient.get("Status", ""))
        words = str(recipient.get("Diagnostic-Code", "")).rpartition("smtp;")[2].strip()
        if ends_an_address(words, status=status):
            return reason(words or status)
    return None


def complaint(message: EmailMessage) -> list[str] | None:
    """The envelope senders that the mail complained about may have had; None when nobody complains."""
    for report in _blocks(message, "message/feedback-report"):
        if str(report.get("Feedback-Type", "")).strip().lower() in _BY_PEOPLE:
            named = [
                report.get("Original-Mail-From"),
                *(original.get("Return-Path") for original in _originals(message)),
            ]
            return [str(address).strip("<> \t") for address in named if address]
    return None


def _blocks(message: EmailMessage, kind: str) -> Iterator[Message]:
    """The groups of fields of a report; the library makes a message of each."""
    if message.get_content_type() != "multipart/report":
        return
    for part in message.walk():
        blocks = part.get_payload() if part.get_content_type() == kind else None
        if isinstance(blocks, list):
            yield from (block for block in blocks[:_MOST_BLOCKS] if isinstance(block, Message))


def _originals(message: EmailMessage) -> Iterator[Message]:
    yield from _blocks(message, "message/rfc822")
    for part in message.walk():
        if part.get_content_type() == "text/rfc822-headers":
            body = part.get_payload(decode=True)
            yield HeaderParser().parsestr(body.decode("utf-8", "replace") if isinstance(body, bytes) else "")
