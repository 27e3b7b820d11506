"""Opening and changing a cohort, and what its public page and its board show."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, contains_eager, joinedload, selectinload

from podsched.db import lock
from podsched.domain.rhythm import Season
from podsched.domain.text import slug
from podsched.domain.zones import local_day
from podsched.errors import Faults, Refused
from podsched.models import (
    Cohort,
    CohortState,
    Community,
    Enrolment,
    EnrolmentState,
    MailKind,
    Meeting,
    MeetingState,
    Membership,
    Pod,
    Seat,
)
from podsched.services import feeds, outbox
from podsched.services.links import Addresses
from podsched.services.rhythms import season

FURTHEST = timedelta(days=2 * 365)


@dataclass(frozen=True, slots=True)
class CohortDraft:
    """What of a cohort can be judged so far; None where nothing usable was given."""

    timezone: str | None
    starts_on: date | None
    answers_until: date | None
    pod_min: int | None
    pod_max: int | None
    cap: int | None


@dataclass(frozen=True, slots=True)
class CohortSetup:
    name: str
    purpose: str
    audience: str
    timezone: str
    starts_on: date
    answers_until: date
    weeks: int
    meeting_minutes: int
    pod_min: int
    pod_max: int
    cap: int

    def draft(self) -> CohortDraft:
        return CohortDraft(**{field: getattr(self, field) for field in CohortDraft.__slots__})


@dataclass(frozen=True, slots=True)
class PublicPage:
    cohort: Cohort
    joined: int
    seats_left: int
    takes_answers: bool
    week: int | None


@dataclass(frozen=True, slots=True)
class Answered:
    enrolment: Enrolment
    name: str
    has_times: bool
    pod: str | None


@dataclass(frozen=True, slots=True)
class Board:
    cohort: Cohort
    members: list[Answered]
    waiting: list[Answered]
    left: list[Answered]
    pods: list[Pod]
    week: int | None

    @property
    def answered(self) -> list[Answered]:
        return [member for member in self.members if member.has_times]

    @property
    def missing(self) -> list[Answered]:
        return [member for member in self.members if not member.has_times]

    @property
    def unreachable(self) -> list[Answered]:
        """Those to whom mail does not arrive."""
        return [one for one in (*self.members, *self.waiting) if one.enrolment.membership.person.mail_failed_at]

    @property
    def complained(self) -> list[Answered]:
        """Those who told their mail provider that our mail is unwanted."""
        return [one for one in (*self.members, *self.waiting) if one.enrolment.membership.complained_at]


def open_cohort(session: Session, community: Community, setup: CohortSetup, *, at: datetime) -> Cohort:
    _refuse_impossible(setup, at=at)
    cohort = Cohort(
        community=community,
        code=_code(setup.name),
        state=CohortState.OPEN,
        created_at=at,
        **{field: getattr(setup, field) for field in CohortSetup.__slots__},
    )
    session.add(cohort)
    session.flush()
    return cohort


def change_cohort(session: Session, cohort: Cohort, setup: CohortSetup, *, at: datetime) -> None:
    if cohort.state is not CohortState.OPEN:
        raise Refused("The pods of this cohort are published, so its dates and bounds stay as they are.")
    lock(session, cohort)
    _refuse_impossible(setup, at=at, kept=cohort.answers_until)
    for field in CohortSetup.__slots__:
        setattr(cohort, field, getattr(setup, field))
    session.flush()
    admit_waiting(session, cohort, at=at)


def waiting(session: Session, cohort: Cohort) -> list[Enrolment]:
    """Who waits for a seat, the longest first."""
    rows = select(Enrolment).where(Enrolment.cohort_id == cohort.id, Enrolment.state == EnrolmentState.WAITING)
    return [*session.scalars(rows.order_by(Enrolment.joined_at, Enrolment.id))]


def admit_waiting(session: Session, cohort: Cohort, *, at: datetime) -> None:
    """Gives free seats to those who wait, in their order, and tells them."""
    free = cohort.cap - enrolled_count(session, cohort)
    for enrolment in waiting(session, cohort)[: max(0, free)]:
        enrolment.state = EnrolmentState.ENROLLED
        outbox.put(
            session,
            membership_id=enrolment.membership_id,
            kind=MailKind.RECEIPT,
            occurrence=f"{enrolment.id.hex}:admitted",
            about={"enrolment": enrolment.id.hex},
            at=at,
        )
    session.flush()


def _refuse_impossible(setup: CohortSetup, *, at: datetime, kept: date | None = None) -> None:
    faults = impossible(setup.draft(), at=at, kept=kept)
    if faults:
        raise Faults(faults)


def impossible(draft: CohortDraft, *, at: datetime, kept: date | None = None) -> dict[str, str]:
    """Field -> what to change, for everything in a draft that cannot be, alone or together; what is missing is not judged.

    ``kept`` is the last day for answers as it was: left alone it may be past.
    """
    faults = _impossible_days(draft, local_day(at, draft.timezone or "UTC"), kept)
    if draft.pod_min and draft.pod_max and draft.pod_min > draft.pod_max:
        faults["pod_max"] = "The largest pod is smaller than the smallest."
    if draft.pod_min and draft.cap and draft.cap < draft.pod_min:
        faults["cap"] = f"A cohort holds at least one pod of {draft.pod_min}."
    return faults


def _impossible_days(draft: CohortDraft, today: date, kept: date | None) -> dict[str, str]:
    faults = {}
    if draft.starts_on and draft.starts_on <= today:
        faults["starts_on"] = "This day is past or today. Choose a day from tomorrow on."
    elif draft.starts_on and draft.starts_on > today + FURTHEST:
        faults["starts_on"] = "Choose a day within the next two years."
    if draft.answers_until and draft.answers_until < today and draft.answers_until != kept:
        faults["answers_until"] = "This day is past."
    elif draft.answers_until and draft.starts_on and draft.answers_until >= draft.starts_on:
        faults["answers_until"] = "Close the form before the cohort starts, so that pods can be formed in between."
    return faults


def _code(name: str) -> str:
    return f"{slug(name) or 'cohort'}-{secrets.token_hex(3)}"


def running_ids(session: Session) -> list[uuid.UUID]:
    return [*session.scalars(select(Cohort.id).where(Cohort.state == CohortState.RUNNING).order_by(Cohort.id))]


def coming_meetings(session: Session, cohort: Cohort, *, at: datetime, within: timedelta) -> list[Meeting]:
    """What its pods are going to hold, the next first, each with all meetings of its pod."""
    rows = (
        select(Meeting)
        .join(Meeting.pod)
        .where(
            Pod.cohort_id == cohort.id,
            Meeting.starts_at > at,
            Meeting.starts_at <= at + within,
            Meeting.state == MeetingState.PLANNED,
        )
        .order_by(Meeting.starts_at, Meeting.id)
        .options(contains_eager(Meeting.pod).selectinload(Pod.meetings))
    )
    return [*session.scalars(rows)]


def takes_answers(cohort: Cohort, *, at: datetime) -> bool:
    return cohort.state is CohortState.OPEN and local_day(at, cohort.timezone) <= cohort.answers_until


def enrolled_count(session: Session, cohort: Cohort) -> int:
    rows = select(func.count()).where(Enrolment.cohort_id == cohort.id, Enrolment.state == EnrolmentState.ENROLLED)
    return session.scalar(rows) or 0


def public_page(session: Session, cohort: Cohort, *, at: datetime) -> PublicPage:
    joined = enrolled_count(session, cohort)
    return PublicPage(
        cohort=cohort,
        joined=joined,
        seats_left=max(0, cohort.cap - joined),
        takes_answers=takes_answers(cohort, at=at),
        week=week_now(cohort, at=at),
    )


def week_now(cohort: Cohort, *, at: datetime, zone: str | None = None) -> int | None:
    return Season(cohort.starts_on, cohort.weeks).week_of(local_day(at, zone or cohort.timezone))


def of_community(session: Session, community: Community) -> list[Cohort]:
    return [
        *session.scalars(
            select(Cohort).where(Cohort.community_id == community.id).order_by(Cohort.starts_on.desc(), Cohort.name)
        )
    ]


def board(session: Session, cohort: Cohort, *, at: datetime) -> Board:
    seats = select(Seat.enrolment_id, Pod.name).join(Seat.pod).where(Pod.cohort_id == cohort.id)
    pod_names = dict(session.execute(seats).all())
    everyone = session.scalars(
        select(Enrolment)
        .where(Enrolment.cohort_id == cohort.id)
        .options(joinedload(Enrolment.membership).joinedload(Membership.person))
        .order_by(Enrolment.joined_at, Enrolment.id)
    )
    rows = [
        Answered(
            enrolment=enrolment,
            name=enrolment.membership.person.name,
            has_times=enrolment.times_saved_at is not None,
            pod=pod_names.get(enrolment.id),
        )
        for enrolment in everyone
    ]
    pods = session.scalars(
        select(Pod)
        .where(Pod.cohort_id == cohort.id)
        .order_by(Pod.number)
        .options(selectinload(Pod.seats).joinedload(Seat.enrolment), selectinload(Pod.meetings))
    )
    return Board(
        cohort=cohort,
        members=[row for row in rows if row.enrolment.state is EnrolmentState.ENROLLED],
        waiting=[row for row in rows if row.enrolment.state is EnrolmentState.WAITING],
        left=[row for row in rows if row.enrolment.state is EnrolmentState.LEFT],
        pods=[*pods],
        week=week_now(cohort, at=at),
    )


def running_enrolments(session: Session, cohort: Cohort) -> list[Enrolment]:
    """Members of this cohort who have a seat in a pod."""
    return [
        *session.scalars(
            select(Enrolment)
            .join(Seat)
            .where(Enrolment.cohort_id == cohort.id, Enrolment.state == EnrolmentState.ENROLLED)
            .options(selectinload(Enrolment.away), joinedload(Enrolment.cohort), joinedload(Enrolment.seat))
        )
    ]


def close_ended(session: Session, addresses: Addresses, *, at: datetime) -> None:
    """Cohorts whose last day is over everywhere on earth come to an end, and so do their calendars."""
    for cohort in session.scalars(select(Cohort).where(Cohort.state == CohortState.RUNNING)).all():
        over_everywhere = season(cohort).last + timedelta(days=2)
        moved_beyond = select(Meeting.id).join(Meeting.pod).where(Pod.cohort_id == cohort.id, Meeting.ends_at > at)
        if local_day(at, cohort.timezone) > over_everywhere and session.scalar(moved_beyond.limit(1)) is None:
            feeds.hold(session, cohort)
            cohort.state = CohortState.CLOSED
            feeds.end_for_cohort(session, cohort, addresses, at=at)
