"""Reminders: each to those it concerns, once, in the hours of mail, and dropped when it is not wanted any more."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import builders
import pytest
from builders import AT, FIRST_DAY
from sqlalchemy import select

from podsched.errors import Refused
from podsched.models import Answer, MailKind, MailState, OutboxMail
from podsched.services import (
    checkins,
    inviting,
    joining,
    leaving,
    letters,
    meetings,
    notices,
    nudging,
    quiet,
    reminders,
    retros,
    rotation,
    stops,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: The first meeting is on Tuesday, 19 January, at 18:00 of Berlin; its mail is due a day before.
MEETING = datetime(2027, 1, 19, 17, tzinfo=UTC)
BEFORE = MEETING - DAY


def berlin(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


@pytest.fixture
def pod(session, house):
    return builders.published(session, house.addresses, members=7)[0]


@pytest.fixture
def member(session, pod):
    return builders.members_of(session, pod)[0]


def mails(session, kind, member=None):
    rows = session.scalars(select(OutboxMail).where(OutboxMail.kind == kind).order_by(OutboxMail.due_at)).all()
    return [row for row in rows if member is None or row.membership_id == member.membership_id]


def letter(session, house, mail, at):
    return letters.compose(session, mail, house.addresses, at=at)


class TestTheDayBefore:
    def planned(self, session, at=MEETING - 7 * DAY):
        builders.for_cohorts(reminders.plan_retro_mail, session, at=at)
        return mails(session, MailKind.RETRO_TOMORROW)

    def test_everybody_gets_one_at_the_hour_of_the_meeting_a_day_before(self, session, pod):
        for at in (MEETING - 8 * DAY, MEETING - 3 * DAY, BEFORE):
            planned = self.planned(session, at)
        first = [mail for mail in planned if mail.about["meeting"] == pod.meetings[0].id.hex]
        assert (len(first), {mail.due_at for mail in first}) == (7, {BEFORE})
        assert {mail.on_day for mail in first} == {date(2027, 1, 18)}
        assert {mail.expires_at for mail in first} == {berlin("2027-01-18T21:00")}

    def test_it_says_when_who_and_what_was_promised(self, session, house, pod):
        greeter = rotation.of_week(session, pod, 1)
        member = next(iter(greeter.values()))
        retros.start(session, pod.meetings[0], at=MEETING)
        retros.commit_to(session, pod.meetings[0], member.id, "send one draft", at=MEETING)
        retros.close(session, pod.meetings[0], house.addresses, at=MEETING + HOUR)
        builders.for_cohorts(reminders.plan_retro_mail, session, at=MEETING + DAY)
        (mail,) = mails(session, MailKind.RETRO_TOMORROW, member)
        found = letter(session, house, mail, BEFORE + 7 * DAY)
        roles = [role.value for role, one in rotation.of_week(session, pod, 2).items() if one.id == member.id]
        assert (found.values["soon"], found.values["when"]) == ("tomorrow", "Tue 18:00 your time (Berlin)")
        assert (found.values["promises"], found.values["roles"]) == (["send one draft"], roles)
        assert found.stop_url == found.values["stop"]

    def test_a_meeting_at_night_is_told_of_in_the_hours_of_mail_of_the_day_before(self, session, house):
        (pod,) = builders.published(session, house.addresses, timezone="Asia/Tokyo")
        assert pod.meetings[0].starts_at.astimezone(ZoneInfo("Asia/Tokyo")).strftime("%a %H:%M") == "Wed 02:00"
        walls = {mail.due_at.astimezone(ZoneInfo("Asia/Tokyo")) for mail in self.planned(session)}
        assert {f"{wall:%a %H:%M}" for wall in walls} == {"Tue 08:00"}

    def test_a_meeting_that_is_moved_gives_its_day_back_and_is_told_of_at_its_new_hour(self, session, house, pod):
        self.planned(session)
        meetings.move(session, pod.meetings[0], MEETING + 2 * DAY, house.addresses, at=MEETING - 4 * DAY)
        later = [mail for mail in self.planned(session, MEETING - 4 * DAY) if mail.due_at < MEETING + 3 * DAY]
        assert [mail.due_at for mail in later] == [BEFORE + 2 * DAY] * 7
        found = letter(session, house, later[0], BEFORE + 2 * DAY)
        assert found.values["moved_from"] == "Tue 18:00"

    @pytest.mark.parametrize(
        "event",
        [
            lambda s, h, m: joining.pause(s, m, until=FIRST_DAY + timedelta(days=1), at=BEFORE - HOUR),
            lambda s, h, m: joining.pause(s, m, until=FIRST_DAY + timedelta(days=5), at=BEFORE - HOUR),
            lambda s, h, m: leaving.leave(s, m, h.addresses, at=BEFORE - HOUR),
            lambda s, h, m: stops.stop(s, m.membership, MailKind.RETRO_TOMORROW, at=BEFORE - HOUR),
            lambda s, h, m: quiet.set_week(s, m.cohort, 1, h.addresses, quiet=True, at=BEFORE - HOUR),
            lambda s, h, m: meetings.cancel(s, m.seat.pod.meetings[0], h.addresses, at=BEFORE - HOUR),
            lambda s, h, m: meetings.move(s, m.seat.pod.meetings[0], MEETING + HOUR, h.addresses, at=BEFORE - HOUR),
        ],
        ids=["paused today", "paused", "left", "stopped", "quiet", "cancelled", "moved"],
    )
    def test_what_happened_since_drops_it(self, session, house, pod, member, event):
        mail = next(mail for mail in self.planned(session) if mail.membership_id == member.membership_id)
        assert letter(session, house, mail, BEFORE) is not None
        event(session, house, member)
        session.flush()
        assert letter(session, house, mail, BEFORE) is None

    def test_a_quiet_week_has_none_unless_the_host_sets_an_hour_for_it(self, session, house, pod):
        quiet.set_week(session, pod.cohort, 1, house.addresses, quiet=True, at=AT)
        assert self.planned(session, MEETING - 3 * DAY) == []
        meetings.move(session, pod.meetings[0], MEETING + HOUR, house.addresses, at=MEETING - 3 * DAY)
        assert len(self.planned(session, MEETING - 3 * DAY)) == 7

    def test_pods_published_an_evening_before_are_told_by_that_mail_alone(self, session, pod):
        assert [m for m in self.planned(session, BEFORE + 2 * HOUR) if m.due_at < MEETING] == []


class TestMissingTimes:
    @pytest.fixture
    def cohort(self, session):
        return builders.opened(session, builders.found(session), answers_until=date(2027, 1, 15))

    def asked(self, session, until):
        """Every ten minutes; the local hours at which who was asked."""
        at = AT
        while at < until:
            reminders.plan_times_missing(session, at=at)
            at += timedelta(minutes=10)
        return mails(session, MailKind.TIMES_MISSING)

    def test_twice_in_the_morning_of_each_and_only_while_times_are_missing(self, session, cohort):
        zones = ("Europe/Berlin", "Pacific/Auckland", "America/Los_Angeles")
        for zone in zones:
            builders.joined(session, cohort, 1, times="", timezone=zone)
        builders.joined(session, cohort, 1)
        found = self.asked(session, berlin("2027-01-16T12:00"))
        assert len(found) == 6
        closes = berlin("2027-01-16T00:00")
        for mail in found:
            zone = next(
                one.timezone for one in nudging.missing(session, cohort) if one.id.hex == mail.about["enrolment"]
            )
            assert mail.due_at.astimezone(ZoneInfo(zone)).strftime("%H:%M") == "09:00"
            assert mail.expires_at - mail.due_at == 2 * HOUR
            before = closes - mail.due_at
            assert min(abs(before - timedelta(hours=hours)) for hours in (72, 24)) <= 12 * HOUR

    def test_a_host_and_the_clock_never_ask_twice_within_a_day(self, session, house, cohort):
        builders.joined(session, cohort, 1, times="")
        nudging.ask_for_times(session, cohort, at=berlin("2027-01-12T18:00"))
        found = self.asked(session, berlin("2027-01-15T10:00"))
        assert [mail.due_at for mail in found] == [berlin("2027-01-12T18:00"), berlin("2027-01-15T09:00")]
        with pytest.raises(Refused, match="asked within the last day"):
            nudging.ask_for_times(session, cohort, at=berlin("2027-01-15T20:00"))

    def test_whoever_stopped_it_or_has_just_joined_is_not_asked(self, session, cohort):
        (stopped,) = builders.joined(session, cohort, 1, times="")
        stops.stop(session, stopped.membership, MailKind.TIMES_MISSING, at=AT)
        builders.joined(session, cohort, 1, times="", at=berlin("2027-01-14T12:00"))
        assert self.asked(session, berlin("2027-01-16T12:00")) == []

    def test_a_host_who_asks_does_not_reach_those_who_stopped_it(self, session, house, cohort):
        (stopped,) = builders.joined(session, cohort, 1, times="")
        nudging.ask_for_times(session, cohort, at=AT)
        (mail,) = mails(session, MailKind.TIMES_MISSING)
        assert letter(session, house, mail, AT).stop_url == house.addresses.stop(mail.kind, stopped.membership_id)
        stops.stop(session, stopped.membership, MailKind.TIMES_MISSING, at=AT)
        assert letter(session, house, mail, AT) is None
        with pytest.raises(Refused, match="or wants no such mail"):
            nudging.ask_for_times(session, cohort, at=AT + 2 * DAY)

    def test_a_morning_that_has_a_mail_already_is_passed_over(self, session, cohort):
        (member,) = builders.joined(session, cohort, 1, times="")
        session.add(
            OutboxMail(
                membership_id=member.membership_id, kind=MailKind.DIGEST, occurrence="x", about={}, due_at=AT,
                on_day=date(2027, 1, 13), expires_at=AT, state=MailState.SENT, created_at=AT,
            )
        )  # fmt: skip
        session.flush()
        found = self.asked(session, berlin("2027-01-16T12:00"))
        assert [mail.due_at for mail in found] == [berlin("2027-01-14T09:00"), berlin("2027-01-15T09:00")]
        assert {mail.expires_at - mail.due_at for mail in found} == {2 * HOUR}


class TestNudge:
    def test_nobody_is_nudged_who_did_not_ask_for_it(self, session, pod, member):
        member.nudges = True
        checkins.plan_due(session, at=berlin("2027-01-18T09:00"))
        (mail,) = mails(session, MailKind.NUDGE)
        assert (mail.membership_id, mail.due_at) == (member.membership_id, berlin("2027-01-18T14:00"))

    @pytest.mark.parametrize(("hour", "nudged"), [(15, True), (16, False), (20, False), (2, False), (3, True)])
    def test_a_nudge_that_would_come_at_night_is_left_out(self, session, pod, member, hour, nudged):
        about = replace(builders.joiner(1).about, checkin_minute=hour * 60 + (30 if hour == 15 else 0))
        joining.change_about(session, member, about, at=AT)
        member.nudges = True
        checkins.plan_due(session, at=berlin(f"2027-01-18T{hour:02d}:59"))
        assert len(mails(session, MailKind.NUDGE)) == nudged

    def sent(self, session, member):
        member.nudges = True
        at = berlin("2027-01-18T09:00")
        checkins.plan_due(session, at=at)
        (asked,) = mails(session, MailKind.CHECK_IN, member)
        asked.state, asked.sent_at = MailState.SENT, at
        session.flush()
        return mails(session, MailKind.NUDGE)[0]

    @pytest.mark.parametrize(
        ("event", "wanted"),
        [
            (lambda s, m: None, True),
            (lambda s, m: checkins.answer(s, m, FIRST_DAY, Answer.AWAY, line="", stuck=False, at=MEETING - DAY), False),
            (lambda s, m: stops.stop(s, m.membership, MailKind.NUDGE, at=AT), False),
            (lambda s, m: joining.pause(s, m, until=date(2027, 1, 30), at=berlin("2027-01-18T10:00")), False),
        ],
        ids=["open", "answered", "stopped", "paused"],
    )
    def test_it_asks_about_a_day_that_is_still_open(self, session, house, pod, member, event, wanted):
        mail = self.sent(session, member)
        event(session, member)
        session.expire_all()
        assert (letter(session, house, mail, mail.due_at) is not None) == wanted

    def test_a_check_in_that_came_late_or_never_is_not_reminded_of(self, session, house, pod, member):
        mail = self.sent(session, member)
        (asked,) = mails(session, MailKind.CHECK_IN, member)
        asked.sent_at = mail.due_at - HOUR
        assert letter(session, house, mail, mail.due_at) is None
        asked.state = MailState.DROPPED
        assert letter(session, house, mail, mail.due_at) is None


class TestGoodbye:
    def test_one_mail_says_that_mail_has_stopped_and_nothing_else_comes(self, session, house, pod, member):
        leaving.leave(session, member, house.addresses, at=AT)
        leaving.leave(session, member, house.addresses, at=AT + DAY)
        (mail,) = mails(session, MailKind.GOODBYE)
        found = letter(session, house, mail, AT)
        assert (found.to_address, found.values["pod"], found.reply_to) == (
            "member1@example.net",
            pod.name,
            "mira@example.org",
        )
        builders.for_cohorts(reminders.plan_retro_mail, session, at=MEETING - 7 * DAY)
        assert mails(session, MailKind.RETRO_TOMORROW, member) == []

    def test_whoever_is_taken_back_at_once_is_not_seen_off(self, session, house, pod, member):
        leaving.leave(session, member, house.addresses, at=AT)
        leaving.take_back(session, member, house.addresses, at=AT + HOUR)
        assert letter(session, house, mails(session, MailKind.GOODBYE)[0], AT + HOUR) is None


class TestOneADay:
    def test_an_invitation_gives_way_to_the_mail_of_the_day_before(self, session, house, pod, member):
        """Eight days before the second meeting is the day before the first."""
        member.invites = True
        for at in (AT, BEFORE - HOUR, BEFORE, BEFORE + HOUR):
            builders.for_cohorts(reminders.plan_retro_mail, session, at=at)
            builders.for_cohorts(notices.plan_invitations, session, at=at)
        mine = [mail for mail in mails(session, MailKind.INVITATION, member) if mail.on_day]
        days = Counter(m.on_day for kind in MailKind for m in mails(session, kind, member) if m.on_day)
        assert set(days.values()) == {1}
        assert {mail.about["meeting"] for mail in mine} == {one.id.hex for one in pod.meetings[:2]}
        assert date(2027, 1, 18) not in {mail.on_day for mail in mine}

    def test_what_was_asked_for_by_a_press_comes_at_once(self, session, pod, member):
        at = BEFORE - HOUR
        builders.for_cohorts(reminders.plan_retro_mail, session, at=AT + 5 * DAY)
        inviting.choose(session, member, pod, invites=True, at=at)
        assert {(mail.due_at, mail.on_day) for mail in mails(session, MailKind.INVITATION, member)} == {(at, None)}

    def test_the_mail_of_the_day_before_says_that_the_clock_changes(self, session, house):
        """Pods that are published in the last days before clocks change have no week in which to be told."""
        host = builders.found(session)
        cohort = builders.opened(session, host, starts_on=date(2027, 3, 15), answers_until=date(2027, 3, 12))
        builders.joined(session, cohort, 6, timezone="Asia/Kathmandu")
        from podsched.services import publishing

        (pod,) = publishing.publish(session, builders.proposed(session, cohort, host), house.addresses, at=AT)
        changed = pod.meetings[2]
        before = changed.starts_at - DAY
        builders.for_cohorts(reminders.plan_retro_mail, session, at=before - DAY)
        mail = mails(session, MailKind.RETRO_TOMORROW)[0]
        (sentence,) = letter(session, house, mail, before).values["changes"]
        assert sentence == "From Tue 30 Mar this meeting is Tue 21:45 for you, not Tue 22:45."

    def test_after_a_move_what_waits_comes_in_the_hours_of_the_new_place(self, session, pod, member):
        builders.for_cohorts(reminders.plan_retro_mail, session, at=MEETING - 3 * DAY)
        about = replace(builders.joiner(1).about, timezone="Australia/Sydney")
        joining.change_about(session, member, about, at=MEETING - 2 * DAY)
        builders.for_cohorts(reminders.plan_retro_mail, session, at=MEETING - 2 * DAY)
        (mail,) = mails(session, MailKind.RETRO_TOMORROW, member)
        wall = mail.due_at.astimezone(ZoneInfo("Australia/Sydney"))
        assert f"{wall:%a %d %H:%M}" == "Tue 19 08:00"  # they meet at four in the morning of Wednesday
        assert mail.on_day == wall.date()

    def test_after_a_move_a_mail_that_takes_any_morning_comes_in_a_morning_of_the_new_place(self, session, pod, member):
        member.invites = True
        builders.for_cohorts(notices.plan_invitations, session, at=berlin("2027-01-17T22:00"))
        about = replace(builders.joiner(1).about, timezone="America/New_York")
        joining.change_about(session, member, about, at=berlin("2027-01-17T23:00"))
        (mail,) = mails(session, MailKind.INVITATION, member)
        assert f"{mail.due_at.astimezone(ZoneInfo('America/New_York')):%a %d %H:%M}" == "Mon 18 09:00"
