"""A letter: what one mail says to one person, before it has a shape."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Invite:
    """A calendar message that goes with a letter (RFC 5546)."""

    #: REQUEST or CANCEL.
    method: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    #: The folder under templates/mail that holds its words.
    template: str
    to_name: str
    to_address: str
    #: Shown as the sender, before the installation's own address: a pod or a community.
    from_name: str
    #: A person who reads replies.
    reply_to: str | None
    values: Mapping[str, Any] = field(default_factory=dict)
    #: Posting here stops mail of this kind (RFC 8058).
    stop_url: str | None = None
    #: The envelope sender, when something is to be learned from what comes back.
    bounces_to: str | None = None
    #: Mails with the same thread are shown together.
    thread: str | None = None
    invite: Invite | None = None
    #: A calendar to import, as a file.
    meetings: bytes | None = None
