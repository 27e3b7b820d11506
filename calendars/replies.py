"""What somebody answered to an invitation: the iTIP message REPLY (RFC 5546 3.2.3), as far as it matters."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from calendars.bounds import Component, Unread, cut, refused

#: A reply that does not say when it was made counts from the first moment, so any other replaces it.
NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_ANSWERS = frozenset({"ACCEPTED", "DECLINED", "TENTATIVE"})


@dataclass(frozen=True, slots=True)
class Reply:
    """One attendee's answer: `uid` of the event, `partstat` ACCEPTED, DECLINED or TENTATIVE, `stamped_at` in UTC.

    `sequence` is that of the event that was answered, None where the client does not say.
    """

    uid: str
    attendee: str
    partstat: str
    stamped_at: datetime
    sequence: int | None = None


def read_reply(data: bytes) -> Reply:
    """The answer in a REPLY of at most 512 KiB; ORGANIZER may be missing, as some clients leave it out.

    Raises CalendarError with field "file" for anything else, such as a counter-proposal or a reply of several people.
    """
    calendars = cut(data, also=frozenset({"ATTENDEE", "DTSTAMP"}))
    if len(calendars) != 1 or calendars[0].word("METHOD") != "REPLY":
        raise refused("must be one answer to an invitation (METHOD:REPLY)", "another message")
    events = [part for part in calendars[0].parts if part.kind == "VEVENT"]
    if not events:
        raise refused("must hold the event that is answered", "none")
    try:
        return _answer(events[0])
    except Unread as error:
        raise refused("must be readable", str(error)) from None


def _answer(event: Component) -> Reply:
    attendees = event.all("ATTENDEE")
    uid = event.one("UID")
    if len(attendees) != 1 or uid is None:
        raise refused("must name one attendee and one event", f"{len(attendees)} attendees")
    partstat = attendees[0].parameter("PARTSTAT").upper()
    if partstat not in _ANSWERS:
        raise refused("must be a yes, a no or a maybe", partstat or "no PARTSTAT")
    stamp = event.one("DTSTAMP")
    return Reply(
        uid=uid.value.strip(),
        attendee=attendees[0].value.strip().lower().removeprefix("mailto:"),
        partstat=partstat,
        stamped_at=_utc(stamp.value) if stamp else NEVER,
        sequence=_number(event.word("SEQUENCE")),
    )


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _utc(text: str) -> datetime:
    try:
        return datetime.strptime(text.strip().upper(), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return NEVER
