"""Mail that was decided on, and the periodic work that decides on more."""

import enum
import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, SmallInteger, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from podsched.models.base import Base, Identified
from podsched.models.community import Membership


class MailKind(enum.StrEnum):
    SIGN_IN = "sign-in"
    RECEIPT = "receipt"
    TIMES_MISSING = "times-missing"
    POD_REVEAL = "pod-reveal"
    NOT_PLACED = "not-placed"
    CHECK_IN = "check-in"
    RECAP = "recap"
    INVITATION = "invitation"
    CHANGE = "change"
    CLOCK_CHANGE = "clock-change"
    LEAVE = "leave"
    UNINVITED = "uninvited"
    NUDGE = "nudge"
    RETRO_TOMORROW = "retro-tomorrow"
    MISSED = "missed"
    GOODBYE = "goodbye"
    DIGEST = "digest"
    #: To an address that is to be confirmed.
    ADDRESS = "address"
    #: To the address that was.
    ADDRESS_CHANGED = "address-changed"


class MailState(enum.StrEnum):
    WAITING = "waiting"
    CLAIMED = "claimed"
    SENT = "sent"
    #: No longer wanted when its time came: answered, paused, quiet, left.
    DROPPED = "dropped"
    #: The server will not take it.
    DEAD = "dead"


class OutboxMail(Identified, Base):
    """Written in the transaction that decides it; a job claims it, asks whether it is still wanted, and sends."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("membership_id", "kind", "occurrence"),
        # At most one scheduled mail a day, whatever two clocks decide at once.
        UniqueConstraint("membership_id", "on_day"),
        Index(
            "ix_outbox_due",
            "priority",
            "due_at",
            sqlite_where=text("state IN ('waiting', 'claimed')"),
            postgresql_where=text("state IN ('waiting', 'claimed')"),
        ),
        # For those who look after mail (services/outbox_desk, services/operations): most rows were sent long ago.
        Index(
            "ix_outbox_unsent",
            "state",
            "due_at",
            sqlite_where=text("sent_at IS NULL"),
            postgresql_where=text("sent_at IS NULL"),
        ),
        Index(
            "ix_outbox_sent",
            "sent_at",
            sqlite_where=text("sent_at IS NOT NULL"),
            postgresql_where=text("sent_at IS NOT NULL"),
        ),
    )

    membership_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("memberships.id"))
    kind: Mapped[MailKind]
    #: What makes this mail one of its kind: a local day, a pod, a retro.
    occurrence: Mapped[str] = mapped_column(String(80))
    #: Ids of what the mail is about; its words are read when it is sent.
    about: Mapped[dict[str, Any]] = mapped_column(JSON)
    #: The smaller goes first.
    priority: Mapped[int] = mapped_column(SmallInteger, default=1)
    #: When it is tried, or tried next.
    due_at: Mapped[datetime]
    #: When it was due before a server put it off.
    first_due_at: Mapped[datetime | None]
    #: The recipient's local day of a mail that counts as their one a day; None for mail that does not.
    on_day: Mapped[date | None]
    #: After this it is stale and is dropped instead of arriving late.
    expires_at: Mapped[datetime]
    state: Mapped[MailState]
    attempts: Mapped[int] = mapped_column(default=0)
    #: How often a server has put it off, which makes the next wait longer; being interrupted does not.
    put_off: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    #: A claim ends here, or when the sender is done. ``attempts`` is its fence.
    lease_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]

    membership: Mapped[Membership] = relationship()


class MailStop(Base):
    """A kind of mail that somebody wants no more of."""

    __tablename__ = "mail_stops"

    membership_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("memberships.id"), primary_key=True)
    kind: Mapped[MailKind] = mapped_column(primary_key=True)
    stopped_at: Mapped[datetime]


class PeriodicWork(Base):
    __tablename__ = "periodic_work"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    next_at: Mapped[datetime]
