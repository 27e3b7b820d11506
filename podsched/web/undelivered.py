"""Mail that no attempt could deliver, on the host's first page: whose it is, why, send it again, set it aside."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from flask import Blueprint, redirect, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from podsched.errors import Faults
from podsched.models import MailState, Membership, OutboxMail
from podsched.services import access, outbox, outbox_desk
from podsched.services.mail_words import WORDS
from podsched.web.guards import hosts_only, me
from podsched.web.request import at, commit, db, house

blueprint = Blueprint("undelivered", __name__, url_prefix="/host/undelivered")
SET_ASIDE = "Set aside by a host."


@dataclass(frozen=True, slots=True)
class Undelivered:
    mail: OutboxMail
    title: str
    enrolment_id: uuid.UUID | None
    #: Whether ``mail.reason`` is what a mail server said; else it is a sentence of ours.
    is_quoted: bool


def of(host: Membership) -> list[Undelivered]:
    """What the hosts of this community have to look at, the latest first."""
    return [_shown(mail) for mail in outbox.dead(db(), host.community_id)]


def _shown(mail: OutboxMail) -> Undelivered:
    enrolment = mail.about.get("enrolment")
    is_quoted = (mail.reason or "")[:1].isdigit()
    return Undelivered(mail, WORDS[mail.kind].title, uuid.UUID(enrolment) if enrolment else None, is_quoted)


@blueprint.post("/<uuid:mail_id>/send-again")
@hosts_only
def send_again(mail_id: uuid.UUID) -> Response:
    if _change(mail_id, partial(outbox_desk.retry, at=at())):
        house().bells.ring_mail()
    return redirect(url_for("host.start"), 303)


@blueprint.post("/<uuid:mail_id>/set-aside")
@hosts_only
def set_aside(mail_id: uuid.UUID) -> Response:
    _change(mail_id, partial(outbox_desk.set_aside, reason=SET_ASIDE))
    return redirect(url_for("host.start"), 303)


def _change(mail_id: uuid.UUID, change: Callable[[Session, list[uuid.UUID]], int]) -> bool:
    """Only while it is dead: what another host, or a first press, has decided is left as it is."""
    mail = access.mail_for_host(db(), me(), mail_id)
    if mail.state is not MailState.DEAD:
        return False
    try:
        change(db(), [mail.id])
    except Faults:  # another host was faster by a moment
        return False
    commit()
    return True
