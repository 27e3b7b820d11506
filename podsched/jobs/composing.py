"""From claims to messages, a batch at a time: asked again whether each is wanted, and written as things stand now."""

import logging
from collections.abc import Callable, Sequence

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from podsched import clock
from podsched.db import writing
from podsched.domain.letters import Letter
from podsched.house import House
from podsched.mail.compose import compose
from podsched.mail.mime import Message
from podsched.mail.sign import signed
from podsched.models import MailKind, MailState, OutboxMail
from podsched.services import bouncing, foresight, letters, outbox
from podsched.services.outbox import Claim
from podsched.settings import Settings

log = logging.getLogger(__name__)

Ready = tuple[Claim, Message]
#: Makes the messages of a batch.
Writer = Callable[[House, Sequence[Claim]], list[Ready]]


def messages(house: House, claims: Sequence[Claim]) -> list[Ready]:
    """Those that are still wanted, as things stand now; the others are settled."""
    ready: list[Ready] = []
    for claim, letter in _letters(house, claims):
        try:
            ready.append((claim, _message(house.settings, claim, letter)))
        except Exception as error:  # noqa: BLE001  one letter that cannot be written must not hold up the others
            _give_up(house, claim, error)
    return ready


def _message(settings: Settings, claim: Claim, letter: Letter) -> Message:
    message = compose(letter, mail_id=claim.id, sender=settings.mail_from, at=clock.now())
    return signed(message, settings.dkim) if settings.dkim else message


def _letters(house: House, claims: Sequence[Claim]) -> list[tuple[Claim, Letter]]:
    """All in one transaction; when one of them fails, each in its own."""
    try:
        with writing(house.engine) as session:
            return _wanted(session, house, claims)
    except OperationalError:
        raise  # the database is busy or away, which is no fault of a letter: the lease ends and it comes round again
    except Exception as error:  # noqa: BLE001  the same, and nobody knows yet which one it is
        if len(claims) == 1:
            _give_up(house, claims[0], error)
            return []
        return [letter for claim in claims for letter in _letters(house, [claim])]


def _give_up(house: House, claim: Claim, error: Exception) -> None:
    """It stays on the hosts' list."""
    log.error("mail %s cannot be written", claim.id, exc_info=error)
    with writing(house.engine) as session:
        outbox.settle(session, [claim], MailState.DEAD, at=clock.now(), reason="This mail could not be written.")


def _wanted(session: Session, house: House, claims: Sequence[Claim]) -> list[tuple[Claim, Letter]]:
    at, found = clock.now(), []
    mails = outbox.held(session, claims)
    foresight.look_ahead(session, mails.values(), house.addresses, at=at)
    for claim, mail in mails.items():
        if refusal := _refusal(mail, claim):
            outbox.settle(session, [claim], refusal[0], at=at, reason=refusal[1])
        elif stopped := bouncing.stops(mail):
            outbox.settle(session, [claim], MailState.DROPPED, at=at, reason=stopped)
        elif (letter := letters.compose(session, mail, house.addresses, at=at)) is None:
            outbox.settle(session, [claim], MailState.DROPPED, at=at, reason="No longer wanted.")
        else:
            found.append((claim, letter))
    return found


def _refusal(mail: OutboxMail, claim: Claim) -> tuple[MailState, str] | None:
    """Why a mail is not even written; a check-in of yesterday is nothing to worry about, one never taken is."""
    if claim.fence > outbox.MOST_ATTEMPTS:
        return MailState.DEAD, "Sending it was interrupted too often."
    if mail.expires_at > clock.now():
        return None
    if claim.fence == 1 or mail.kind in {MailKind.CHECK_IN, MailKind.NUDGE, MailKind.SIGN_IN}:
        return MailState.DROPPED, "Too late to be of use."
    return MailState.DEAD, "It could not be sent in time."
