"""One event as an invitation by mail: the iTIP messages REQUEST and CANCEL (RFC 5546), made for one recipient each.

The UID is the one the event has in every feed, so that a calendar which knows both shows it once.
"""

from dataclasses import replace

from calendars.components import calendar, event_lines
from calendars.text import address, one_line, parameter
from calendars.values import Event, Status


def request(event: Event, *, name: str, mail: str, partstat: str = "NEEDS-ACTION") -> bytes:
    """An invitation or its update (RFC 5546 3.2.2): the same UID, and SEQUENCE and DTSTAMP as the event has them now.

    ``name`` and ``mail`` are the one attendee's, whose answer is asked for; ``partstat`` is what they said so far.
    Raises CalendarError for a mail address that is none.
    """
    return _message("REQUEST", event, _attendee(name, mail, partstat, asks="TRUE"))


def cancellation(event: Event, *, name: str, mail: str) -> bytes:
    """The end of an event somebody was invited to (RFC 5546 3.2.5). Raises CalendarError as ``request``."""
    return _message(
        "CANCEL", replace(event, status=Status.CANCELLED), _attendee(name, mail, "NEEDS-ACTION", asks="FALSE")
    )


def _message(method: str, event: Event, attendee: str) -> bytes:
    *lines, end = event_lines(event)
    return calendar((*lines, attendee, end), method=method)


def _attendee(name: str, mail: str, partstat: str, *, asks: str) -> str:
    shown = parameter(one_line(name) or mail)
    who = f"CN={shown};CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT={partstat.upper()};RSVP={asks}"
    return f"ATTENDEE;{who}:{address('mail', mail)}"
