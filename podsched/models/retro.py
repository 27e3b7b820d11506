"""The weekly retro: its agenda and clock, what was noted and promised, and the recap."""

import enum
import uuid
from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from podsched.models.base import Base, Identified
from podsched.models.cohort import Enrolment
from podsched.models.community import Membership
from podsched.models.pod import Meeting


class RetroState(enum.StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Outcome(enum.StrEnum):
    KEPT = "kept"
    PARTLY = "partly"
    MISSED = "missed"


class Retro(Identified, Base):
    __tablename__ = "retros"

    meeting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("meetings.id"), unique=True)
    state: Mapped[RetroState]
    #: Position in the agenda.
    item: Mapped[int] = mapped_column(default=0)
    #: When the present item's time is up.
    item_ends_at: Mapped[datetime]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    meeting: Mapped[Meeting] = relationship()
    notes: Mapped[list["RetroNote"]] = relationship(order_by="RetroNote.created_at")
    absences: Mapped[list["Absence"]] = relationship(cascade="all, delete-orphan")


class RetroNote(Identified, Base):
    """One line under one item. Lines are added, never overwritten: two tabs lose nothing."""

    __tablename__ = "retro_notes"

    retro_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("retros.id"), index=True)
    item: Mapped[str] = mapped_column(String(24))
    text: Mapped[str] = mapped_column(String(500))
    author_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("memberships.id"))
    created_at: Mapped[datetime]

    author: Mapped[Membership] = relationship()


class Absence(Base):
    __tablename__ = "absences"

    retro_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("retros.id"), primary_key=True)
    enrolment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("enrolments.id"), primary_key=True)

    enrolment: Mapped[Enrolment] = relationship()


class Commitment(Identified, Base):
    __tablename__ = "commitments"

    enrolment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("enrolments.id"), index=True)
    pod_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("pods.id"), index=True)
    #: The week of the retro in which it was promised; it is asked about one week later.
    week: Mapped[int]
    text: Mapped[str] = mapped_column(String(500))
    outcome: Mapped[Outcome | None]
    created_at: Mapped[datetime]

    enrolment: Mapped[Enrolment] = relationship()


class Recap(Identified, Base):
    __tablename__ = "recaps"

    retro_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("retros.id"), unique=True)
    bullets: Mapped[list[str]]
    created_at: Mapped[datetime]
    #: Sent by the host's press, or by itself shortly before twelve hours are over.
    sent_at: Mapped[datetime | None]

    retro: Mapped[Retro] = relationship()
