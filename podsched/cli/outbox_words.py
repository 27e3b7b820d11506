"""How mail is shown on a terminal: a line each, all about one, or JSON. Never what a mail says, for links stand in it."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from podsched.domain.words import moment
from podsched.domain.zones import place
from podsched.models import MailState, OutboxMail
from podsched.services.links import Addresses
from podsched.services.mail_words import WORDS
from podsched.services.outbox_desk import Wish

_HEADS = ("ID", "STATE", "KIND", "TO", "DUE (UTC)", "TRIES", "WHY")


def as_table(counts: Mapping[MailState, int], mails: Sequence[OutboxMail], wish: Wish) -> str:
    summary = "   ".join(f"{state.value} {counts[state]}" for state in MailState)
    if not mails:
        return (
            f"{summary}\n\n{'No such mail.' if wish.states or wish.to else 'Nothing waits late, and nothing is dead.'}"
        )
    rows = [_HEADS, *(_cells(mail) for mail in mails)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    more = ("", f"No more than {wish.limit} are shown; --limit shows more.") if len(mails) == wish.limit else ()
    return "\n".join((summary, "", *lines, *more))


def _cells(mail: OutboxMail) -> tuple[str, ...]:
    return (
        mail.id.hex[:8],
        mail.state.value,
        mail.kind.value,
        plain(mail.membership.person.email),
        f"{mail.due_at.astimezone(UTC):%Y-%m-%d %H:%M}",
        str(mail.attempts),
        plain(mail.reason or ""),
    )


def as_json(counts: Mapping[MailState, int], mails: Sequence[OutboxMail]) -> str:
    found = {"counts": {state.value: counts[state] for state in MailState}, "mails": [_fields(mail) for mail in mails]}
    return json.dumps(found, indent=2)


def _fields(mail: OutboxMail) -> dict[str, object]:
    return {
        "id": str(mail.id),
        "state": mail.state.value,
        "kind": mail.kind.value,
        "to": mail.membership.person.email,
        "community": mail.membership.community.name,
        "occurrence": mail.occurrence,
        "due_at": mail.due_at.isoformat(),
        "expires_at": mail.expires_at.isoformat(),
        "lease_until": mail.lease_until.isoformat() if mail.lease_until else None,
        "sent_at": mail.sent_at.isoformat() if mail.sent_at else None,
        "attempts": mail.attempts,
        "reason": mail.reason,
    }


def all_about(mail: OutboxMail, zone: str) -> str:
    person = mail.membership.person
    facts = {
        "id": str(mail.id),
        "for": f"{person.name} <{person.email}>, {mail.membership.community.name}",
        "kind": f"{mail.kind.value}: goes {WORDS[mail.kind].when}",
        "occurrence": mail.occurrence,
        "state": mail.state.value,
        "due": _both(mail.due_at, zone),
        "expires": _both(mail.expires_at, zone),
        "tries": str(mail.attempts),
        "claimed": f"until {_both(mail.lease_until, zone)}" if mail.lease_until else "by nobody",
        "sent": _both(mail.sent_at, zone) if mail.sent_at else "no",
        "last said": mail.reason or "nothing",
    }
    return "\n".join(f"{name:<11} {plain(fact)}" for name, fact in facts.items())


def _both(at: datetime, zone: str) -> str:
    return f"{moment(at, zone)} in {place(zone)} ({at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC)"


def is_wanted(session: Session, mail: OutboxMail, addresses: Addresses, *, at: datetime) -> str:
    """What the composer would make of it now; the caller throws away what composing wrote."""
    return f"{'wanted now':<11} {plain(_verdict(session, mail, addresses, at))}"


def _verdict(session: Session, mail: OutboxMail, addresses: Addresses, at: datetime) -> str:
    if mail.state is MailState.SENT:
        return "no: it was sent"
    from podsched.mail.render import render  # noqa: PLC0415  only this needs the templates
    from podsched.services import letters  # noqa: PLC0415  nor the writers of letters

    try:
        letter = letters.compose(session, mail, addresses, at=at)
        subject = render(letter).subject if letter else ""
    except Exception as error:  # noqa: BLE001  what stops this one mail is the answer
        return f"it cannot be written ({type(error).__name__})"
    if letter is None:
        return "no: there is no reason for it any more"
    stale = "; but it is stale, and only `retry` makes it fresh" if mail.expires_at <= at else ""
    return f"yes: “{subject}”{stale}"


def plain(text: str) -> str:
    """What others wrote, such as a server's last words, cannot steer the terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
