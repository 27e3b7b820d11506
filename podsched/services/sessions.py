"""Browser sessions: kept on the server, known to the browser by a random token."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from podsched.models import BrowserSession, Membership
from podsched.services.links import hashed

IDLE_MEMBER = timedelta(days=14)
IDLE_HOST = timedelta(hours=24)
ABSOLUTE = timedelta(days=90)
SEEN_EVERY = timedelta(minutes=10)


def open_session(session: Session, membership: Membership, *, host_tools: bool, at: datetime) -> str:
    token = secrets.token_urlsafe(32)
    session.add(
        BrowserSession(
            membership_id=membership.id,
            token_sha256=hashed(token),
            host_tools=host_tools,
            created_at=at,
            seen_at=at,
            expires_at=at + (IDLE_HOST if host_tools else IDLE_MEMBER),
        )
    )
    session.flush()
    return token


def find_session(session: Session, token: str, *, at: datetime) -> BrowserSession | None:
    found = session.scalar(
        select(BrowserSession)
        .where(BrowserSession.token_sha256 == hashed(token), BrowserSession.expires_at > at)
        .options(
            joinedload(BrowserSession.membership).joinedload(Membership.person),
            joinedload(BrowserSession.membership).joinedload(Membership.community),
        )
    )
    return found if found and found.created_at + ABSOLUTE > at else None


def is_worth_touching(found: BrowserSession, *, at: datetime) -> bool:
    return at - found.seen_at >= SEEN_EVERY


def touch(session: Session, token: str, *, at: datetime) -> None:
    found = find_session(session, token, at=at)
    if found is not None:
        found.seen_at = at
        found.expires_at = at + (IDLE_HOST if found.host_tools else IDLE_MEMBER)


def close(session: Session, token: str, *, at: datetime) -> None:
    found = find_session(session, token, at=at)
    if found is not None:
        found.expires_at = at
