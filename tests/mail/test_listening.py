"""Incoming mail over real SMTP: answers to invitations are taken, everything else is refused and nothing is answered."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import builders
import pytest
from builders import AT

from podsched.cli.listen import LARGEST
from podsched.db import reading, writing
from podsched.house import build
from podsched.letterbox import Letterbox
from podsched.models import Invitation, PartStat
from podsched.services import inviting


@pytest.fixture
def invited(listening):
    """A member who was invited to a meeting: what an answer to it needs."""
    with writing(listening.engine) as session:
        (pod,) = builders.published(session, listening.addresses)
        member, mate, *_ = builders.members_of(session, pod)
        meeting = pod.meetings[0]
        for one in (member, mate):
            inviting.choose(session, one, pod, invites=True, at=meeting.starts_at - timedelta(days=2))
        return {
            "uid": f"{meeting.id}@podsched",
            "to": listening.addresses.organizer(member.id, meeting.id),
            "mail": member.membership.person.email,
            "key": (member.id, meeting.id),
            "mates": (mate.id, meeting.id),
        }


def answer(invited, partstat="ACCEPTED", stamp="20270110T101112Z", **changes):
    told = {**invited, **changes}
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "METHOD:REPLY", "BEGIN:VEVENT", f"UID:{told['uid']}", f"DTSTAMP:{stamp}",
        f"ATTENDEE;PARTSTAT={partstat}:mailto:{told['mail']}", "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = told["mail"], told["to"], f"{partstat}: Alder"
    message.set_content("Yes.")
    message.add_alternative("\r\n".join(lines), subtype="calendar", params={"method": "REPLY"})
    return message


def partstat(house, key):
    with reading(house.engine) as session:
        return session.get_one(Invitation, key).partstat


def test_each_invitation_has_an_address_of_its_own_to_answer_to(listening, invited):
    local, _, domain = invited["to"].partition("@")
    assert (local.partition("+")[0], domain, len(local.partition("+")[2])) == ("podsched", "localhost", 32)
    assert build(listening.settings).addresses.organizer(*invited["key"]) == invited["to"]


def test_a_yes_and_a_later_no_are_taken_and_an_older_one_changes_nothing(post, listening, invited):
    for said, stamp, expected in (
        ("ACCEPTED", "20270110T101112Z", PartStat.ACCEPTED),
        ("DECLINED", "20270110T101500Z", PartStat.DECLINED),
        ("TENTATIVE", "20270110T101400Z", PartStat.DECLINED),
    ):
        assert post(answer(invited, said, stamp))[0] == 250
        assert partstat(listening, invited["key"]) is expected
    assert partstat(listening, invited["mates"]) is PartStat.NEEDS_ACTION


def test_an_answer_to_an_hour_that_is_no_longer_and_a_stamp_from_the_future(post, listening, invited):
    with writing(listening.engine) as session:
        session.get_one(Invitation, invited["key"]).hour_sequence = 2
    old = answer(invited).as_bytes().replace(b"BEGIN:VEVENT\n", b"BEGIN:VEVENT\nSEQUENCE:1\n")
    assert Letterbox(listening).take(old, invited["to"]).startswith("250")
    assert partstat(listening, invited["key"]) is PartStat.NEEDS_ACTION
    assert post(answer(invited, "ACCEPTED", "20990101T000000Z"))[0] == 250
    with reading(listening.engine) as session:
        assert session.get_one(Invitation, invited["key"]).replied_at == datetime(2027, 1, 11, tzinfo=UTC)


def test_capitals_in_the_address_do_not_matter(post, listening, invited):
    assert post(answer(invited), to=invited["to"].upper())[0] == 250
    assert partstat(listening, invited["key"]) is PartStat.ACCEPTED


@pytest.mark.parametrize(
    ("changes", "to", "code"),
    [
        ({"uid": "00000000-0000-4000-8000-000000000000@podsched"}, None, 550),
        ({"uid": "somebody-elses@example.net"}, None, 550),
        ({}, "podsched@localhost", 550),
        ({}, "podsched+0123456789abcdef0123456789abcdef@localhost", 550),
        ({}, "postmaster@localhost", 550),
        ({}, "podsched@example.net", 550),
    ],
)
def test_a_forged_answer_changes_nothing(post, listening, invited, changes, to, code):
    assert post(answer(invited, **changes), to=to)[0] == code
    assert partstat(listening, invited["key"]) is PartStat.NEEDS_ACTION


def test_a_mate_cannot_answer_for_somebody_else(post, listening, invited):
    """The address decides whose answer it is, whatever the message says of itself."""
    mates = listening.addresses.organizer(*invited["mates"])
    assert post(answer(invited), to=mates)[0] == 250
    assert partstat(listening, invited["key"]) is PartStat.NEEDS_ACTION


def test_an_out_of_office_note_is_ignored_and_a_letter_is_refused(post, invited):
    note = EmailMessage()
    note["From"], note["To"], note["Auto-Submitted"] = "a@example.net", invited["to"], "auto-replied; reason=away"
    note.set_content("I am away.")
    assert post(note)[0] == 250
    del note["Auto-Submitted"]
    assert post(note)[0] == 550


def test_a_message_beyond_a_megabyte_is_refused(post, invited):
    message = answer(invited)
    message.add_attachment(b"x" * LARGEST, maintype="application", subtype="octet-stream", filename="x")
    assert post(message)[0] == 552


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\x00\xff", b"Content-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 20,
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" * 300,
        b"Content-Type: text/calendar; charset=nonsense\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!",
    ],
)  # fmt: skip
def test_mail_that_is_none_is_refused_and_the_door_stays_open(listening, post, invited, raw):
    assert Letterbox(listening).take(raw, invited["to"]).startswith("550")
    assert post(answer(invited))[0] == 250


def test_answers_show_on_the_hosts_page_of_the_meeting(post, listening, invited):
    post(answer(invited))
    with reading(listening.engine) as session:
        found = session.get_one(Invitation, invited["key"])
        assert inviting.answers_to(session, found.meeting)[found.enrolment_id] is PartStat.ACCEPTED
    assert found.replied_at > AT
