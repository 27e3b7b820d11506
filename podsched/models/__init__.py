"""Mapped classes, one file per aggregate."""

from podsched.models.base import Base
from podsched.models.checkin import Answer, CheckIn
from podsched.models.cohort import (
    AvailabilityWindow,
    BusyTime,
    Cohort,
    CohortState,
    DatesAway,
    Enrolment,
    EnrolmentState,
    GoalTag,
    QuietWeek,
)
from podsched.models.community import AccessLink, BrowserSession, Community, Holiday, LinkKind, Membership, Person, Rank
from podsched.models.feed import FeedFetch, FeedStyle, StoredFeed
from podsched.models.forming import UNDER_WAY, FormingPart, FormingRun, RunState
from podsched.models.invitation import Invitation, PartStat
from podsched.models.outbox import MailKind, MailState, MailStop, OutboxMail, PeriodicWork
from podsched.models.pod import Meeting, MeetingState, Pod, Role, RoleAssignment, Seat
from podsched.models.retro import Absence, Commitment, Outcome, Recap, Retro, RetroNote, RetroState
from podsched.models.zone import ZoneRules

__all__ = [
    "UNDER_WAY",
    "Absence",
    "AccessLink",
    "Answer",
    "AvailabilityWindow",
    "Base",
    "BrowserSession",
    "BusyTime",
    "CheckIn",
    "Cohort",
    "CohortState",
    "Commitment",
    "Community",
    "DatesAway",
    "Enrolment",
    "EnrolmentState",
    "FeedFetch",
    "FeedStyle",
    "FormingPart",
    "FormingRun",
    "GoalTag",
    "Holiday",
    "Invitation",
    "LinkKind",
    "MailKind",
    "MailState",
    "MailStop",
    "Meeting",
    "MeetingState",
    "Membership",
    "OutboxMail",
    "Outcome",
    "PartStat",
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
    "ZoneRules",
]  # fmt: skip
