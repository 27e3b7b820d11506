"""A letter as a message: headers that cannot be forged, text and HTML beside each other."""

import uuid
from datetime import datetime
from email.utils import format_datetime

from email_validator import EmailNotValidError, validate_email

from podsched.domain.letters import Letter
from podsched.mail import mime
from podsched.mail.mime import Message, Part
from podsched.mail.render import Rendered, render


def compose(letter: Letter, *, mail_id: uuid.UUID, sender: str, at: datetime) -> Message:
    """The same row gives the same Message-ID, so a mailbox can fold a mail that was sent twice."""
    words = render(letter)
    from_address, to_address = _in_ascii(sender), _in_ascii(letter.to_address)
    domain = from_address.rpartition("@")[2]
    headers = [
        mime.mailbox("From", letter.from_name, from_address),
        mime.mailbox("To", letter.to_name, to_address),
        mime.words("Subject", words.subject),
        f"Date: {format_datetime(at)}",
        f"Message-ID: <{mail_id}@{domain}>",
    ]
    if letter.reply_to:
        headers.append(mime.mailbox("Reply-To", "", _in_ascii(letter.reply_to)))
    if letter.thread:
        headers.append(f"References: <{letter.thread}@{domain}>")
    if letter.stop_url:  # never folded: encoded it would open nothing
        headers += [f"List-Unsubscribe: <{letter.stop_url}>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"]
    headers.append("Auto-Submitted: auto-generated")
    data = mime.whole(headers, _content(letter, words, f"=_{mail_id.hex}"))
    return Message(from_address, to_address, data, bounces_to=letter.bounces_to or from_address)


def _content(letter: Letter, words: Rendered, boundary: str) -> Part:
    """The words twice; an invitation beside them and again as a file, as Gmail and Outlook want it; files last."""
    parts = [mime.text("plain", words.text), mime.text("html", words.html)]
    files = []
    if letter.invite:
        parts.append(mime.calendar(letter.invite.body, method=letter.invite.method))
        files.append(mime.file("application/ics", letter.invite.body, filename="invite.ics"))
    if letter.meetings:
        files.append(mime.calendar(letter.meetings, method="PUBLISH", filename="meetings.ics"))
    both = mime.multipart("alternative", parts, boundary=f"{boundary}-0")
    return mime.multipart("mixed", [both, *files], boundary=f"{boundary}-1") if files else both


def _in_ascii(address: str) -> str:
    """The address with its domain as mail servers know it: bücher.example is xn--bcher-kva.example."""
    if address.isascii():
        return address
    try:
        return validate_email(address, check_deliverability=False).ascii_email or address
    except EmailNotValidError:
        return address
