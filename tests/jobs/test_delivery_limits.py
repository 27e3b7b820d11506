"""A mail that takes its sender down each time ends on the hosts' list instead of coming round for ever."""

import builders
from builders import AT
from sqlalchemy import select, update

from podsched.db import writing
from podsched.jobs.delivery import drain
from podsched.models import MailState, OutboxMail
from podsched.services import outbox


def test_a_mail_interrupted_too_often_is_given_up_in_words(app, house, time):
    time.set(AT)
    with writing(house.engine) as session:
        cohort = builders.opened(session, builders.found(session))
        builders.joined(session, cohort, 1)
        session.execute(update(OutboxMail).values(attempts=outbox.MOST_ATTEMPTS))
    drain(app)
    with writing(house.engine) as session:
        states = session.execute(select(OutboxMail.state, OutboxMail.reason).where(OutboxMail.due_at <= AT)).all()
    assert states == [(MailState.DEAD, "Sending it was interrupted too often.")]
