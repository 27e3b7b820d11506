"""What feeds show to whom, how they end, and that one bad row or a failing render never takes a pod's calendar away."""

from datetime import timedelta

import builders
import pytest
from builders import AT
from sqlalchemy import select

import calendars
from podsched.domain import clients, subjects
from podsched.errors import Gone
from podsched.models import CohortState, FeedFetch, FeedStyle, Membership, Person, Rank, StoredFeed
from podsched.services import cohorts, feeds, links, meetings, recaps, retros, serving

HOUR = timedelta(hours=1)


@pytest.fixture
def pods(session, house):
    return builders.published(session, house.addresses, members=12, pods=2)


def host_of(session):
    return session.scalars(select(Membership).where(Membership.rank == Rank.HOST)).one()


def body(session, subject, style=FeedStyle.FLAT):
    stored = session.get_one(StoredFeed, (subject, style))
    session.refresh(stored)
    return stored.body


def uids(found):
    return {line for line in found.decode().split("\r\n") if line.startswith("UID:") and "feed-" not in line}


def mine(pod):
    return subjects.member(pod.seats[0].enrolment_id)


def test_feeds_for_hosts_share_the_uids_of_members_and_are_made_when_asked_for(session, house, pods):
    host = host_of(session)
    assert session.get(StoredFeed, (subjects.cohort(pods[0].cohort_id), FeedStyle.FLAT)) is None
    for about in (pods[0], pods[0].cohort, host.community):
        feeds.hand_out_to_host(session, house.addresses, host, about, at=AT)
    of_pod, of_cohort, of_all = (
        uids(body(session, subject))
        for subject in (
            subjects.pod(pods[0].id),
            subjects.cohort(pods[0].cohort_id),
            subjects.community(host.community_id),
        )
    )
    assert of_pod == uids(body(session, mine(pods[0])))
    assert of_cohort == of_all == of_pod | uids(body(session, mine(pods[1])))


def test_a_change_reaches_the_feeds_of_hosts_too(session, house, pods):
    host = host_of(session)
    feeds.hand_out_to_host(session, house.addresses, host, pods[0].cohort, at=AT)
    subject, meeting = subjects.cohort(pods[0].cohort_id), pods[0].meetings[1]
    assert f"UID:{meeting.id}@podsched" in uids(body(session, subject))
    meetings.cancel(session, meeting, house.addresses, at=AT)
    assert f"UID:{meeting.id}@podsched" not in uids(body(session, subject))


def test_busy_feeds_tell_when_and_nothing_else(session, house, pods):
    for person in session.scalars(select(Person)):
        person.name = f"Zq{person.id.hex}"
    meetings.set_room(session, pods[0], "https://secret.example.org/room", house.addresses, at=AT)
    for style in (FeedStyle.BUSY, FeedStyle.FREE_BUSY):
        text = body(session, mine(pods[0]), style).decode().replace("\r\n ", "")
        assert [
            word for word in ("Zq", "Alder", "secret", "pod", "example.net") if word in text.replace("podsched", "")
        ] == []
    assert uids(body(session, mine(pods[0]), FeedStyle.BUSY)) >= uids(body(session, mine(pods[0])))


def test_a_finished_cohort_says_so_for_sixty_days_and_then_nothing(house):
    with house_session(house) as session:
        pods = builders.published(session, house.addresses)
        token = house.addresses.feed_token(builders.members_of(session, pods[0])[0])
        subject, ended = subjects.member(builders.members_of(session, pods[0])[0].id), AT + timedelta(days=60)
        cohorts.close_ended(session, house.addresses, at=ended)
        found = body(session, subject)
        session.commit()
    assert (found.count(b"BEGIN:VEVENT"), b"is over" in found, calendars.faults(found)) == (1, True, [])
    assert b"Alder" not in found
    assert served(house, token, at=ended).body == found
    with pytest.raises(Gone):
        served(house, token, at=ended + timedelta(days=60))


def test_whoever_left_is_told_so_by_one_event(session, house, pods):
    member = builders.members_of(session, pods[0])[0]
    feeds.end_for_member(session, member, house.addresses, at=AT)
    for style in (FeedStyle.FLAT, FeedStyle.SERIES, FeedStyle.BUSY):
        found = body(session, subjects.member(member.id), style)
        assert (found.count(b"BEGIN:VEVENT"), b"Alder" in found) == (1, False)


def test_a_sent_recap_stands_in_the_event_of_its_week(session, house, pods):
    meeting = pods[0].meetings[0]
    retros.start(session, meeting, at=meeting.starts_at)
    retros.add_note(session, meeting, host_of(session), "wins", "The shed has a roof", at=meeting.starts_at)
    recap = retros.close(session, meeting, house.addresses, at=meeting.ends_at)
    assert b"The shed has a roof" not in body(session, mine(pods[0]))
    before = meeting.sequence
    recaps.send(session, recap, house.addresses, at=meeting.ends_at)
    assert b"The shed has a roof" in body(session, mine(pods[0])).replace(b"\r\n ", b"")
    assert meeting.sequence == before, "nothing about when and where has changed"


def test_a_row_that_no_calendar_could_show_is_left_out_and_the_others_stay(session, house, pods, caplog):
    bad = pods[0].meetings[2]
    bad.sequence = -1
    feeds.refresh(session, pods[0], house.addresses, at=AT + HOUR)
    found = uids(body(session, mine(pods[0])))
    assert (len(found), f"UID:{bad.id}@podsched" in found) == (5, False)
    assert f"meeting {bad.id} is left out" in caplog.text
    caplog.clear()


def test_a_feed_that_cannot_be_rendered_keeps_its_last_good_bytes(session, house, pods, monkeypatch, caplog):
    before = body(session, mine(pods[0]))

    def fails(_feed):
        raise calendars.CalendarError("title", "", "must hold visible text")

    monkeypatch.setattr(calendars, "render", fails)
    meetings.cancel(session, pods[0].meetings[1], house.addresses, at=AT)
    assert body(session, mine(pods[0])) == before
    assert "stays as it was" in caplog.text
    caplog.clear()


def test_every_style_of_a_feed_changes_at_the_same_moment(session, house, pods):
    meetings.cancel(session, pods[0].meetings[1], house.addresses, at=AT)
    rows = session.scalars(select(StoredFeed).where(StoredFeed.subject == mine(pods[0])))
    assert {(row.changed_at, row.gone_at) for row in rows} == {(AT + timedelta(seconds=1), None)}


def house_session(house):
    from podsched.db import writing

    return writing(house.engine)


def served(house, token, *, at=AT, **how):
    return serving.served(house.engine, house.addresses, token, at=at, **how)


def test_a_visit_is_noted_once_an_hour_for_each_program(house):
    with house_session(house) as session:
        pods = builders.published(session, house.addresses)
        member = builders.members_of(session, pods[0])[0]
        token = house.addresses.feed_token(member)
    noted = []
    for minutes in (0, 10, 59, 60, 61):
        at = AT + timedelta(minutes=minutes)
        found = served(house, token, client=clients.GOOGLE, at=at)
        serving.note(house.engine, found, clients.GOOGLE, at=at)
        with house_session(house) as session:
            noted.append([row.fetched_at for row in session.scalars(select(FeedFetch))])
    assert noted == [[AT], [AT], [AT], [AT + HOUR], [AT + HOUR]]
    serving.note(house.engine, served(house, token, at=AT), clients.OTHER, at=AT)
    with house_session(house) as session:
        seen = serving.visits(session, member.id)
    assert [(visit.client.name, visit.fetched_at) for visit in seen] == [
        ("Google Calendar", AT + HOUR),
        ("Another program", AT),
    ]


def test_a_hosts_addresses_are_replaced_together(session, house, pods):
    host = host_of(session)
    for about in (pods[0], pods[0].cohort):
        feeds.hand_out_to_host(session, house.addresses, host, about, at=AT)
    subject = subjects.pod(pods[0].id)
    old = links.known_host_feed(session, house.addresses, host, subject, "Alder pod")
    links.rotate_host_feeds(session, host, at=AT)
    assert links.known_host_feed(session, house.addresses, host, subject, "Alder pod") is None
    feeds.hand_out_to_host(session, house.addresses, host, pods[0], at=AT)
    new = links.known_host_feed(session, house.addresses, host, subject, "Alder pod")
    assert new != old
    assert new.endswith("/alder-pod.ics")


def repeating(found):
    return [event for event in found.decode().split("BEGIN:VEVENT")[1:] if "RRULE:" in event]


def test_a_notice_takes_the_place_of_the_repeating_event_that_was_there(house):
    """Thunderbird 153 shows a repeating event until the same UID comes again."""
    with house_session(house) as session:
        pods = builders.published(session, house.addresses)
        leaver, mover, *_ = builders.members_of(session, pods[0])
        uid = f"UID:{pods[0].id}@podsched".encode()
        before = body(session, subjects.member(leaver.id), FeedStyle.SERIES)
        old = house.addresses.feed_token(mover)
        feeds.end_for_member(session, leaver, house.addresses, at=AT)
        links.rotate_feed(session, house.addresses, mover, at=AT)
        left = body(session, subjects.member(leaver.id), FeedStyle.SERIES)
    replaced = served(house, old, style=FeedStyle.SERIES).body
    assert len(repeating(before)) == 1
    for found in (left, replaced):
        assert (found.count(b"BEGIN:VEVENT"), uid in found, repeating(found)) == (1, True, [])
        assert calendars.faults(found) == []
    assert uid not in served(house, old).body, "flat feeds never had it"


def test_an_address_may_end_in_a_name_that_can_be_seen(house):
    with house_session(house) as session:
        pods = builders.published(session, house.addresses)
        member = builders.members_of(session, pods[0])[0]
        assert house.addresses.named_feed(member, "Čáp & Co pod").endswith("/cap-co-pod.ics")
        assert house.addresses.named_feed(member, "ねこ").endswith("/calendar.ics")


def test_an_address_to_share_opens_nothing_but_when(house):
    with house_session(house) as session:
        pods = builders.published(session, house.addresses)
        member = builders.members_of(session, pods[0])[0]
        token = house.addresses.busy_token(member)
        assert house.addresses.busy_feed(member).endswith(f"/f/{token}/busy.ics")
    opened = {style: served(house, token, style=style) is not None for style in FeedStyle}
    assert opened == {
        FeedStyle.FLAT: False, FeedStyle.SERIES: False, FeedStyle.BUSY: True, FeedStyle.FREE_BUSY: True,
    }  # fmt: skip
    with house_session(house) as session:
        links.rotate_feed(session, house.addresses, session.get_one(type(member), member.id), at=AT)
    assert b"was replaced" in served(house, token, style=FeedStyle.BUSY).body


def test_what_has_ended_stays_as_it_ended(session, house, pods):
    cohorts.close_ended(session, house.addresses, at=AT + timedelta(days=60))
    before = body(session, mine(pods[0]))
    member = builders.members_of(session, pods[0])[0]
    feeds.refresh(session, pods[0], house.addresses, at=AT + timedelta(days=61))
    feeds.refresh_member(session, pods[0], member, house.addresses, at=AT + timedelta(days=61))
    assert body(session, mine(pods[0])) == before


def test_a_cohort_is_not_over_while_a_meeting_is_still_to_come(session, house, pods):
    last = pods[0].meetings[-1]
    last.starts_at, last.ends_at = (at + timedelta(days=9) for at in (last.starts_at, last.ends_at))
    session.flush()
    cohorts.close_ended(session, house.addresses, at=last.starts_at - HOUR)
    assert pods[0].next_meeting(last.starts_at - HOUR) is last
    assert pods[0].cohort.state is CohortState.RUNNING
    cohorts.close_ended(session, house.addresses, at=last.ends_at + HOUR)
    assert pods[0].cohort.state is CohortState.CLOSED


def pace(session, subject, style=FeedStyle.FLAT):
    lines = body(session, subject, style).decode().split("\r\n")
    return [line.rpartition(":")[2] for line in lines if line.startswith(("REFRESH-INTERVAL", "X-PUBLISHED-TTL"))]


@pytest.mark.parametrize(
    ("ahead", "earlier_by"), [(timedelta(hours=20), timedelta()), (timedelta(days=4), timedelta(days=3, hours=4))]
)
def test_a_change_shortly_ahead_makes_calendars_look_more_often_until_that_hour_is_over(
    session, house, pods, ahead, earlier_by
):
    meeting, mates, others = pods[0].meetings[2], mine(pods[0]), mine(pods[1])
    now = meeting.starts_at - ahead
    moved = meeting.starts_at - earlier_by if earlier_by else meeting.starts_at + timedelta(days=1)
    concerned = min(meeting.starts_at, moved)
    meetings.move(session, meeting, moved, house.addresses, at=now)
    assert pace(session, mates) == pace(session, mates, FeedStyle.SERIES) == ["PT15M", "PT15M"]
    feeds.settle(session, house.addresses, at=concerned)
    assert pace(session, mates) == ["PT15M", "PT15M"]
    feeds.settle(session, house.addresses, at=concerned + HOUR)
    assert pace(session, mates) == pace(session, others) == ["PT1H", "PT1H"]
    settled = body(session, mates)
    feeds.settle(session, house.addresses, at=concerned + 2 * HOUR)
    assert body(session, mates) == settled


def test_a_change_long_ahead_hurries_nobody(session, house, pods):
    meeting = pods[0].meetings[2]
    at = meeting.starts_at - timedelta(days=5)
    meetings.move(session, meeting, meeting.starts_at + HOUR, house.addresses, at=at)
    assert pace(session, mine(pods[0])) == ["PT1H", "PT1H"]


def test_hosts_are_hurried_too(session, house, pods):
    host, meeting = host_of(session), pods[0].meetings[2]
    feeds.hand_out_to_host(session, house.addresses, host, pods[0].cohort, at=AT)
    meetings.cancel(session, meeting, house.addresses, at=meeting.starts_at - HOUR)
    assert pace(session, subjects.cohort(pods[0].cohort_id)) == ["PT15M", "PT15M"]


def test_styles_that_an_earlier_version_did_not_store_are_completed_once(session, house, pods):
    flat = body(session, mine(pods[0]))
    later = select(StoredFeed).where(StoredFeed.style != FeedStyle.FLAT, StoredFeed.subject != mine(pods[1]))
    for stored in session.scalars(later).all():
        session.delete(stored)
    session.flush()
    feeds.complete(session, house.addresses, at=AT + HOUR)
    kept = {(stored.subject, stored.style) for stored in session.scalars(select(StoredFeed))}
    assert kept == {
        (subjects.member(seat.enrolment_id), style) for pod in pods for seat in pod.seats for style in FeedStyle
    }
    assert uids(body(session, mine(pods[0]))) == uids(flat)
