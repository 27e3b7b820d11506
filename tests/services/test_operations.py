"""What a monitor is told, on both databases, and that every question about mail has an index under it."""

import re
import uuid
from datetime import timedelta

import builders
import pytest
from sqlalchemy import event, select

from podsched.db import reading, writing
from podsched.models import FeedStyle, MailKind, MailState, OutboxMail, PeriodicWork, RunState
from podsched.services import operations, outbox

AT = builders.AT + timedelta(days=2)
pytestmark = pytest.mark.usefixtures("time")


@pytest.fixture
def mails(each_house):
    """Twelve mails, six receipts and then six reveals, all long due; change them as rows."""
    with writing(each_house.engine) as session:
        builders.published(session, each_house.addresses)

    def change(*changes):
        with writing(each_house.engine) as session:
            rows = session.scalars(select(OutboxMail).order_by(OutboxMail.kind.desc(), OutboxMail.id)).all()
            for mail, values in zip(rows, changes, strict=False):
                for name, value in values.items():
                    setattr(mail, name, value)

    return change


def sent(late, ago):
    """Sent so many seconds late, so long ago."""
    return {"state": MailState.SENT, "sent_at": AT - ago, "due_at": AT - ago - timedelta(seconds=late)}


def told(house, at=AT):
    with reading(house.engine) as session:
        return operations.mails(session, at=at)


def test_mails_are_counted_by_state_and_kind(each_house, mails):
    hour = timedelta(hours=1)
    mails(
        {"state": MailState.DEAD, "due_at": AT - hour * 23}, {"state": MailState.DEAD, "due_at": AT - hour * 25},
        {"state": MailState.DROPPED, "due_at": AT - hour / 2}, {"state": MailState.DROPPED, "due_at": AT - hour * 2},
        {"state": MailState.CLAIMED, "lease_until": AT + hour},
    )  # fmt: skip
    found = told(each_house)
    assert {state: sum(kinds.values()) for state, kinds in found.open.items()} == {
        MailState.WAITING: 7, MailState.CLAIMED: 1, MailState.DEAD: 2
    }  # fmt: skip
    assert found.open[MailState.WAITING] == dict.fromkeys(MailKind, 0) | {MailKind.RECEIPT: 1, MailKind.POD_REVEAL: 6}
    assert (found.dead_in_a_day, found.dropped[MailKind.RECEIPT], sum(found.sent.values())) == (1, 1, 0)


def test_the_oldest_due_is_what_waits_or_was_abandoned_and_is_not_stale(each_house, mails):
    minute = timedelta(minutes=1)
    later = {"due_at": AT + minute}
    stale = {"due_at": AT - minute * 50, "expires_at": AT}
    being_sent = {"state": MailState.CLAIMED, "due_at": AT - minute * 40, "lease_until": AT + minute}
    abandoned = {"state": MailState.CLAIMED, "due_at": AT - minute * 30, "lease_until": AT}
    waiting = {"due_at": AT - minute * 20}
    mails(stale, being_sent, *[later] * 10)
    assert told(each_house).oldest_due_seconds == 0
    mails(stale, being_sent, waiting, *[later] * 9)
    assert told(each_house).oldest_due_seconds == 20 * 60
    mails(stale, being_sent, waiting, abandoned, *[later] * 8)
    assert told(each_house).oldest_due_seconds == 30 * 60


def test_lag_is_told_by_nearest_rank_of_the_last_hour(each_house, mails):
    assert told(each_house).lag_seconds == {}
    mails(sent(9000, timedelta(hours=2)), *(sent(late, timedelta(minutes=5)) for late in (40, 10, 30, 20)))
    assert told(each_house).lag_seconds == pytest.approx({50: 20, 95: 40, 100: 40}, abs=0.001)
    put_off = sent(10, timedelta(minutes=5)) | {"first_due_at": AT - timedelta(minutes=10)}
    mails(put_off, *(sent(late, timedelta(minutes=5)) for late in (10, 10, 10)))
    assert told(each_house).lag_seconds == pytest.approx({50: 10, 95: 300, 100: 300}, abs=0.001)
    mails({"first_due_at": None})
    mails(*(sent(late / 4, timedelta(minutes=59)) for late in range(12)))
    assert told(each_house).lag_seconds == pytest.approx({50: 5 / 4, 95: 11 / 4, 100: 11 / 4}, abs=0.001)
    assert told(each_house).sent[MailKind.POD_REVEAL] == 6


def test_runs_feeds_and_periodic_work(each_house, mails):
    with writing(each_house.engine) as session:
        session.add(PeriodicWork(name="late", next_at=AT - timedelta(minutes=2)))
        session.add(PeriodicWork(name="early", next_at=AT + timedelta(minutes=2)))
    with reading(each_house.engine) as session:
        runs, feeds = operations.forming_runs(session), operations.feeds_stored(session)
        assert operations.overdue_seconds(session, at=AT) == {"early": 0, "late": 120}
    assert runs == dict.fromkeys(RunState, 0) | {RunState.PUBLISHED: 1}
    assert feeds[FeedStyle.FLAT] == feeds[FeedStyle.FREE_BUSY] >= 6


def test_no_question_about_mail_reads_the_whole_table(each_house, mails):
    asked = []
    with reading(each_house.engine) as session:
        if each_house.engine.dialect.name == "postgresql":  # so few rows are read faster without an index
            session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))
        operations.mails(session, at=AT)
        outbox.has_due(session, at=AT)
        outbox.oldest_due(session, at=AT)
        outbox.dead(session, uuid.uuid4())
        questions = [*asked]
        explain = "EXPLAIN " if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
        plans = [str(connection.exec_driver_sql(explain + text, values).all()) for text, values in questions]
    assert len(plans) == 11
    # A scan of the index alone is one of the mails that have not left.
    whole = re.compile(r"Seq Scan on outbox|SCAN outbox(?! USING INDEX ix_outbox_(unsent|due))")
    assert [plan for plan in plans if whole.search(plan)] == []
    assert [plan for plan in plans if not re.search("ix_outbox_(unsent|sent|due)", plan)] == []
