"""Links that open pages, and what they may open.

A personal or feed link is long-lived. Its token is derived from the installation's key, so it can be printed again in
every mail while the database holds nothing but its hash. A sign-in link is random, works once and lives ten minutes.
"""

import hashlib
import hmac
import secrets
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from podsched.db import insert_into
from podsched.domain import subjects
from podsched.domain.text import slug
from podsched.errors import NotFound
from podsched.models import AccessLink, BrowserSession, Enrolment, LinkKind, MailKind, Membership

SIGN_IN_LIVES = timedelta(minutes=10)
#: A link printed on the operator's own terminal may wait for the coffee to be ready.
TERMINAL_LINK_LIVES = timedelta(hours=24)


_HANDED_OUT = "podsched.handed_out"


@dataclass(frozen=True, slots=True)
class NewAddress:
    """What a link to confirm a mail address says: whose it is to be, and when it was asked for."""

    membership_id: uuid.UUID
    email: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Addresses:
    """Makes every address that leaves the house."""

    base_url: str
    secret_key: str
    mail_from: str
    #: Answers to invitations are read, so each invitation has an address of its own to answer to.
    takes_replies: bool = False

    def organizer(self, enrolment_id: uuid.UUID, meeting_id: uuid.UUID) -> str:
        """Where the answer to an invitation goes."""
        if not self.takes_replies:
            return self.mail_from
        local, _, domain = self.mail_from.rpartition("@")
        return f"{local}+{self.reply_token(enrolment_id, meeting_id)}@{domain}"

    def reply_token(self, enrolment_id: uuid.UUID, meeting_id: uuid.UUID) -> str:
        """Letters of one case only: mail servers may change the other."""
        message = f"reply:{enrolment_id.hex}:{meeting_id.hex}".encode()
        return hmac.new(self.secret_key.encode(), message, hashlib.sha256).hexdigest()[:32]

    def personal_page(self, enrolment: Enrolment, page: str) -> str:
        """The member's personal link, leading on to one of their own pages."""
        return f"{self.personal(enrolment.membership)}?next=/me/{enrolment.id}/{page}"

    def personal(self, membership: Membership) -> str:
        return f"{self.base_url}/m/{self.personal_token(membership)}"

    def feed(self, enrolment: Enrolment) -> str:
        return f"{self.base_url}/f/{self.feed_token(enrolment)}.ics"

    def named_feed(self, enrolment: Enrolment, name: str) -> str:
        """The same under a name that may be seen: some programs call a calendar by the last part of its address."""
        return f"{self.base_url}/f/{self.feed_token(enrolment)}/{_shown(name)}.ics"

    def busy_feed(self, enrolment: Enrolment) -> str:
        """To share: it opens no other style of the feed."""
        return f"{self.base_url}/f/{self.busy_token(enrolment)}/busy.ics"

    def busy_token(self, enrolment: Enrolment) -> str:
        return self._derived("busy", enrolment.id, enrolment.feed_serial)

    def feed_token(self, enrolment: Enrolment) -> str:
        return self._derived("feed", enrolment.id, enrolment.feed_serial)

    def host_feed(self, host: Membership, subject: str, name: str) -> str:
        return f"{self.base_url}/f/{self.host_feed_token(host, subject)}/{_shown(name)}.ics"

    def host_feed_token(self, host: Membership, subject: str) -> str:
        return self._derived(f"feed of {subject}", host.id, host.feed_serial)

    def personal_token(self, membership: Membership) -> str:
        return self._derived("personal", membership.id, membership.link_serial)

    def sign_in(self, token: str) -> str:
        return f"{self.base_url}/sign-in/{token}"

    def cohort(self, code: str) -> str:
        return f"{self.base_url}/c/{code}"

    def check_in(self, enrolment_id: uuid.UUID, day: date) -> str:
        return f"{self.base_url}/check-in/{self._signed('check-in', [enrolment_id.hex, day.isoformat()])}"

    def stop_check_ins(self, enrolment_id: uuid.UUID) -> str:
        return f"{self.base_url}/stop/{self._signed('stop', [enrolment_id.hex])}"

    def stop(self, kind: MailKind, membership_id: uuid.UUID) -> str:
        """Ends one kind of mail; check-ins have an older address of their own."""
        return f"{self.base_url}/stop-mail/{self._signed('stop-mail', [membership_id.hex, kind.value])}"

    def leave(self, enrolment_id: uuid.UUID, at: datetime) -> str:
        return f"{self.base_url}/leave/{self._signed('leave', [enrolment_id.hex, at.isoformat()])}"

    def new_address(self, asked: NewAddress) -> str:
        parts = [asked.membership_id.hex, asked.email, asked.at.isoformat()]
        return f"{self.base_url}/address/{self._signed('address', parts)}"

    def page(self, path: str) -> str:
        return f"{self.base_url}{path}"

    def read_check_in(self, token: str) -> tuple[uuid.UUID, date]:
        enrolment, day = self._read("check-in", token, parts=2)
        return uuid.UUID(enrolment), date.fromisoformat(day)

    def read_stop(self, token: str) -> uuid.UUID:
        (enrolment,) = self._read("stop", token, parts=1)
        return uuid.UUID(enrolment)

    def read_stop_mail(self, token: str) -> tuple[uuid.UUID, MailKind]:
        membership, kind = self._read("stop-mail", token, parts=2)
        return uuid.UUID(membership), MailKind(kind)

    def read_leave(self, token: str) -> tuple[uuid.UUID, datetime]:
        enrolment, at = self._read("leave", token, parts=2)
        return uuid.UUID(enrolment), datetime.fromisoformat(at)

    def read_new_address(self, token: str) -> NewAddress:
        membership, email, at = self._read("address", token, parts=3)
        return NewAddress(uuid.UUID(membership), email, datetime.fromisoformat(at))

    def _derived(self, purpose: str, owner: uuid.UUID, serial: int) -> str:
        message = f"{purpose}:{owner.hex}:{serial}".encode()
        digest = hmac.new(self.secret_key.encode(), message, hashlib.sha256).digest()
        return urlsafe_b64encode(digest[:24]).decode().rstrip("=")

    def _signer(self, purpose: str) -> URLSafeSerializer:
        return URLSafeSerializer(self.secret_key, salt=f"podsched-{purpose}")

    def _signed(self, purpose: str, parts: list[str]) -> str:
        return str(self._signer(purpose).dumps(parts))

    def _read(self, purpose: str, token: str, *, parts: int) -> list[str]:
        try:
            found = self._signer(purpose).loads(token)
        except (BadSignature, UnicodeError):
            raise NotFound from None
        if not isinstance(found, list) or len(found) != parts:
            raise NotFound
        return found


def _shown(name: str) -> str:
    """The last part of an address; "busy" is another style of the feed."""
    plain = slug(name)
    return plain if plain and plain != "busy" else "calendar"


def hashed(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def hand_out_personal(session: Session, addresses: Addresses, membership: Membership, *, at: datetime) -> str:
    """The member's personal address; known to the database by its hash from now on."""
    if membership.id in session.info.get(_HANDED_OUT, ()):
        return addresses.personal(membership)
    digest = hashed(addresses.personal_token(membership))
    _remember(
        session,
        AccessLink(kind=LinkKind.PERSONAL, membership_id=membership.id, token_sha256=digest, created_at=at),
    )
    return addresses.personal(membership)


def hand_out_personals(
    session: Session, addresses: Addresses, memberships: Iterable[Membership], *, at: datetime
) -> None:
    """The same for many at once; for the rest of this session none of them is looked up again."""
    digests = {membership.id: hashed(addresses.personal_token(membership)) for membership in memberships}
    known = set(session.scalars(select(AccessLink.token_sha256).where(AccessLink.token_sha256.in_(digests.values()))))
    fresh = [
        {
            "id": uuid.uuid4(),
            "kind": LinkKind.PERSONAL,
            "membership_id": owner,
            "token_sha256": digest,
            "created_at": at,
        }
        for owner, digest in digests.items()
        if digest not in known
    ]
    if fresh:
        insert = insert_into(AccessLink, session.get_bind().dialect).values(fresh)
        session.execute(insert.on_conflict_do_nothing(index_elements=["token_sha256"]))
    session.info[_HANDED_OUT] = set(digests)


def hand_out_feed(session: Session, addresses: Addresses, enrolment: Enrolment, *, at: datetime) -> str:
    """The member's own address, and beside it the one to share."""
    for kind, token in (
        (LinkKind.FEED, addresses.feed_token(enrolment)),
        (LinkKind.BUSY, addresses.busy_token(enrolment)),
    ):
        _remember(
            session,
            AccessLink(
                kind=kind,
                membership_id=enrolment.membership_id,
                enrolment_id=enrolment.id,
                shows=subjects.member(enrolment.id),
                token_sha256=hashed(token),
                created_at=at,
            ),
        )
    return addresses.feed(enrolment)


def hand_out_host_feed(session: Session, addresses: Addresses, host: Membership, subject: str, *, at: datetime) -> None:
    _remember(
        session,
        AccessLink(
            kind=LinkKind.FEED,
            membership_id=host.id,
            shows=subject,
            token_sha256=hashed(addresses.host_feed_token(host, subject)),
            created_at=at,
        ),
    )


def known_host_feed(session: Session, addresses: Addresses, host: Membership, subject: str, name: str) -> str | None:
    """A host's present address of a calendar, if they have asked for one."""
    digest = hashed(addresses.host_feed_token(host, subject))
    known = session.scalar(
        select(AccessLink.id).where(AccessLink.token_sha256 == digest, AccessLink.revoked_at.is_(None))
    )
    return addresses.host_feed(host, subject, name) if known else None


def rotate_host_feeds(session: Session, host: Membership, *, at: datetime) -> None:
    """All of a host's calendar addresses end; new ones are handed out when asked for."""
    old = (AccessLink.membership_id == host.id, AccessLink.kind == LinkKind.FEED, AccessLink.enrolment_id.is_(None))
    session.execute(update(AccessLink).where(*old, AccessLink.revoked_at.is_(None)).values(revoked_at=at))
    host.feed_serial += 1
    session.flush()


def _remember(session: Session, link: AccessLink) -> None:
    if session.scalar(select(AccessLink.id).where(AccessLink.token_sha256 == link.token_sha256)) is not None:
        return
    with suppress(IntegrityError), session.begin_nested():  # another mail of theirs may have been faster
        session.add(link)


def make_sign_in(
    session: Session, addresses: Addresses, membership: Membership, *, at: datetime, lives: timedelta = SIGN_IN_LIVES
) -> str:
    """A fresh sign-in address for host tools; works once."""
    token = secrets.token_urlsafe(24)
    session.add(
        AccessLink(
            kind=LinkKind.SIGN_IN,
            membership_id=membership.id,
            token_sha256=hashed(token),
            created_at=at,
            expires_at=at + lives,
        )
    )
    session.flush()
    return addresses.sign_in(token)


def find(session: Session, token: str, kind: LinkKind, *, at: datetime) -> AccessLink:
    """The link behind a token that still opens something; NotFound otherwise."""
    link = session.scalar(select(AccessLink).where(AccessLink.token_sha256 == hashed(token), AccessLink.kind == kind))
    if link is None or link.revoked_at is not None or link.used_at is not None:
        raise NotFound
    if link.expires_at is not None and link.expires_at <= at:
        raise NotFound
    return link


def use_up(session: Session, link: AccessLink, *, at: datetime) -> None:
    """Of two who press at the same moment, one gets in. Other open sign-in links of this person are void."""
    unused = AccessLink.used_at.is_(None)
    taken = update(AccessLink).where(AccessLink.id == link.id, unused).values(used_at=at).returning(AccessLink.id)
    if session.scalar(taken) is None:
        raise NotFound
    others = (AccessLink.membership_id == link.membership_id, AccessLink.kind == LinkKind.SIGN_IN, unused)
    session.execute(update(AccessLink).where(*others).values(revoked_at=at))


def revoke_personal(session: Session, addresses: Addresses, membership: Membership, *, at: datetime) -> str:
    """Every personal link and browser session of this membership ends; the new address is returned."""
    kinds = (AccessLink.membership_id == membership.id, AccessLink.kind == LinkKind.PERSONAL)
    session.execute(update(AccessLink).where(*kinds, AccessLink.revoked_at.is_(None)).values(revoked_at=at))
    ended = (BrowserSession.membership_id == membership.id, BrowserSession.expires_at > at)
    session.execute(update(BrowserSession).where(*ended).values(expires_at=at))
    membership.link_serial += 1
    session.flush()
    return hand_out_personal(session, addresses, membership, at=at)


def rotate_feed(session: Session, addresses: Addresses, enrolment: Enrolment, *, at: datetime) -> str:
    """A new feed address; the old one shows one notice from now on."""
    kinds = AccessLink.kind.in_((LinkKind.FEED, LinkKind.BUSY))
    old = (AccessLink.enrolment_id == enrolment.id, kinds, AccessLink.revoked_at.is_(None))
    session.execute(update(AccessLink).where(*old).values(revoked_at=at))
    enrolment.feed_serial += 1
    session.flush()
    return hand_out_feed(session, addresses, enrolment, at=at)
