"""What a stranger's reading found, held fast."""

from datetime import timedelta

import builders
import pytest
from builders import AT
from sqlalchemy import select

from podsched.domain.recap import Meeting, bullets
from podsched.errors import Faults
from podsched.models import EnrolmentState, FormingRun, MailKind, OutboxMail, RetroState, RunState
from podsched.services import cohorts, forming, joining, letters, links, outbox, recaps, retros, rotation


@pytest.fixture
def host(session):
    return builders.found(session)


def test_who_waits_gets_the_seats_of_a_larger_cohort_before_anybody_new(session, host):
    cohort = builders.opened(session, host, cap=6)
    first, second = builders.joined(session, cohort, 8, times="")[6:]
    cohorts.change_cohort(session, cohort, builders.setup(cap=7), at=AT)
    assert (first.state, second.state) == (EnrolmentState.ENROLLED, EnrolmentState.WAITING)
    (late,) = builders.joined(session, cohort, 1, times="")
    assert late.state is EnrolmentState.WAITING


def test_a_past_last_day_for_answers_may_stay_when_other_things_change(session, host):
    cohort = builders.opened(session, host)
    later = builders.AT.replace(day=cohort.answers_until.day + 1)
    same = builders.setup(answers_until=cohort.answers_until, pod_max=10)
    cohorts.change_cohort(session, cohort, same, at=later)
    assert cohort.pod_max == 10


def test_another_past_day_is_refused(session, host):
    cohort = builders.opened(session, host)
    later = builders.AT.replace(day=cohort.answers_until.day + 1)
    with pytest.raises(Faults):
        cohorts.change_cohort(session, cohort, builders.setup(answers_until=AT.date()), at=later)


def test_nobody_s_promise_is_cut_from_a_recap():
    promises = tuple((f"Member {number}", f"do the thing number {number} by Friday") for number in range(8))
    outcomes = tuple((name, text, "kept") for name, text in promises)
    made = bullets(Meeting(outcomes, ("a", "b", "c"), ("d", "e"), promises, (("greeter", "Bo"),), ("Cy",)))
    assert len(made) <= 10
    assert all(any(f"{name} will: {text}" in bullet for bullet in made) for name, text in promises)


def test_a_retro_nobody_closed_is_closed_two_hours_after_its_end(session, house):
    (pod,) = builders.published(session, house.addresses)
    meeting = pod.meetings[0]
    retros.start(session, meeting, at=meeting.starts_at)
    retros.add_note(
        session, meeting, rotation.members(session, pod)[0].membership, "wins", "Done", at=meeting.starts_at
    )
    assert retros.close_forgotten(session, house.addresses, at=meeting.ends_at) == 0
    later = meeting.ends_at + retros.CLOSED_BY_ITSELF_AFTER
    assert retros.close_forgotten(session, house.addresses, at=later) == 1
    retro = retros.of_meeting(session, meeting)
    assert retro.state is RetroState.CLOSED
    assert "Win: Done" in recaps.of_retro(session, retro).bullets


def test_an_unfinished_retro_can_be_found_until_its_recap_is_sent(session, house):
    (pod,) = builders.published(session, house.addresses)
    meeting = pod.meetings[0]
    late = meeting.ends_at + retros.CLOSED_BY_ITSELF_AFTER
    assert retros.unfinished(session, pod, at=late) == [meeting]
    retros.start(session, meeting, at=meeting.starts_at)
    recap = retros.close(session, meeting, house.addresses, at=late)
    recaps.send(session, recap, house.addresses, at=late)
    assert retros.unfinished(session, pod, at=late) == []


def test_the_link_mailed_after_a_revocation_is_the_new_one(session, house, host):
    cohort = builders.opened(session, host)
    (member,) = builders.joined(session, cohort, 1)
    joining.send_receipt(session, member, at=AT)
    fresh = links.revoke_personal(session, house.addresses, member.membership, at=AT)
    joining.send_receipt(session, member, at=AT)
    last = session.scalars(select(OutboxMail).order_by(OutboxMail.occurrence.desc())).first()
    assert letters.compose(session, last, house.addresses, at=AT).values["link"] == fresh


def test_a_cancelled_run_does_not_hide_the_proposal(session, host):
    cohort = builders.opened(session, host)
    builders.joined(session, cohort, 6)
    proposed = builders.proposed(session, cohort, host)
    again = forming.request(session, cohort, host, at=AT)
    forming.cancel(session, again, at=AT)
    session.expire_all()
    assert forming.latest(session, cohort).id == proposed.id
    assert session.get_one(FormingRun, again.id).state is RunState.CANCELLED


def test_who_found_no_pod_is_told_why_when_pods_are_published(session, house):
    builders.published(session, house.addresses)
    kinds = session.scalars(select(OutboxMail.kind).where(OutboxMail.kind == MailKind.NOT_PLACED)).all()
    lost = session.scalars(select(FormingRun)).one().plan["unplaced"]
    assert len(kinds) == len(lost)


def test_stale_mail_does_not_make_the_service_unready(session, host):
    builders.joined(session, builders.opened(session, host), 1)
    assert outbox.oldest_due(session, at=AT + timedelta(hours=1)) is not None
    assert outbox.oldest_due(session, at=AT + timedelta(days=4)) is None
