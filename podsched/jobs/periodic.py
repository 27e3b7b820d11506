"""Periodic work: a list of data. When each is due lives in the database, so two clocks never do it twice."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event

from flask import Flask
from sqlalchemy import or_, select
from sqlalchemy.exc import OperationalError

from podsched import clock
from podsched.app import house_of
from podsched.db import insert_into, reading, writing
from podsched.house import House
from podsched.jobs.delivery import drain
from podsched.models import Cohort, PeriodicWork
from podsched.services import (
    checkins,
    cohorts,
    digest,
    feeds,
    forming,
    missed,
    notices,
    outbox,
    recaps,
    reminders,
    retros,
    rotation,
)

log = logging.getLogger(__name__)
TICK_SECONDS = 5.0
#: For so long the clock may send mail itself before it looks after its other work.
IN_THE_CLOCK = 20.0


Work = Callable[[Flask, datetime], None]


@dataclass(frozen=True, slots=True)
class Periodic:
    name: str
    every: timedelta
    work: Work


def _plan_check_ins(app: Flask, at: datetime) -> None:
    while _plan_some_check_ins(app, at):  # batch by batch, so that nobody else waits long for the database
        pass


def _plan_some_check_ins(app: Flask, at: datetime) -> bool:
    with writing(house_of(app).engine) as session:
        return checkins.plan_due(session, at=at) > 0


def _ring_for_mail(app: Flask, at: datetime) -> None:
    house = house_of(app)
    with reading(house.engine) as session:
        due = outbox.has_due(session, at=at)
    if due and not house.bells.ring_mail():
        drain(app, seconds=IN_THE_CLOCK)  # no Redis: the clock sends by itself, slower


def _sweep_forming(app: Flask, at: datetime) -> None:
    house = house_of(app)
    with writing(house.engine) as session:
        waiting = forming.sweep(session, at=at)
    for run_id in waiting:
        house.bells.ring_forming(run_id)


def _draw_missing_roles(app: Flask, at: datetime) -> None:
    house = house_of(app)
    with writing(house.engine) as session:
        for cohort, missing in rotation.without_roles(session, at=at).items():
            feeds.hold(session, cohort)
            for pod, week in missing:
                rotation.assign(session, pod, week=week, at=at)
                feeds.refresh_pod(session, pod, house.addresses, at=at)
            feeds.refresh_cohort(session, cohort, house.addresses, at=at)


def _by_cohort(decide: Callable[..., object]) -> Work:
    """Work on running cohorts, each in a transaction of its own: short ones, and what fails for one stops no other."""

    def work(app: Flask, at: datetime) -> None:
        house = house_of(app)
        with reading(house.engine) as session:
            running = cohorts.running_ids(session)
        for cohort_id in running:
            try:
                with writing(house.engine) as session:
                    decide(session, session.get_one(Cohort, cohort_id), at=at)
            except OperationalError:
                raise
            except Exception:
                log.exception("cohort %s is left out", cohort_id)

    return work


def _in_one(decide: Callable[..., object], *, with_addresses: bool = False) -> Work:
    """Work that is done in one transaction, by a service that may need to make addresses."""

    def work(app: Flask, at: datetime) -> None:
        house = house_of(app)
        with writing(house.engine) as session:
            decide(session, *([house.addresses] if with_addresses else []), at=at)

    return work


WORK = (
    # First what somebody waits for at this minute.
    Periodic("sweep-forming", timedelta(seconds=10), _sweep_forming),
    Periodic("plan-check-ins", timedelta(seconds=10), _plan_check_ins),
    Periodic("ring-for-mail", timedelta(seconds=10), _ring_for_mail),
    Periodic("settle-feeds", timedelta(hours=1), _in_one(feeds.settle, with_addresses=True)),
    Periodic("close-ended-cohorts", timedelta(hours=1), _in_one(cohorts.close_ended, with_addresses=True)),
    # Mail that belongs to one day comes before mail that takes any free one.
    Periodic("plan-retro-mail", timedelta(hours=2), _by_cohort(reminders.plan_retro_mail)),
    Periodic("ask-for-missing-times", timedelta(minutes=10), _in_one(reminders.plan_times_missing)),
    Periodic("plan-host-digests", timedelta(minutes=10), _in_one(digest.plan)),
    Periodic("notice-missed-check-ins", timedelta(hours=2), _by_cohort(missed.plan)),
    Periodic("plan-invitations", timedelta(hours=2), _by_cohort(notices.plan_invitations)),
    Periodic("plan-clock-changes", timedelta(hours=2), _by_cohort(notices.plan_clock_changes)),
    Periodic("draw-missing-roles", timedelta(minutes=10), _draw_missing_roles),
    Periodic("close-forgotten-retros", timedelta(minutes=5), _in_one(retros.close_forgotten, with_addresses=True)),
    Periodic("send-overdue-recaps", timedelta(minutes=5), _in_one(recaps.send_overdue, with_addresses=True)),
)


def tick(app: Flask) -> None:
    """Does what is due now; a piece that fails is logged and comes round again."""
    house = house_of(app)
    for periodic in _due(house, clock.now()):
        at = clock.now()
        try:
            if _is_mine(house, periodic, at):
                periodic.work(app, at)
        except OperationalError as busy:
            log.warning("%s: the database is away or busy: %s", periodic.name, busy.orig)
        except Exception:  # one piece of work must not stop the clock for the others
            log.exception("%s failed", periodic.name)


def _due(house: House, at: datetime) -> list[Periodic]:
    """What seems due, by one look at all; whether it is ours to do is asked for each."""
    try:
        with reading(house.engine) as session:
            rows = {row.name: row for row in session.scalars(select(PeriodicWork))}
    except OperationalError as busy:
        log.warning("the clock waits: the database is away or busy: %s", busy.orig)
        return []
    return [work for work in WORK if work.name not in rows or not _must_wait(rows[work.name], work, at)]


def _is_mine(house: House, periodic: Periodic, at: datetime) -> bool:
    """Whoever writes down when it is due next does it now; another clock finds that written."""
    row = insert_into(PeriodicWork, house.engine.dialect).values(name=periodic.name, next_at=at + periodic.every)
    is_due = or_(PeriodicWork.next_at <= at, PeriodicWork.next_at > at + periodic.every)
    taken = row.on_conflict_do_update(index_elements=["name"], set_={"next_at": row.excluded.next_at}, where=is_due)
    with writing(house.engine) as session:
        return session.scalar(taken.returning(PeriodicWork.name)) is not None


def _must_wait(row: PeriodicWork, periodic: Periodic, at: datetime) -> bool:
    """Work that seems due later than its interval was planned by a clock that ran ahead: it does not wait for it."""
    return at < row.next_at <= at + periodic.every


def run_clock(app: Flask, stopping: Event) -> None:
    while not stopping.is_set():
        tick(app)
        stopping.wait(TICK_SECONDS)
