"""A member's feed: rendered in the transaction that changes what it shows, served as stored bytes."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, select
from sqlalchemy.orm import Session

import calendars
from podsched.domain.agenda import AGENDA
from podsched.domain.words import clock_changes, count
from podsched.errors import Gone
from podsched.models import AccessLink, Enrolment, LinkKind, Meeting, Pod, Role, StoredFeed
from podsched.services import rotation
from podsched.services.links import Addresses, hashed

#: Part of every UID for ever, whatever the address of the site.
UID_HOST = "podsched"
#: How long a replaced address tells calendars that it has ended.
TOMBSTONE_STANDS = timedelta(days=60)
AGENDA_LINE = " · ".join(item.title for item in AGENDA)


def refresh(session: Session, pod: Pod, addresses: Addresses, *, at: datetime) -> None:
    """Renders the feed of every member of a pod anew; one whose events are the same keeps its bytes and its ETag."""
    session.flush()
    known = _PodCalendar(
        pod=pod,
        members=rotation.members(session, pod),
        roles={meeting.week: rotation.of_week(session, pod, meeting.week) for meeting in pod.meetings},
        addresses=addresses,
    )
    for enrolment in known.members:
        _store(session, enrolment, known.feed_for(enrolment), at=at)


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
    stored.etag = _etag(body)
    stored.changed_at = changed_at
    session.flush()


@dataclass(frozen=True, slots=True)
class _PodCalendar:
    """What the feeds of one pod are made from; each member sees the same meetings in their own words."""

    pod: Pod
    members: list[Enrolment]
    roles: dict[int, dict[Role, Enrolment]]
    addresses: Addresses

    def feed_for(self, enrolment: Enrolment) -> calendars.Feed:
        return calendars.Feed(
            uid=calendars.feed_uid(enrolment.id, UID_HOST),
            name=f"{self.pod.name} pod",
            description=self.pod.cohort.purpose,
            url=self._page(enrolment),
            changed_at=max(meeting.changed_at for meeting in self.pod.meetings),
            events=tuple(self._event(meeting, enrolment) for meeting in self.pod.meetings),
            timezone=enrolment.timezone,
        )

    def _page(self, enrolment: Enrolment) -> str:
        return self.addresses.page(f"/me/{enrolment.id}")

    def _event(self, meeting: Meeting, enrolment: Enrolment) -> calendars.Event:
        return calendars.Event(
            uid=calendars.occurrence_uid(meeting.id, UID_HOST),
            start=meeting.starts_at,
            end=meeting.ends_at,
            title=f"{self.pod.name} pod: week {meeting.week} of {self.pod.cohort.weeks}",
            description="\n".join(self._description(meeting, enrolment)),
            location=self.pod.room_url or "",
            conference=self.pod.room_url,
            sequence=meeting.sequence,
            changed_at=meeting.changed_at,
            created_at=meeting.created_at,
            organizer_name=f"{self.pod.name} pod",
            organizer_address=self.addresses.mail_from,
        )

    def _description(self, meeting: Meeting, enrolment: Enrolment) -> list[str]:
        roles = self.roles[meeting.week]
        mine = [role.value for role, holder in roles.items() if holder.id == enrolment.id]
        held = [f"{role.value}: {holder.membership.person.name}" for role, holder in roles.items()]
        return [
            *self._clock_change(meeting, enrolment),
            *([f"You are {mine[0]} this week."] if mine else []),
            f"{count(len(self.members), 'person', 'people')} and one hour: {AGENDA_LINE}.",
            *([f"Roles: {', '.join(held)}."] if held else []),
            f"Your pod: {self._page(enrolment)}",
        ]

    def _clock_change(self, meeting: Meeting, enrolment: Enrolment) -> list[str]:
        before = [other.starts_at for other in self.pod.meetings if other.week == meeting.week - 1]
        return clock_changes([*before, meeting.starts_at], enrolment.timezone)


@dataclass(frozen=True, slots=True)
class Served:
    """What a feed address answers with."""

    body: bytes
    etag: str
    changed_at: datetime


def served(engine: Engine, token: str) -> Served | None:
    """The stored feed behind a token, by one indexed look-up without the ORM: the path of every poll."""
    rows = (
        select(StoredFeed.body, StoredFeed.etag, StoredFeed.changed_at)
        .join(AccessLink, AccessLink.enrolment_id == StoredFeed.enrolment_id)
        .where(*_is_feed(token), AccessLink.revoked_at.is_(None))
    )
    with engine.execution_options(reading=True).connect() as connection:
        found = connection.execute(rows).first()
    return Served(found.body, found.etag, found.changed_at) if found else None


def ended(engine: Engine, addresses: Addresses, token: str, *, at: datetime) -> Served | None:
    """For an address that was replaced: one event that says so, which clears the old ones from calendars.

    None for an address that never was; Gone when nobody should be asking any more.
    """
    rows = select(AccessLink.enrolment_id, AccessLink.revoked_at).where(*_is_feed(token), AccessLink.revoked_at <= at)
    with engine.execution_options(reading=True).connect() as connection:
        found = connection.execute(rows).first()
    if found is None:
        return None
    if found.revoked_at + TOMBSTONE_STANDS <= at:
        raise Gone
    notice = calendars.tombstone(
        uid=calendars.feed_uid(found.enrolment_id, UID_HOST),
        name="Ended calendar",
        url=addresses.base_url,
        title="This calendar address was replaced",
        organizer_name="podsched",
        organizer_address=addresses.mail_from,
        changed_at=found.revoked_at.replace(microsecond=0),
    )
    body = calendars.render(notice)
    return Served(body, _etag(body), notice.changed_at)


def _is_feed(token: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return AccessLink.token_sha256 == hashed(token), AccessLink.kind == LinkKind.FEED


def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'
