from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import recurring_ical_events
from icalendar import Calendar

from calendars import CalendarError, Status, event_file, events_file, faults, render, tombstone

GOLDEN = Path(__file__).parent / "golden"
LEFT = datetime(2026, 11, 3, 9, 41, 7, tzinfo=UTC)


def lines(data):
    return data.decode().replace("\r\n ", "").split("\r\n")


def values(data, name):
    return [line.partition(":")[2] for line in lines(data) if line.split(":")[0].split(";")[0] == name]


def closed(**changes):
    words = {
        "uid": "feed-1@pods.example",
        "name": "Lantern pod",
        "url": "https://pods.example/left",
        "title": "You left this pod",
        "organizer_name": "podsched",
        "organizer_address": "no-reply@pods.example",
        "changed_at": LEFT,
    }
    return tombstone(**words | changes)


def test_a_feed_reads_like_the_golden_file(event, feed):
    moved = event(2, title="Lantern pod: Küchentisch 🕯", location="Sofia’s kitchen; ring twice", sequence=1)
    assert render(feed(event(1), moved)) == (GOLDEN / "pod.ics").read_bytes()


def test_a_tombstone_reads_like_the_golden_file():
    assert render(closed()) == (GOLDEN / "tombstone.ics").read_bytes()


def test_our_own_lint_finds_no_fault_in_a_feed(feed):
    assert faults(render(feed())) == []


def test_every_occurrence_is_read_back_at_its_instant(event, feed):
    meetings = [event(number) for number in range(1, 9)]
    read = recurring_ical_events.of(Calendar.from_ical(render(feed(*meetings)))).all()
    assert sorted(each.start for each in read) == [meeting.start for meeting in meetings]


def test_the_order_of_events_does_not_change_the_bytes(event, feed):
    early, late, same_time = event(1), event(3), event(4, start=event(3).start, end=event(3).end)
    assert render(feed(early, late, same_time)) == render(feed(same_time, late, early))


def test_events_come_by_start_and_then_by_uid(event, feed):
    late, early = event(1, start=LEFT, end=LEFT + timedelta(hours=1)), event(2)
    assert values(render(feed(late, early)), "UID")[1:] == [early.uid, late.uid]


def test_dtstamp_and_last_modified_are_the_second_of_the_change(event, feed):
    data = render(feed(event(changed_at=LEFT.replace(microsecond=999_999))))
    assert values(data, "DTSTAMP") == ["20261103T094107Z"]
    assert values(data, "LAST-MODIFIED") == ["20261001T080000Z", "20261103T094107Z"]


def test_two_changes_a_second_apart_give_different_bytes(event, feed):
    second = event(changed_at=event().changed_at + timedelta(seconds=1))
    assert render(feed(event())) != render(feed(second))


def test_the_sequence_is_written_as_given(event, feed):
    assert values(render(feed(event(sequence=7))), "SEQUENCE") == ["7"]


def test_a_cancelled_event_is_absent(event, feed):
    data = render(feed(event(1), event(2, status=Status.CANCELLED)))
    assert values(data, "UID")[1:] == [event(1).uid]


def test_a_feed_without_a_live_event_is_refused(event, feed):
    with pytest.raises(CalendarError, match=r"^events: must hold an event"):
        render(feed(event(status=Status.CANCELLED)))


@pytest.mark.parametrize(
    ("refresh", "written"),
    [
        (timedelta(hours=1), "PT1H"),
        (timedelta(minutes=15), "PT15M"),
        (timedelta(days=1), "P1D"),
        (timedelta(days=1, hours=2, seconds=3), "P1DT2H3S"),
    ],
)
def test_both_refresh_properties_say_the_same(feed, refresh, written):
    data = render(feed(refresh=refresh))
    assert f"REFRESH-INTERVAL;VALUE=DURATION:{written}" in lines(data)
    assert values(data, "X-PUBLISHED-TTL") == [written]


def test_an_event_has_an_organizer_and_no_attendee(feed):
    data = render(feed())
    assert values(data, "ORGANIZER") == ["mailto:no-reply@pods.example"] * 2
    assert b"ATTENDEE" not in data


def test_the_join_link_is_the_place_when_there_is_no_other(event, feed):
    data = render(feed(event(location="")))
    assert values(data, "LOCATION") == ["https://meet.example/lantern"]
    assert "CONFERENCE;VALUE=URI;FEATURE=VIDEO:https://meet.example/lantern" in lines(data)


def test_the_join_link_opens_the_description_when_there_is_a_place(event, feed):
    data = render(feed(event(location="Library", description="Bring tea")))
    assert values(data, "LOCATION") == ["Library"]
    assert values(data, "DESCRIPTION")[1:] == [r"https://meet.example/lantern\nBring tea"]


def test_a_feed_without_a_source_keeps_its_own_address_secret(feed):
    assert b"/f/" not in render(feed(source=None))


def test_an_event_file_holds_one_event_and_no_calendar_name(event, feed):
    data = event_file(feed(), event(2).uid)
    assert values(data, "UID") == [event(2).uid]
    assert values(data, "X-WR-CALNAME") + values(data, "REFRESH-INTERVAL") == []


def test_a_file_of_all_events_has_no_calendar_name_and_no_cancelled_event(event, feed):
    data = events_file(feed(event(1), event(2), event(3, status=Status.CANCELLED)))
    assert values(data, "UID") == [event(1).uid, event(2).uid]
    assert values(data, "X-WR-CALNAME") + values(data, "REFRESH-INTERVAL") == []


def test_an_event_file_needs_an_event_of_the_feed(feed):
    with pytest.raises(CalendarError, match=r"^uid: must be the UID of an event"):
        event_file(feed(), "someone-else@pods.example")


def test_a_tombstone_has_one_event_and_asks_for_a_daily_visit():
    left = closed(title="Diese Runde ist vorbei")
    assert [each.title for each in left.events] == ["Diese Runde ist vorbei"]
    assert left.refresh == timedelta(days=1)
    assert faults(render(left)) == []
