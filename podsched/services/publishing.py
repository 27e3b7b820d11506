"""Publishing a proposal: pods, meetings, first roles, feeds and mail, all in one transaction or not at all."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from podsched.db import lock
from podsched.domain.availability import DAYS, Level
from podsched.domain.pods import pod_name
from podsched.domain.zones import local_day
from podsched.errors import Refused
from podsched.models import (
    CohortState,
    Enrolment,
    FormingRun,
    MailKind,
    Meeting,
    Pod,
    RunState,
    Seat,
)
from podsched.services import feeds, outbox, proposals, rotation
from podsched.services.cohorts import running_enrolments
from podsched.services.links import Addresses, hand_out_feed
from podsched.services.rhythms import plan_next_checkin


def publish(session: Session, run: FormingRun, addresses: Addresses, *, at: datetime) -> list[Pod]:
    """Makes a proposal real. Refused when the answers it was made from have changed since."""
    lock(session, run.cohort)
    cohort = run.cohort
    if cohort.state is not CohortState.OPEN:
        raise Refused("The pods of this cohort are published already.")
    if run.state is not RunState.PROPOSED or run.plan is None:
        raise Refused("This proposal is not finished, or it was set aside. Form pods again.")
    if cohort.starts_on <= local_day(at, cohort.timezone):
        raise Refused("The first day of this cohort has come. Move it to a coming day and form pods again.")
    changed = proposals.changes_since(session, run)
    if changed:
        raise Refused("This proposal was made from older answers. " + " ".join(changed) + " Form pods again.")
    if not run.plan["pods"]:
        raise Refused("There is no pod in this proposal yet.")
    cohort.state = CohortState.RUNNING
    run.state = RunState.PUBLISHED
    pods = [_pod(session, run, number, planned, at=at) for number, planned in enumerate(run.plan["pods"], 1)]
    session.flush()
    for pod in pods:
        rotation.assign(session, pod, week=1, at=at)
    for enrolment in running_enrolments(session, cohort):
        plan_next_checkin(enrolment, after=at)
        hand_out_feed(session, addresses, enrolment, at=at)
        _tell(session, enrolment, MailKind.POD_REVEAL, run, at=at)
    for lost in run.plan["unplaced"]:
        unplaced = session.get_one(Enrolment, uuid.UUID(lost["id"]))
        _tell(session, unplaced, MailKind.NOT_PLACED, run, at=at)
    for pod in pods:
        feeds.refresh_pod(session, pod, addresses, at=at)
    feeds.refresh_cohort(session, cohort, addresses, at=at)
    return pods


def _pod(session: Session, run: FormingRun, number: int, planned: dict[str, Any], *, at: datetime) -> Pod:
    hour, minute = map(int, planned["slot"]["start"].split(":"))
    pod = Pod(
        cohort=run.cohort,
        run_id=run.id,
        number=number,
        name=pod_name(number),
        timezone=planned["slot"]["timezone"],
        weekday=DAYS.index(planned["slot"]["weekday"]),
        start_minute=60 * hour + minute,
        shared_goals=planned["shared_goals"],
        created_at=at,
    )
    session.add(pod)
    length = timedelta(minutes=planned["slot"]["minutes"])
    whole_second = at.replace(microsecond=0)
    for week, start in enumerate(map(datetime.fromisoformat, planned["meetings"]), 1):
        pod.meetings.append(
            Meeting(
                week=week,
                starts_at=start,
                slot_at=start,
                ends_at=start + length,
                created_at=whole_second,
                changed_at=whole_second,
            )
        )
    for member in planned["members"]:
        pod.seats.append(
            Seat(
                enrolment_id=uuid.UUID(member["id"]),
                level=Level(member["level"]),
                why=member["why"],
                created_at=at,
            )
        )
    return pod


def _tell(session: Session, enrolment: Enrolment, kind: MailKind, run: FormingRun, *, at: datetime) -> None:
    outbox.put(
        session,
        membership_id=enrolment.membership_id,
        kind=kind,
        occurrence=run.id.hex,
        about={"enrolment": enrolment.id.hex},
        at=at,
    )
