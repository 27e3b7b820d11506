"""A run of the engine: what it was given, how far it is, what it proposes, and which parts others solve for it."""

import enum
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from podsched.models.base import Base, Identified
from podsched.models.cohort import Cohort


class RunState(enum.StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    PROPOSED = "proposed"
    PUBLISHED = "published"
    CANCELLED = "cancelled"
    FAILED = "failed"


UNDER_WAY = (RunState.QUEUED, RunState.RUNNING)


class FormingRun(Identified, Base):
    __tablename__ = "forming_runs"
    __table_args__ = (
        # Two hosts who press at once get one run between them.
        Index(
            "uq_forming_runs_under_way",
            "cohort_id",
            unique=True,
            sqlite_where=text("state IN ('queued', 'running')"),
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
        Index("ix_forming_runs_cohort_id_requested_at", "cohort_id", "requested_at"),
    )

    cohort_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cohorts.id"))
    requested_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("memberships.id"))
    requested_at: Mapped[datetime]
    state: Mapped[RunState]
    #: Counts the workers that took this run; an older one cannot write over a newer one.
    attempt: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime | None]
    #: The worker's last sign of life.
    beat_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    progress: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    roster: Mapped[dict[str, Any]]
    roster_sha256: Mapped[str] = mapped_column(String(64))
    plan: Mapped[dict[str, Any] | None]
    #: What to tell the host when it failed.
    reason: Mapped[str | None] = mapped_column(Text)

    cohort: Mapped[Cohort] = relationship()


class FormingPart(Identified, Base):
    """A small problem out of a large run, for whichever worker is free."""

    __tablename__ = "forming_parts"
    __table_args__ = (Index("ix_forming_parts_run_id_answered_at", "run_id", "answered_at"),)

    run_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("forming_runs.id", ondelete="CASCADE"))
    #: The number by which the run knows it.
    ticket: Mapped[int]
    part: Mapped[dict[str, Any]]
    asked_at: Mapped[datetime]
    taken_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    #: Empty where nothing was found in time.
    answer: Mapped[dict[str, Any] | None]
