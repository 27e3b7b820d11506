"""A letter as a message: headers that cannot be forged, text and HTML beside each other."""

import re
import uuid
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from podsched.domain.letters import Letter
from podsched.mail.render import render

_UNSAFE = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")


def compose(letter: Letter, *, mail_id: uuid.UUID, sender: str, at: datetime) -> EmailMessage:
    """The same row gives the same Message-ID, so a mailbox can fold a mail that was sent twice."""
    words = render(letter)
    domain = sender.rpartition("@")[2]
    message = EmailMessage(policy=SMTP.clone(max_line_length=120))
    message["From"] = Address(_plain(letter.from_name), addr_spec=sender)
    message["To"] = Address(_plain(letter.to_name), addr_spec=letter.to_address)
    message["Subject"] = _plain(words.subject)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{mail_id}@{domain}>"
    if letter.reply_to:
        message["Reply-To"] = Address(addr_spec=letter.reply_to)
    if letter.thread:
        message["References"] = f"<{letter.thread}@{domain}>"
    if letter.stop_url:
        message["List-Unsubscribe"] = f"<{letter.stop_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(words.text, cte="quoted-printable")
    message.add_alternative(words.html, subtype="html", cte="quoted-printable")
    return message


def _plain(text: str) -> str:
    """One header line: whatever could break it becomes a space."""
    return _UNSAFE.sub(" ", text).strip()
