"""What a dead process leaves behind is read once, and nobody else's."""

import uuid
from contextlib import suppress

import builders
import pytest
from builders import AT
from sqlalchemy import select

from podsched.app import house_of
from podsched.db import reading, writing
from podsched.jobs import journal
from podsched.jobs.delivery import drain, recover
from podsched.models import MailState, OutboxMail
from podsched.services import outbox
from podsched.services.outbox import Claim

ONE, TWO, THREE = (Claim(uuid.UUID(int=number), number) for number in (1, 2, 3))


class Died(Exception):
    """As if the process had ended here."""


def left(folder):
    with journal.left_behind(folder) as found:
        return [(each.taken, each.accepted) for each in found]


def die(folder, *accepted, taken=(ONE, TWO, THREE)):
    with suppress(Died), journal.opened(folder) as kept:
        kept.batch(taken)
        for claim in accepted:
            kept.accept(claim)
        raise Died


def test_what_was_accepted_and_what_was_only_taken_are_told_apart_and_read_once(tmp_path):
    die(tmp_path, ONE)
    assert left(tmp_path) == [({TWO, THREE}, {ONE})]
    assert left(tmp_path) == []


def test_the_journal_of_a_living_process_is_left_alone(tmp_path):
    with journal.opened(tmp_path) as kept:
        kept.batch([ONE])
        assert left(tmp_path) == []
        kept.clear()
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_a_new_batch_begins_the_journal_anew(tmp_path):
    with suppress(Died), journal.opened(tmp_path) as kept:
        kept.batch([ONE])
        kept.accept(ONE)
        kept.batch([TWO])
        raise Died
    assert left(tmp_path) == [({TWO}, set())]


def test_it_stays_when_taking_care_of_it_fails(tmp_path):
    die(tmp_path, ONE)
    with pytest.raises(Died), journal.left_behind(tmp_path):
        raise Died
    assert left(tmp_path) == [({TWO, THREE}, {ONE})]


@pytest.mark.parametrize("cut", range(1, 43))
def test_a_line_that_was_cut_off_says_nothing(tmp_path, cut):
    die(tmp_path, ONE, taken=(ONE, TWO))
    (path,) = tmp_path.glob("*.journal")
    path.write_bytes(path.read_bytes()[:-cut])
    ((taken, accepted),) = left(tmp_path)
    assert (taken, accepted) == ({ONE, TWO}, set())


def test_no_folder_is_nothing_left_behind(tmp_path):
    assert left(tmp_path / "never") == []


@pytest.fixture
def claims(app, time):
    with writing(house_of(app).engine) as session:
        builders.published(session, house_of(app).addresses)
    with writing(house_of(app).engine) as session:
        return outbox.claim(session, at=AT)


def states(app):
    with reading(house_of(app).engine) as session:
        return {mail.id: mail.state for mail in session.scalars(select(OutboxMail))}


def test_accepted_is_sent_and_the_rest_waits_for_nobody(app, claims):
    folder = house_of(app).settings.var / "sending"
    die(folder, claims[0], taken=claims)
    recover(house_of(app))
    now = states(app)
    assert now.pop(claims[0].id) is MailState.SENT
    assert set(now.values()) == {MailState.WAITING}
    drain(app)
    assert set(states(app).values()) == {MailState.SENT}
    assert len(list((house_of(app).settings.mailbox / "new").iterdir())) == len(claims) - 1


def test_what_another_has_taken_over_meanwhile_is_theirs(app, claims, time):
    die(house_of(app).settings.var / "sending", claims[0], taken=claims)
    time.move(seconds=outbox.LEASE.total_seconds())
    with writing(house_of(app).engine) as session:
        taken_over = outbox.claim(session, at=time.at)
    recover(house_of(app))
    assert set(states(app).values()) == {MailState.CLAIMED}
    with writing(house_of(app).engine) as session:
        assert outbox.renew(session, taken_over, at=time.at) == set(taken_over)
