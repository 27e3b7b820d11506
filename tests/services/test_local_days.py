"""One check-in a local day, whatever becomes of the member's place and of the clock of the machine."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import builders
import pytest
from sqlalchemy import func, select

from podsched.app import house_of
from podsched.db import reading, writing
from podsched.jobs.periodic import tick
from podsched.models import Enrolment, MailKind, MailState, OutboxMail
from podsched.services import checkins, joining

MONDAY = date(2027, 1, 18)
MOVES = [
    ("Europe/Berlin", "America/New_York"),
    ("America/New_York", "Europe/Berlin"),
    ("Europe/Berlin", "Pacific/Apia"),
    ("Pacific/Apia", "Pacific/Honolulu"),
    ("Pacific/Honolulu", "Pacific/Apia"),
    ("Asia/Kathmandu", "Africa/Casablanca"),
    ("Australia/Lord_Howe", "America/Santiago"),
]


def local(day, hour, zone):
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def walk(session, start, end):
    """The clock's work at each instant that is due."""
    at = start
    while at is not None and at <= end:
        checkins.plan_due(session, at=at)
        at = session.scalar(select(func.min(Enrolment.next_checkin_at)))


@pytest.mark.parametrize(("old", "new"), MOVES)
def test_whoever_moves_at_noon_gets_no_second_mail_for_that_day(session, house, old, new):
    pod = builders.published(session, house.addresses, timezone=old)[0]
    member = builders.members_of(session, pod)[0]
    walk(session, local(MONDAY, 9, old), noon := local(MONDAY, 12, old))
    about = replace(builders.joiner(1).about, timezone=new)
    joining.change_about(session, member, about, at=noon)
    walk(session, noon, local(MONDAY + timedelta(days=4), 23, new))
    days = [f"2027-01-{day}" for day in range(18, 23)]
    rows = session.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.CHECK_IN)).all()
    theirs = {row.about["day"]: row.due_at for row in rows if row.membership_id == member.membership_id}
    asked = Counter(row.about["day"] for row in rows if row.membership_id == member.membership_id)
    assert asked == dict.fromkeys(days, 1)
    first, *others = days[1:]
    nine = {day: local(date.fromisoformat(day), 9, new) for day in days[1:]}
    assert theirs[first] == max(nine[first], noon)  # whoever arrives after nine is asked at once
    assert [theirs[day] for day in others] == [nine[day] for day in others]


@pytest.mark.parametrize(
    ("old", "new", "at", "minute", "asked_at"),
    [
        ("America/New_York", "Europe/Berlin", 6, 540, 6),
        ("Europe/Berlin", "Europe/Berlin", 12, 15 * 60, 12),
        ("America/New_York", "Europe/Berlin", 1, 540, 3),
        ("America/New_York", "Asia/Kathmandu", 11, 720, None),
        ("Europe/Berlin", "America/New_York", 8, 540, 15),
    ],
    ids=["to the east", "to an earlier hour", "before the hour", "into the night", "to the west"],
)
def test_a_day_is_not_lost_by_passing_its_hour_on_the_way(session, house, old, new, at, minute, asked_at):
    """In hours of the old place, on Monday before anybody was asked: from ``minute`` there to nine in the new place."""
    pod = builders.published(session, house.addresses, timezone=old, checkin_minute=minute)[0]
    member = builders.members_of(session, pod)[0]
    moment = local(MONDAY, at, old)
    joining.change_about(session, member, replace(builders.joiner(1).about, timezone=new), at=moment)
    walk(session, moment, local(MONDAY, 23, new))
    rows = session.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.CHECK_IN)).all()
    due = {row.about["day"]: row.due_at for row in rows if row.membership_id == member.membership_id}
    assert due == ({} if asked_at is None else {"2027-01-18": local(MONDAY, asked_at, old)})


def sent(app):
    with reading(house_of(app).engine) as session:
        rows = session.scalars(select(OutboxMail).where(OutboxMail.state == MailState.SENT))
        return Counter((row.membership_id, row.kind, row.occurrence) for row in rows), len(
            list((house_of(app).settings.mailbox / "new").iterdir())
        )


def test_a_clock_that_jumps_back_an_hour_sends_nothing_twice_and_waits_for_nothing(app, time):
    """A machine that was an hour ahead sends early and is put right: what comes next is neither doubled nor late."""
    with writing(house_of(app).engine) as session:
        pod = builders.published(session, house_of(app).addresses)[0]
        late = builders.members_of(session, pod)[5]
        joining.change_about(session, late, replace(builders.joiner(6).about, checkin_minute=570), at=builders.AT)
    nine = local(MONDAY, 9, builders.HOME)
    time.set(nine + timedelta(seconds=10))
    for _ in range(2):
        tick(app)
        time.move(seconds=10)
    before = sent(app)
    assert before[1] == 5  # five of six are asked at nine; the letters of two weeks ago are stale
    time.set(nine - timedelta(hours=1))
    while time.at < nine + timedelta(minutes=29):
        tick(app)
        time.move(minutes=10)
    assert sent(app) == before
    time.set(nine + timedelta(minutes=30))
    tick(app)
    after, letters = sent(app)
    assert (letters, sum(after.values()), set(after.values())) == (6, 6, {1})
