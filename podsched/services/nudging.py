"""What a host may ask a member by mail: for missing times, at most once a day; and their link once more."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from podsched.errors import Refused
from podsched.models import Cohort, Enrolment, EnrolmentState, MailKind
from podsched.services import outbox, stops
from podsched.services.cohorts import takes_answers

COOL_DOWN = timedelta(hours=24)


def ask_for_times(session: Session, cohort: Cohort, *, at: datetime) -> int:
    """Mails those who have sent no times and were not asked in the last day; says so when there is nobody to ask."""
    if not takes_answers(cohort, at=at):
        raise Refused("The form of this cohort is closed, so nobody was asked.")
    late = missing(session, cohort, to_ask=True)
    stopped = stops.who_stopped(session, MailKind.TIMES_MISSING, among=[enrolment.membership_id for enrolment in late])
    asked = [enrolment for enrolment in late if may_ask(enrolment, at) and enrolment.membership_id not in stopped]
    if not asked:
        why = "Everybody has sent times." if not late else "Everybody who is missing was asked within the last day."
        if any(enrolment.membership_id in stopped for enrolment in late):
            why = "Everybody who is missing was asked within the last day, or wants no such mail."
        raise Refused(f"{why} No mail was sent.")
    for enrolment in asked:
        enrolment.nudged_at = at
        outbox.put(
            session,
            membership_id=enrolment.membership_id,
            kind=MailKind.TIMES_MISSING,
            occurrence=f"{enrolment.id.hex}:{at:%Y%m%d%H%M}",
            about={"enrolment": enrolment.id.hex},
            at=at,
        )
    return len(asked)


def missing(session: Session, cohort: Cohort, *, to_ask: bool = False) -> list[Enrolment]:
    """Who has sent no times. Read ``to_ask`` them, their rows are the gate between a host's press and the clock."""
    rows = select(Enrolment).where(
        Enrolment.cohort_id == cohort.id,
        Enrolment.state == EnrolmentState.ENROLLED,
        Enrolment.times_saved_at.is_(None),
    )
    if to_ask:
        rows = rows.with_for_update().execution_options(populate_existing=True)
    return [*session.scalars(rows.order_by(Enrolment.joined_at, Enrolment.id))]


def may_ask(enrolment: Enrolment, at: datetime) -> bool:
    return enrolment.nudged_at is None or at - enrolment.nudged_at >= COOL_DOWN
