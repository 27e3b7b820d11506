"""Two check-ins missed in a row: one private mail and a task; and what hosts read on Mondays."""

import uuid
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import builders
import pytest
from builders import AT
from sqlalchemy import select

from podsched.models import Answer, MailKind, MailState, OutboxMail
from podsched.services import checkins, digest, joining, leaving, letters, missed, people, quiet, retros, stops

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def berlin(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


WEDNESDAY = berlin("2027-01-20T04:30")


@pytest.fixture
def pod(session, house):
    return builders.published(session, house.addresses, members=7)[0]


@pytest.fixture
def member(session, pod):
    return builders.members_of(session, pod)[0]


def asked(session, *days, but=()):
    """Check-in mails of these January days have left; all but some of the members have answered."""
    for number in days:
        at = berlin(f"2027-01-{number}T09:00")
        for _ in range(2):  # a clock that was down for days catches up in two steps
            checkins.plan_due(session, at=at)
        for mail in session.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.CHECK_IN)):
            if mail.state is MailState.WAITING:
                mail.state, mail.sent_at = MailState.SENT, at
    session.flush()
    members = {mail.about["enrolment"] for mail in _mails(session, MailKind.CHECK_IN)}
    for one in members - {silent.id.hex for silent in but}:
        enrolment = checkins.asked_by_mail(session, uuid.UUID(one))
        for number in days:
            answered(session, enrolment, number)


def answered(session, member, number):
    day = date(2027, 1, number)
    checkins.answer(session, member, day, Answer.DONE, line="", stuck=False, at=berlin(f"2027-01-{number}T10:00"))


def _mails(session, kind):
    return session.scalars(select(OutboxMail).where(OutboxMail.kind == kind).order_by(OutboxMail.due_at)).all()


def told(session, at):
    builders.for_cohorts(missed.plan, session, at=at)
    return _mails(session, MailKind.MISSED)


def letter(session, house, mail, at):
    return letters.compose(session, mail, house.addresses, at=at)


class TestMissed:
    def test_two_in_a_row_bring_one_mail_at_nine_and_a_task(self, session, house, pod, member):
        asked(session, 18, 19, but=[member])
        assert told(session, berlin("2027-01-20T03:30")) == []  # Tuesday can be answered until four
        (mail,) = told(session, WEDNESDAY)
        assert (mail.membership_id, mail.due_at) == (member.membership_id, berlin("2027-01-20T09:00"))
        found = letter(session, house, mail, mail.due_at)
        assert (found.to_address, found.values["fewer"]) == ("member1@example.net", True)
        assert [one.id for one in missed.to_ask_after(session, pod.cohort, at=WEDNESDAY)] == [member.id]

    @pytest.mark.parametrize(("last", "due"), [(20, "2027-01-21T09:00"), (30, None)], ids=["a day", "ten days"])
    def test_in_a_holiday_it_waits_for_the_morning_after_or_is_left_to_the_host(
        self, session, house, pod, member, last, due
    ):
        days_off = {"name": "Holiday", "first": date(2027, 1, 20), "last": date(2027, 1, last)}
        asked(session, 18, 19, but=[member])
        quiet.add_holiday(session, pod.cohort.community, house.addresses, **days_off, at=WEDNESDAY)
        assert [mail.due_at for mail in told(session, WEDNESDAY)] == ([berlin(due)] if due else [])
        assert [one.id for one in missed.to_ask_after(session, pod.cohort, at=WEDNESDAY)] == [member.id]

    def test_one_missed_or_one_between_two_answers_is_nobodys_business(self, session, pod, member):
        asked(session, 18, 19, 20, 21, but=[member])
        answered(session, member, 18)
        answered(session, member, 20)
        assert [told(session, berlin(f"2027-01-{number}T12:00")) for number in (19, 20, 21, 22)] == [[]] * 4

    def test_an_early_answer_between_two_missed_days_breaks_the_row(self, session, pod, member):
        """Nobody is mailed about a day that is answered before its mail, so the mails alone do not tell."""
        answered(session, member, 19)
        asked(session, 18, 20, but=[member])
        for mail in _mails(session, MailKind.CHECK_IN):
            if mail.membership_id == member.membership_id and mail.about["day"] == "2027-01-19":
                mail.state = MailState.DROPPED
        session.flush()
        assert told(session, berlin("2027-01-21T12:00")) == []

    def test_a_check_in_that_was_never_sent_was_never_missed(self, session, pod, member):
        asked(session, 18, 19, but=[member])
        for mail in _mails(session, MailKind.CHECK_IN):
            mail.state = MailState.DROPPED
        session.flush()
        assert told(session, WEDNESDAY) == []

    def test_a_streak_is_told_of_once_and_another_one_not_within_two_weeks(self, session, pod, member):
        asked(session, 18, 19, but=[member])
        for number in (20, 21, 22, 25):
            told(session, berlin(f"2027-01-{number}T12:00"))
        answered(session, member, 25)
        asked(session, 26, 27, but=[member])
        assert len(told(session, berlin("2027-01-28T12:00"))) == 1
        asked(session, 28, 29, but=[member])
        assert len(told(session, berlin("2027-02-03T12:00"))) == 2
        later = berlin("2027-02-18T12:00")
        assert len(told(session, later)) == 2, "the same silence is not spoken of again"

    @pytest.mark.parametrize(
        "event",
        [
            lambda s, h, m: answered(s, m, 20),
            lambda s, h, m: joining.pause(s, m, until=date(2027, 1, 25), at=WEDNESDAY),
            lambda s, h, m: joining.stop_check_ins(s, m, at=WEDNESDAY),
            lambda s, h, m: quiet.set_week(s, m.cohort, 1, h.addresses, quiet=True, at=WEDNESDAY),
            lambda s, h, m: leaving.leave(s, m, h.addresses, at=WEDNESDAY),
            lambda s, h, m: stops.stop(s, m.membership, MailKind.MISSED, at=WEDNESDAY),
        ],
        ids=["answered", "paused", "off", "quiet", "left", "stopped"],
    )
    def test_what_happened_since_drops_it(self, session, house, pod, member, event):
        asked(session, 18, 19, but=[member])
        (mail,) = told(session, WEDNESDAY)
        event(session, house, member)
        session.flush()
        assert letter(session, house, mail, mail.due_at) is None

    def test_it_waits_a_day_where_the_day_has_a_mail(self, session, pod, member):
        asked(session, 18, 19, but=[member])
        taken = _mails(session, MailKind.CHECK_IN)[0]
        session.add(
            OutboxMail(
                membership_id=member.membership_id, kind=MailKind.CLOCK_CHANGE, occurrence="x", about=taken.about,
                due_at=WEDNESDAY, on_day=date(2027, 1, 20), expires_at=WEDNESDAY, state=MailState.SENT, created_at=AT,
            )
        )  # fmt: skip
        session.flush()
        (mail,) = told(session, WEDNESDAY)
        assert (mail.due_at, mail.on_day) == (berlin("2027-01-21T09:00"), date(2027, 1, 21))

    def test_a_pause_ends_the_task_and_so_does_the_host_who_asked(self, session, pod, member):
        other = builders.members_of(session, pod)[1]
        asked(session, 18, 19, but=[member, other])
        told(session, WEDNESDAY)
        assert len(missed.to_ask_after(session, pod.cohort, at=WEDNESDAY)) == 2
        joining.pause(session, member, until=date(2027, 1, 25), at=WEDNESDAY)
        missed.asked_after(other, at=WEDNESDAY + HOUR)
        session.flush()
        assert missed.to_ask_after(session, pod.cohort, at=WEDNESDAY + HOUR) == []


class TestDigest:
    MONDAY = berlin("2027-01-25T08:00")

    def lines(self, session, pod, at):
        return {section.name: section.lines for section in digest.gather(session, pod.cohort.community, at=at)}

    def test_nothing_to_look_after_is_no_mail(self, session, pod):
        monday = berlin("2027-01-11T08:00")
        assert digest.gather(session, pod.cohort.community, at=monday) == []
        digest.plan(session, at=monday)
        assert _mails(session, MailKind.DIGEST) == []

    def test_it_names_everything_that_may_need_a_host(self, session, house, pod, member):
        community = pod.cohort.community
        host = people.add_host(session, community, email="mira@example.org", name="Mira Holm", at=AT)
        waiting = builders.opened(
            session, host, name="Spring makers", starts_on=date(2027, 3, 1), answers_until=date(2027, 2, 20)
        )
        builders.joined(session, waiting, 8, times="")
        asked(session, 21, 22, but=[member])
        stuck, *others = builders.members_of(session, pod)[1:]
        checkins.answer(
            session, stuck, date(2027, 1, 22), Answer.PARTLY, line="", stuck=True, at=berlin("2027-01-22T10:00")
        )
        told(session, berlin("2027-01-23T12:00"))
        for one in others[:1]:
            leaving.leave(session, one, house.addresses, at=self.MONDAY - DAY)
        for one in others[1:2]:
            leaving.leave(session, one, house.addresses, at=self.MONDAY - DAY)
        receipt = _mails(session, MailKind.RECEIPT)[-1]
        receipt.state, receipt.due_at = MailState.DEAD, self.MONDAY - DAY
        session.flush()
        name = receipt.membership.person.name
        assert self.lines(session, pod, self.MONDAY) == {
            "Winter makers": (
                f"{pod.name} pod has 5 people; a pod needs 6.",
                f"{pod.name} pod has no recap of week 1.",
                "Member 2 is stuck since Fri 22 Jan.",
                "Ask how Member 1 is doing.",
            ),
            "Spring makers": (
                "8 people have not sent their times: Member 1, Member 2, Member 3, Member 4, Member 5 and 3 more.",
            ),
            "Kitchen Table": (f"1 mail could not be delivered, to {name}.",),
        }

    def test_it_comes_on_mondays_at_eight_to_each_host_once(self, session, house, pod):
        community = pod.cohort.community
        second = people.add_host(session, community, email="ola@example.org", name="Ola", at=AT)
        stopped = people.add_host(session, community, email="pia@example.org", name="Pia", at=AT)
        stops.stop(session, stopped, MailKind.DIGEST, at=AT)
        digest.plan(session, at=self.MONDAY + 3 * HOUR)  # what comes up during the day waits for the next
        assert _mails(session, MailKind.DIGEST) == []
        for at in (self.MONDAY - timedelta(minutes=1), self.MONDAY, self.MONDAY + HOUR, self.MONDAY + DAY):
            digest.plan(session, at=at)
        found = _mails(session, MailKind.DIGEST)
        assert {mail.due_at for mail in found} == {self.MONDAY}
        assert {mail.membership.person.name for mail in found} == {"Mira Holm", second.person.name}
        said = letter(session, house, found[0], self.MONDAY)
        assert (said.from_name, said.values["things"]) == ("Kitchen Table", "1 thing")

    def test_what_was_done_before_it_leaves_is_not_in_it(self, session, house, pod):
        digest.plan(session, at=self.MONDAY)
        (mail,) = _mails(session, MailKind.DIGEST)
        meeting = pod.meetings[0]
        retros.start(session, meeting, at=meeting.starts_at)
        retros.add_note(session, meeting, mail.membership, "wins", "done", at=meeting.starts_at)
        recap = retros.close(session, meeting, house.addresses, at=meeting.ends_at)
        recap.sent_at = self.MONDAY
        session.flush()
        assert letter(session, house, mail, self.MONDAY) is None

    def test_a_quiet_week_has_no_recap_to_miss(self, session, house, pod):
        quiet.set_week(session, pod.cohort, 1, house.addresses, quiet=True, at=AT)
        assert self.lines(session, pod, self.MONDAY) == {}
