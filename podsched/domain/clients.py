"""Calendar programs: how they call themselves when they ask for a feed, and how soon each notices a change.

The habits were measured with the programs themselves or read in their published source; a program that is not known is
said to follow "within a day".
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Client:
    #: Kept with the time of its last visit.
    key: str
    name: str
    #: How often it asks, to be read after its name.
    habit: str


GOOGLE = Client("google", "Google Calendar", "looks once or twice a day")
APPLE = Client("apple", "Apple Calendar", "looks about once an hour")
OUTLOOK = Client("outlook", "Outlook", "looks every few hours")
THUNDERBIRD = Client("thunderbird", "Thunderbird", "looks every half hour")
GNOME = Client("gnome", "GNOME Calendar", "looks every half hour")
NEXTCLOUD = Client("nextcloud", "Nextcloud", "looks about once an hour")
ICSX5 = Client("icsx5", "ICSx⁵", "looks once a day")
HOME_ASSISTANT = Client("home-assistant", "Home Assistant", "looks once a day")
OTHER = Client("other", "Another program", "looks at least once a day, we expect")

#: The first whose pattern is found in the User-Agent counts; programs that embed others come before them.
_CALLED = (
    (re.compile(r"Google-Calendar|Calendar-Importer|feedfetcher", re.IGNORECASE), GOOGLE),
    (re.compile(r"Thunderbird|Lightning|Betterbird", re.IGNORECASE), THUNDERBIRD),
    (re.compile(r"Evolution|gnome-calendar", re.IGNORECASE), GNOME),
    (re.compile(r"Nextcloud|ownCloud", re.IGNORECASE), NEXTCLOUD),
    (re.compile(r"ICSx5", re.IGNORECASE), ICSX5),
    (re.compile(r"HomeAssistant|Home Assistant", re.IGNORECASE), HOME_ASSISTANT),
    (re.compile(r"Outlook|Microsoft Office|Microsoft\.Exchange|Exchange/|OWA/", re.IGNORECASE), OUTLOOK),
    (re.compile(r"CalendarAgent|dataaccessd|remindd|iCal/|CalendarStore|iOS/|macOS/|Mac_OS_X/", re.IGNORECASE), APPLE),
)
_BY_KEY = {client.key: client for _, client in _CALLED}


def of_user_agent(text: str) -> Client:
    """The program that calls itself so."""
    return next((client for pattern, client in _CALLED if pattern.search(text[:300])), OTHER)


def of_key(key: str) -> Client:
    return _BY_KEY.get(key, OTHER)
