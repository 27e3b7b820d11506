"""The addresses of our own mailbox that mean something: ``local+suffix@domain``, each suffix for one purpose.

A suffix is signed, says what it is for, and serves nothing else. Its letters are of one case: mail servers may change
the other. What is read here is still to be compared with what it claims to be about.
"""

import hashlib
import hmac
import uuid
from base64 import b32decode, b32encode
from dataclasses import dataclass
from datetime import date

from podsched.services.links import Addresses

#: How many letters of a signature stand in a suffix; five bits each.
SIGNATURE = 16
_ID = 26


@dataclass(frozen=True, slots=True)
class CheckInBox:
    """Where one member answers the check-in of one of their days; whose it is, only the signature knows."""

    day: date
    signature: str

    def is_of(self, addresses: Addresses, enrolment_id: uuid.UUID) -> bool:
        return hmac.compare_digest(self.signature, _check_in_signature(addresses, enrolment_id, self.day))


@dataclass(frozen=True, slots=True)
class BounceBox:
    """Where one mail comes back to. The signature holds only for the address it went to."""

    mail_id: uuid.UUID
    signature: str

    def is_of(self, addresses: Addresses, to_address: str) -> bool:
        return hmac.compare_digest(self.signature, _bounce_signature(addresses, self.mail_id, to_address))


def for_check_in(addresses: Addresses, enrolment_id: uuid.UUID, day: date) -> str | None:
    """None while no replies are read."""
    return _box(addresses, f"c.{day:%Y%m%d}.{_check_in_signature(addresses, enrolment_id, day)}")


def for_bounces(addresses: Addresses, mail_id: uuid.UUID, to_address: str) -> str | None:
    """The envelope sender of a mail (VERP); None while nothing is read that comes back."""
    name = b32encode(mail_id.bytes).decode().lower().rstrip("=")
    return _box(addresses, f"b.{name}{_bounce_signature(addresses, mail_id, to_address)}")


def is_ours(addresses: Addresses, address: str) -> bool:
    return suffix(addresses, address) is not None


def suffix(addresses: Addresses, address: str) -> str | None:
    """What stands after the plus, empty without one; None for somebody else's address."""
    local, _, domain = address.lower().rpartition("@")
    own, _, own_domain = addresses.mail_from.lower().rpartition("@")
    if domain != own_domain:
        return None
    if local == own:
        return ""
    return local.removeprefix(f"{own}+") if local.startswith(f"{own}+") else None


def read(addresses: Addresses, address: str) -> CheckInBox | BounceBox | None:
    """The box an address of ours may be; None for one that has another meaning, or none."""
    purpose, _, rest = (suffix(addresses, address) or "").partition(".")
    if not rest.isascii():
        return None
    try:
        if purpose == "c":
            day, _, signature = rest.partition(".")
            return CheckInBox(date.fromisoformat(day), signature)
        if purpose == "b":
            name = b32decode(f"{rest[:_ID]}======".upper())
            return BounceBox(uuid.UUID(bytes=name), rest[_ID:])
    except ValueError:  # not a day, not base 32, not sixteen bytes
        return None
    return None


def _box(addresses: Addresses, suffix: str) -> str | None:
    if not addresses.takes_replies:
        return None
    local, _, domain = addresses.mail_from.rpartition("@")
    return f"{local}+{suffix}@{domain}"


def _check_in_signature(addresses: Addresses, enrolment_id: uuid.UUID, day: date) -> str:
    return _signature(addresses, f"answer a check-in:{enrolment_id.hex}:{day.isoformat()}")


def _bounce_signature(addresses: Addresses, mail_id: uuid.UUID, to_address: str) -> str:
    return _signature(addresses, f"bounce:{mail_id.hex}:{to_address.lower()}")


def _signature(addresses: Addresses, message: str) -> str:
    digest = hmac.new(addresses.secret_key.encode(), message.encode(), hashlib.sha256).digest()
    return b32encode(digest).decode().lower()[:SIGNATURE]
