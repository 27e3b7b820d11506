"""The mail that was sent, when no mail server is set: for trying podsched out on one's own machine."""

import mailbox as stdlib_mailbox
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from ipaddress import ip_address

from flask import Blueprint, Response, render_template, request

from podsched.errors import NotFound
from podsched.web.headers import MAIL_POLICY
from podsched.web.request import house

blueprint = Blueprint("mailbox", __name__, url_prefix="/mailbox")
MOST = 200


@dataclass(frozen=True, slots=True)
class Kept:
    key: str
    subject: str
    to: str
    sent_at: datetime
    message: EmailMessage


def _folder() -> stdlib_mailbox.Maildir:
    return stdlib_mailbox.Maildir(house().settings.mailbox, factory=None, create=True)


def _read(folder: stdlib_mailbox.Maildir, key: str) -> Kept:
    message = message_from_bytes(folder.get_bytes(key), policy=default)
    assert isinstance(message, EmailMessage)
    return Kept(
        key=key,
        subject=str(message["Subject"]),
        to=str(message["To"]),
        sent_at=parsedate_to_datetime(str(message["Date"])).astimezone(UTC),
        message=message,
    )


def _find(key: str) -> Kept:
    folder = _folder()
    if key not in folder.keys():  # noqa: SIM118  "in folder" would open a file named by the address
        raise NotFound
    return _read(folder, key)


@blueprint.before_request
def _only_from_this_machine() -> None:
    if not ip_address(request.remote_addr or "0.0.0.0").is_loopback:  # noqa: S104  compared, not bound
        raise NotFound


@blueprint.get("")
def inbox() -> str:
    folder = _folder()
    wanted = request.args.get("to", "").strip().lower()
    mails = sorted((_read(folder, key) for key in folder.keys()), key=lambda kept: kept.sent_at, reverse=True)  # noqa: SIM118  a Maildir iterates over messages, not keys
    shown = [mail for mail in mails if wanted in mail.to.lower()]
    return render_template("public/mailbox.html", mails=shown[:MOST], wanted=wanted, total=len(mails))


@blueprint.get("/<key>")
def letter(key: str) -> str:
    kept = _find(key)
    text = kept.message.get_body(("plain",))
    return render_template("public/mail.html", mail=kept, text=text.get_content() if text else "")


@blueprint.get("/<key>/html")
def letter_html(key: str) -> Response:
    html = _find(key).message.get_body(("html",))
    if html is None:
        raise NotFound
    return Response(html.get_content(), mimetype="text/html", headers={"Content-Security-Policy": MAIL_POLICY})
