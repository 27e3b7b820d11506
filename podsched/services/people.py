"""Communities, people and memberships."""

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from podsched.models import Community, Membership, Person, Rank
from podsched.services import foresight

RULES = (
    "Be kind and be on time. What is said in the pod stays in the pod. Ask before you advise. "
    "No pitching. If something is wrong, tell a host: every report is read by a person."
)


def found_community(session: Session, *, name: str, timezone: str, at: datetime) -> Community:
    community = Community(name=name, timezone=timezone, rules=RULES, created_at=at)
    session.add(community)
    session.flush()
    return community


def person_with(session: Session, *, email: str, name: str, at: datetime) -> Person:
    """The person behind an address, made when new; a known person keeps the name they chose."""
    known = select(Person).where(Person.email == email.lower())
    person = session.scalar(known)
    if person is not None:
        return person
    try:
        with session.begin_nested():
            person = Person(email=email.lower(), name=name, created_at=at)
            session.add(person)
    except IntegrityError:  # they joined another cohort in the same moment
        return session.scalars(known).one()
    return person


def membership_of(session: Session, community: Community, person: Person) -> Membership | None:
    return session.scalar(
        select(Membership).where(Membership.community_id == community.id, Membership.person_id == person.id)
    )


def add_host(session: Session, community: Community, *, email: str, name: str, at: datetime) -> Membership:
    person = person_with(session, email=email, name=name, at=at)
    membership = membership_of(session, community, person)
    if membership is None:
        membership = Membership(community=community, person=person, rank=Rank.HOST, rules_accepted_at=at, created_at=at)
        session.add(membership)
    membership.rank = Rank.HOST
    session.flush()
    return membership


def first_host(session: Session) -> Membership | None:
    return session.scalar(
        select(Membership).where(Membership.rank == Rank.HOST).order_by(Membership.created_at).limit(1)
    )


def memberships_with(session: Session, email: str) -> list[Membership]:
    return [
        *session.scalars(
            select(Membership)
            .join(Membership.person)
            .where(Person.email == email.lower())
            .order_by(Membership.created_at)
            .options(joinedload(Membership.community), joinedload(Membership.person))
        )
    ]


def reply_address(session: Session, community_id: uuid.UUID) -> str | None:
    """Who reads the replies to a community's mail: its longest-serving host whose address works."""
    return foresight.reply_address(session, community_id, ask=lambda: _first_host_of(session, community_id))


def _first_host_of(session: Session, community_id: uuid.UUID) -> str | None:
    return session.scalar(
        select(Person.email)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.community_id == community_id, Membership.rank == Rank.HOST)
        .order_by(Person.mail_failed_at.is_not(None), Membership.created_at)
        .limit(1)
    )
