"""One answer a member and local day."""

import enum
import uuid
from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from podsched.models.base import Base, Identified
from podsched.models.cohort import Enrolment


class Answer(enum.StrEnum):
    DONE = "done"
    PARTLY = "partly"
    AWAY = "away"


class CheckIn(Identified, Base):
    __tablename__ = "checkins"
    __table_args__ = (UniqueConstraint("enrolment_id", "local_day"),)

    enrolment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("enrolments.id"))
    local_day: Mapped[date]
    answer: Mapped[Answer]
    line: Mapped[str] = mapped_column(String(500), default="")
    stuck: Mapped[bool] = mapped_column(default=False)
    answered_at: Mapped[datetime]

    enrolment: Mapped[Enrolment] = relationship()
