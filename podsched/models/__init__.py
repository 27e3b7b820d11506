"""Mapped classes, one file per aggregate."""

from podsched.models.base import Base
from podsched.models.checkin import Answer, CheckIn
from podsched.models.cohort import (
    AvailabilityWindow,
    Cohort,
    CohortState,
    DatesAway,
    Enrolment,
    EnrolmentState,
    GoalTag,
    QuietWeek,
)
from podsched.models.community import AccessLink, BrowserSession, Community, LinkKind, Membership, Person, Rank
from podsched.models.feed import StoredFeed
from podsched.models.forming import UNDER_WAY, FormingPart, FormingRun, RunState
from podsched.models.outbox import MailKind, MailState, OutboxMail, PeriodicWork
from podsched.models.pod import Meeting, Pod, Role, RoleAssignment, Seat
from podsched.models.retro import Absence, Commitment, Outcome, Recap, Retro, RetroNote, RetroState

__all__ = [
    "UNDER_WAY",
    "Absence",
    "AccessLink",
    "Answer",
    "AvailabilityWindow",
    "Base",
    "BrowserSession",
    "CheckIn",
    "Cohort",
    "CohortState",
    "Commitment",
    "Community",
    "DatesAway",
    "Enrolment",
    "EnrolmentState",
    "FormingPart",
    "FormingRun",
    "GoalTag",
    "LinkKind",
    "MailKind",
    "MailState",
    "Meeting",
    "Membership",
    "OutboxMail",
    "Outcome",
    "PeriodicWork",
    "Person",
    "Pod",
    "QuietWeek",
    "Rank",
    "Recap",
    "Retro",
    "RetroNote",
    "RetroState",
    "Role",
    "RoleAssignment",
    "RunState",
    "Seat",
    "StoredFeed",
]  # fmt: skip
