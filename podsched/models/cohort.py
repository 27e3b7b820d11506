"""A cohort, who is enrolled in it, and when each of them can meet."""

import enum
import uuid
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from podsched.domain.availability import Level
from podsched.models.base import Base, Identified
from podsched.models.community import Community, Membership

if TYPE_CHECKING:
    from podsched.models.pod import Seat


class CohortState(enum.StrEnum):
    OPEN = "open"
    RUNNING = "running"
    CLOSED = "closed"


class EnrolmentState(enum.StrEnum):
    ENROLLED = "enrolled"
    WAITING = "waiting"
    LEFT = "left"


class Cohort(Identified, Base):
    __tablename__ = "cohorts"
    __table_args__ = (
        CheckConstraint("weeks BETWEEN 6 AND 8", name="weeks"),
        CheckConstraint("pod_min >= 6 AND pod_max <= 10 AND pod_min <= pod_max", name="pod_size"),
    )

    community_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("communities.id"), index=True)
    #: The last part of the public address.
    code: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str]
    purpose: Mapped[str]
    audience: Mapped[str]
    timezone: Mapped[str]
    starts_on: Mapped[date]
    weeks: Mapped[int]
    meeting_minutes: Mapped[int]
    pod_min: Mapped[int]
    pod_max: Mapped[int]
    cap: Mapped[int]
    #: The last day on which members are asked for their times, in the cohort's zone.
    answers_until: Mapped[date]
    state: Mapped[CohortState]
    created_at: Mapped[datetime]

    community: Mapped[Community] = relationship()
    quiet_weeks: Mapped[list["QuietWeek"]] = relationship(cascade="all, delete-orphan")


class QuietWeek(Base):
    """A week of the cohort without check-ins; its retro is optional."""

    __tablename__ = "quiet_weeks"

    cohort_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cohorts.id"), primary_key=True)
    week: Mapped[int] = mapped_column(primary_key=True)


class Enrolment(Identified, Base):
    __tablename__ = "enrolments"
    __table_args__ = (UniqueConstraint("cohort_id", "membership_id"),)

    cohort_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cohorts.id"))
    membership_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("memberships.id"), index=True)
    state: Mapped[EnrolmentState]
    goal: Mapped[str] = mapped_column(String(500))
    #: An IANA name as the member's browser gave it, old spellings included.
    timezone: Mapped[str] = mapped_column(String(64))
    #: Check-ins a week: 5, 3 or 1.
    cadence: Mapped[int]
    #: Minutes after local midnight at which the check-in is mailed.
    checkin_minute: Mapped[int]
    #: The next instant at which this member is due a check-in; planned one at a time.
    next_checkin_at: Mapped[datetime | None] = mapped_column(index=True)
    #: The first local day of a pause, and the first day on which mail starts again.
    paused_from: Mapped[date | None]
    paused_until: Mapped[date | None]
    #: Set when the member asked for no more check-in mail.
    checkins_off_at: Mapped[datetime | None]
    #: Asks once more, some hours later, about a check-in that is still open.
    nudges: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: When two check-ins in a row were last found without an answer, and when a host last asked how they are.
    missed_at: Mapped[datetime | None]
    asked_after_at: Mapped[datetime | None]
    #: Counts up when the feed address is rotated; the address is derived from it.
    feed_serial: Mapped[int] = mapped_column(default=1)
    #: Minutes before a meeting at which their calendar reminds them; None for never.
    alarm_minutes: Mapped[int | None]
    #: The last change to their own calendar alone, in whole seconds, later than the one before.
    feed_changed_at: Mapped[datetime | None]
    #: Meetings come as invitations by mail instead of in a feed.
    invites: Mapped[bool] = mapped_column(default=False, server_default=false())
    times_saved_at: Mapped[datetime | None]
    #: When a calendar was last read for hours that are taken; nothing of it but those is kept.
    calendar_read_at: Mapped[datetime | None]
    #: When they were last asked for missing times, by a host or by the clock.
    nudged_at: Mapped[datetime | None]
    joined_at: Mapped[datetime]

    cohort: Mapped[Cohort] = relationship()
    membership: Mapped[Membership] = relationship()
    #: Their place in a pod, once pods are published and they have one.
    seat: Mapped["Seat | None"] = relationship(back_populates="enrolment")
    tags: Mapped[list["GoalTag"]] = relationship(cascade="all, delete-orphan", order_by="GoalTag.tag")
    windows: Mapped[list["AvailabilityWindow"]] = relationship(
        cascade="all, delete-orphan", order_by="(AvailabilityWindow.weekday, AvailabilityWindow.start_minute)"
    )
    away: Mapped[list["DatesAway"]] = relationship(cascade="all, delete-orphan", order_by="DatesAway.first_day")
    busy: Mapped[list["BusyTime"]] = relationship(cascade="all, delete-orphan", order_by="BusyTime.starts_at")


class GoalTag(Base):
    __tablename__ = "goal_tags"

    enrolment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("enrolments.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(40), primary_key=True)


class AvailabilityWindow(Base):
    """Local wall time of the member's own week; never UTC, never an offset."""

    __tablename__ = "availability_windows"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("start_minute >= 0 AND start_minute < 1440", name="start"),
        CheckConstraint("end_minute > start_minute AND end_minute <= 1440", name="end"),
    )

    enrolment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("enrolments.id"), primary_key=True)
    weekday: Mapped[int] = mapped_column(primary_key=True)
    start_minute: Mapped[int] = mapped_column(primary_key=True)
    end_minute: Mapped[int]
    level: Mapped[Level]


class DatesAway(Base):
    __tablename__ = "dates_away"

    enrolment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("enrolments.id"), primary_key=True)
    first_day: Mapped[date] = mapped_column(primary_key=True)
    last_day: Mapped[date]


class BusyTime(Base):
    """An interval that a member's own calendar had taken when it was read; never what it was."""

    __tablename__ = "busy_times"

    enrolment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("enrolments.id"), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    ends_at: Mapped[datetime]
