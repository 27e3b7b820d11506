"""Communities, the people in them, and the links and browser sessions that open their pages."""

import enum
import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from podsched.models.base import Base, Identified


class Rank(enum.StrEnum):
    MEMBER = "member"
    HOST = "host"


class LinkKind(enum.StrEnum):
    PERSONAL = "personal"
    SIGN_IN = "sign-in"
    FEED = "feed"
    #: A feed address to share: it tells when its owner is busy and nothing else.
    BUSY = "busy"


class Community(Identified, Base):
    __tablename__ = "communities"

    name: Mapped[str]
    timezone: Mapped[str]
    #: The code of conduct, shown at the foot of every page.
    rules: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]

    holidays: Mapped[list["Holiday"]] = relationship(
        cascade="all, delete-orphan", order_by="(Holiday.first_day, Holiday.id)"
    )


class Holiday(Identified, Base):
    """Days on which nobody of a community is asked anything; a meeting on them is optional."""

    __tablename__ = "holidays"
    __table_args__ = (CheckConstraint("last_day >= first_day", name="days"),)

    community_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("communities.id"), index=True)
    name: Mapped[str]
    first_day: Mapped[date]
    last_day: Mapped[date]


class Person(Identified, Base):
    __tablename__ = "people"

    name: Mapped[str]
    #: Lower-cased whole address: one mailbox, one person.
    email: Mapped[str] = mapped_column(String(254), unique=True)
    #: Links that were mailed to confirm another address before this are void.
    email_changed_at: Mapped[datetime | None]
    #: Since when mail to it comes back, and what the mail server says.
    mail_failed_at: Mapped[datetime | None]
    mail_failed_reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]


class Membership(Identified, Base):
    __tablename__ = "memberships"
    __table_args__ = (UniqueConstraint("community_id", "person_id"),)

    community_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("communities.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("people.id"), index=True)
    rank: Mapped[Rank]
    rules_accepted_at: Mapped[datetime | None]
    #: Counts up when the personal link is revoked; the link is derived from it.
    link_serial: Mapped[int] = mapped_column(default=1)
    #: Counts up when a host's feed addresses are replaced; they are derived from it.
    feed_serial: Mapped[int] = mapped_column(default=1, server_default="1")
    #: Set when they told their mail provider that our mail is spam; cleared when they ask for mail again.
    complained_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    community: Mapped[Community] = relationship()
    person: Mapped[Person] = relationship()


class AccessLink(Identified, Base):
    """A link that was handed out. Only the hash of its token is kept."""

    __tablename__ = "access_links"

    membership_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("memberships.id"), index=True)
    #: The enrolment whose feed a link shows; a host's feed, a personal or a sign-in link has none.
    enrolment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("enrolments.id"), index=True)
    #: What a feed link shows: the subject of a stored feed.
    shows: Mapped[str | None] = mapped_column(String(48), index=True)
    kind: Mapped[LinkKind]
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    #: Set for links that work once.
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    membership: Mapped[Membership] = relationship()


class BrowserSession(Identified, Base):
    __tablename__ = "browser_sessions"
    __table_args__ = (Index("ix_browser_sessions_expires_at", "expires_at"),)

    membership_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("memberships.id"), index=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    #: Host tools open only in a session that began with a sign-in link.
    host_tools: Mapped[bool]
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    membership: Mapped[Membership] = relationship()
