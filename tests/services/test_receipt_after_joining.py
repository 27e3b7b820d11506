"""Whoever joins and closes the page still gets their link; whoever goes on gets one receipt."""

from datetime import timedelta

import builders
import pytest
from builders import AT
from sqlalchemy import select

from podsched.db import writing
from podsched.jobs.delivery import drain
from podsched.models import MailState, OutboxMail


@pytest.mark.parametrize(("times", "sent"), [("", [MailState.SENT]), (builders.TIMES, [MailState.SENT])])
def test_the_link_follows_after_twenty_minutes_unless_times_came(app, house, time, times, sent):
    with writing(house.engine) as session:
        cohort = builders.opened(session, builders.found(session))
        builders.joined(session, cohort, 1, times=times)
    time.set(AT + timedelta(minutes=21))
    drain(app)
    with writing(house.engine) as session:
        assert sorted(session.scalars(select(OutboxMail.state))) == sent
