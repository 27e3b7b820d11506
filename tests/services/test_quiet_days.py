"""Quiet weeks and holidays: who is asked nothing then, and how calendars say that a meeting is optional."""

import re
from datetime import date, timedelta

import builders
import pytest
from builders import AT, FIRST_DAY
from sqlalchemy import select

from podsched.domain import subjects
from podsched.errors import Faults, NotFound
from podsched.models import Enrolment, FeedStyle, Holiday, MailKind, Membership, OutboxMail, Rank, StoredFeed
from podsched.services import checkins, feeds, meetings, publishing, quiet, reminders

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def pod(session, house):
    return builders.published(session, house.addresses)[0]


@pytest.fixture
def community(pod):
    return pod.cohort.community


@pytest.fixture
def add(session, house, community):
    def holiday(name, first, last=None):
        quiet.add_holiday(session, community, house.addresses, name=name, first=first, last=last or first, at=AT)

    return holiday


def events(session, pod):
    """Description and LAST-MODIFIED of each meeting in a member's feed, in their order."""
    stored = session.get_one(StoredFeed, (subjects.member(pod.seats[0].enrolment_id), FeedStyle.FLAT))
    session.refresh(stored)
    unfolded = stored.body.decode().replace("\r\n ", "")
    return [
        (
            re.search(r"^DESCRIPTION:(.*?)\r$", event, re.MULTILINE)[1],
            re.search(r"^LAST-MODIFIED:(\S+)", event, re.MULTILINE)[1],
        )
        for event in unfolded.split("BEGIN:VEVENT")[1:]
    ]


def week_of(pod, number):
    return pod.meetings[number - 1].slot_at.date()


def test_a_holiday_holds_no_check_in_of_the_community_and_can_be_taken_back(session, house, pod, community, add):
    add("Winter break", FIRST_DAY, FIRST_DAY + 2 * DAY)
    of_members = select(Enrolment.next_checkin_at).distinct()
    (first,) = session.scalars(of_members)
    assert first.date() == FIRST_DAY + 3 * DAY
    assert checkins.plan_due(session, at=first - 1 * HOUR) == 0
    quiet.remove_holiday(session, community, house.addresses, community.holidays[0].id, at=AT)
    (first,) = session.scalars(of_members)
    assert first.date() == FIRST_DAY


def test_another_communitys_holiday_is_none_of_ours(session, house, pod):
    other = builders.found(session, name="Library", host="Lena Fell").community
    quiet.add_holiday(
        session, other, house.addresses, name="Book week", first=FIRST_DAY, last=FIRST_DAY + 9 * DAY, at=AT
    )
    (first,) = session.scalars(select(Enrolment.next_checkin_at).distinct())
    assert first.date() == FIRST_DAY
    with pytest.raises(NotFound):
        quiet.remove_holiday(session, pod.cohort.community, house.addresses, other.holidays[0].id, at=AT)


def test_calendars_say_that_a_meeting_is_optional_and_when_it_is_not_any_more(session, house, pod, community, add):
    before = events(session, pod)
    add("Winter; break, for all", week_of(pod, 2))
    during = events(session, pod)
    assert during[1][0].startswith(r"Winter\; break\, for all: this meeting is optional.\n")
    assert during[1][1] > before[1][1]
    assert [event for number, event in enumerate(during) if number != 1] == [
        event for number, event in enumerate(before) if number != 1
    ]
    quiet.remove_holiday(session, community, house.addresses, community.holidays[0].id, at=AT)
    after = events(session, pod)
    assert (after[1][0], after[1][1] > during[1][1]) == (before[1][0], True)


def test_calendars_say_so_of_a_quiet_week_too_and_hosts_calendars_as_well(session, house, pod):
    host = session.scalars(select(Membership).where(Membership.rank == Rank.HOST)).one()
    feeds.hand_out_to_host(session, house.addresses, host, pod.cohort, at=AT)
    quiet.set_week(session, pod.cohort, 3, house.addresses, quiet=True, at=AT)
    told = [description.startswith("Quiet week: this meeting is optional.") for description, _ in events(session, pod)]
    assert told == [number == 2 for number in range(pod.cohort.weeks)]
    of_hosts = session.get_one(StoredFeed, (subjects.cohort(pod.cohort_id), FeedStyle.FLAT))
    assert b"Quiet week: this meeting is optional." in of_hosts.body


def test_an_hour_that_a_host_sets_in_a_holiday_is_held(session, house, pod, add):
    add("Winter break", week_of(pod, 1), week_of(pod, 1) + DAY)
    meeting = pod.meetings[0]
    builders.for_cohorts(reminders.plan_retro_mail, session, at=meeting.starts_at - 3 * DAY)
    planned = select(OutboxMail).where(OutboxMail.kind == MailKind.RETRO_TOMORROW)
    assert session.scalars(planned).all() == []
    meetings.move(session, meeting, meeting.starts_at + HOUR, house.addresses, at=meeting.starts_at - 3 * DAY)
    builders.for_cohorts(reminders.plan_retro_mail, session, at=meeting.starts_at - 3 * DAY)
    assert len(session.scalars(planned).all()) == 6
    assert "optional" not in events(session, pod)[0][0]


@pytest.mark.parametrize(
    ("first", "last", "faulty"),
    [
        (FIRST_DAY, FIRST_DAY - DAY, {"last_day"}),
        (FIRST_DAY, FIRST_DAY + 60 * DAY, {"last_day"}),
        (date(2026, 12, 1), date(2026, 12, 2), {"last_day"}),
        (date(2031, 1, 1), date(2031, 1, 2), {"first_day"}),
        (date(2031, 1, 2), date(2031, 1, 1), {"first_day", "last_day"}),
        (FIRST_DAY + 2 * DAY, FIRST_DAY + 9 * DAY, {"first_day"}),
    ],
    ids=["turned round", "too long", "past", "far", "far and turned round", "overlapping"],
)
def test_days_that_cannot_be_are_refused_beside_their_fields(session, add, first, last, faulty):
    add("Winter break", FIRST_DAY, FIRST_DAY + 2 * DAY)
    with pytest.raises(Faults) as refused:
        add("Another", first, last)
    assert set(refused.value.by_field) == faulty
    assert [holiday.name for holiday in session.scalars(select(Holiday))] == ["Winter break"]


def test_the_same_holiday_a_second_time_changes_nothing(session, pod, add):
    for _ in range(2):
        add("Winter break", FIRST_DAY, FIRST_DAY + 2 * DAY)
    assert len(session.scalars(select(Holiday)).all()) == 1


def test_a_holiday_of_a_cohort_that_has_not_begun_is_kept_when_its_pods_are_published(session, house):
    host = builders.found(session)
    quiet.add_holiday(session, host.community, house.addresses, name="Day off", first=FIRST_DAY, last=FIRST_DAY, at=AT)
    cohort = builders.opened(session, host)
    builders.joined(session, cohort, 6)
    publishing.publish(session, builders.proposed(session, cohort, host), house.addresses, at=AT)
    (first,) = session.scalars(select(Enrolment.next_checkin_at).distinct())
    assert first.date() == FIRST_DAY + DAY
