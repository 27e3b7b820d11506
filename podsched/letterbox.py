"""What becomes of a message that came in: an SMTP reply, and at most one change. Nothing is ever answered by mail."""

import logging

from sqlalchemy.exc import OperationalError

import calendars
from podsched import clock
from podsched.db import reading, writing
from podsched.errors import NotFound, Refused
from podsched.house import House
from podsched.mail import incoming
from podsched.mail.incoming import Incoming
from podsched.mail.quoting import own_words
from podsched.services import bouncing, boxes, inviting, replying
from podsched.services.boxes import BounceBox, CheckInBox

log = logging.getLogger(__name__)

TAKEN = "250 2.0.0 Taken"
IGNORED = "250 2.0.0 Nobody reads this, and nobody answers"
NOT_FOR_US = "550 5.7.1 Only answers to our own mail are read here; write to your host instead"
NOT_YOURS = "550 5.7.1 A check-in is answered from the address it was sent to, and only there"
NO_SUCH_BOX = "550 5.1.1 No such mailbox"
LATER = "451 4.3.0 Try again in a moment"

#: The envelope sender of programs that tell of other mail and want no answer, as aiosmtpd writes it.
NOBODY = "<>"


class Letterbox:
    """Routes each message by the address it came to; what the message says of itself comes second."""

    def __init__(self, house: House) -> None:
        self._house = house

    def is_ours(self, address: str) -> bool:
        return boxes.is_ours(self._house.addresses, address)

    def take(self, content: bytes, recipient: str, sender: str | None = None) -> str:
        """``sender`` is the envelope's."""
        try:
            return self._take(incoming.read(content), recipient, is_from_nobody=sender == NOBODY)
        except OperationalError:
            return LATER
        except Refused as refused:
            return f"550 5.7.1 {refused}"

    def _take(self, message: Incoming, recipient: str, *, is_from_nobody: bool) -> str:
        box = boxes.read(self._house.addresses, recipient)
        if message.complaint is not None:
            return self._complaint([recipient, *message.complaint])
        if isinstance(box, BounceBox):
            return self._bounce(message, box) if is_from_nobody else NOT_FOR_US
        if message.calendar is not None:
            return self._answer_to_an_invitation(message.calendar, recipient)
        if message.is_automatic or is_from_nobody:
            return IGNORED
        if isinstance(box, CheckInBox):
            return self._answer_to_a_check_in(message, box)
        return NOT_FOR_US

    def _bounce(self, message: Incoming, box: BounceBox) -> str:
        """A delay, an answer of a program and a report nobody can read say nothing that lasts."""
        if message.failure is None:
            return IGNORED
        with writing(self._house.engine) as session:
            is_ours = bouncing.came_back(session, self._house.addresses, box, message.failure, at=clock.now())
        return TAKEN if is_ours else NO_SUCH_BOX

    def _complaint(self, senders: list[str]) -> str:
        with writing(self._house.engine) as session:
            is_ours = bouncing.complained(session, self._house.addresses, senders, at=clock.now())
        return TAKEN if is_ours else NOT_FOR_US

    def _answer_to_an_invitation(self, body: bytes, recipient: str) -> str:
        try:
            reply = calendars.read_reply(body)
        except calendars.CalendarError as error:
            log.info("an incoming message is refused: %s", error.reason)
            return NOT_FOR_US
        with writing(self._house.engine) as session:
            is_ours = inviting.take_reply(session, self._house.addresses, reply, [recipient], at=clock.now())
        return TAKEN if is_ours else NOT_FOR_US

    def _answer_to_a_check_in(self, message: Incoming, box: CheckInBox) -> str:
        """Reading the words takes a moment, so it is done for nobody but a member, and outside of the database's lock."""
        addresses, reply = self._house.addresses, replying.Reply(box, message.sender)
        try:
            with reading(self._house.engine) as session:
                replying.asked(session, addresses, reply)
            words = own_words(message.text)
            with writing(self._house.engine) as session:
                replying.take(session, addresses, reply, words, at=clock.now())
        except NotFound:
            return NOT_YOURS
        return TAKEN
