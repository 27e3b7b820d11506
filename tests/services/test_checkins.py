"""Check-ins: one a local day, never to somebody who answered, is paused, away, in a quiet week, or asked for none."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import builders
import pytest
from builders import AT, FIRST_DAY
from sqlalchemy import func, select

from podsched.errors import NotFound, Refused
from podsched.models import Answer, CheckIn, DatesAway, Enrolment, EnrolmentState, MailKind, OutboxMail
from podsched.services import checkins, joining, letters, publishing, quiet
from podsched.services.checkins import Mark

MONDAY = datetime(2027, 1, 18, 8, tzinfo=UTC)  # nine o'clock in Berlin
HOUR = timedelta(hours=1)


@pytest.fixture
def pod(session, house):
    return builders.published(session, house.addresses)[0]


@pytest.fixture
def member(session, pod):
    return builders.members_of(session, pod)[0]


def asked(session, member=None):
    """(member, local day) of every check-in mail that was decided on."""
    rows = session.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.CHECK_IN)).all()
    mine = [row for row in rows if member is None or row.membership_id == member.membership_id]
    return sorted((row.about["enrolment"], row.about["day"]) for row in mine)


def walk(session, *, to, start=MONDAY - HOUR):
    """The clock's work at each instant that is due; how many were planned when."""
    at, planned = start, {}
    while at is not None and at <= to:
        if count := checkins.plan_due(session, at=at):
            planned[at] = planned.get(at, 0) + count
        following = session.scalar(select(func.min(Enrolment.next_checkin_at)))
        at = max(at, following) if following else None
    return planned


def letter(session, house, member, *, at):
    """What the check-in mail of today says when it is about to leave; None when it is not wanted."""
    rows = select(OutboxMail).where(
        OutboxMail.kind == MailKind.CHECK_IN, OutboxMail.membership_id == member.membership_id
    )
    (mail,) = session.scalars(rows)
    return letters.compose(session, mail, house.addresses, at=at)


def test_everybody_is_asked_on_every_weekday_of_six_weeks_at_nine_and_never_again(session, pod):
    planned = walk(session, to=MONDAY + timedelta(weeks=7))
    days = [FIRST_DAY + timedelta(days=n) for n in range(42) if n % 7 < 5]
    assert list(planned) == [datetime(day.year, day.month, day.day, 8, tzinfo=UTC) for day in days]
    assert set(planned.values()) == {6}
    assert len(set(asked(session))) == len(asked(session)) == 180


def test_each_is_asked_at_their_own_nine_over_a_change_of_the_clock(session, house):
    host = builders.found(session)
    cohort = builders.opened(session, host, starts_on=date(2027, 3, 8), answers_until=date(2027, 3, 5))
    zones = ["America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Santiago", "UTC"]
    for zone in zones:
        builders.joined(session, cohort, 1, timezone=zone)
    run = builders.proposed(session, cohort, host)
    (pod,) = publishing.publish(session, run, house.addresses, at=AT)
    walk(session, start=datetime(2027, 3, 7, tzinfo=UTC), to=datetime(2027, 4, 20, tzinfo=UTC))
    for member in builders.members_of(session, pod):
        rows = session.scalars(
            select(OutboxMail.due_at).where(
                OutboxMail.membership_id == member.membership_id, OutboxMail.kind == MailKind.CHECK_IN
            )
        ).all()
        walls = [due.astimezone(ZoneInfo(member.timezone)) for due in rows]
        assert {(wall.hour, wall.minute) for wall in walls} == {(9, 0)}
        days = [date(2027, 3, 8) + timedelta(days=n) for n in range(42) if n % 7 < 5]
        assert sorted(wall.date() for wall in walls) == days


def test_planning_again_changes_nothing(session, pod):
    assert [checkins.plan_due(session, at=MONDAY) for _ in range(3)] == [6, 0, 0]
    assert len(asked(session)) == 6


def test_a_clock_that_was_down_for_two_days_sends_nothing_stale(session, pod, member):
    wednesday = MONDAY + timedelta(days=2, hours=2)
    assert [checkins.plan_due(session, at=wednesday) for _ in range(3)] == [0, 6, 0]  # it catches up in two steps
    assert asked(session, member) == [(member.id.hex, "2027-01-20")]


@pytest.mark.parametrize(("late", "sent"), [(6 * HOUR - timedelta(seconds=1), 1), (6 * HOUR, 0), (23 * HOUR, 0)])
def test_a_check_in_six_hours_late_is_not_sent_at_all(session, pod, member, late, sent):
    walk(session, start=MONDAY + late, to=MONDAY + late)
    assert len(asked(session, member)) == sent


def test_a_wanted_check_in_is_a_letter_with_one_link_and_a_way_to_stop(session, house, pod, member):
    checkins.plan_due(session, at=MONDAY)
    found = letter(session, house, member, at=MONDAY)
    assert (found.to_address, found.from_name, found.reply_to) == (
        "member1@example.net",
        f"{pod.name} pod",
        "mira@example.org",
    )
    assert found.stop_url == house.addresses.stop_check_ins(member.id)
    assert house.addresses.read_check_in(found.values["answer"].rpartition("/")[2]) == (member.id, FIRST_DAY)


def answer(session, member, at):
    checkins.answer(session, member, FIRST_DAY, Answer.PARTLY, line="", stuck=False, at=at)


def leave(session, member):
    member.state = EnrolmentState.LEFT


def be_away(session, member):
    member.away = [DatesAway(first_day=FIRST_DAY, last_day=FIRST_DAY)]


@pytest.mark.parametrize(
    "event",
    [
        lambda s, h, m: answer(s, m, MONDAY),
        lambda s, h, m: leave(s, m),
        lambda s, h, m: be_away(s, m),
        lambda s, h, m: joining.pause(s, m, until=FIRST_DAY + timedelta(days=1), at=MONDAY),
        lambda s, h, m: joining.stop_check_ins(s, m, at=MONDAY),
        lambda s, h, m: quiet.set_week(s, m.cohort, 1, h.addresses, quiet=True, at=MONDAY),
        lambda s, h, m: quiet.add_holiday(
            s, m.cohort.community, h.addresses, name="Day off", first=FIRST_DAY, last=FIRST_DAY, at=MONDAY
        ),
    ],
    ids=["answered", "left", "away", "paused", "off", "quiet week", "holiday"],
)
def test_what_happened_since_it_was_planned_drops_the_mail_of_that_member(session, house, pod, member, event):
    checkins.plan_due(session, at=MONDAY)
    assert letter(session, house, member, at=MONDAY) is not None
    event(session, house, member)
    session.flush()
    assert letter(session, house, member, at=MONDAY) is None


def test_what_one_member_did_drops_no_mail_of_another(session, house, pod, member):
    checkins.plan_due(session, at=MONDAY)
    answer(session, member, MONDAY)
    joining.stop_check_ins(session, member, at=MONDAY)
    mates = builders.members_of(session, pod)[1:]
    assert [mate.id for mate in mates if letter(session, house, mate, at=MONDAY) is None] == []


def test_a_mail_that_waited_past_four_in_the_morning_is_dropped(session, house):
    (pod,) = builders.published(session, house.addresses, checkin_minute=23 * 60)
    member = builders.members_of(session, pod)[0]
    due = MONDAY + 14 * HOUR
    checkins.plan_due(session, at=due)
    assert letter(session, house, member, at=due + 5 * HOUR - timedelta(minutes=1)) is not None
    assert letter(session, house, member, at=due + 5 * HOUR) is None


def test_a_pause_skips_its_days_and_the_rest_comes_as_ever(session, pod, member):
    joining.pause(session, member, until=FIRST_DAY + timedelta(days=9), at=AT + timedelta(days=13))
    walk(session, to=MONDAY + timedelta(days=11))
    assert [day for _, day in asked(session, member)] == ["2027-01-27", "2027-01-28", "2027-01-29"]


def test_a_member_who_resumes_in_a_pause_is_asked_from_the_next_hour_on(session, pod, member):
    joining.pause(session, member, until=FIRST_DAY + timedelta(days=20), at=AT + timedelta(days=13))
    joining.resume(session, member, at=MONDAY + HOUR)
    walk(session, to=MONDAY + timedelta(days=2))
    assert [day for _, day in asked(session, member)] == ["2027-01-19", "2027-01-20"]


def test_a_quiet_week_holds_no_check_in_of_anybody_and_can_be_taken_back(session, house, pod):
    quiet.set_week(session, pod.cohort, 1, house.addresses, quiet=True, at=AT)
    assert walk(session, to=MONDAY + timedelta(days=6)) == {}
    quiet.set_week(session, pod.cohort, 2, house.addresses, quiet=True, at=AT)
    quiet.set_week(session, pod.cohort, 2, house.addresses, quiet=False, at=AT)
    assert walk(session, start=MONDAY + timedelta(days=7), to=MONDAY + timedelta(days=7)) == {
        MONDAY + timedelta(days=7): 6
    }


def test_an_hour_changed_on_the_day_asks_once_all_the_same(session, pod, member):
    checkins.plan_due(session, at=MONDAY)
    about = replace(builders.joiner(1).about, checkin_minute=12 * 60)
    joining.change_about(session, member, about, at=MONDAY + HOUR)
    walk(session, start=MONDAY + HOUR, to=MONDAY + 14 * HOUR)
    assert asked(session, member) == [(member.id.hex, "2027-01-18")]


@pytest.mark.parametrize(
    ("wall", "taken"),
    [("18T00:00", True), ("18T23:59", True), ("19T03:59", True), ("19T04:00", False), ("17T23:59", False)],
)
def test_an_answer_is_taken_until_three_fifty_nine_of_the_next_morning(session, pod, member, wall, taken):
    at = datetime.fromisoformat(f"2027-01-{wall}").replace(tzinfo=ZoneInfo("Europe/Berlin"))
    if taken:
        answer(session, member, at)
    else:
        with pytest.raises(Refused, match=r"^This check-in is over"):
            answer(session, member, at)
    assert len(session.scalars(select(CheckIn)).all()) == taken


def test_a_second_press_changes_the_answer_and_the_line(session, pod, member):
    answer(session, member, MONDAY)
    checkins.answer(session, member, FIRST_DAY, Answer.DONE, line="yes", stuck=True, at=MONDAY + HOUR)
    (found,) = session.scalars(select(CheckIn))
    assert (found.answer, found.line, found.stuck, found.answered_at) == (Answer.DONE, "yes", True, MONDAY + HOUR)


def test_a_link_of_somebody_who_left_or_never_was_speaks_for_nobody(session, pod, member):
    leave(session, member)
    session.flush()
    for who in (member.id, pod.id):
        with pytest.raises(NotFound):
            checkins.asked_by_mail(session, who)


def test_the_pod_sees_words_and_no_times_of_day(session, pod, member):
    answer(session, member, MONDAY)
    rows = checkins.pod_week(session, pod, member, at=MONDAY + timedelta(days=1))
    mine = next(row for row in rows if row.is_you)
    assert [row.is_you for row in rows].count(True) == 1
    weekend = [Mark.NOT_ASKED] * 2
    assert [day.mark for day in mine.days] == [Mark.PARTLY, *[Mark.OPEN] * 4, *weekend]
    others = {tuple(day.mark for day in row.days) for row in rows if not row.is_you}
    assert others == {(Mark.MISSED, *[Mark.OPEN] * 4, *weekend)}


def test_members_without_a_pod_are_sent_nothing(session, house, pod, member):
    host = builders.found(session, "Other Table", "Tomas Rey")
    cohort = builders.opened(session, host)
    (waiting,) = builders.joined(session, cohort, 1)
    walk(session, to=MONDAY + timedelta(days=1))
    assert asked(session, waiting) == []
