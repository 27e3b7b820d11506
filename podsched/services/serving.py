"""What a feed address answers with: one indexed look-up without the ORM, the path of every poll."""

import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Engine, and_, bindparam, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import InstrumentedAttribute, Session

import calendars
from podsched.db import insert_into
from podsched.domain import clients, subjects
from podsched.domain.clients import Client
from podsched.errors import Gone
from podsched.lookup import Lookup
from podsched.models import AccessLink, FeedFetch, FeedStyle, LinkKind, StoredFeed
from podsched.services import feeds
from podsched.services.feed_events import UID_HOST
from podsched.services.links import Addresses, hashed

#: A visit is noted this often at most, so that a poll is a read.
NOTED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Served:
    """The bytes, gzipped or not, what they are known by, and when this program was last seen here."""

    body: bytes
    etag: str
    changed_at: datetime
    link_id: uuid.UUID
    fetched_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """A calendar program and when it last asked, to the hour."""

    client: Client
    fetched_at: datetime


class _Found(NamedTuple):
    """A link and what is stored for it, if anything; the columns of ``_stored``."""

    id: uuid.UUID
    kind: LinkKind
    shows: str
    revoked_at: datetime | None
    body: bytes
    etag: str | None
    changed_at: datetime
    gone_at: datetime | None
    fetched_at: datetime | None


def _stored(body: InstrumentedAttribute[bytes]) -> Lookup:
    rows = (
        select(
            AccessLink.id, AccessLink.kind, AccessLink.shows, AccessLink.revoked_at, body, StoredFeed.etag, StoredFeed.changed_at,
            StoredFeed.gone_at, FeedFetch.fetched_at,
        )
        .outerjoin(StoredFeed, and_(StoredFeed.subject == AccessLink.shows, StoredFeed.style == bindparam("style")))
        .outerjoin(FeedFetch, and_(FeedFetch.link_id == AccessLink.id, FeedFetch.client == bindparam("client")))
        .where(AccessLink.token_sha256 == bindparam("token"))
    )  # fmt: skip
    return Lookup(rows)


_STORED = {False: _stored(StoredFeed.body), True: _stored(StoredFeed.body_gzip)}


def served(
    engine: Engine,
    addresses: Addresses,
    token: str,
    *,
    style: FeedStyle = FeedStyle.FLAT,
    client: Client = clients.OTHER,
    compressed: bool = False,
    at: datetime,
) -> Served | None:
    """The stored feed behind a token; for an address that was replaced one event that says so.

    None for an address that never was; Gone when nobody should be asking any more.
    """
    row = _STORED[compressed].first(engine, {"token": hashed(token), "style": style.value, "client": client.key})
    found = None if row is None else _Found(*row)
    if found is None or not _opens(found.kind, style):
        return None
    if found.revoked_at is not None and found.revoked_at <= at:
        told = _replaced(engine, found.shows, addresses, style, revoked_at=found.revoked_at, at=at)
        body = calendars.render(told)
        return Served(feeds.zipped(body) if compressed else body, feeds.etag_of(body), told.changed_at, found.id, at)
    if found.etag is None:
        return None
    if found.gone_at is not None and found.gone_at <= at:
        raise Gone
    return Served(found.body, found.etag, found.changed_at, found.id, found.fetched_at)


def _opens(kind: LinkKind, style: FeedStyle) -> bool:
    """An address to share opens what tells nothing but when."""
    return kind is LinkKind.FEED or (kind is LinkKind.BUSY and style in {FeedStyle.BUSY, FeedStyle.FREE_BUSY})


def _replaced(
    engine: Engine, subject: str, addresses: Addresses, style: FeedStyle, *, revoked_at: datetime, at: datetime
) -> calendars.Feed:
    if revoked_at + feeds.TOMBSTONE_STANDS <= at:
        raise Gone
    uid = calendars.feed_uid(subjects.id_of(subject), UID_HOST)
    told = feeds.notice(uid, "This calendar address was replaced", "UTC", addresses, changed_at=revoked_at)
    if style is not FeedStyle.SERIES:
        return told
    rows = select(StoredFeed.body).where(StoredFeed.subject == subject, StoredFeed.style == style)
    with engine.execution_options(reading=True).connect() as connection:
        return feeds.in_place_of(told, feeds.repeating(connection.scalar(rows) or b""))


def note(engine: Engine, found: Served, client: Client, *, at: datetime) -> None:
    """Remembers that this kind of program still asks; nobody's poll fails because the database is busy."""
    if found.fetched_at is not None and at - found.fetched_at < NOTED_EVERY:
        return
    visit = insert_into(FeedFetch, engine.dialect).values(link_id=found.link_id, client=client.key, fetched_at=at)
    newer = visit.on_conflict_do_update(index_elements=["link_id", "client"], set_={"fetched_at": at})
    with suppress(OperationalError), engine.begin() as connection:
        connection.execute(newer)


def visits_of_host(session: Session, host_id: uuid.UUID, subject: str) -> Sequence[Visit]:
    return _visits(session, AccessLink.membership_id == host_id, AccessLink.shows == subject)


def visits(session: Session, enrolment_id: uuid.UUID) -> Sequence[Visit]:
    """Which calendar programs read a member's present address, the latest first."""
    return _visits(session, AccessLink.enrolment_id == enrolment_id)


def _visits(session: Session, *whose: ColumnElement[bool]) -> Sequence[Visit]:
    rows = (
        select(FeedFetch)
        .join(AccessLink, AccessLink.id == FeedFetch.link_id)
        .where(*whose, AccessLink.revoked_at.is_(None))
        .order_by(FeedFetch.fetched_at.desc())
    )
    return [Visit(clients.of_key(row.client), row.fetched_at) for row in session.scalars(rows)]
