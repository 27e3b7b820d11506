"""Leaving a pod: by a press in one's own mailbox, at once, with roles passed on and the calendar ended; and coming back."""

from datetime import timedelta

import builders
import pytest
from builders import AT
from icalendar import Calendar
from sqlalchemy import select

from podsched.domain import subjects
from podsched.errors import Gone, Refused
from podsched.models import (
    CohortState,
    EnrolmentState,
    FeedStyle,
    Invitation,
    MailKind,
    OutboxMail,
    Role,
    RoleAssignment,
    StoredFeed,
)
from podsched.services import inviting, leaving, letters, notices, rotation, serving


@pytest.fixture
def pod(session, house):
    return builders.published(session, house.addresses, members=7)[0]


def feed_of(session, member):
    stored = session.get_one(StoredFeed, (subjects.member(member.id), FeedStyle.FLAT))
    session.refresh(stored)
    return stored


def test_the_link_comes_by_mail_and_names_what_ends(session, house, pod):
    member = builders.members_of(session, pod)[0]
    for _ in range(2):
        leaving.ask(session, member, at=AT)
    (mail,) = session.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.LEAVE))
    letter = letters.compose(session, mail, house.addresses, at=AT)
    token = letter.values["leave"].rpartition("/")[2]
    assert house.addresses.read_leave(token) == (member.id, AT)
    assert (letter.to_address, letter.values["until"]) == (member.membership.person.email, "Tue 5 Jan, 10:00")


def test_whoever_left_has_no_mail_no_roles_no_invitation_and_one_note_in_the_calendar(session, house, pod):
    greeter = session.scalars(
        select(RoleAssignment).where(RoleAssignment.pod_id == pod.id, RoleAssignment.role == Role.GREETER)
    ).one()
    member, meeting = greeter.enrolment, pod.meetings[0]
    inviting.choose(session, member, pod, invites=True, at=meeting.starts_at - timedelta(days=2))
    others = {one.id for one in rotation.of_week(session, pod, 1).values()} - {member.id}
    leaving.leave(session, member, house.addresses, at=AT)
    assert (member.state, member.next_checkin_at) == (EnrolmentState.LEFT, None)
    now = rotation.of_week(session, pod, 1)
    assert {one.id for one in now.values()} > others
    assert member.id not in {one.id for one in now.values()}
    assert len({one.id for one in now.values()}) == 3
    assert session.scalars(select(Invitation)).all() == []
    (end,) = session.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.UNINVITED))
    invite = letters.compose(session, end, house.addresses, at=AT).invite
    assert (invite.method, f"UID:{meeting.id}@podsched".encode() in invite.body) == ("CANCEL", True)
    found = feed_of(session, member)
    assert (found.body.count(b"BEGIN:VEVENT"), b"You left this pod" in found.body) == (1, True)
    assert found.gone_at == AT + timedelta(days=60)
    mate = builders.members_of(session, pod)[1]
    assert b"6 people and one hour" in feed_of(session, mate).body


def test_a_second_press_changes_nothing(session, house, pod):
    member = builders.members_of(session, pod)[0]
    leaving.leave(session, member, house.addresses, at=AT)
    before = feed_of(session, member).etag
    leaving.leave(session, member, house.addresses, at=AT + timedelta(days=1))
    assert feed_of(session, member).etag == before


def test_a_host_takes_somebody_back_into_the_same_seat_and_the_same_address(house):
    from podsched.db import writing

    with writing(house.engine) as session:
        (pod,) = builders.published(session, house.addresses, members=7)
        member = builders.members_of(session, pod)[0]
        token, before = house.addresses.feed_token(member), feed_of(session, member).body
        leaving.leave(session, member, house.addresses, at=AT)
    with pytest.raises(Gone):
        serving.served(house.engine, house.addresses, token, at=AT + timedelta(days=60))
    with writing(house.engine) as session:
        member = session.get_one(type(member), member.id)
        leaving.take_back(session, member, house.addresses, at=AT + timedelta(days=61))
    found = serving.served(house.engine, house.addresses, token, at=AT + timedelta(days=61)).body
    assert (found.count(b"BEGIN:VEVENT"), b"7 people" in found) == (before.count(b"BEGIN:VEVENT"), True)


def test_a_seat_that_is_taken_meanwhile_is_not_given_twice(session, house, pod):
    member = builders.members_of(session, pod)[0]
    leaving.leave(session, member, house.addresses, at=AT)
    pod.cohort.pod_max = 6
    session.flush()
    with pytest.raises(Refused, match=r"pod is full: it has 6 people\.$"):
        leaving.take_back(session, member, house.addresses, at=AT)
    assert member.state is EnrolmentState.LEFT


def test_the_first_who_waits_gets_the_seat_of_somebody_who_leaves_before_pods_are_formed(session, house):
    cohort = builders.opened(session, builders.found(session), cap=6)
    members = builders.joined(session, cohort, 8)
    assert [one.state for one in members[6:]] == [EnrolmentState.WAITING] * 2
    leaving.leave(session, members[0], house.addresses, at=AT)
    assert [one.state for one in members[6:]] == [EnrolmentState.ENROLLED, EnrolmentState.WAITING]


def test_whoever_comes_back_is_invited_again(session, house, pod):
    member, meeting = builders.members_of(session, pod)[0], pod.meetings[0]
    at = meeting.starts_at - timedelta(days=2)
    inviting.choose(session, member, pod, invites=True, at=at)
    leaving.leave(session, member, house.addresses, at=at + timedelta(hours=1))
    leaving.take_back(session, member, house.addresses, at=at + timedelta(hours=2))
    builders.for_cohorts(notices.plan_invitations, session, at=at + timedelta(hours=2))
    sent = session.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.INVITATION)).all()
    assert [mail.about["meeting"] for mail in sent] == [meeting.id.hex] * 2


def test_calendars_of_the_others_see_that_there_is_one_person_less(session, house, pod):
    leaver, mate, *_ = builders.members_of(session, pod)
    before = {
        event["UID"]: event["LAST-MODIFIED"].dt for event in Calendar.from_ical(feed_of(session, mate).body).events
    }
    leaving.leave(session, leaver, house.addresses, at=AT)
    after = {
        event["UID"]: event["LAST-MODIFIED"].dt for event in Calendar.from_ical(feed_of(session, mate).body).events
    }
    assert [uid for uid in before if after[uid] <= before[uid]] == []


def test_a_cohort_that_is_full_or_over_takes_nobody_back(session, house):
    cohort = builders.opened(session, builders.found(session), cap=6)
    members = builders.joined(session, cohort, 7)
    leaving.leave(session, members[0], house.addresses, at=AT)
    with pytest.raises(Refused, match=r"^All 6 seats of this cohort are taken\.$"):
        leaving.take_back(session, members[0], house.addresses, at=AT)
    cohort.state = CohortState.CLOSED
    session.flush()
    with pytest.raises(Refused, match=r"^This cohort is over\.$"):
        leaving.take_back(session, members[0], house.addresses, at=AT)
