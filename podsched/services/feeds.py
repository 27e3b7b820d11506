"""A member's feed: rendered in the transaction that changes what it shows, served as stored bytes."""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

import calendars
from podsched.domain.agenda import AGENDA
from podsched.domain.words import clock_changes, count
from podsched.models import AccessLink, Enrolment, LinkKind, Meeting, Pod, Role, StoredFeed
from podsched.services import rotation
from podsched.services.links import Addresses, hashed

#: Part of every UID for ever, whatever the address of the site.
UID_HOST = "podsched"


def refresh(session: Session, pod: Pod, addresses: Addresses, *, at: datetime) -> None:
    """Renders the feed of every member of a pod anew; one whose events are the same keeps its bytes and its ETag."""
    session.flush()
    members = rotation.members(session, pod)
    roles = {meeting.week: rotation.of_week(session, pod, meeting.week) for meeting in pod.meetings}
    for enrolment in members:
        _store(session, enrolment, _feed(pod, enrolment, members, roles, addresses), at=at)


def _store(session: Session, enrolment: Enrolment, feed: calendars.Feed, *, at: datetime) -> None:
    stored = session.get(StoredFeed, enrolment.id)
    if stored is not None:
        body = calendars.render(replace(feed, changed_at=stored.changed_at))
        if body == stored.body:
            return
    whole = at.replace(microsecond=0)
    changed_at = whole if stored is None else max(whole, stored.changed_at + timedelta(seconds=1))
    body = calendars.render(replace(feed, changed_at=changed_at))
    if stored is None:
        stored = StoredFeed(enrolment_id=enrolment.id)
        session.add(stored)
    stored.body = body
    stored.etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    stored.changed_at = changed_at
    session.flush()


def _feed(
    pod: Pod,
    enrolment: Enrolment,
    members: list[Enrolment],
    roles: dict[int, dict[Role, Enrolment]],
    addresses: Addresses,
) -> calendars.Feed:
    events = tuple(_event(pod, meeting, enrolment, members, roles[meeting.week], addresses) for meeting in pod.meetings)
    return calendars.Feed(
        uid=calendars.feed_uid(enrolment.id, UID_HOST),
        name=f"{pod.name} pod",
        description=pod.cohort.purpose,
        url=addresses.page(f"/me/{enrolment.id}"),
        changed_at=max(meeting.changed_at for meeting in pod.meetings),
        events=events,
        timezone=enrolment.timezone,
    )


def _event(
    pod: Pod,
    meeting: Meeting,
    enrolment: Enrolment,
    members: list[Enrolment],
    roles: dict[Role, Enrolment],
    addresses: Addresses,
) -> calendars.Event:
    return calendars.Event(
        uid=calendars.occurrence_uid(meeting.id, UID_HOST),
        start=meeting.starts_at,
        end=meeting.ends_at,
        title=f"{pod.name} pod: week {meeting.week} of {pod.cohort.weeks}",
        description="\n".join(_description(pod, meeting, enrolment, members, roles, addresses)),
        location=pod.room_url or "",
        conference=pod.room_url,
        sequence=meeting.sequence,
        changed_at=meeting.changed_at,
        created_at=meeting.created_at,
        organizer_name=f"{pod.name} pod",
        organizer_address=addresses.mail_from,
    )


def _description(
    pod: Pod,
    meeting: Meeting,
    enrolment: Enrolment,
    members: list[Enrolment],
    roles: dict[Role, Enrolment],
    addresses: Addresses,
) -> list[str]:
    mine = [role.value for role, holder in roles.items() if holder.id == enrolment.id]
    others = [f"{role.value}: {holder.membership.person.name}" for role, holder in roles.items()]
    moved = [
        sentence
        for before, after in zip(pod.meetings, pod.meetings[1:], strict=False)
        if after.id == meeting.id
        for sentence in clock_changes([before.starts_at, after.starts_at], enrolment.timezone)
    ]
    return [
        *moved,
        *([f"You are {mine[0]} this week."] if mine else []),
        f"{count(len(members), 'person', 'people')} and one hour: {' · '.join(item.title for item in AGENDA)}.",
        *([f"Roles: {', '.join(others)}."] if others else []),
        f"Your pod: {addresses.page(f'/me/{enrolment.id}')}",
    ]


def stored_behind(engine: Engine, token: str) -> tuple[bytes, str, datetime] | None:
    """(bytes, ETag, changed at) by one indexed look-up, without the ORM: the path of every poll."""
    rows = (
        select(StoredFeed.body, StoredFeed.etag, StoredFeed.changed_at)
        .join(AccessLink, AccessLink.enrolment_id == StoredFeed.enrolment_id)
        .where(
            AccessLink.token_sha256 == hashed(token),
            AccessLink.kind == LinkKind.FEED,
            AccessLink.revoked_at.is_(None),
        )
    )
    with engine.execution_options(reading=True).connect() as connection:
        found = connection.execute(rows).first()
    return (found.body, found.etag, found.changed_at) if found else None
