"""The weekly hour: nothing written is lost, one recap comes of it, and it reaches everybody once."""

from datetime import timedelta

import builders
import pytest
from sqlalchemy import func, select

from podsched.domain.agenda import AGENDA
from podsched.errors import NotFound, Refused
from podsched.models import (
    Commitment,
    DatesAway,
    MailKind,
    OutboxMail,
    Outcome,
    Recap,
    RetroNote,
    RoleAssignment,
)
from podsched.services import letters, recaps, retros, rotation

MINUTE = timedelta(minutes=1)


@pytest.fixture
def pod(session, house):
    return builders.published(session, house.addresses)[0]


@pytest.fixture
def members(session, pod):
    return builders.members_of(session, pod)


@pytest.fixture
def meeting(pod):
    return pod.meetings[0]


def held(session, house, meeting, *, wins=1):
    """An hour with that many wins, closed on time."""
    retros.start(session, meeting, at=meeting.starts_at)
    author = rotation.members(session, meeting.pod)[0].membership
    for number in range(wins):
        retros.add_note(session, meeting, author, "wins", f"win {number}", at=meeting.starts_at + number * MINUTE)
    return retros.close(session, meeting, house.addresses, at=meeting.ends_at)


def mailed(session):
    rows = select(OutboxMail).where(OutboxMail.kind == MailKind.RECAP).order_by(OutboxMail.membership_id)
    return session.scalars(rows).all()


def test_a_room_opens_an_hour_before_and_starting_twice_finds_it_open(session, meeting):
    with pytest.raises(Refused, match=r"^This retro opens an hour before it starts\.$"):
        retros.start(session, meeting, at=meeting.starts_at - 61 * MINUTE)
    first = retros.start(session, meeting, at=meeting.starts_at - 60 * MINUTE)
    assert retros.start(session, meeting, at=meeting.starts_at) is first
    assert first.item_ends_at == meeting.starts_at + 5 * MINUTE


def test_members_who_said_they_are_away_are_marked_so_from_the_start(session, meeting, members):
    day = meeting.starts_at.date()
    members[0].away = [DatesAway(first_day=day, last_day=day)]
    session.flush()
    retros.start(session, meeting, at=meeting.starts_at)
    assert retros.room(session, meeting).away == {members[0].id}


def test_nothing_is_written_into_a_room_that_is_not_open(session, house, meeting, members):
    def presses():
        author = members[0].membership
        yield lambda: retros.add_note(session, meeting, author, "wins", "late", at=meeting.ends_at)
        yield lambda: retros.commit_to(session, meeting, members[0].id, "late", at=meeting.ends_at)
        yield lambda: retros.mark_away(session, meeting, members[0].id, away=True)
        yield lambda: retros.go_to(session, meeting, 2, at=meeting.ends_at)
        yield lambda: retros.extend(session, meeting, at=meeting.ends_at)

    for press in presses():
        with pytest.raises(Refused, match=r"^This retro has not been started\.$"):
            press()
    held(session, house, meeting, wins=0)
    for press in presses():
        with pytest.raises(Refused, match=r"^This retro is closed\. What was written is in its recap\.$"):
            press()
    written = [session.scalar(select(func.count()).select_from(table)) for table in (RetroNote, Commitment)]
    assert written == [0, 0]


def test_each_item_has_its_minutes_and_turning_twice_does_not_wind_the_clock_anew(session, meeting):
    retro, at = retros.start(session, meeting, at=meeting.starts_at), meeting.starts_at + 7 * MINUTE
    retros.go_to(session, meeting, 2, at=at)
    retros.go_to(session, meeting, 2, at=at + 5 * MINUTE)
    assert (retro.item, retro.item_ends_at) == (2, at + AGENDA[2].minutes * MINUTE)
    retros.extend(session, meeting, at=at)
    assert retro.item_ends_at == at + 17 * MINUTE
    for position in (-1, len(AGENDA)):
        with pytest.raises(NotFound):
            retros.go_to(session, meeting, position, at=at)


def test_a_promise_written_again_is_changed_and_asked_about_a_week_later_only(session, house, pod, members):
    first, second, third = pod.meetings[:3]
    retros.start(session, first, at=first.starts_at)
    for text in ("draft", "two drafts"):
        retros.commit_to(session, first, members[0].id, text, at=first.starts_at)
    retros.close(session, first, house.addresses, at=first.ends_at)
    retros.start(session, second, at=second.starts_at)
    (promise,) = retros.room(session, second).last
    retros.settle(session, second, promise.id, Outcome.KEPT)
    assert (promise.text, promise.outcome) == ("two drafts", Outcome.KEPT)
    retros.close(session, second, house.addresses, at=second.ends_at)
    retros.start(session, third, at=third.starts_at)
    with pytest.raises(NotFound):
        retros.settle(session, third, promise.id, Outcome.MISSED)


def test_people_of_another_pod_can_neither_promise_nor_be_missed_here(session, house, meeting):
    stranger = builders.joined(session, builders.opened(session, builders.found(session, "Other", "Tomas Rey")), 1)[0]
    retros.start(session, meeting, at=meeting.starts_at)
    with pytest.raises(NotFound):
        retros.commit_to(session, meeting, stranger.id, "x", at=meeting.starts_at)
    with pytest.raises(NotFound):
        retros.mark_away(session, meeting, stranger.id, away=True)


def test_away_is_marked_once_and_taken_back(session, meeting, members):
    retros.start(session, meeting, at=meeting.starts_at)
    for away, expected in ((True, {members[0].id}), (True, {members[0].id}), (False, set()), (False, set())):
        retros.mark_away(session, meeting, members[0].id, away=away)
        session.flush()
        assert retros.room(session, meeting).away == expected


def test_an_hour_holds_sixty_lines_and_says_so_at_the_next(session, house, meeting, members):
    retros.start(session, meeting, at=meeting.starts_at)
    for number in range(60):
        retros.add_note(session, meeting, members[0].membership, "wins", f"{number}", at=meeting.starts_at)
    with pytest.raises(Refused, match=r"^This retro holds 60 lines already"):
        retros.add_note(session, meeting, members[0].membership, "wins", "more", at=meeting.starts_at)
    assert len(retros.close(session, meeting, house.addresses, at=meeting.ends_at).bullets) == 10


def test_closing_again_finds_the_same_recap_and_the_same_roles(session, house, meeting):
    recap = held(session, house, meeting)
    drawn = rotation.of_week(session, meeting.pod, 2)
    assert retros.close(session, meeting, house.addresses, at=meeting.ends_at + MINUTE) is recap
    assert rotation.of_week(session, meeting.pod, 2) == drawn
    assert session.scalar(select(func.count()).select_from(Recap)) == 1
    assert session.scalar(select(func.count()).select_from(RoleAssignment)) == 6


def test_a_recap_holds_what_the_agenda_says_is_shared_and_no_note_of_another_item(session, house, meeting, members):
    retros.start(session, meeting, at=meeting.starts_at)
    for item in AGENDA:
        retros.add_note(session, meeting, members[0].membership, item.key, f"in {item.key}", at=meeting.starts_at)
    retros.commit_to(session, meeting, members[1].id, "draft", at=meeting.starts_at)
    retros.mark_away(session, meeting, members[2].id, away=True)
    recap = retros.close(session, meeting, house.addresses, at=meeting.ends_at)
    names = {role.value: who.membership.person.name for role, who in rotation.of_week(session, meeting.pod, 2).items()}
    assert recap.bullets == [
        "Win: in wins",
        "Stuck: in stuck",
        "Member 2 will: draft",
        f"Next week: {', '.join(f'{name} is {role}' for role, name in names.items())}",
        "Away, and missed: Member 3",
    ]


def test_a_recap_reaches_everybody_once_and_tells_who_was_away_that_they_were_missed(session, house, meeting, members):
    retros.start(session, meeting, at=meeting.starts_at)
    retros.mark_away(session, meeting, members[0].id, away=True)
    recap = retros.close(session, meeting, house.addresses, at=meeting.ends_at)
    recaps.send(session, recap, house.addresses, at=meeting.ends_at)
    with pytest.raises(Refused, match=r"^This recap has been mailed and stays as it is\.$"):
        recaps.send(session, recap, house.addresses, at=meeting.ends_at)
    with pytest.raises(Refused, match=r"^This recap has been mailed and stays as it is\.$"):
        recaps.edit(session, recap, ["other"])
    assert sorted(row.membership_id for row in mailed(session)) == sorted(member.membership_id for member in members)
    said = [letters.compose(session, row, house.addresses, at=meeting.ends_at) for row in mailed(session)]
    assert sorted((letter.to_name, letter.values["missed"]) for letter in said) == [
        (f"Member {n}", n == 1) for n in range(1, 7)
    ]


def test_a_recap_nobody_sent_goes_out_by_itself_after_eleven_hours_once(session, house, meeting):
    recap = held(session, house, meeting)
    closed = meeting.ends_at
    assert recaps.send_overdue(session, house.addresses, at=closed + timedelta(hours=11) - MINUTE) == 0
    assert recaps.send_overdue(session, house.addresses, at=closed + timedelta(hours=11)) == 1
    assert recaps.send_overdue(session, house.addresses, at=closed + timedelta(hours=12)) == 0
    assert (recap.sent_at, len(mailed(session))) == (closed + timedelta(hours=11), 6)


def test_an_empty_recap_is_never_mailed(session, house, meeting):
    recap = held(session, house, meeting, wins=0)
    recaps.edit(session, recap, [])
    with pytest.raises(Refused, match=r"^There is nothing in this recap"):
        recaps.send(session, recap, house.addresses, at=meeting.ends_at)
    assert recaps.send_overdue(session, house.addresses, at=meeting.ends_at + timedelta(days=1)) == 0
    assert (mailed(session), recap.sent_at) == ([], None)


def test_eleven_bullets_are_refused_and_the_ten_stay(session, house, meeting):
    recap = held(session, house, meeting)
    before = [*recap.bullets]
    with pytest.raises(Refused, match=r"^A recap has at most 10 bullets; you have 11\.$"):
        recaps.edit(session, recap, ["x"] * 11)
    assert recap.bullets == before


def test_the_pod_page_shows_sent_recaps_of_this_pod_the_latest_first(session, house, pod):
    sent = []
    for meeting in pod.meetings[:3]:
        recap = held(session, house, meeting)
        if meeting.week != 2:
            recaps.send(session, recap, house.addresses, at=meeting.ends_at)
            sent.insert(0, recap)
    assert recaps.of_pod(session, pod) == sent


def test_the_last_retro_draws_no_roles_for_a_week_that_is_not(session, house, pod):
    held(session, house, pod.meetings[-1])
    assert rotation.of_week(session, pod, 7) == {}


def test_over_six_weeks_roles_are_fair_and_meetings_without_a_retro_get_theirs_too(session, house, pod, members):
    for meeting in pod.meetings[:3]:
        held(session, house, meeting)
    for meeting in pod.meetings[4:]:
        missing = rotation.without_roles(session, at=meeting.starts_at - timedelta(days=5))
        assert missing == {meeting.pod.cohort: [(meeting.pod, meeting.week)]}
        rotation.assign(session, pod, week=meeting.week, at=meeting.starts_at - timedelta(days=5))
    rows = session.scalars(select(RoleAssignment.enrolment_id)).all()
    loads = [rows.count(member.id) for member in members]
    assert (sum(loads), max(loads) - min(loads)) == (18, 0)
