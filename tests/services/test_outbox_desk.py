"""Looking after the outbox, on both databases."""

import uuid
from datetime import timedelta

import builders
import pytest
from sqlalchemy import select, update

from podsched.db import reading, writing
from podsched.errors import Faults
from podsched.models import MailKind, MailState, OutboxMail
from podsched.services import outbox, outbox_desk
from podsched.services.outbox_desk import Wish

pytestmark = pytest.mark.usefixtures("time")


@pytest.fixture
def mails(each_house):
    """The twelve mails of a published pod: five receipts, one in each state; the others wait."""
    with writing(each_house.engine) as session:
        builders.published(session, each_house.addresses)
        found = session.scalars(select(OutboxMail).order_by(OutboxMail.kind.desc(), OutboxMail.id)).all()
        for mail, state in zip(found, MailState, strict=False):
            mail.state = state
            mail.sent_at = builders.AT if state is MailState.SENT else None
            mail.lease_until = builders.AT + timedelta(days=1) if state is MailState.CLAIMED else None
    return {state: mail for mail, state in zip(found, MailState, strict=False)} | {"others": found[5:]}


def states(house):
    with reading(house.engine) as session:
        return {mail.id: mail.state for mail in session.scalars(select(OutboxMail))}


def test_without_a_wish_the_late_and_the_dead_are_listed_and_all_are_counted(each_house, mails, time):
    with reading(each_house.engine) as session:
        assert outbox_desk.counts(session) == {
            MailState.WAITING: 8, MailState.CLAIMED: 1, MailState.SENT: 1, MailState.DROPPED: 1, MailState.DEAD: 1
        }  # fmt: skip
        early = outbox_desk.listed(session, Wish(), at=builders.AT - timedelta(days=1))
        late = outbox_desk.listed(session, Wish(), at=builders.AT + timedelta(hours=1))
        abandoned = outbox_desk.listed(session, Wish(), at=builders.AT + timedelta(days=2))
    assert [mail.id for mail in early] == [mails[MailState.DEAD].id]
    assert {mail.state for mail in late} == {MailState.WAITING, MailState.DEAD}
    assert {mail.state for mail in abandoned} == {MailState.WAITING, MailState.DEAD, MailState.CLAIMED}
    assert len(late) == 9
    assert [mail.due_at for mail in late] == sorted(mail.due_at for mail in late)


def test_a_wish_narrows(each_house, mails):
    with reading(each_house.engine) as session:
        address = session.get_one(OutboxMail, mails[MailState.SENT].id).membership.person.email

    def listed(*wish):
        with reading(each_house.engine) as session:
            return [(mail.kind, mail.state) for mail in outbox_desk.listed(session, Wish(*wish), at=builders.AT)]

    assert sorted(listed((MailState.SENT, MailState.DROPPED))) == [
        (MailKind.RECEIPT, MailState.DROPPED), (MailKind.RECEIPT, MailState.SENT)
    ]  # fmt: skip
    assert {kind for kind, _ in listed((MailState.WAITING,), (MailKind.POD_REVEAL,))} == {MailKind.POD_REVEAL}
    assert sorted(listed((), (), address.upper())) == [
        (MailKind.POD_REVEAL, MailState.WAITING), (MailKind.RECEIPT, MailState.SENT)
    ]  # fmt: skip
    assert len(listed((MailState.WAITING,), (), None, 3)) == 3


def test_a_short_id_names_one_mail(each_house, mails):
    wanted = mails[MailState.DEAD].id
    with reading(each_house.engine) as session:
        for text in (wanted.hex[:8], wanted.hex[:12].upper(), str(wanted), wanted.hex):
            assert [mail.id for mail in outbox_desk.named(session, [text])] == [wanted]


def test_every_id_that_names_none_or_several_is_told_at_once(each_house, mails):
    twins = [uuid.UUID("abcd0000" + digit * 24) for digit in "12"]
    with writing(each_house.engine) as session:
        for mail, twin in zip(mails["others"], twins, strict=False):
            session.execute(update(OutboxMail).where(OutboxMail.id == mail.id).values(id=twin))
    bad = ["abc", "0" * 33, "zzzz", "abcd", "0" * 32, "%000"]
    with reading(each_house.engine) as session, pytest.raises(Faults) as told:
        outbox_desk.named(session, [*bad, twins[0].hex])
    assert list(told.value.by_field) == bad
    assert "several" in told.value.by_field["abcd"]
    assert "no mail" in told.value.by_field["0" * 32]


def test_a_dead_mail_waits_again_and_is_fresh(each_house, mails):
    dead, dropped, now = mails[MailState.DEAD], mails[MailState.DROPPED], builders.AT + timedelta(days=30)
    with writing(each_house.engine) as session:
        assert outbox_desk.retry(session, {dead.id, dropped.id}, at=now) == 2
    with writing(each_house.engine) as session:
        mail = session.get_one(OutboxMail, dead.id)
        assert (mail.state, mail.due_at, mail.reason) == (MailState.WAITING, now, None)
        assert mail.expires_at - now == outbox.KEEPS
        assert {dead.id, dropped.id} <= {claim.id for claim in outbox.claim(session, at=now)}


@pytest.mark.parametrize(("attempts", "fence"), [(3, 4), (outbox.MOST_ATTEMPTS + 1, 1)])
def test_the_fence_goes_on_unless_it_was_used_up(each_house, mails, attempts, fence):
    dead = mails[MailState.DEAD].id
    with writing(each_house.engine) as session:
        session.get_one(OutboxMail, dead).attempts = attempts
        outbox_desk.retry(session, [dead], at=builders.AT)
    with writing(each_house.engine) as session:
        claims = {claim.id: claim.fence for claim in outbox.claim(session, at=builders.AT)}
    assert claims[dead] == fence


@pytest.mark.parametrize(
    ("verb", "refused"),
    [
        (lambda session, ids: outbox_desk.retry(session, ids, at=builders.AT), {"waiting", "claimed", "sent"}),
        (lambda session, ids: outbox_desk.set_aside(session, ids, reason="x"), {"claimed", "sent", "dropped"}),
    ],
    ids=["retry", "set aside"],
)
def test_what_may_not_be_done_is_told_of_all_and_nothing_is_done(each_house, mails, verb, refused):
    before = states(each_house)
    with pytest.raises(Faults) as told, writing(each_house.engine) as session:
        verb(session, [mails[state].id for state in MailState])
    assert set(told.value.by_field) == {mails[MailState(state)].id.hex[:8] for state in refused}
    assert states(each_house) == before


def test_set_aside_mail_is_not_sent(each_house, mails):
    waiting, dead = mails[MailState.WAITING].id, mails[MailState.DEAD].id
    with writing(each_house.engine) as session:
        assert outbox_desk.set_aside(session, [waiting, dead], reason="Not needed.") == 2
    with writing(each_house.engine) as session:
        assert session.get_one(OutboxMail, waiting).reason == "Not needed."
        claimed = {claim.id for claim in outbox.claim(session, at=builders.AT + timedelta(hours=1))}
    assert len(claimed) == 7
    assert not claimed & {waiting, dead}


def test_a_mail_that_a_sender_takes_in_the_same_moment_is_set_aside_or_sent_and_not_both(each_house, mails):
    """Both lock the row first, so one of them finds it as the other left it."""
    wanted, at = mails[MailState.WAITING].id, builders.AT + timedelta(hours=1)

    def take():
        with writing(each_house.engine) as session:
            return wanted in {claim.id for claim in outbox.claim(session, at=at)}

    def put_aside():
        with writing(each_house.engine) as session:
            return outbox_desk.set_aside(session, [wanted], reason="Not needed.") == 1

    taken, aside = builders.at_once(take, put_aside)
    assert (taken, aside is True) in {(True, False), (False, True)}
    assert isinstance(aside, bool | Faults)
    assert states(each_house)[wanted] is (MailState.CLAIMED if taken else MailState.DROPPED)
