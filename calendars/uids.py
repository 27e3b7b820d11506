"""UIDs that never change and are never used again (RFC 5545 3.8.4.7, RFC 7986 5.3).

A UID comes from the row's own random id, so a move, a new title or a new token leaves it alone,
and every feed and e-mail that tells of an occurrence names it alike.
`host` is a constant of the installation: keep it when the site moves to another address.
"""

import re
from uuid import UUID

from calendars.errors import CalendarError

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,198}[a-z0-9])?")


def occurrence_uid(id: UUID, host: str) -> str:  # noqa: A002  # the row's own name for it
    """The UID of one occurrence, `<uuid>@<host>`; CalendarError unless host is a bare lower-case host name.

    >>> occurrence_uid(UUID(int=7), "pods.example")
    '00000000-0000-0000-0000-000000000007@pods.example'
    """
    return f"{id}@{_checked(host)}"


def occurrence_id(uid: str, host: str) -> UUID | None:
    """The id in an occurrence's UID, as `occurrence_uid` writes it; None for any other UID.

    >>> occurrence_id("00000000-0000-0000-0000-000000000007@pods.example", "pods.example")
    UUID('00000000-0000-0000-0000-000000000007')
    """
    name, _, at = uid.partition("@")
    try:
        found = UUID(name)
    except ValueError:
        return None
    return found if at == host and str(found) == name else None


def feed_uid(id: UUID, host: str) -> str:  # noqa: A002  # the row's own name for it
    """The UID of a whole calendar, `feed-<uuid>@<host>`; CalendarError unless host is a bare lower-case host name."""
    return f"feed-{id}@{_checked(host)}"


def _checked(host: str) -> str:
    if not _HOST.fullmatch(host):
        raise CalendarError("host", host, "must be a bare lower-case host name")
    return host
