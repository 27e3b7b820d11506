"""A letter as a message: headers that cannot be forged, text and HTML beside each other."""

import re
import uuid
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime

from email_validator import EmailNotValidError, validate_email

from podsched.domain.letters import Invite, Letter
from podsched.mail.render import render

_UNSAFE = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")


class _Whole(str):
    """A header that is never folded: the library would encode a long address, and then it opens nothing."""

    __slots__ = ()
    name = "List-Unsubscribe"

    def fold(self, *, policy: EmailPolicy) -> str:
        return f"{self.name}: {self}{policy.linesep}"


class Outgoing(EmailMessage):
    """A message and the envelope sender it leaves with; empty for the one in From."""

    bounces_to = ""


def compose(letter: Letter, *, mail_id: uuid.UUID, sender: str, at: datetime) -> Outgoing:
    """The same row gives the same Message-ID, so a mailbox can fold a mail that was sent twice."""
    words = render(letter)
    domain = sender.rpartition("@")[2]
    message = Outgoing(policy=SMTP.clone(max_line_length=120))
    message.bounces_to = letter.bounces_to or ""
    message["From"] = Address(_plain(letter.from_name), addr_spec=_in_ascii(sender))
    message["To"] = Address(_plain(letter.to_name), addr_spec=_in_ascii(letter.to_address))
    message["Subject"] = _plain(words.subject)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{mail_id}@{domain}>"
    if letter.reply_to:
        message["Reply-To"] = Address(addr_spec=_in_ascii(letter.reply_to))
    if letter.thread:
        message["References"] = f"<{letter.thread}@{domain}>"
    if letter.stop_url:
        message["List-Unsubscribe"] = _Whole(f"<{letter.stop_url}>")
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(words.text, cte="quoted-printable")
    message.add_alternative(words.html, subtype="html", cte="quoted-printable")
    if letter.invite:
        _add_invite(message, letter.invite)
    return message


def _add_invite(message: EmailMessage, invite: Invite) -> None:
    """As Gmail and Outlook want it: a part beside the words, and the same as a file. The bytes go as they are."""
    message.add_alternative(
        invite.body.decode(), subtype="calendar", charset="utf-8", cte="base64", params={"method": invite.method}
    )
    message.add_attachment(invite.body, maintype="application", subtype="ics", filename="invite.ics")


def _in_ascii(address: str) -> str:
    """The address with its domain as mail servers know it: bücher.example is xn--bcher-kva.example."""
    if address.isascii():
        return address
    try:
        return validate_email(address, check_deliverability=False).ascii_email or address
    except EmailNotValidError:
        return address


def _plain(text: str) -> str:
    """One header line: whatever could break it becomes a space."""
    return _UNSAFE.sub(" ", text).strip()
