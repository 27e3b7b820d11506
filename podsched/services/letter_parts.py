"""What every letter to a member has, and whether there is still somebody to write to."""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from podsched.domain.letters import Letter
from podsched.domain.words import day
from podsched.domain.zones import local_day
from podsched.models import CohortState, Enrolment, EnrolmentState, Membership, OutboxMail, Pod
from podsched.services import people
from podsched.services.links import Addresses, hand_out_personal

Composer = Callable[[Session, OutboxMail, Addresses, datetime], Letter | None]


def letter_to(
    session: Session,
    template: str,
    enrolment: Enrolment,
    addresses: Addresses,
    *,
    at: datetime,
    values: Mapping[str, object],
    pod: Pod | None = None,
    stop_url: str | None = None,
) -> Letter:
    cohort = enrolment.cohort
    person = enrolment.membership.person
    common = {
        "name": person.name,
        "pod": pod.name if pod else None,
        "cohort": cohort.name,
        "purpose": cohort.purpose,
        "link": hand_out_personal(session, addresses, enrolment.membership, at=at),
        "today": day(local_day(at, enrolment.timezone)),
    }
    return Letter(
        template=template,
        to_name=person.name,
        to_address=person.email,
        from_name=f"{pod.name} pod" if pod else cohort.community.name,
        reply_to=people.reply_address(session, cohort.community_id),
        values={**common, **values},
        stop_url=stop_url,
        thread=f"pod-{pod.id.hex}" if pod else None,
    )


def from_community(
    membership: Membership,
    template: str,
    values: Mapping[str, object],
    *,
    to_address: str | None = None,
    reply_to: str | None = None,
    stop_url: str | None = None,
) -> Letter:
    """A letter that is about no cohort; to somebody's address unless another one is named."""
    person, community = membership.person, membership.community
    return Letter(
        template=template,
        to_name=person.name,
        to_address=to_address or person.email,
        from_name=community.name,
        reply_to=reply_to,
        values={"name": person.name, "community": community.name, **values},
        stop_url=stop_url,
    )


def enrolment_of(session: Session, mail: OutboxMail) -> Enrolment | None:
    """Whom the mail is for; None once they have left."""
    enrolment = session.get(Enrolment, uuid.UUID(mail.about["enrolment"]))
    return None if enrolment is None or enrolment.state is EnrolmentState.LEFT else enrolment


def with_pod(session: Session, mail: OutboxMail) -> tuple[Enrolment | None, Pod | None]:
    enrolment = enrolment_of(session, mail)
    if enrolment is None or enrolment.cohort.state is not CohortState.RUNNING:
        return None, None
    return enrolment, enrolment.seat.pod if enrolment.seat else None


def is_paused(enrolment: Enrolment, at: datetime) -> bool:
    return enrolment.paused_until is not None and local_day(at, enrolment.timezone) < enrolment.paused_until
