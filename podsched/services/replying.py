"""Answers to check-in mail: the first words of a reply become the day's line."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from podsched.domain import text
from podsched.errors import NotFound, Refused
from podsched.models import Answer, CheckIn, Enrolment, EnrolmentState, Membership, Person
from podsched.services import checkins
from podsched.services.boxes import CheckInBox
from podsched.services.links import Addresses

#: What a reply may begin with, as the mail says; anything else counts as partly.
_FIRST_WORDS = re.compile(r"(?P<done>done|yes)\b|(?P<partly>partly)\b|(?P<away>not today)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reply:
    box: CheckInBox
    #: Whoever the message says it is from, spelled as people's addresses are kept.
    sender: str


def asked(session: Session, addresses: Addresses, reply: Reply) -> Enrolment:
    """The member who was asked at this address and writes from their own; NotFound for everybody else."""
    theirs = (
        select(Enrolment)
        .join(Enrolment.membership)
        .join(Membership.person)
        .where(Person.email == reply.sender, Enrolment.state == EnrolmentState.ENROLLED)
    )
    for enrolment in session.scalars(theirs):
        if reply.box.is_of(addresses, enrolment.id):
            return enrolment
    raise NotFound


def take(session: Session, addresses: Addresses, reply: Reply, words: str, *, at: datetime) -> CheckIn:
    """Stores the day's line; Refused with what to tell the sender when it comes too late or says nothing."""
    enrolment, day = asked(session, addresses, reply), reply.box.day
    line = _one_line(words)
    given = _given(line)
    before = checkins.answered_on(session, enrolment.id, day)
    answer = given or (before.answer if before else Answer.PARTLY)
    stuck = before is not None and before.stuck
    return checkins.answer(session, enrolment, day, answer, line=_beyond(line), stuck=stuck, at=at)


def _given(line: str) -> Answer | None:
    found = _FIRST_WORDS.match(line)
    return Answer(found.lastgroup) if found and found.lastgroup else None


def _beyond(line: str) -> str:
    """Nothing when the line is one of the first words alone: the mark says it already."""
    found = _FIRST_WORDS.match(line)
    return "" if found and not line[found.end() :].strip(" .,!;:-") else line


def _one_line(words: str) -> str:
    """The lines as one, no longer than the form takes, without what the form would refuse."""
    joined = " ".join(text.shown(unicodedata.normalize("NFC", " ".join(words.splitlines()))).split())
    if not text.is_visible(joined):
        raise Refused("There are no words of yours above the quoted mail.")
    if len(joined) > text.LINE:
        joined = joined[: text.LINE - 1].rstrip() + "…"
    try:
        return text.line(joined, longest=text.LINE)
    except text.BadText as bad:
        raise Refused(str(bad)) from None
