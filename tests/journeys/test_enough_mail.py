"""Eight weeks of people who want all mail there is and answer none of it: still one scheduled mail a day, none at night.

Each gets invitations and nudges, misses every check-in, lives over two changes of the clock, and one of them is a host.
Nothing is lost for it: what should come is reckoned from the zones.
"""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise
from zoneinfo import ZoneInfo

import builders
import pytest
from sqlalchemy import select

from podsched.models import Enrolment, MailKind, MailState
from podsched.services import (
    checkins,
    digest,
    letters,
    missed,
    notices,
    outbox,
    people,
    publishing,
    reminders,
    stops,
)

FIRST, WEEKS = date(2027, 3, 8), 8
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Africa/Casablanca",
    "Pacific/Apia",
)
START, END = datetime(2027, 2, 27, tzinfo=UTC), datetime(2027, 5, 4, tzinfo=UTC)
SCHEDULED = {
    MailKind.RETRO_TOMORROW,
    MailKind.MISSED,
    MailKind.CLOCK_CHANGE,
    MailKind.INVITATION,
    MailKind.DIGEST,
}
#: In the order in which the clock does them.
PLANS = (
    partial(builders.for_cohorts, reminders.plan_retro_mail),
    digest.plan,
    partial(builders.for_cohorts, missed.plan),
    partial(builders.for_cohorts, notices.plan_invitations),
    partial(builders.for_cohorts, notices.plan_clock_changes),
    checkins.plan_due,
)
#: The others are done every two hours.
HOURLY = (digest.plan, checkins.plan_due)


@pytest.fixture
def pod(session, house):
    host = builders.found(session)
    cohort = builders.opened(session, host, starts_on=FIRST, answers_until=date(2027, 2, 26), weeks=WEEKS)
    for zone in ZONES:
        (member,) = builders.joined(session, cohort, 1, timezone=zone)
        member.nudges = member.invites = True
    first = session.scalars(select(Enrolment).order_by(Enrolment.joined_at)).first().membership
    people.add_host(session, first.community, email=first.person.email, name=first.person.name, at=builders.AT)
    (pod,) = publishing.publish(session, builders.proposed(session, cohort, host), house.addresses, at=builders.AT)
    _send(session, house, START)
    return pod


def _send(session, house, at):
    """What is due leaves if it is wanted: (membership, kind) of each that did."""
    left = []
    while claims := outbox.claim(session, at=at):
        for claim, mail in outbox.held(session, claims).items():
            fresh = mail.expires_at > at and letters.compose(session, mail, house.addresses, at=at) is not None
            outbox.settle(session, [claim], MailState.SENT if fresh else MailState.DROPPED, at=at)
            left += [(mail.membership_id, mail.kind)] if fresh else []
    return left


def _live(session, house):
    """Hour by hour; (member number, kind, local time) of every mail."""
    zones = {one.membership_id: (number, one.timezone) for number, one in enumerate(_members(session))}
    got, at = [], START
    while at < END:
        for plan in PLANS if at.hour % 2 == 0 else HOURLY:
            plan(session, at=at)
        for membership, kind in _send(session, house, at):
            if membership in zones:
                number, zone = zones[membership]
                got.append((number, kind, at.astimezone(ZoneInfo(zone))))
        at += timedelta(hours=1)
    return got


def _members(session):
    return session.scalars(select(Enrolment).order_by(Enrolment.joined_at)).all()


def test_nobody_gets_two_scheduled_mails_a_day_and_nothing_is_lost_for_it(session, house, pod):
    got = _live(session, house)
    by_day = Counter((number, wall.date()) for number, kind, wall in got if kind in SCHEDULED)
    assert {found for found in by_day.items() if found[1] > 1} == set()
    per_day = Counter((number, kind, wall.date()) for number, kind, wall in got)
    assert set(per_day.values()) == {1}
    assert {wall.hour for _, kind, wall in got if kind in {*SCHEDULED, MailKind.NUDGE}} <= set(range(8, 21))
    everyone = Counter(dict.fromkeys(range(len(ZONES)), 1))
    of_kind = Counter((kind, number) for number, kind, _ in got)
    for number in everyone:
        assert of_kind[MailKind.RETRO_TOMORROW, number] == WEEKS
        assert of_kind[MailKind.INVITATION, number] == WEEKS
        assert of_kind[MailKind.CHECK_IN, number] == of_kind[MailKind.NUDGE, number] == 5 * WEEKS
        assert of_kind[MailKind.MISSED, number] == 1
        assert of_kind[MailKind.CLOCK_CHANGE, number] == _clock_changes(pod, ZONES[number])
    # The first Monday with something to look after is that of the second week: no pod has a recap.
    assert [of_kind[MailKind.DIGEST, number] for number in everyone] == [WEEKS, *[0] * (len(ZONES) - 1)]
    _weeks_are_as_told(session, got)


def _clock_changes(pod, zone):
    walls = [meeting.slot_at.astimezone(ZoneInfo(zone)) for meeting in pod.meetings]
    return sum((a.weekday(), a.time()) != (b.weekday(), b.time()) for a, b in pairwise(walls))


def _weeks_are_as_told(session, got):
    """No week holds more than the page says, apart from what it names as out of the ordinary."""
    unusual = {MailKind.MISSED, MailKind.CLOCK_CHANGE, MailKind.DIGEST}
    for number, member in enumerate(_members(session)):
        most = stops.wishes(session, member).most - 1  # no retro was held, so there is no recap
        weeks = Counter(
            (wall.date() - FIRST).days // 7 for one, kind, wall in got if one == number and kind not in unusual
        )
        assert max(weeks.values()) == most
