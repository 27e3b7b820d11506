"""Invitations as calendar programs want them, and what these send back."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from icalendar import Calendar

from calendars import CalendarError, Event, cancellation, read_reply, request

EVENT = Event(
    uid="00000000-0000-0000-0000-000000000007@podsched",
    start=datetime(2027, 1, 19, 17, tzinfo=UTC),
    end=datetime(2027, 1, 19, 18, tzinfo=UTC),
    title="Alder pod: week 1 of 8",
    sequence=3,
    changed_at=datetime(2027, 1, 5, tzinfo=UTC),
    created_at=datetime(2027, 1, 4, tzinfo=UTC),
    organizer_name="Alder pod",
    organizer_address="podsched+token@pods.example",
)


def only(data):
    calendar = Calendar.from_ical(data)
    (event,) = calendar.events
    return calendar, event


def test_a_request_is_for_one_person_and_asks_for_an_answer():
    calendar, event = only(request(EVENT, name="Ana María", mail="ana@example.net"))
    attendee = event["ATTENDEE"]
    assert str(calendar["METHOD"]) == "REQUEST"
    assert (str(event["UID"]), int(event["SEQUENCE"])) == (EVENT.uid, 3)
    assert str(event["ORGANIZER"]) == "mailto:podsched+token@pods.example"
    assert str(attendee) == "mailto:ana@example.net"
    assert {name: str(value) for name, value in attendee.params.items()} == {
        "CN": "Ana María", "CUTYPE": "INDIVIDUAL", "ROLE": "REQ-PARTICIPANT", "PARTSTAT": "NEEDS-ACTION", "RSVP": "TRUE",
    }  # fmt: skip


def test_an_update_keeps_what_was_answered():
    _, event = only(request(EVENT, name="Ana", mail="ana@example.net", partstat="accepted"))
    assert event["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"


def test_a_cancellation_names_the_event_and_its_end():
    calendar, event = only(cancellation(replace(EVENT, sequence=4), name="Ana", mail="ana@example.net"))
    assert str(calendar["METHOD"]) == "CANCEL"
    assert (str(event["STATUS"]), int(event["SEQUENCE"])) == ("CANCELLED", 4)
    assert event["DTSTART"].dt == EVENT.start


@pytest.mark.parametrize("name", ['A"; CN=B', "A\r\nATTENDEE:mailto:evil@example.net", "\x07", "😀 \u2028 x"])
def test_a_name_makes_no_property(name):
    _, event = only(request(EVENT, name=name, mail="ana@example.net"))
    assert str(event["ATTENDEE"]) == "mailto:ana@example.net"


@pytest.mark.parametrize("mail", ["ana", "ana@example.net\r\nX:1", "", "a b@example.net", "a@b,c@d"])
def test_an_address_that_is_none_is_refused(mail):
    with pytest.raises(CalendarError):
        request(EVENT, name="Ana", mail=mail)


def reply(*lines, method="REPLY"):
    event = ["BEGIN:VEVENT", *lines, "END:VEVENT"]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", f"METHOD:{method}", *event, "END:VCALENDAR", ""]).encode()


UID, STAMP = "UID:7@podsched", "DTSTAMP:20270110T101112Z"
YES = "ATTENDEE;CN=Ana;PARTSTAT=ACCEPTED:mailto:Ana@Example.net"


def test_a_reply_is_read_without_an_organizer():
    found = read_reply(reply(UID, STAMP, YES))
    assert (found.uid, found.attendee, found.partstat) == ("7@podsched", "ana@example.net", "ACCEPTED")
    assert found.stamped_at == datetime(2027, 1, 10, 10, 11, 12, tzinfo=UTC)


def test_folded_and_quoted_lines_are_read():
    line = 'ATTENDEE;CN="Ana; of: the, hills";PARTSTAT=\r\n DECLINED;X-A=1:MAILTO:ana@example.net'
    assert read_reply(reply(UID, STAMP, line)).partstat == "DECLINED"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        reply(UID, STAMP, YES, method="REQUEST"),
        reply(UID, STAMP, YES, method="COUNTER"),
        reply(UID, STAMP),
        reply(STAMP, YES),
        reply(UID, STAMP, YES, YES),
        reply(UID, STAMP, "ATTENDEE;PARTSTAT=DELEGATED:mailto:a@b.c"),
        reply(UID, STAMP, "ATTENDEE:mailto:a@b.c"),
        reply(UID, "UID:8@podsched", STAMP, YES),
        reply(UID, STAMP, YES) * 2,
        b"BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR\r\n",
    ],
)
def test_anything_else_is_refused(data):
    with pytest.raises(CalendarError):
        read_reply(data)


@pytest.mark.parametrize("stamp", ["DTSTAMP:yesterday", "DTSTAMP;TZID=Europe/Berlin:20270110T101112"])
def test_a_stamp_that_is_none_counts_as_the_oldest(stamp):
    assert read_reply(reply(UID, stamp, YES)).stamped_at.year == 1970
