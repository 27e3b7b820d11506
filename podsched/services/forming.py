"""Forming pods: a run is asked for, a worker takes it, shows how far it is, and leaves a proposal.

The row is the truth; the job in Redis is only a doorbell. A worker that dies leaves a run whose heart no longer beats;
another one takes it over, and the attempt number keeps the first from writing if it was only asleep.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, selectinload

import matching
from podsched.domain.availability import Level
from podsched.domain.words import count
from podsched.domain.zones import local_day
from podsched.errors import Refused
from podsched.models import (
    UNDER_WAY,
    Cohort,
    CohortState,
    Enrolment,
    EnrolmentState,
    FormingRun,
    Membership,
    RunState,
)
from podsched.services.availability import away_of, windows_of

SECONDS = 10
#: Above this many members more time is worth it: so many seconds for each further one, up to a limit.
COMMON_SIZE, SECONDS_PER_MEMBER, MOST_SECONDS = 150, 0.1, 300
STALE_AFTER = timedelta(seconds=20)
MOST_ATTEMPTS = 3
STEP = 30


@dataclass(frozen=True, slots=True)
class Taken:
    """What a worker needs to solve a run without a transaction open."""

    run_id: uuid.UUID
    attempt: int
    roster: dict[str, Any]


def seconds_for(members: int) -> float:
    """How long the engine may think about so many people."""
    return min(MOST_SECONDS, SECONDS + SECONDS_PER_MEMBER * max(0, members - COMMON_SIZE))


def gather(session: Session, cohort: Cohort) -> dict[str, Any]:
    """The roster (contract version 1) of everyone in the cohort who has sent times."""
    enrolments = session.scalars(
        select(Enrolment)
        .where(
            Enrolment.cohort_id == cohort.id,
            Enrolment.state == EnrolmentState.ENROLLED,
            Enrolment.times_saved_at.is_not(None),
        )
        .options(selectinload(Enrolment.windows), selectinload(Enrolment.away), selectinload(Enrolment.tags))
        .order_by(Enrolment.id)
    )
    return {
        "roster": 1,
        "period": {"start": cohort.starts_on.isoformat(), "weeks": cohort.weeks},
        "meeting": {"minutes": cohort.meeting_minutes, "step": STEP},
        "pod_size": {"min": cohort.pod_min, "max": cohort.pod_max},
        "members": [_member(enrolment) for enrolment in enrolments],
    }


def _member(enrolment: Enrolment) -> dict[str, Any]:
    windows = windows_of(enrolment)
    return {
        "id": enrolment.id.hex,
        "timezone": enrolment.timezone,
        "free": [_window(window) for window in windows if window.level is Level.FREE],
        "if_needed": [_window(window) for window in windows if window.level is Level.IF_NEEDED],
        "away": [f"{span.first}/{span.last}" for span in away_of(enrolment)],
        "goals": [tag.tag for tag in enrolment.tags],
        "goal": enrolment.goal,
    }


def _window(window: object) -> str:
    return str(window).lower()


def request(session: Session, cohort: Cohort, host: Membership, *, at: datetime) -> FormingRun:
    """Asks for pods; when a run is under way already, that one is returned."""
    if cohort.state is not CohortState.OPEN:
        raise Refused("The pods of this cohort are published already.")
    if cohort.starts_on <= local_day(at, cohort.timezone):
        raise Refused("The first day of this cohort has come. Move it to a coming day, then form pods.")
    running = under_way(session, cohort)
    if running is not None:
        return running
    roster = gather(session, cohort)
    answered = len(roster["members"])
    if answered < cohort.pod_min:
        more = count(cohort.pod_min - answered, "more person", "more people")
        have = "nobody has" if not answered else "1 has" if answered == 1 else f"{answered} have"
        raise Refused(f"A pod needs {cohort.pod_min} people with times; {have} sent theirs so far. Wait for {more}.")
    run = FormingRun(
        cohort=cohort,
        requested_by_id=host.id,
        requested_at=at,
        state=RunState.QUEUED,
        roster=roster,
        roster_sha256=matching.roster_sha256(matching.read_roster(roster)),
        progress={},
    )
    try:
        with session.begin_nested():
            session.add(run)
    except IntegrityError:  # another host pressed in the same moment: show theirs
        return session.scalars(_under_way(cohort)).one()
    return run


def under_way(session: Session, cohort: Cohort) -> FormingRun | None:
    return session.scalar(_under_way(cohort))


def _under_way(cohort: Cohort) -> Select[FormingRun]:
    return select(FormingRun).where(FormingRun.cohort_id == cohort.id, FormingRun.state.in_(UNDER_WAY))


def latest(session: Session, cohort: Cohort) -> FormingRun | None:
    """The run that matters: the published one, else the one under way, else the newest proposal, else the newest."""
    weight = case(
        (FormingRun.state == RunState.PUBLISHED, 0),
        (FormingRun.state.in_(UNDER_WAY), 1),
        (FormingRun.state == RunState.PROPOSED, 2),
        else_=3,
    )
    runs = select(FormingRun).where(FormingRun.cohort_id == cohort.id)
    return session.scalar(runs.order_by(weight, FormingRun.requested_at.desc(), FormingRun.id).limit(1))


def take(session: Session, run_id: uuid.UUID, *, at: datetime) -> Taken | None:
    """Takes a queued or abandoned run for one worker; None when there is nothing to do."""
    run = session.scalar(select(FormingRun).where(FormingRun.id == run_id).with_for_update())
    if run is None or not _is_takeable(run, at):
        return None
    run.state = RunState.RUNNING
    run.attempt += 1
    run.started_at = run.started_at or at
    run.beat_at = at
    session.flush()
    return Taken(run.id, run.attempt, run.roster)


def _is_takeable(run: FormingRun, at: datetime) -> bool:
    abandoned = run.state is RunState.RUNNING and (run.beat_at is None or at - run.beat_at > STALE_AFTER)
    return run.state is RunState.QUEUED or abandoned


def beat(session: Session, taken: Taken, progress: Mapping[str, Any] | None, *, at: datetime) -> bool:
    """A sign of life, with how far it is; False when the run was cancelled or taken over and the worker should stop."""
    values: dict[str, Any] = {"beat_at": at} | ({"progress": dict(progress)} if progress is not None else {})
    return _write(session, taken, values)


def adopt(session: Session, taken: Taken, plan: dict[str, Any], *, at: datetime) -> bool:
    return _write(session, taken, {"state": RunState.PROPOSED, "plan": plan, "finished_at": at})


def fail(session: Session, taken: Taken, reason: str, *, at: datetime) -> bool:
    return _write(session, taken, {"state": RunState.FAILED, "reason": reason, "finished_at": at})


def _write(session: Session, taken: Taken, values: dict[str, Any]) -> bool:
    mine = (
        FormingRun.id == taken.run_id,
        FormingRun.attempt == taken.attempt,
        FormingRun.state == RunState.RUNNING,
    )
    return session.scalar(update(FormingRun).where(*mine).values(**values).returning(FormingRun.id)) is not None


def cancel(session: Session, run: FormingRun, *, at: datetime) -> None:
    """Ends a run under way; the worker notices within a second. Cancelling what has ended changes nothing."""
    open_run = (FormingRun.id == run.id, FormingRun.state.in_(UNDER_WAY))
    session.execute(update(FormingRun).where(*open_run).values(state=RunState.CANCELLED, finished_at=at))


def sweep(session: Session, *, at: datetime) -> list[uuid.UUID]:
    """Runs whose doorbell should ring again: queued ones, and those whose worker died. Hopeless ones fail in words."""
    waiting = []
    for run in session.scalars(select(FormingRun).where(FormingRun.state.in_(UNDER_WAY)).with_for_update()):
        if not _is_takeable(run, at):
            continue
        if run.attempt >= MOST_ATTEMPTS:
            run.state = RunState.FAILED
            run.finished_at = at
            run.reason = "The work was interrupted three times. Nothing was changed; please form pods again."
        else:
            waiting.append(run.id)
    return waiting
