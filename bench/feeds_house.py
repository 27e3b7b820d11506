"""The installation that feeds are measured on: a cohort made through the services, in a folder of its own.

The cast comes from the builders of the tests (``tests/builders.py``), so that whatever is measured here can be asked
for again in a test.
"""

from __future__ import annotations

import pickle
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

import calendars
from bench.feeds_app import FEEDS
from bench.measuring import tests_module, without_settings
from podsched import house, migrations, settings
from podsched.db import writing
from podsched.domain import subjects
from podsched.models import Meeting, Pod
from podsched.services import feeds, meetings, publishing, rotation
from podsched.services.feed_events import PodCalendar, pods_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from podsched.models import Cohort, Enrolment
    from podsched.services.links import Addresses

SITE = "pods.example.org"
#: Of one member of a pod, and of a host who looks at a whole cohort.
MEMBER, HOST = "member", "host"


@dataclass(frozen=True, slots=True)
class Size:
    """How large the cohort is; ``most`` events are in the host's calendar, other weeks are cancelled."""

    pods: int
    members: int
    weeks: int
    most: int


@dataclass(frozen=True, slots=True)
class Built:
    """An installation, and where each of its two calendars is read."""

    environ: dict[str, str]
    engine: Engine
    addresses: Addresses
    paths: dict[str, str]
    feeds: dict[str, calendars.Feed]


@contextmanager
def built(folder: Path, size: Size) -> Iterator[Built]:
    """A database made by the migrations with a published cohort in it; ``folder`` is its ``var``."""
    environ = _environ(folder)
    ours = house.build(settings.read(environ))
    try:
        migrations.upgrade(ours.engine)
        with writing(ours.engine) as session:
            paths, values = _published(session, ours.addresses, size)
        (folder / "feeds.pickle").write_bytes(pickle.dumps(values))
        yield Built(environ, ours.engine, ours.addresses, paths, values)
    finally:
        ours.engine.dispose()


def changed(session: Session, weeks: int | None = None) -> Pod:
    """The last pod, just after every week of it changed; with so many weeks, if more are asked for than it has."""
    pod = session.scalars(select(Pod).order_by(Pod.number.desc())).first()
    assert pod is not None
    last = pod.meetings[-1]
    for week in range(last.week + 1, (weeks or 0) + 1):
        pod.meetings.append(_later(last, week))
    pod.room_url = "https://meet.example.org/another-room"
    for meeting in pod.meetings:
        rotation.mark_changed(meeting, at=last.changed_at)
    session.flush()
    return pod


def _later(last: Meeting, week: int) -> Meeting:
    by = timedelta(weeks=week - last.week)
    return Meeting(
        week=week,
        starts_at=last.starts_at + by,
        slot_at=last.slot_at + by,
        ends_at=last.ends_at + by,
        created_at=last.created_at,
        changed_at=last.changed_at,
    )


def _environ(folder: Path) -> dict[str, str]:
    return without_settings() | {
        "PODSCHED_VAR": str(folder),
        "PODSCHED_BASE_URL": f"https://{SITE}",
        "REDIS_URL": "redis://127.0.0.1:1/0",  # nobody answers there, and reading calendars needs no queue
        FEEDS: str(folder / "feeds.pickle"),
    }


def _published(session: Session, addresses: Addresses, size: Size) -> tuple[dict[str, str], dict[str, calendars.Feed]]:
    make = tests_module("builders")
    host = make.found(session)
    people = size.pods * size.members
    cohort = make.opened(session, host, weeks=size.weeks, cap=people)
    make.joined(session, cohort, people)
    run = make.proposed(session, cohort, host, pods=size.pods)
    pods = publishing.publish(session, run, addresses, at=make.AT)
    for pod in pods:
        meetings.set_room(session, pod, f"https://meet.example.org/room-{pod.number}", addresses, at=make.AT)
    for meeting in _too_many(pods, size.most):
        meetings.cancel(session, meeting, addresses, at=make.AT)
    feeds.hand_out_to_host(session, addresses, host, cohort, at=make.AT)
    reader = make.members_of(session, pods[-1])[0]
    tokens = {
        MEMBER: addresses.feed_token(reader),
        HOST: addresses.host_feed_token(host, subjects.cohort(cohort.id)),
    }
    values = {MEMBER: _of_member(session, pods[-1], reader, addresses), HOST: _of_host(session, cohort, addresses)}
    return {name: f"/f/{token}.ics" for name, token in tokens.items()}, values


def _too_many(pods: list[Pod], most: int) -> list[Meeting]:
    """The last weeks of the first pods; the last pod stays whole."""
    too_many = sum(len(pod.meetings) for pod in pods) - most
    return [pod.meetings[-1] for pod in pods[: max(too_many, 0)]]


def _of_member(session: Session, pod: Pod, enrolment: Enrolment, addresses: Addresses) -> calendars.Feed:
    return _feed(enrolment.timezone, PodCalendar(session, pod, addresses).for_member(enrolment))


def _of_host(session: Session, cohort: Cohort, addresses: Addresses) -> calendars.Feed:
    pods = pods_of(session, [cohort])
    return _feed(cohort.timezone, [event for pod in pods for event in PodCalendar(session, pod, addresses).for_hosts()])


def _feed(zone: str, events: list[calendars.Event]) -> calendars.Feed:
    """The events that are served, as the value from which a feed is rendered."""
    return calendars.Feed(
        uid="feed-of-the-bench@podsched",
        name="A calendar",
        url=f"https://{SITE}/",
        timezone=zone,
        events=tuple(events),
        changed_at=max(event.changed_at for event in events),
    )
