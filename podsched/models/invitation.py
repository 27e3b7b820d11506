"""Invitations by mail: who was sent what about which meeting, and what they answered."""

import enum
import uuid
from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from podsched.models.base import Base
from podsched.models.cohort import Enrolment
from podsched.models.pod import Meeting


class PartStat(enum.StrEnum):
    """A participation status (RFC 5545, 3.2.12)."""

    NEEDS_ACTION = "needs-action"
    ACCEPTED = "accepted"
    TENTATIVE = "tentative"
    DECLINED = "declined"


class Invitation(Base):
    __tablename__ = "invitations"

    enrolment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("enrolments.id"), primary_key=True)
    meeting_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("meetings.id"), primary_key=True, index=True)
    partstat: Mapped[PartStat]
    #: When the answer was made, by the clock of the program that sent it; an older one changes nothing.
    replied_at: Mapped[datetime | None]
    #: The SEQUENCE at which the meeting got its present hour: answers to a lower one were about another.
    hour_sequence: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]

    enrolment: Mapped[Enrolment] = relationship()
    meeting: Mapped[Meeting] = relationship()
