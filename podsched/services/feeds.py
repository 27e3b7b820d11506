"""Calendar feeds: rendered in the transaction that changes what they show, served as stored bytes.

A feed shows one subject (a member's meetings, a pod, a cohort, a community) in several styles; each reader has an
address of their own. Feeds for hosts are rendered once a host has asked for their address.
"""

import gzip
import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

import calendars
from podsched.db import lock
from podsched.domain import subjects
from podsched.models import (
    AccessLink,
    Cohort,
    CohortState,
    Community,
    Enrolment,
    EnrolmentState,
    FeedStyle,
    Meeting,
    Membership,
    Pod,
    Seat,
    StoredFeed,
)
from podsched.services import links
from podsched.services.feed_events import UID_HOST, PodCalendar, pods_of, unsettled_until
from podsched.services.links import Addresses

log = logging.getLogger(__name__)

#: How long a calendar that has ended says so before its address answers with nothing.
TOMBSTONE_STANDS = timedelta(days=60)
#: How often calendars are asked to look while a meeting has changed shortly before its time.
OFTEN = timedelta(minutes=15)
#: Feeds are paced anew for so long after such a meeting, should the clock have stood still meanwhile.
_PACED_ANEW = timedelta(days=2)
_SECOND = timedelta(seconds=1)


class Content(NamedTuple):
    """A calendar and the weekly hours in it, as values."""

    feed: calendars.Feed
    series: list[calendars.Series]
    #: A notice instead of meetings: the UIDs of the repeating events in whose place it stands.
    replaces: tuple[str, ...] | None = None
    #: Until then calendars are asked to look more often.
    unsettled_until: datetime | None = None


def hold(session: Session, cohort: Cohort) -> None:
    """One change to a cohort's calendars at a time: what is read after this is what the one before has left.

    Call it before anything else is read or changed; it waits for others and forgets what the session has loaded.
    """
    session.flush()
    lock(session, cohort)
    session.expire_all()


def refresh(session: Session, pod: Pod, addresses: Addresses, *, at: datetime) -> None:
    """Renders every feed that shows a pod anew; one whose events are the same keeps its bytes and its ETag."""
    refresh_pod(session, pod, addresses, at=at)
    refresh_cohort(session, pod.cohort, addresses, at=at)


def refresh_pod(session: Session, pod: Pod, addresses: Addresses, *, at: datetime) -> None:
    """The feeds of its members, and the one of the pod alone; what has ended stays as it ended."""
    session.flush()
    if pod.cohort.state is not CohortState.RUNNING:
        return
    calendar = PodCalendar(session, pod, addresses)
    for enrolment in calendar.members:
        _store(session, subjects.member(enrolment.id), _of_member(calendar, enrolment), at=at)
    if _is_read(session, subjects.pod(pod.id)):
        _store(session, subjects.pod(pod.id), _of_pod(calendar), at=at)


def refresh_member(session: Session, pod: Pod, enrolment: Enrolment, addresses: Addresses, *, at: datetime) -> None:
    """One member's own feed, after a change that nobody else's shows."""
    session.flush()
    if pod.cohort.state is CohortState.RUNNING:
        content = _of_member(PodCalendar(session, pod, addresses), enrolment)
        _store(session, subjects.member(enrolment.id), content, at=at)


def refresh_cohort(session: Session, cohort: Cohort, addresses: Addresses, *, at: datetime) -> None:
    """The feeds of hosts that hold all pods of a cohort."""
    session.flush()
    if _is_read(session, subjects.cohort(cohort.id)):
        _store(session, subjects.cohort(cohort.id), _of_cohort(session, cohort, addresses), at=at)
    if _is_read(session, subjects.community(cohort.community_id)):
        lock(session, cohort.community)  # other cohorts are in it too
        content = _of_community(session, cohort.community, addresses)
        _store(session, subjects.community(cohort.community_id), content, at=at)


def settle(session: Session, addresses: Addresses, *, at: datetime) -> None:
    """The feeds of pods whose late change is over: calendars need not look so often any more."""
    begun = or_(Meeting.slot_at <= at, Meeting.starts_at <= at)
    rows = select(Meeting).where(Meeting.sequence > 0, Meeting.ends_at > at - _PACED_ANEW, begun)
    over = [meeting for meeting in session.scalars(rows) if (until := unsettled_until(meeting)) and until <= at]
    refresh_pods(session, {meeting.pod for meeting in over}, addresses, at=at)


def complete(session: Session, addresses: Addresses, *, at: datetime) -> None:
    """Renders what an earlier version has not stored: the styles that came later."""
    told_twice = aliased(StoredFeed)
    has_all = exists().where(told_twice.subject == StoredFeed.subject, told_twice.style == FeedStyle.SERIES)
    lacking = select(StoredFeed.subject).where(StoredFeed.style == FeedStyle.FLAT, ~has_all)
    enrolments = [subjects.id_of(subject) for subject in session.scalars(lacking) if subjects.is_member(subject)]
    seats = [seat for each in enrolments if (seat := session.get(Seat, each)) is not None]
    refresh_pods(session, {seat.pod for seat in seats}, addresses, at=at)


def refresh_pods(session: Session, pods: Iterable[Pod], addresses: Addresses, *, at: datetime) -> None:
    """Many pods in one transaction, cohort by cohort in one order, so that two of these never wait for one another."""
    of_cohorts: dict[Cohort, list[Pod]] = defaultdict(list)
    for pod in pods:
        of_cohorts[pod.cohort].append(pod)
    for cohort in sorted(of_cohorts, key=lambda each: each.id):
        hold(session, cohort)
        for pod in of_cohorts[cohort]:
            refresh_pod(session, pod, addresses, at=at)
        refresh_cohort(session, cohort, addresses, at=at)


def hand_out_to_host(
    session: Session, addresses: Addresses, host: Membership, about: Pod | Cohort | Community, *, at: datetime
) -> None:
    """Makes a host's own address of the calendar of a pod, a cohort or their whole community, ready to be read."""
    subject, content = _for_host(session, about, addresses)
    links.hand_out_host_feed(session, addresses, host, subject, at=at)
    if session.get(StoredFeed, (subject, FeedStyle.FLAT)) is None:
        _store(session, subject, content, at=at)


def event_file(session: Session, pod: Pod, enrolment: Enrolment, meeting: Meeting, addresses: Addresses) -> bytes:
    """One meeting in a member's own words, for calendars that cannot subscribe."""
    content = _of_member(PodCalendar(session, pod, addresses), enrolment)
    return calendars.event_file(content.feed, calendars.occurrence_uid(meeting.id, UID_HOST))


def events_file(session: Session, pod: Pod, enrolment: Enrolment, addresses: Addresses) -> bytes:
    """All meetings of a pod in a member's own words, as they are now."""
    return calendars.events_file(_of_member(PodCalendar(session, pod, addresses), enrolment).feed)


def _for_host(session: Session, about: Pod | Cohort | Community, addresses: Addresses) -> tuple[str, Content]:
    match about:
        case Pod():
            return subjects.pod(about.id), _of_pod(PodCalendar(session, about, addresses))
        case Cohort():
            return subjects.cohort(about.id), _of_cohort(session, about, addresses)
        case Community():
            return subjects.community(about.id), _of_community(session, about, addresses)


def end_for_member(session: Session, enrolment: Enrolment, addresses: Addresses, *, at: datetime) -> None:
    """Whoever left is told so by one event, which clears the others from their calendar."""
    _end(session, enrolment, "You left this pod", addresses, at=at)


def end_for_cohort(session: Session, cohort: Cohort, addresses: Addresses, *, at: datetime) -> None:
    """A cohort is over: the feeds of its members say so and end."""
    still_there = (Enrolment.cohort_id == cohort.id, Enrolment.state == EnrolmentState.ENROLLED)
    seated = select(Enrolment).join(Seat).where(*still_there).options(joinedload(Enrolment.seat))
    for enrolment in session.scalars(seated):
        _end(session, enrolment, f"{cohort.name} is over", addresses, at=at)
    refresh_cohort(session, cohort, addresses, at=at)


def notice(uid: str, title: str, zone: str, addresses: Addresses, *, changed_at: datetime) -> calendars.Feed:
    """A calendar of one event that says why there is nothing else, without any name of a pod."""
    return calendars.tombstone(
        uid=uid,
        name="Ended calendar",
        url=addresses.base_url,
        title=title,
        organizer_name="podsched",
        organizer_address=addresses.mail_from,
        changed_at=changed_at.replace(microsecond=0),
        timezone=zone,
    )


def in_place_of(feed: calendars.Feed, uids: Iterable[str]) -> calendars.Feed:
    """A notice for those who had repeating events: Thunderbird 153 shows one until the same UID comes again."""
    (event,) = feed.events
    return replace(feed, events=tuple(replace(event, uid=uid) for uid in uids) or feed.events)


def repeating(body: bytes) -> list[str]:
    """The UIDs of the repeating events in a feed of ours."""
    events = [event for event in body.decode().split("BEGIN:VEVENT")[1:] if "\r\nRRULE:" in event]
    return [event.split("\r\nUID:")[1].split("\r\n")[0] for event in events]


def _of_member(calendar: PodCalendar, enrolment: Enrolment) -> Content:
    page = calendar.addresses.page(f"/me/{enrolment.id}")
    events = calendar.for_member(enrolment)
    return _content(
        uid=calendars.feed_uid(enrolment.id, UID_HOST),
        name=f"{calendar.pod.name} pod",
        description=calendar.pod.cohort.purpose,
        url=page,
        events=events,
        series=calendar.series(events, calendar.about(page)),
        since=calendar.pod.created_at,
        zone=enrolment.timezone,
        unsettled_until=calendar.unsettled_until,
        addresses=calendar.addresses,
    )


def _of_pod(calendar: PodCalendar) -> Content:
    pod = calendar.pod
    page = calendar.addresses.page(f"/host/pods/{pod.id}")
    events = calendar.for_hosts()
    return _content(
        uid=calendars.feed_uid(pod.id, UID_HOST),
        name=f"{pod.name} pod",
        description=pod.cohort.purpose,
        url=page,
        events=events,
        series=calendar.series(events, calendar.about(page)),
        since=pod.created_at,
        zone=pod.cohort.timezone,
        unsettled_until=calendar.unsettled_until,
        addresses=calendar.addresses,
    )


def _of_cohort(session: Session, cohort: Cohort, addresses: Addresses) -> Content:
    events, series, unsettled_until = _of_pods(session, [cohort], addresses)
    return _content(
        uid=calendars.feed_uid(cohort.id, UID_HOST),
        name=cohort.name,
        description=cohort.purpose,
        url=addresses.page(f"/host/cohorts/{cohort.id}"),
        events=events,
        series=series,
        since=cohort.created_at,
        zone=cohort.timezone,
        unsettled_until=unsettled_until,
        addresses=addresses,
    )


def _of_community(session: Session, community: Community, addresses: Addresses) -> Content:
    running = select(Cohort).where(Cohort.community_id == community.id, Cohort.state == CohortState.RUNNING)
    cohorts = session.scalars(running.order_by(Cohort.starts_on, Cohort.id))
    events, series, unsettled_until = _of_pods(session, cohorts, addresses)
    return _content(
        uid=calendars.feed_uid(community.id, UID_HOST),
        name=community.name,
        description="All pods of this community.",
        url=addresses.page("/host"),
        events=events,
        series=series,
        since=community.created_at,
        zone=community.timezone,
        unsettled_until=unsettled_until,
        addresses=addresses,
    )


def _of_pods(
    session: Session, cohorts: Iterable[Cohort], addresses: Addresses
) -> tuple[list[calendars.Event], list[calendars.Series], datetime | None]:
    events: list[calendars.Event] = []
    series: list[calendars.Series] = []
    of_pods = [PodCalendar(session, pod, addresses) for pod in pods_of(session, cohorts)]
    for calendar in of_pods:
        ours = calendar.for_hosts()
        events += ours
        series += calendar.series(ours, calendar.about(addresses.page(f"/host/pods/{calendar.pod.id}")))
    return events, series, max((each.unsettled_until for each in of_pods if each.unsettled_until), default=None)


def _content(
    *,
    uid: str,
    name: str,
    description: str,
    url: str,
    events: list[calendars.Event],
    series: list[calendars.Series],
    since: datetime,
    zone: str,
    unsettled_until: datetime | None,
    addresses: Addresses,
) -> Content:
    """The calendar of these events; one that says so where there are none, for clients keep what an empty one leaves."""
    if not events:
        told = notice(uid, "No meeting is planned", zone, addresses, changed_at=since)
        return Content(told, [], tuple(each.uid for each in series), unsettled_until)
    feed = calendars.Feed(
        uid=uid,
        name=name,
        description=description,
        url=url,
        changed_at=max(event.changed_at for event in events),
        events=tuple(events),
        timezone=zone,
    )
    return Content(feed, series, unsettled_until=unsettled_until)


def _end(session: Session, enrolment: Enrolment, title: str, addresses: Addresses, *, at: datetime) -> None:
    subject, uid = subjects.member(enrolment.id), calendars.feed_uid(enrolment.id, UID_HOST)
    told = notice(uid, title, enrolment.timezone, addresses, changed_at=at)
    seat = session.get(Seat, enrolment.id)
    repeating_uids = (calendars.occurrence_uid(seat.pod_id, UID_HOST),) if seat else ()
    _store(session, subject, Content(told, [], replaces=repeating_uids), at=at)
    for stored in _stored(session, subject):
        stored.gone_at = at + TOMBSTONE_STANDS


def _stored(session: Session, subject: str) -> Iterable[StoredFeed]:
    return session.scalars(select(StoredFeed).where(StoredFeed.subject == subject))


def _is_read(session: Session, subject: str) -> bool:
    return bool(session.scalar(select(exists().where(AccessLink.shows == subject))))


def _store(session: Session, subject: str, content: Content, *, at: datetime) -> None:
    """Keeps what the feed would say in every style, unless it says the same; what cannot be rendered stays as it was."""
    try:
        _store_changes(session, subject, content, at=at)
    except calendars.CalendarError:
        log.exception("feed %s cannot be rendered and stays as it was", subject)


def _store_changes(session: Session, subject: str, content: Content, *, at: datetime) -> None:
    content = _paced(content, at)
    known = {stored.style: stored for stored in _stored(session, subject)}
    flat = known.get(FeedStyle.FLAT)
    if flat is not None and _says_the_same(known, _rendered(content, flat.changed_at)):
        return
    whole = at.replace(microsecond=0)
    changed_at = whole if flat is None else max(whole, flat.changed_at + _SECOND)
    for style, body in [*_rendered(content, changed_at)]:  # all of them, or none is stored
        stored = known.get(style)
        if stored is None:
            stored = StoredFeed(subject=subject, style=style)
            session.add(stored)
        stored.body = body
        stored.body_gzip = zipped(body)
        stored.etag = etag_of(body)
        stored.changed_at = changed_at
        stored.gone_at = None
    session.flush()


def _paced(content: Content, at: datetime) -> Content:
    """Asks calendars to look more often while a change may not have reached them in time."""
    if content.unsettled_until is None or content.unsettled_until <= at:
        return content
    return content._replace(feed=replace(content.feed, refresh=OFTEN))


def _says_the_same(known: Mapping[FeedStyle, StoredFeed], rendered: Iterable[tuple[FeedStyle, bytes]]) -> bool:
    """Looks no further than the first style that differs."""
    for style, body in rendered:
        stored = known.get(style)
        if stored is None or stored.gone_at is not None or stored.body != body:
            return False
    return True


def _rendered(content: Content, changed_at: datetime) -> Iterator[tuple[FeedStyle, bytes]]:
    """The calendar in every style, one after the other."""
    feed = replace(content.feed, changed_at=changed_at)
    if content.replaces is not None:
        # Its stamp follows the feed's, or a program would take a later notice for an older one.
        feed = replace(feed, events=tuple(replace(event, changed_at=changed_at) for event in feed.events))
    told_weekly = feed if content.replaces is None else in_place_of(feed, content.replaces)
    # A series and the notice that stood in its place share a UID: whichever comes later must look newer.
    series = [replace(each, changed_at=changed_at) for each in content.series]
    first, last = min(event.start for event in feed.events), max(event.end for event in feed.events)
    yield FeedStyle.FLAT, calendars.render(feed)
    yield FeedStyle.SERIES, calendars.render_series(told_weekly, series)
    yield FeedStyle.BUSY, calendars.render_busy(feed)
    yield FeedStyle.FREE_BUSY, calendars.render_freebusy(feed, start=first, end=last)


def zipped(body: bytes) -> bytes:
    """Gzipped, equal for equal bytes."""
    return gzip.compress(body, mtime=0)


def etag_of(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'
