"""A meeting that moves, is called off and comes back: in every calendar at once, and in the mail of whom it concerns."""

from datetime import date, time, timedelta

import builders
import pytest
from builders import AT
from sqlalchemy import select

import calendars
from podsched.domain import subjects
from podsched.domain.availability import Level, read_away, read_times
from podsched.domain.zones import is_on_a_clock_change
from podsched.errors import Faults, Refused
from podsched.models import FeedStyle, Invitation, MailKind, OutboxMail, PartStat, StoredFeed
from podsched.services import availability, inviting, letters, meetings, notices, retros
from podsched.services.rhythms import hour_changes

WEEK_3 = 2
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def pod(session, house):
    return builders.published(session, house.addresses)[0]


@pytest.fixture
def meeting(pod):
    return pod.meetings[WEEK_3]


def lines(session, subject, style=FeedStyle.FLAT):
    stored = session.get_one(StoredFeed, (subject, style))
    session.refresh(stored)
    assert style is FeedStyle.FREE_BUSY or calendars.faults(stored.body) == []
    return stored.body.decode().replace("\r\n ", "").split("\r\n")


def starts(session, pod, style=FeedStyle.FLAT):
    return [
        line.removeprefix("DTSTART:")
        for line in lines(session, subjects.member(pod.seats[0].enrolment_id), style)
        if line.startswith("DTSTART:")
    ]


def stamp(instant):
    return f"{instant:%Y%m%dT%H%M%SZ}"


def mails(session, kind=MailKind.CHANGE):
    return [*session.scalars(select(OutboxMail).where(OutboxMail.kind == kind).order_by(OutboxMail.created_at))]


def letter(session, house, mail, at=AT):
    return letters.compose(session, mail, house.addresses, at=at)


def test_a_moved_meeting_is_in_every_feed_with_its_uid_and_a_higher_sequence(session, house, pod, meeting):
    slot, uid = meeting.starts_at, str(meeting.id)
    meetings.move(session, meeting, slot + 2 * DAY, house.addresses, at=AT)
    found = lines(session, subjects.member(pod.seats[0].enrolment_id))
    event = found[found.index(f"UID:{uid}@podsched") :]
    assert f"DTSTART:{stamp(slot + 2 * DAY)}" in event[:5]
    assert next(line for line in event if line.startswith("SEQUENCE")) == "SEQUENCE:1"
    assert any(r"Moved this week\; it is usually Tue" in line for line in event)
    assert stamp(slot) not in starts(session, pod)
    series = lines(session, subjects.member(pod.seats[0].enrolment_id), FeedStyle.SERIES)
    assert sum(line.startswith("RECURRENCE-ID;TZID=Europe/Berlin:") for line in series) == 1


def test_a_cancelled_meeting_leaves_the_feed_and_comes_back_with_the_same_uid(session, house, pod, meeting):
    before = starts(session, pod)
    meetings.cancel(session, meeting, house.addresses, at=AT)
    assert starts(session, pod) == [start for start in before if start != stamp(meeting.starts_at)]
    series = lines(session, subjects.member(pod.seats[0].enrolment_id), FeedStyle.SERIES)
    assert any(line.startswith("EXDATE;TZID=Europe/Berlin:") for line in series)
    meetings.cancel(session, meeting, house.addresses, at=AT)
    assert meeting.sequence == 1
    meetings.restore(session, meeting, house.addresses, at=AT)
    assert starts(session, pod) == before
    assert (meeting.sequence, meeting.changed_at) == (2, AT + timedelta(seconds=2))


def test_a_pod_without_any_meeting_left_has_a_feed_that_says_so(session, house, pod):
    for meeting in pod.meetings:
        meetings.cancel(session, meeting, house.addresses, at=AT)
    found = lines(session, subjects.member(pod.seats[0].enrolment_id))
    assert "SUMMARY:No meeting is planned" in found
    assert sum(line == "BEGIN:VEVENT" for line in found) == 1


def test_changes_far_ahead_are_left_to_the_feed_and_those_within_two_days_are_mailed(session, house, pod, meeting):
    meetings.move(session, meeting, meeting.starts_at + HOUR, house.addresses, at=AT)
    assert mails(session) == []
    soon = meeting.starts_at - timedelta(hours=40)
    meetings.move(session, meeting, meeting.starts_at + HOUR, house.addresses, at=soon)
    assert len(mails(session)) == 6
    found = letter(session, house, mails(session)[0], at=soon)
    assert (found.template, found.values["change"], found.invite) == ("change", "moved", None)


def test_a_cancellation_is_mailed_whenever_it_is_made(session, house, pod, meeting):
    meetings.cancel(session, meeting, house.addresses, at=AT)
    assert len(mails(session)) == 6
    found = letter(session, house, mails(session)[0])
    assert (found.values["change"], found.values["attached"]) == ("cancelled", False)


def test_a_mail_that_a_later_change_has_overtaken_is_not_sent(session, house, pod, meeting):
    meetings.cancel(session, meeting, house.addresses, at=AT)
    first = mails(session)[0]
    meetings.restore(session, meeting, house.addresses, at=AT)
    assert letter(session, house, first) is None
    assert [mail.about["change"] for mail in mails(session)].count("restored") == 6, "whoever heard hears the end of it"


def test_a_correction_before_the_mail_has_left_is_told_from_what_was_known(session, house, pod, meeting):
    """The first mail is overtaken, and the second one names the hour that people know."""
    soon = meeting.starts_at - DAY
    known = meeting.starts_at
    meetings.move(session, meeting, known + 4 * DAY, house.addresses, at=soon)
    meetings.move(session, meeting, known + 5 * DAY, house.addresses, at=soon)
    told = [found for mail in mails(session) if (found := letter(session, house, mail, at=soon))]
    assert len(told) == 6
    assert {(one.values["change"], one.values["was"]) for one in told} == {
        ("moved", f"{moment_of(known)} your time (Berlin)")
    }


def moment_of(instant):
    from podsched.domain.words import moment

    return moment(instant, "Europe/Berlin")


def test_an_hour_that_moved_and_a_room_that_changed_are_one_mail_about_the_hour(session, house, pod, meeting):
    soon = meeting.starts_at - DAY
    meetings.move(session, meeting, meeting.starts_at + HOUR, house.addresses, at=soon)
    meetings.set_room(session, pod, "https://meet.example.org/a", house.addresses, at=soon)
    told = [found for mail in mails(session) if (found := letter(session, house, mail, at=soon))]
    assert [(one.values["change"], one.values["room"]) for one in told] == [("moved", "https://meet.example.org/a")] * 6


def test_a_meeting_moved_back_before_the_mail_left_is_no_news(session, house, pod, meeting):
    soon, known = meeting.starts_at - DAY, meeting.starts_at
    meetings.move(session, meeting, known + HOUR, house.addresses, at=soon)
    meetings.move(session, meeting, known, house.addresses, at=soon)
    assert [letter(session, house, mail, at=soon) for mail in mails(session)] == [None] * 12


def test_another_hour_asks_anew_whoever_had_answered(session, house, pod, meeting):
    member = builders.members_of(session, pod)[0]
    at = meeting.starts_at - timedelta(days=5)
    inviting.choose(session, member, pod, invites=True, at=at)
    (invitation,) = session.scalars(select(Invitation))
    invitation.partstat = PartStat.ACCEPTED
    meetings.move(session, meeting, meeting.starts_at + HOUR, house.addresses, at=at)
    assert (invitation.partstat, invitation.hour_sequence) == (PartStat.NEEDS_ACTION, 1)


def test_a_new_room_is_mailed_for_the_meeting_within_two_days_only(session, house, pod):
    soon = pod.meetings[0].starts_at - HOUR
    meetings.set_room(session, pod, "https://meet.example.org/a", house.addresses, at=soon)
    assert {mail.about["change"] for mail in mails(session)} == {"room"}
    assert len(mails(session)) == 6
    assert [meeting.sequence for meeting in pod.meetings] == [1] * 6
    meetings.set_room(session, pod, "https://meet.example.org/a", house.addresses, at=soon)
    assert len(mails(session)) == 6


@pytest.mark.parametrize(
    ("shift", "sentence"),
    [
        (-21 * DAY - 21 * DAY, "This hour is past. Choose one that is still to come."),
        (7 * DAY, "Stay within six days of Tue 2 Feb, when this week's meeting belongs."),
        (-7 * DAY, "Stay within six days of Tue 2 Feb, when this week's meeting belongs."),
    ],
)
def test_a_meeting_stays_near_its_week(session, house, meeting, shift, sentence):
    before = (meeting.starts_at, meeting.sequence)
    with pytest.raises(Faults) as refusal:
        meetings.move(session, meeting, meeting.starts_at + shift, house.addresses, at=AT)
    assert refusal.value.by_field == {"day": sentence}
    assert (meeting.starts_at, meeting.sequence) == before


def test_two_meetings_of_a_pod_never_overlap(session, house, pod, meeting):
    other = pod.meetings[WEEK_3 + 1]
    meetings.move(session, other, other.starts_at - 5 * DAY, house.addresses, at=AT)
    with pytest.raises(Faults) as refusal:
        meetings.move(session, meeting, other.starts_at + HOUR / 2, house.addresses, at=AT)
    assert refusal.value.by_field == {"day": "The pod meets for week 4 at this hour. Choose another."}


@pytest.mark.parametrize("change", [meetings.cancel, meetings.restore])
def test_what_is_over_or_has_begun_stays(session, house, pod, change):
    first, second, *_ = pod.meetings
    with pytest.raises(Refused, match=r"^This meeting is over\.$"):
        change(session, first, house.addresses, at=first.ends_at)
    retros.start(session, second, at=second.starts_at)
    with pytest.raises(Refused, match=r"^The retro of this meeting has begun"):
        change(session, second, house.addresses, at=second.starts_at)


def test_a_cancelled_meeting_has_no_retro_no_roles_and_is_not_the_next(session, house, pod):
    first, second, *_ = pod.meetings
    meetings.cancel(session, first, house.addresses, at=AT)
    assert pod.next_meeting(AT) is second
    with pytest.raises(Refused, match=r"^This meeting was cancelled\.$"):
        retros.start(session, first, at=first.starts_at)
    assert first not in retros.unfinished(session, pod, at=first.starts_at)
    with pytest.raises(Refused, match=r"^This meeting is cancelled\. Put it back first\.$"):
        meetings.move(session, first, first.starts_at + HOUR, house.addresses, at=AT)


def test_attendance_tells_free_if_needed_unmarked_and_away(session, house, pod, meeting):
    free, needed, blank, away, *_ = builders.members_of(session, pod)
    on = meeting.starts_at.date()
    availability.record(session, needed, read_times("Tue 18:00-18:30 free\nTue 18:30-19:00 if need be"), (), at=AT)
    availability.record(session, blank, read_times("Mon 18:00-21:00"), (), at=AT)
    availability.record(session, away, read_times(builders.TIMES), read_away(f"{on} to {on}"), at=AT)
    session.expire_all()
    found = {one.enrolment.id: one for one in meetings.attendance(session, meeting, meeting.starts_at)}
    assert [found[each.id].level for each in (free, needed, blank)] == [Level.FREE, Level.IF_NEEDED, None]
    assert [found[each.id].is_away for each in (free, away)] == [False, True]


@pytest.mark.parametrize(
    ("day", "hour", "is_one"),
    [
        (date(2027, 3, 28), time(2, 30), True),
        (date(2027, 3, 28), time(5), False),
        (date(2027, 3, 27), time(2, 30), False),
        (date(2027, 10, 31), time(2, 30), True),
    ],
)
def test_an_hour_of_a_night_in_which_clocks_change_is_known(day, hour, is_one):
    starts_at = meetings.instant(day, hour, "Europe/Berlin")
    assert is_on_a_clock_change(starts_at, "Europe/Berlin") is is_one


def test_whoever_wants_invitations_gets_those_of_the_coming_days_and_one_a_week(session, house, pod):
    member = builders.members_of(session, pod)[0]
    first, second, *_ = pod.meetings
    inviting.choose(session, member, pod, invites=True, at=first.starts_at - timedelta(days=2))
    inviting.choose(session, member, pod, invites=True, at=first.starts_at - timedelta(days=2))
    builders.for_cohorts(notices.plan_invitations, session, at=first.starts_at - timedelta(days=2))
    assert [mail.about["meeting"] for mail in mails(session, MailKind.INVITATION)] == [first.id.hex]
    builders.for_cohorts(notices.plan_invitations, session, at=second.starts_at - timedelta(days=8))
    invited = {mail.about["meeting"] for mail in mails(session, MailKind.INVITATION)}
    assert invited == {first.id.hex, second.id.hex}


def test_an_invitation_has_the_uid_of_the_feed_and_its_update_and_end_follow(session, house, pod, meeting):
    member = builders.members_of(session, pod)[0]
    at = meeting.starts_at - timedelta(days=5)
    inviting.choose(session, member, pod, invites=True, at=at)
    (mail,) = mails(session, MailKind.INVITATION)
    invite = letter(session, house, mail, at=at).invite
    text = invite.body.decode().replace("\r\n ", "")
    assert invite.method == "REQUEST"
    assert f"UID:{meeting.id}@podsched\r\n" in text
    assert "SEQUENCE:0\r\n" in text
    assert (
        'ATTENDEE;CN="Member 1";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:member1@example.net'
        in text
    )
    meetings.move(session, meeting, meeting.starts_at + DAY, house.addresses, at=at)
    assert letter(session, house, mail, at=at) is None, "the mail of the change carries the invitation as it is now"
    assert [change.membership_id for change in mails(session)] == [member.membership_id]
    update = letter(session, house, mails(session)[0], at=at)
    assert (update.invite.method, b"SEQUENCE:1\r\n" in update.invite.body) == ("REQUEST", True)
    meetings.cancel(session, meeting, house.addresses, at=at)
    told = [mail for mail in mails(session) if mail.about["change"] == "cancelled"]
    by_member = {mail.membership_id: letter(session, house, mail, at=at).invite for mail in told}
    end = by_member.pop(member.membership_id)
    assert (end.method, b"STATUS:CANCELLED" in end.body, b"SEQUENCE:2\r\n" in end.body) == ("CANCEL", True, True)
    assert set(by_member.values()) == {None}, "nobody else was invited"


def test_a_change_of_clocks_is_told_once_a_week_before_in_the_morning(session, house):
    (pod,) = builders.published(session, house.addresses, at=AT + timedelta(days=0), timezone="America/New_York")
    changes = [change for meeting in pod.meetings for change in hour_changes(meeting, "America/New_York")]
    assert changes == [], "this cohort ends before clocks change"
    moving = pod.meetings[-1]
    moving.slot_at = moving.starts_at = moving.slot_at + HOUR  # as if clocks had changed in the anchor zone
    moving.ends_at += HOUR
    session.flush()
    early = moving.starts_at - timedelta(days=7, hours=3)
    builders.for_cohorts(notices.plan_clock_changes, session, at=early)
    assert mails(session, MailKind.CLOCK_CHANGE) == []
    for room in ("", "https://meet.example.org/a"):
        meetings.set_room(session, pod, room, house.addresses, at=AT)
        builders.for_cohorts(notices.plan_clock_changes, session, at=moving.starts_at - timedelta(days=6, hours=20))
    told = mails(session, MailKind.CLOCK_CHANGE)
    assert len(told) == 6
    assert {mail.due_at.astimezone(builders.ZoneInfo("America/New_York")).hour for mail in told} <= {9, 10, 11}
    found = letter(session, house, told[0], at=told[0].due_at)
    assert found.values["weekly"] in found.values["changes"][0]
