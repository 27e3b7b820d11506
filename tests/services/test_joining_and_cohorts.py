"""Opening a cohort, joining it, and sending times: taken whole or refused with every fault."""

from dataclasses import replace
from datetime import date, timedelta

import builders
import pytest
from builders import AT, FIRST_DAY
from sqlalchemy import func, select

from podsched.domain.availability import read_away, read_times
from podsched.errors import Faults, Refused
from podsched.models import (
    CohortState,
    Enrolment,
    EnrolmentState,
    MailKind,
    OutboxMail,
    Person,
)
from podsched.services import availability, cohorts, joining, nudging


@pytest.fixture
def host(session):
    return builders.found(session)


@pytest.fixture
def cohort(session, host):
    return builders.opened(session, host, cap=6)


def mails(session, kind):
    return session.scalars(select(OutboxMail).where(OutboxMail.kind == kind)).all()


def faults_of(session, host, **changes):
    with pytest.raises(Faults) as refusal:
        builders.opened(session, host, **changes)
    return refusal.value.by_field


def test_every_fault_of_a_cohort_is_named_at_once(session, host):
    found = faults_of(
        session, host, starts_on=AT.date(), answers_until=AT.date() - timedelta(days=1), pod_min=9, pod_max=7, cap=6
    )
    assert found == {
        "starts_on": "This day is past or today. Choose a day from tomorrow on.",
        "answers_until": "This day is past.",
        "pod_max": "The largest pod is smaller than the smallest.",
        "cap": "A cohort holds at least one pod of 9.",
    }


@pytest.mark.parametrize(
    ("starts_on", "answers_until", "fields"),
    [
        (date(2020, 1, 1), date(2019, 12, 1), {"starts_on", "answers_until"}),
        (date(9999, 12, 31), date(2027, 1, 10), {"starts_on"}),
        (FIRST_DAY, FIRST_DAY, {"answers_until"}),
        (FIRST_DAY, FIRST_DAY + timedelta(days=1), {"answers_until"}),
    ],
)
def test_dates_that_cannot_be_are_refused(session, host, starts_on, answers_until, fields):
    assert set(faults_of(session, host, starts_on=starts_on, answers_until=answers_until)) == fields


def test_today_is_the_day_of_the_home_zone_of_the_cohort(session, host):
    tomorrow_in_apia = AT.date() + timedelta(days=1)
    at = AT.replace(hour=12)  # the fifth has begun in Apia
    early = {"starts_on": tomorrow_in_apia, "answers_until": AT.date(), "at": at}
    assert set(faults_of(session, host, timezone="Pacific/Apia", **early)) == {"starts_on", "answers_until"}
    assert builders.opened(session, host, timezone="Pacific/Honolulu", **early).state is CohortState.OPEN


def test_two_cohorts_of_one_name_have_different_addresses_of_plain_letters(session, host):
    codes = [builders.opened(session, host, name=name).code for name in ("Ñandú & Co", "Ñandú & Co", "冬")]
    assert [code.rpartition("-")[0] for code in codes] == ["nandu-co", "nandu-co", "cohort"]
    assert len(set(codes)) == 3


def test_a_cohort_that_runs_keeps_its_dates(session, cohort):
    cohort.state = CohortState.RUNNING
    with pytest.raises(Refused, match=r"^The pods of this cohort are published"):
        cohorts.change_cohort(session, cohort, builders.setup(weeks=8), at=AT)
    assert cohort.weeks == 6


def test_a_change_with_a_fault_changes_nothing(session, cohort):
    with pytest.raises(Faults):
        cohorts.change_cohort(session, cohort, builders.setup(name="New", cap=5), at=AT)
    assert (cohort.name, cohort.cap) == ("Winter makers", 6)


def test_the_last_seat_is_given_and_the_next_person_waits(session, cohort):
    builders.joined(session, cohort, 8, times="")
    states = session.scalars(select(Enrolment.state).order_by(Enrolment.joined_at)).all()
    assert states == [EnrolmentState.ENROLLED] * 6 + [EnrolmentState.WAITING] * 2
    page = cohorts.public_page(session, cohort, at=AT)
    assert (page.joined, page.seats_left) == (6, 0)


def test_a_seat_of_somebody_who_left_is_free_again(session, cohort):
    builders.joined(session, cohort, 6, times="")[0].state = EnrolmentState.LEFT
    session.flush()
    assert cohorts.public_page(session, cohort, at=AT).seats_left == 1
    (late,) = builders.joined(session, cohort, 1, times="")
    assert late.state is EnrolmentState.ENROLLED


def test_a_known_address_opens_nothing_and_gets_its_link_by_mail_with_nothing_changed(session, cohort):
    first = joining.join(session, cohort, builders.joiner(1), at=AT)
    stranger = replace(builders.joiner(1, goal="Other"), name="Evil", email="MEMBER1@Example.net")
    again = joining.join(session, cohort, stranger, at=AT)
    assert (first.is_new, again.is_new, again.enrolment) == (True, False, first.enrolment)
    assert again.enrolment.goal == "Finish thing 1"
    assert session.scalars(select(Person.name).where(Person.email == "member1@example.net")).all() == ["Member 1"]
    assert [mail.membership_id for mail in mails(session, MailKind.RECEIPT) if mail.due_at == AT] == [
        first.enrolment.membership_id
    ]


def test_an_address_known_in_another_community_opens_nothing_either(session, cohort):
    joining.join(session, cohort, builders.joiner(1), at=AT)
    elsewhere = builders.opened(session, builders.found(session, "Other Table", "Tomas Rey"))
    joined = joining.join(session, elsewhere, replace(builders.joiner(1), name="Evil"), at=AT)
    assert joined.is_new is False
    assert [mail.membership_id for mail in mails(session, MailKind.RECEIPT) if mail.due_at == AT] == [
        joined.enrolment.membership_id
    ]


def test_nobody_joins_when_the_form_is_closed(session, cohort):
    late = AT.replace(day=15, hour=23)  # midnight has passed in Berlin
    with pytest.raises(Refused, match=r"^This cohort takes no more members"):
        joining.join(session, cohort, builders.joiner(1), at=late)
    assert session.scalar(select(func.count()).select_from(Person)) == 1
    assert joining.join(session, cohort, builders.joiner(1), at=AT.replace(day=15, hour=22)).is_new


@pytest.mark.parametrize(
    ("times", "fault"),
    [
        ("", "Mark at least one block of 60 minutes in which you could meet."),
        (
            "Mon 10:00-10:30\nTue 10:00-10:45",
            "Your longest block is 45 minutes; the meeting needs 60. Make one block 15 minutes longer.",
        ),
    ],
)
def test_times_too_short_are_refused_and_the_old_ones_stay(session, cohort, times, fault):
    (member,) = builders.joined(session, cohort, 1, away="2027-03-01")
    with pytest.raises(Faults) as refusal:
        availability.record(session, member, read_times(times), read_away("2027-02-01"), at=AT + timedelta(hours=1))
    session.flush()
    session.expire_all()
    assert refusal.value.by_field == {"times": fault}
    assert availability.windows_of(member) == read_times(builders.TIMES)
    assert (availability.away_of(member), member.times_saved_at) == (read_away("2027-03-01"), AT)
    assert len(mails(session, MailKind.RECEIPT)) == 1


def test_times_are_replaced_whole_and_read_back_as_sent(session, cohort):
    (member,) = builders.joined(session, cohort, 1)
    windows = read_times("Tue 18:00-21:00 if need be\nSun 23:00-01:00 free")
    away = read_away("2027-02-01 to 2027-02-03\n2027-02-01 to 2027-02-07\n2027-03-01")
    availability.record(session, member, windows, away, at=AT + timedelta(minutes=5))
    session.expire_all()
    assert availability.windows_of(member) == windows
    assert availability.away_of(member) == read_away("2027-02-01 to 2027-02-07\n2027-03-01")
    assert len(mails(session, MailKind.RECEIPT)) == 2


def test_others_are_shown_as_counts_on_my_own_clock(session, cohort):
    (me,) = builders.joined(session, cohort, 1, timezone="Asia/Karachi")
    builders.joined(session, cohort, 3, times="Tue 18:00-19:00")
    builders.joined(session, cohort, 1, times="Wed 18:00-19:00")
    assert availability.shared_times(session, me) == {}  # four answers: a count would be somebody's grid
    builders.joined(session, cohort, 1, times="Wed 18:00-19:00")
    assert availability.shared_times(session, me) == {"members": 5, "tue 22:00": 3, "tue 22:30": 3}


def test_a_pause_is_from_tomorrow_to_ten_weeks_on_the_member_s_own_calendar(session, cohort):
    (member,) = builders.joined(session, cohort, 1, timezone="Pacific/Apia")
    at = AT.replace(hour=12)  # the fifth has begun in Apia
    for until in (date(2027, 1, 5), date(2027, 3, 17), date(9999, 1, 1)):
        with pytest.raises(Faults):
            joining.pause(session, member, until=until, at=at)
    joining.pause(session, member, until=date(2027, 1, 6), at=at)
    assert member.paused_until == date(2027, 1, 6)


def test_a_host_asks_for_missing_times_once_a_day_and_only_the_missing(session, cohort):
    builders.joined(session, cohort, 2)
    missing = builders.joined(session, cohort, 2, times="")
    assert nudging.ask_for_times(session, cohort, at=AT) == 2
    with pytest.raises(Refused, match=r"^Everybody who is missing was asked within the last day\. No mail was sent\.$"):
        nudging.ask_for_times(session, cohort, at=AT + timedelta(hours=23))
    asked = {mail.membership_id for mail in mails(session, MailKind.TIMES_MISSING)}
    assert asked == {member.membership_id for member in missing}
    assert nudging.ask_for_times(session, cohort, at=AT + timedelta(hours=24)) == 2
    assert len(mails(session, MailKind.TIMES_MISSING)) == 4


def test_a_cohort_ends_two_days_after_its_last_day(session, house):
    (pod,) = builders.published(session, house.addresses)
    last = FIRST_DAY + timedelta(weeks=6, days=-1)
    for days, state in ((2, CohortState.RUNNING), (3, CohortState.CLOSED)):
        cohorts.close_ended(
            session,
            house.addresses,
            at=AT.replace(year=last.year, month=last.month, day=last.day) + timedelta(days=days),
        )
        assert pod.cohort.state is state
