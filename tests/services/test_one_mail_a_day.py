"""One scheduled mail a day, whatever several clocks decide at once, on both databases."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import builders
import pytest
from sqlalchemy import select

from podsched.db import reading, writing
from podsched.domain.budget import mornings
from podsched.models import Enrolment, MailKind, OutboxMail
from podsched.services import digest, missed, reminders
from podsched.services.scheduling import Scheduled, schedule

MONDAY = datetime(2027, 1, 18, 8, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("time")


@pytest.fixture
def pod(each_house):
    with writing(each_house.engine) as session:
        return builders.published(session, each_house.addresses)[0]


def days(house):
    with reading(house.engine) as session:
        rows = session.execute(
            select(OutboxMail.membership_id, OutboxMail.on_day).where(OutboxMail.on_day.is_not(None))
        )
        return Counter((membership, day) for membership, day in rows)


def test_mails_that_want_the_same_day_at_once_get_days_of_their_own(each_house, pod):
    kinds = [MailKind.MISSED, MailKind.CLOCK_CHANGE, MailKind.INVITATION]

    def want(kind):
        def put():
            with writing(each_house.engine) as session:
                (member, *_) = session.scalars(select(Enrolment).order_by(Enrolment.joined_at))
                options = mornings(MONDAY, "Europe/Berlin", until=MONDAY + timedelta(days=5))
                about = {"enrolment": member.id.hex}
                mail = Scheduled(
                    kind,
                    member.membership,
                    "x",
                    about,
                    zone="Europe/Berlin",
                    options=options,
                    until=MONDAY + timedelta(days=6),
                )
                return schedule(session, mail, at=MONDAY)

        return put

    due = builders.at_once(*map(want, [*kinds, *kinds]))
    assert sorted(at for at in due if at) == [MONDAY + timedelta(days=number) for number in range(3)]
    assert (len(days(each_house)), set(days(each_house).values())) == (3, {1})


def test_clocks_that_plan_at_once_decide_on_each_mail_once(each_house, pod):
    def plan():
        with writing(each_house.engine) as session:
            builders.for_cohorts(reminders.plan_retro_mail, session, at=MONDAY - timedelta(days=1))
        with writing(each_house.engine) as session:
            builders.for_cohorts(missed.plan, session, at=MONDAY)
            digest.plan(session, at=MONDAY)

    assert builders.at_once(plan, plan, plan) == [None] * 3
    assert (len(days(each_house)), set(days(each_house).values())) == (6, {1})
