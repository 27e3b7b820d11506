"""A pod: its seats, its weekly meetings and who has which role when."""

import enum
import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from podsched.domain.availability import Level
from podsched.models.base import Base, Identified
from podsched.models.cohort import Cohort, Enrolment, EnrolmentState


class Role(enum.StrEnum):
    GREETER = "greeter"
    NOTE_TAKER = "note-taker"
    CURATOR = "curator"


class MeetingState(enum.StrEnum):
    PLANNED = "planned"
    CANCELLED = "cancelled"


class Pod(Identified, Base):
    __tablename__ = "pods"
    __table_args__ = (UniqueConstraint("cohort_id", "number"),)

    cohort_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cohorts.id"))
    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("forming_runs.id"), index=True)
    number: Mapped[int]
    name: Mapped[str]
    #: The zone in which the weekly hour is fixed; elsewhere it may move when clocks change.
    timezone: Mapped[str] = mapped_column(String(64))
    weekday: Mapped[int]
    start_minute: Mapped[int]
    shared_goals: Mapped[list[str]]
    #: Where the pod meets online, if the host set it.
    room_url: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime]

    cohort: Mapped[Cohort] = relationship()
    seats: Mapped[list["Seat"]] = relationship(back_populates="pod")
    meetings: Mapped[list["Meeting"]] = relationship(back_populates="pod", order_by="Meeting.week")

    @property
    def people(self) -> int:
        """How many have a seat and are still there."""
        return sum(seat.enrolment.state is EnrolmentState.ENROLLED for seat in self.seats)

    def next_meeting(self, at: datetime) -> "Meeting | None":
        """The meeting that goes on or comes next; None when all are over."""
        return next(iter(self.coming(at)), None)

    def coming(self, at: datetime) -> list["Meeting"]:
        """The meetings that go on or come, in the order in which they are held."""
        held = (meeting for meeting in self.meetings if meeting.ends_at > at and not meeting.is_cancelled)
        return sorted(held, key=lambda meeting: meeting.starts_at)


class Seat(Base):
    __tablename__ = "seats"

    #: One seat a member: the key is the enrolment alone.
    enrolment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("enrolments.id"), primary_key=True)
    pod_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("pods.id"), index=True)
    level: Mapped[Level]
    why: Mapped[list[str]]
    created_at: Mapped[datetime]

    pod: Mapped[Pod] = relationship(back_populates="seats")
    enrolment: Mapped[Enrolment] = relationship(back_populates="seat")


class Meeting(Identified, Base):
    __tablename__ = "meetings"
    __table_args__ = (UniqueConstraint("pod_id", "week"), CheckConstraint("ends_at > starts_at", name="hours"))

    pod_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("pods.id"))
    #: 1 is the first week of the cohort.
    week: Mapped[int]
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    #: When it was to start by the weekly hour; it differs from ``starts_at`` once the meeting was moved.
    slot_at: Mapped[datetime]
    state: Mapped[MeetingState] = mapped_column(default=MeetingState.PLANNED, server_default="planned")
    #: iCalendar SEQUENCE: counts up when time, place or status change.
    sequence: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    #: The last change a calendar would show, in whole seconds, later than the one before.
    changed_at: Mapped[datetime]

    pod: Mapped[Pod] = relationship(back_populates="meetings")

    @property
    def is_cancelled(self) -> bool:
        """Whether nobody meets that week."""
        return self.state is MeetingState.CANCELLED

    @property
    def is_moved(self) -> bool:
        """Whether it is held at another hour than the weekly one."""
        return self.starts_at != self.slot_at


class RoleAssignment(Base):
    __tablename__ = "role_assignments"

    pod_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("pods.id"), primary_key=True)
    week: Mapped[int] = mapped_column(primary_key=True)
    role: Mapped[Role] = mapped_column(primary_key=True)
    enrolment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("enrolments.id"), index=True)

    enrolment: Mapped[Enrolment] = relationship()
