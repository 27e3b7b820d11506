"""From answers to pods in calendars: fenced, whole, and quiet when nothing changed."""

from datetime import timedelta

import builders
import pytest
from builders import AT
from sqlalchemy import func, select

import calendars
from podsched.db import reading, writing
from podsched.domain import subjects
from podsched.domain.availability import read_times
from podsched.errors import Gone, Refused
from podsched.models import (
    AccessLink,
    CohortState,
    FeedStyle,
    FormingRun,
    Meeting,
    OutboxMail,
    Person,
    Pod,
    Role,
    RoleAssignment,
    RunState,
    Seat,
    StoredFeed,
)
from podsched.services import availability, feeds, forming, links, publishing, rotation, serving


@pytest.fixture
def host(session):
    return builders.found(session)


@pytest.fixture
def cohort(session, host):
    return builders.opened(session, host)


@pytest.mark.parametrize(
    ("count", "sentence"),
    [
        (0, "A pod needs 6 people with times; nobody has sent theirs so far. Wait for 6 more people."),
        (1, "A pod needs 6 people with times; 1 has sent theirs so far. Wait for 5 more people."),
        (5, "A pod needs 6 people with times; 5 have sent theirs so far. Wait for 1 more person."),
    ],
)
def test_a_cohort_of_five_is_told_how_many_are_missing(session, host, cohort, count, sentence):
    builders.joined(session, cohort, count)
    builders.joined(session, cohort, 3, times="")
    with pytest.raises(Refused) as refusal:
        forming.request(session, cohort, host, at=AT)
    assert str(refusal.value) == sentence
    assert session.scalar(select(func.count()).select_from(FormingRun)) == 0


def test_pods_are_not_formed_once_the_first_day_has_come(session, host, cohort):
    builders.joined(session, cohort, 6)
    with pytest.raises(Refused, match=r"^The first day of this cohort has come"):
        forming.request(session, cohort, host, at=AT + timedelta(days=14))


def test_an_older_worker_can_neither_beat_nor_adopt_nor_fail_what_another_took(session, host, cohort):
    builders.joined(session, cohort, 6)
    run = forming.request(session, cohort, host, at=AT)
    old = forming.take(session, run.id, at=AT)
    assert forming.take(session, run.id, at=AT + timedelta(seconds=20)) is None
    new = forming.take(session, run.id, at=AT + timedelta(seconds=21))
    assert (old.attempt, new.attempt) == (1, 2)
    assert not forming.beat(session, old, {"placed": 6}, at=AT)
    assert not forming.adopt(session, old, builders.plan_of(run), at=AT)
    assert not forming.fail(session, old, "old", at=AT)
    assert forming.beat(session, new, None, at=AT + timedelta(seconds=22))
    assert forming.adopt(session, new, builders.plan_of(run), at=AT)
    assert not forming.adopt(session, new, {"pods": []}, at=AT)
    session.refresh(run)
    assert (run.state, len(run.plan["pods"]), run.progress, run.reason) == (RunState.PROPOSED, 1, {}, None)


def test_a_cancelled_run_takes_no_plan_and_makes_room_for_another(session, host, cohort):
    builders.joined(session, cohort, 6)
    run = forming.request(session, cohort, host, at=AT)
    taken = forming.take(session, run.id, at=AT)
    forming.cancel(session, run, at=AT)
    assert not forming.beat(session, taken, None, at=AT)
    assert not forming.adopt(session, taken, builders.plan_of(run), at=AT)
    session.refresh(run)
    assert (run.state, run.plan) == (RunState.CANCELLED, None)
    assert forming.request(session, cohort, host, at=AT).id != run.id


def test_cancelling_what_has_ended_changes_nothing(session, host, cohort):
    builders.joined(session, cohort, 6)
    run = builders.proposed(session, cohort, host)
    forming.cancel(session, run, at=AT)
    session.refresh(run)
    assert run.state is RunState.PROPOSED


def test_a_run_whose_worker_died_is_rung_again_and_fails_in_words_after_three(session, host, cohort):
    builders.joined(session, cohort, 6)
    run, at = forming.request(session, cohort, host, at=AT), AT
    assert forming.sweep(session, at=at) == [run.id]
    for attempt in (1, 2, 3):
        assert forming.take(session, run.id, at=at).attempt == attempt
        assert forming.sweep(session, at=at + timedelta(seconds=20)) == []
        at += timedelta(seconds=21)
        assert forming.sweep(session, at=at) == ([run.id] if attempt < 3 else [])
    assert (run.state, run.finished_at) == (RunState.FAILED, at)
    assert run.reason == "The work was interrupted three times. Nothing was changed; please form pods again."
    assert forming.take(session, run.id, at=at) is None


def test_a_proposal_of_older_answers_is_refused_with_who_changed(session, host, cohort, house):
    first, second, *_ = builders.joined(session, cohort, 7)
    run = builders.proposed(session, cohort, host)
    availability.record(session, first, read_times("Tue 18:00-21:00"), (), at=AT)
    second.times_saved_at = None
    builders.joined(session, cohort, 1)
    cohort.pod_max = 9
    session.flush()
    with pytest.raises(Refused) as refusal:
        publishing.publish(session, run, house.addresses, at=AT)
    assert str(refusal.value) == (
        "This proposal was made from older answers. Member 1 has changed their answers. "
        "Member 2 has left or withdrawn their times. Member 8 has sent times. "
        "The dates or bounds of the cohort have changed. Form pods again."
    )
    assert (cohort.state, run.state) == (CohortState.OPEN, RunState.PROPOSED)


def test_saving_the_same_times_again_does_not_make_a_proposal_old(session, host, cohort, house):
    first = builders.joined(session, cohort, 6)[0]
    run = builders.proposed(session, cohort, host)
    availability.record(session, first, read_times(builders.TIMES), (), at=AT + timedelta(hours=1))
    assert len(publishing.publish(session, run, house.addresses, at=AT)) == 1


def test_a_second_publication_is_refused(session, house):
    (pod,) = builders.published(session, house.addresses)
    with pytest.raises(Refused, match=r"^The pods of this cohort are published already\.$"):
        publishing.publish(session, session.get_one(FormingRun, pod.run_id), house.addresses, at=AT)


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.RUNNING, RunState.CANCELLED, RunState.FAILED])
def test_a_run_without_a_finished_proposal_is_not_published(session, host, cohort, house, state):
    builders.joined(session, cohort, 6)
    run = builders.proposed(session, cohort, host)
    run.state = state
    session.flush()
    with pytest.raises(Refused, match=r"^This proposal is not finished, or it was set aside\. Form pods again\.$"):
        publishing.publish(session, run, house.addresses, at=AT)


def counts(house):
    with reading(house.engine) as session:
        tables = (Pod, Seat, Meeting, RoleAssignment, StoredFeed, AccessLink, OutboxMail)
        return {table.__name__: session.scalar(select(func.count()).select_from(table)) for table in tables}


def test_publishing_writes_everything_or_nothing(house, monkeypatch):
    with writing(house.engine) as session:
        host = builders.found(session)
        cohort = builders.opened(session, host)
        builders.joined(session, cohort, 12)
        run = builders.proposed(session, cohort, host, pods=2)
    before, real, calls = counts(house), feeds.refresh_pod, []

    def breaks_at_the_second_pod(*arguments, **more):
        calls.append(real(*arguments, **more))
        if len(calls) == 2:
            raise RuntimeError("the power went")

    def press():
        with writing(house.engine) as session:
            publishing.publish(session, session.get_one(FormingRun, run.id), house.addresses, at=AT)

    with monkeypatch.context() as broken:
        broken.setattr(feeds, "refresh_pod", breaks_at_the_second_pod)
        with pytest.raises(RuntimeError):
            press()
    with reading(house.engine) as session:
        assert session.get_one(FormingRun, run.id).state is RunState.PROPOSED
    assert counts(house) == before
    press()
    assert counts(house) == {
        **before, "Pod": 2, "Seat": 12, "Meeting": 12, "RoleAssignment": 6, "StoredFeed": 12 * len(FeedStyle), "AccessLink": 24,
        "OutboxMail": before["OutboxMail"] + 12,
    }  # fmt: skip


@pytest.fixture
def pod(session, house):
    return builders.published(session, house.addresses, members=12, pods=2)[0]


def stored(session, enrolment):
    found = session.get_one(StoredFeed, (subjects.member(enrolment.id), FeedStyle.FLAT))
    session.refresh(found)
    return found.body, found.etag, found.changed_at


def served(house, token, *, at=AT, **how):
    return serving.served(house.engine, house.addresses, token, at=at, **how)


def events(body):
    """UID, sequence and start of every event."""
    text = body.decode().replace("\r\n ", "")
    wanted = ("UID:", "SEQUENCE:", "DTSTART:")
    return [line for line in text.split("\r\n") if line.startswith(wanted)]


def test_a_feed_that_shows_the_same_keeps_its_bytes_whenever_it_is_made(session, house, pod):
    members = builders.members_of(session, pod)
    before = [stored(session, member) for member in members]
    for minutes in (0, 1, 60 * 24 * 30):
        feeds.refresh(session, pod, house.addresses, at=AT + timedelta(minutes=minutes))
    assert [stored(session, member) for member in members] == before


def test_roles_that_are_drawn_change_the_feed_and_its_date_strictly(session, house, pod):
    member = builders.members_of(session, pod)[0]
    body, etag, changed_at = stored(session, member)
    rotation.assign(session, pod, week=2, at=AT)  # in the very second of publishing
    feeds.refresh(session, pod, house.addresses, at=AT)
    new_body, new_etag, new_changed_at = stored(session, member)
    assert (new_body != body, new_etag != etag, new_changed_at > changed_at) == (True, True, True)
    assert events(new_body) == events(body)


def test_a_change_made_while_the_clock_stands_back_is_later_all_the_same(session, house, pod):
    member = builders.members_of(session, pod)[0]
    *_, changed_at = stored(session, member)
    rotation.assign(session, pod, week=2, at=AT - timedelta(hours=1))
    feeds.refresh(session, pod, house.addresses, at=AT - timedelta(hours=1))
    assert stored(session, member)[2] > changed_at


def test_two_members_of_a_pod_share_the_uid_of_each_meeting_and_no_other_pod_does(session, house, pod):
    def uids(of):
        feeds_of = [stored(session, member)[0] for member in builders.members_of(session, of)]
        return [
            tuple(line for line in events(body) if line.startswith("UID:") and "feed-" not in line) for body in feeds_of
        ]

    other = session.scalars(select(Pod).where(Pod.id != pod.id)).one()
    assert len(set(uids(pod))) == len(set(uids(other))) == 1
    assert len(set(uids(pod)[0])) == 6
    assert set(uids(pod)[0]) & set(uids(other)[0]) == set()


def test_a_feed_holds_no_mail_address_of_anybody_and_nothing_of_the_other_pod(session, house, pod):
    other = session.scalars(select(Pod).where(Pod.id != pod.id)).one()
    for person in session.scalars(select(Person)):
        person.name = f"Zq{person.name.replace(' ', '')}"
    mark = [member.membership.person.name for member in builders.members_of(session, other)]
    rotation.assign(session, pod, week=2, at=AT)
    feeds.refresh(session, pod, house.addresses, at=AT)
    text = stored(session, builders.members_of(session, pod)[0])[0].decode().replace("\r\n ", "")
    assert [address for address in session.scalars(select(Person.email)) if address in text] == []
    assert [name for name in mark if f"{name}," in text or f"{name}." in text] == []
    assert other.name not in text


def test_every_stored_feed_passes_the_lint(session, pod):
    to_subscribe = StoredFeed.style != FeedStyle.FREE_BUSY
    for found in session.scalars(select(StoredFeed).where(to_subscribe)):
        assert calendars.faults(found.body) == []


def test_a_feed_is_behind_its_own_token_and_no_other(house):
    with writing(house.engine) as session:
        (pod,) = builders.published(session, house.addresses)
        member = builders.members_of(session, pod)[0]
        token = house.addresses.feed_token(member)
        personal = links.hand_out_personal(session, house.addresses, member.membership, at=AT).rpartition("/")[2]
        expected = stored(session, member)
    found = served(house, token)
    assert (found.body, found.etag, found.changed_at) == expected
    strange = (personal, token[:-1], "", "\ud800")
    assert [served(house, other) for other in strange] == [None] * 4


def test_a_rotated_feed_address_says_so_for_sixty_days_and_the_new_one_shows_the_same(house):
    with writing(house.engine) as session:
        (pod,) = builders.published(session, house.addresses)
        member, mate, *_ = builders.members_of(session, pod)
        old, mates = house.addresses.feed_token(member), house.addresses.feed_token(mate)
        body = stored(session, member)[0]
    with writing(house.engine) as session:
        member = session.get_one(type(member), member.id)
        new = links.rotate_feed(session, house.addresses, member, at=AT).rpartition("/")[2].removesuffix(".ics")
    notice = served(house, old).body
    assert (notice.count(b"BEGIN:VEVENT"), calendars.faults(notice), pod.name.encode() in notice) == (1, [], False)
    with pytest.raises(Gone):
        served(house, old, at=AT + timedelta(days=60))
    assert served(house, new).body == body
    assert served(house, mates).body != notice


def test_a_member_on_a_day_away_is_not_drawn_and_a_draw_stays(session, house, pod):
    members = builders.members_of(session, pod)
    meeting = pod.meetings[1]
    for member in members[:3]:
        availability.record(
            session, member, read_times(builders.TIMES), builders.read_away(str(meeting.starts_at.date())), at=AT
        )
    drawn = rotation.assign(session, pod, week=2, at=AT)
    assert {member.id for member in drawn.values()} == {member.id for member in members[3:]}
    assert rotation.assign(session, pod, week=2, at=AT) == drawn
    assert list(drawn) == [Role.GREETER, Role.NOTE_TAKER, Role.CURATOR]
    assert rotation.assign(session, pod, week=7, at=AT) == {}
