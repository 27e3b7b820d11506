"""Countries change their clocks at short notice: what was reckoned by older rules is reckoned anew."""

import hashlib
import logging
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

import calendars
from podsched.models import Cohort, CohortState, Enrolment, Pod, Seat, ZoneRules
from podsched.services import feeds
from podsched.services.links import Addresses
from podsched.services.rhythms import WITH_QUIET_DAYS, keep_today, plan_next_checkin, planned_day

log = logging.getLogger(__name__)


def follow(session: Session, addresses: Addresses, *, at: datetime) -> None:
    """Once a process knows other rules than those that were in use: check-ins and calendars of the zones concerned.

    Call it at the start of a process, which keeps the rules it has read. The instants of meetings stay.
    """
    changed = _changed(session)
    if changed:
        log.warning("time zones have new rules: %s", ", ".join(sorted(changed)))
        feeds.refresh_pods(session, _pods(session, changed), addresses, at=at)
        _plan_check_ins(session, changed, at=at)  # whoever locks cohorts and members locks cohorts first


def _changed(session: Session) -> set[str]:
    """The zones in use whose rules are not those of the last time; from now on they are."""
    known = {row.zone: row for row in session.scalars(select(ZoneRules))}
    changed = set()
    for zone in _in_use(session):
        rules = hashlib.sha256(calendars.zone_file(zone)).hexdigest()
        row = known.get(zone)
        if row is None:
            session.add(ZoneRules(zone=zone, file_sha256=rules))
        elif row.file_sha256 != rules:
            row.file_sha256 = rules
            changed.add(zone)
    return changed


def _in_use(session: Session) -> set[str]:
    running = Cohort.state == CohortState.RUNNING
    members = session.scalars(select(Enrolment.timezone).join(Enrolment.cohort).where(running).distinct())
    pods = session.scalars(select(Pod.timezone).join(Pod.cohort).where(running).distinct())
    return {*members, *pods}


def _plan_check_ins(session: Session, zones: Collection[str], *, at: datetime) -> None:
    rows = (
        select(Enrolment)
        .where(Enrolment.timezone.in_(zones), Enrolment.next_checkin_at > at)
        .order_by(Enrolment.id)
        .with_for_update(of=Enrolment)
        .options(
            joinedload(Enrolment.cohort).options(*WITH_QUIET_DAYS),
            joinedload(Enrolment.seat),
            selectinload(Enrolment.away),
        )
    )
    for enrolment in session.scalars(rows):
        planned = planned_day(enrolment)
        plan_next_checkin(enrolment, after=at)
        keep_today(enrolment, planned, at=at)


def _pods(session: Session, zones: Collection[str]) -> Collection[Pod]:
    of_members = select(Seat.pod_id).join(Seat.enrolment).where(Enrolment.timezone.in_(zones))
    concerned = or_(Pod.timezone.in_(zones), Pod.id.in_(of_members))
    return session.scalars(select(Pod).join(Pod.cohort).where(Cohort.state == CohortState.RUNNING, concerned)).all()
