"""What two people do at the same moment, with real threads on SQLite and PostgreSQL."""

from datetime import timedelta

import builders
import pytest
from builders import AT, at_once
from sqlalchemy import func, select

from podsched.db import reading, writing
from podsched.domain.availability import read_times
from podsched.errors import NotFound, Refused
from podsched.jobs.periodic import WORK, _is_mine
from podsched.models import (
    AccessLink,
    Answer,
    CheckIn,
    Cohort,
    Commitment,
    Enrolment,
    EnrolmentState,
    FormingRun,
    LinkKind,
    MailKind,
    MailState,
    Meeting,
    Membership,
    OutboxMail,
    Pod,
    Recap,
    RetroNote,
    RunState,
)
from podsched.services import (
    access,
    availability,
    checkins,
    forming,
    joining,
    links,
    outbox,
    publishing,
    recaps,
    retros,
)


def in_one(house, work):
    """A call that does its work in a transaction of its own."""

    def call():
        with writing(house.engine) as session:
            return work(session)

    return call


@pytest.fixture
def cohort(each_house):
    with writing(each_house.engine) as session:
        host = builders.found(session)
        cohort = builders.opened(session, host, cap=6)
        builders.joined(session, cohort, 5)
    return cohort


@pytest.fixture
def pod(each_house):
    with writing(each_house.engine) as session:
        return builders.published(session, each_house.addresses)[0]


def host_of(session):
    return session.scalars(select(Membership).join(Membership.person).order_by(Membership.created_at)).first()


def counted(house, what, *where):
    with reading(house.engine) as session:
        return session.scalar(select(func.count()).select_from(what).where(*where))


def test_two_who_join_at_once_never_both_get_the_last_seat(each_house, cohort):
    def join(number):
        return lambda session: (
            joining.join(
                session, access.cohort_by_code(session, cohort.code), builders.joiner(number), at=AT
            ).enrolment.state
        )

    states = at_once(*(in_one(each_house, join(number)) for number in range(20, 24)))
    assert sorted(states) == [EnrolmentState.ENROLLED, *[EnrolmentState.WAITING] * 3]
    assert counted(each_house, Enrolment, Enrolment.state == EnrolmentState.ENROLLED) == 6


def test_one_person_who_presses_join_twice_is_one_member(each_house, cohort):
    def join(session):
        found = access.cohort_by_code(session, cohort.code)
        return joining.join(session, found, builders.joiner(20), at=AT).is_new

    assert sorted(at_once(in_one(each_house, join), in_one(each_house, join))) == [False, True]
    assert counted(each_house, Enrolment) == 6


def test_two_hosts_who_press_form_pods_at_once_get_one_run(each_house, cohort):
    with writing(each_house.engine) as session:
        builders.joined(session, session.get_one(Cohort, cohort.id), 1)

    def press(session):
        host = host_of(session)
        return forming.request(session, access.cohort_for_host(session, host, cohort.id), host, at=AT).id

    first, second, third = at_once(*[in_one(each_house, press)] * 3)
    assert first == second == third
    assert counted(each_house, FormingRun) == 1


def test_two_workers_who_take_a_run_at_once_do_not_both_get_it(each_house, cohort):
    with writing(each_house.engine) as session:
        found = session.get_one(Cohort, cohort.id)
        builders.joined(session, found, 1)
        run = forming.request(session, found, host_of(session), at=AT)
    taken = at_once(*[in_one(each_house, lambda session: forming.take(session, run.id, at=AT))] * 3)
    assert [got.attempt for got in taken if got] == [1]


def test_two_hosts_who_publish_at_once_make_the_pods_once(each_house, cohort):
    with writing(each_house.engine) as session:
        found = session.get_one(Cohort, cohort.id)
        builders.joined(session, found, 1)
        run = builders.proposed(session, found, host_of(session))

    def press(session):
        proposal = access.run_for_host(session, host_of(session), run.id)
        return len(publishing.publish(session, proposal, each_house.addresses, at=AT))

    results = at_once(in_one(each_house, press), in_one(each_house, press))
    assert sorted(map(str, results)) == ["1", "The pods of this cohort are published already."]
    assert (counted(each_house, Pod), counted(each_house, Meeting), counted(each_house, OutboxMail)) == (1, 6, 12)
    with reading(each_house.engine) as session:
        assert session.get_one(FormingRun, run.id).state is RunState.PUBLISHED


def test_of_two_uses_of_one_sign_in_link_one_wins(each_house, cohort):
    with writing(each_house.engine) as session:
        token = links.make_sign_in(session, each_house.addresses, host_of(session), at=AT).rpartition("/")[2]

    def use(session):
        links.use_up(session, links.find(session, token, LinkKind.SIGN_IN, at=AT), at=AT)

    results = at_once(in_one(each_house, use), in_one(each_house, use))
    assert [type(result) for result in sorted(results, key=str, reverse=True)] in [
        [type(None), NotFound],
        [NotFound, type(None)],
    ]
    assert counted(each_house, AccessLink, AccessLink.used_at.is_not(None)) == 1


def test_two_presses_on_two_answers_leave_one_answer(each_house, pod):
    monday = builders.FIRST_DAY
    at = AT + timedelta(days=14)
    with reading(each_house.engine) as session:
        member = builders.members_of(session, session.get_one(Pod, pod.id))[0]

    def press(given):
        def work(session):
            enrolment = access.enrolment_for_member(
                session, session.get_one(Membership, member.membership_id), member.id
            )
            return checkins.answer(session, enrolment, monday, given, line="", stuck=False, at=at).answer

        return in_one(each_house, work)

    assert at_once(press(Answer.DONE), press(Answer.PARTLY)) == [Answer.DONE, Answer.PARTLY]
    assert counted(each_house, CheckIn) == 1


def test_a_claim_belongs_to_one_of_two_workers_and_no_mail_is_left_out(each_house, pod):
    claims = at_once(
        *[in_one(each_house, lambda session: outbox.claim(session, at=AT + timedelta(hours=1), limit=4))] * 4
    )
    taken = [claim.id for some in claims for claim in some]
    assert len(taken) == len(set(taken))
    assert max(len(some) for some in claims) <= 4
    with writing(each_house.engine) as session:
        taken += [claim.id for claim in outbox.claim(session, at=AT + timedelta(hours=1))]
    assert len(taken) == len(set(taken)) == counted(each_house, OutboxMail) == 12


def test_the_same_mail_decided_twice_at_once_is_one_mail(each_house, cohort):
    with reading(each_house.engine) as session:
        member = session.scalars(select(Enrolment)).first()

    def put(session):
        about = {"enrolment": member.id.hex}
        kinds = {"membership_id": member.membership_id, "kind": MailKind.TIMES_MISSING, "occurrence": "x"}
        outbox.put(session, **kinds, about=about, at=AT)

    before = counted(each_house, OutboxMail)
    assert at_once(*[in_one(each_house, put)] * 3) == [None] * 3
    assert counted(each_house, OutboxMail) == before + 1


def test_two_clocks_plan_each_check_in_once(each_house, pod):
    at = AT + timedelta(days=14)
    planned = at_once(*[in_one(each_house, lambda session: checkins.plan_due(session, at=at))] * 2)
    assert sum(planned) == 6
    assert counted(each_house, OutboxMail, OutboxMail.kind == MailKind.CHECK_IN) == 6


def test_of_two_clocks_one_does_each_piece_of_work(each_house, app):
    for at in (AT, AT + timedelta(hours=2)):
        for work in WORK:
            assert sorted(at_once(*[lambda: _is_mine(each_house, work, at)] * 3)) == [False, False, True]  # noqa: B023  called at once


def test_a_retro_closed_in_two_tabs_has_one_recap_and_one_draw_of_roles(each_house, pod):
    starts = AT + timedelta(days=15, hours=8)
    with writing(each_house.engine) as session:
        meeting = session.get_one(Pod, pod.id).meetings[0]
        retros.start(session, meeting, at=starts)

    def close(session):
        room = access.retro_for_leader(session, host_of(session), meeting.id, as_host=True)
        return retros.close(session, room, each_house.addresses, at=starts).id

    first, second = at_once(in_one(each_house, close), in_one(each_house, close))
    assert first == second
    assert counted(each_house, Recap) == 1


def test_two_tabs_of_a_retro_lose_nothing(each_house, pod):
    starts = AT + timedelta(days=15, hours=8)
    with reading(each_house.engine) as session:
        found = session.get_one(Pod, pod.id)
        meeting, member = found.meetings[0], builders.members_of(session, found)[0]

    def press(work):
        return in_one(
            each_house,
            lambda session: work(session, access.meeting_for(session, host_of(session), meeting.id, as_host=True)),
        )

    assert len({retro.id for retro in at_once(*[press(lambda s, m: retros.start(s, m, at=starts))] * 2)}) == 1
    results = at_once(
        press(lambda s, m: retros.add_note(s, m, host_of(s), "wins", "one", at=starts)),
        press(lambda s, m: retros.add_note(s, m, host_of(s), "wins", "two", at=starts)),
        press(lambda s, m: retros.commit_to(s, m, member.id, "this", at=starts)),
        press(lambda s, m: retros.commit_to(s, m, member.id, "this", at=starts)),
    )
    assert results == [None] * 4
    assert (counted(each_house, RetroNote), counted(each_house, Commitment)) == (2, 1)


def test_a_recap_sent_in_two_tabs_and_by_the_clock_is_mailed_once(each_house, pod):
    starts = AT + timedelta(days=15, hours=8)
    with writing(each_house.engine) as session:
        meeting = session.get_one(Pod, pod.id).meetings[0]
        retros.start(session, meeting, at=starts)
        recap = retros.close(session, meeting, each_house.addresses, at=starts)

    def send(session):
        recaps.send(
            session,
            access.recap_for_leader(session, host_of(session), recap.id, as_host=True),
            each_house.addresses,
            at=starts,
        )

    clock = in_one(
        each_house, lambda session: recaps.send_overdue(session, each_house.addresses, at=starts + timedelta(hours=11))
    )
    results = at_once(in_one(each_house, send), in_one(each_house, send), clock)
    assert {type(result) for result in results} <= {type(None), Refused, int}
    assert counted(each_house, OutboxMail, OutboxMail.kind == MailKind.RECAP) == 6


def test_times_saved_in_two_tabs_are_the_times_of_one_of_them(each_house, cohort):
    with reading(each_house.engine) as session:
        member = session.scalars(select(Enrolment)).first()

    def save(times):
        def work(session):
            enrolment = access.enrolment_for_member(
                session, session.get_one(Membership, member.membership_id), member.id
            )
            availability.record(session, enrolment, read_times(times), (), at=AT)

        return in_one(each_house, work)

    one, other = "Mon 10:00-12:00 free", "Mon 10:00-13:00 if need be\nWed 10:00-12:00 free"
    assert at_once(save(one), save(other)) == [None, None]
    with reading(each_house.engine) as session:
        kept = availability.windows_of(session.get_one(Enrolment, member.id))
    assert kept in {read_times(one), read_times(other)}


def test_an_old_worker_cannot_settle_what_another_has_taken_over(each_house, cohort):
    later = AT + timedelta(minutes=3)
    with writing(each_house.engine) as session:
        old = outbox.claim(session, at=AT + timedelta(seconds=30), limit=1)[0]
    with writing(each_house.engine) as session:
        (new,) = [claim for claim in outbox.claim(session, at=later) if claim.id == old.id]
        outbox.settle(session, [old], MailState.SENT, at=later)
        outbox.try_later(session, old, at=later, reason="451")
        outbox.release(session, [old])
        assert outbox.renew(session, [old], at=later) == set()
        assert list(outbox.held(session, [old, new])) == [new]
        assert session.get_one(OutboxMail, old.id).state is MailState.CLAIMED
        outbox.settle(session, [new], MailState.SENT, at=later)
    with reading(each_house.engine) as session:
        row = session.get_one(OutboxMail, old.id)
        assert (row.state, row.attempts, row.sent_at, row.lease_until) == (MailState.SENT, 2, later, None)
