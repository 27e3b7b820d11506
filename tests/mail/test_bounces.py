"""What comes back over real SMTP: an address that does not work stops mail, a complaint stops check-ins."""

from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import builders
import pytest
from sqlalchemy import select

from podsched.app import create_app, house_of
from podsched.db import reading, writing
from podsched.jobs.delivery import drain
from podsched.models import Enrolment, MailKind, MailState, Membership, OutboxMail, Person
from podsched.services import joining, outbox, people
from podsched.settings import read

GONE = "550 5.1.1 <member1@example.net>: User unknown"


@pytest.fixture
def sending(environ, smtp_sink, listening):
    """The application that sends to the sink while mail is taken in."""
    on = {"PODSCHED_MAIL_IN": "127.0.0.1:2525", "MAIL_URL": f"smtp+plain://127.0.0.1:{smtp_sink.port}"}
    app = create_app(read({**environ, **on}))
    yield app
    house_of(app).engine.dispose()


@pytest.fixture
def member(listening, time):
    time.set(builders.AT + timedelta(hours=1))
    with writing(listening.engine) as session:
        (pod,) = builders.published(session, listening.addresses)
        return builders.members_of(session, pod)[0]


@pytest.fixture
def sent(sending, smtp_sink, member):
    """The envelope senders of the member's mails, by subject."""
    drain(sending)
    return [one.sender for one in smtp_sink.received if one.recipients == ["member1@example.net"]]


@pytest.fixture
def person(listening, member):
    def find():
        with reading(listening.engine) as session:
            return session.scalars(select(Person).where(Person.email == "member1@example.net")).one()

    return find


def report(to, action="failed", status="5.1.1", words=GONE, kind="delivery-status"):
    """As Postfix writes them."""
    fields = (
        f"Reporting-MTA: dns; mx.example.net\n\nFinal-Recipient: rfc822; member1@example.net\nAction: {action}\n"
        f"Status: {status}\nDiagnostic-Code: smtp; {words}\n"
    )
    return raw(to, "delivery-status", f"message/{kind}", fields)


def complaint(to, sender, feedback="abuse", field="Original-Mail-From"):
    fields = f"Feedback-Type: {feedback}\nUser-Agent: Loop/1.0\nVersion: 1\n{field}: <{sender}>\n"
    return raw(to, "feedback-report", "message/feedback-report", fields)


def raw(to, report_type, kind, fields, original="Subject: Alder pod\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\n"):
    lines = (
        f"From: MAILER-DAEMON@mx.example.net\nTo: {to}\nSubject: Undelivered\nAuto-Submitted: auto-replied\n"
        f'MIME-Version: 1.0\nContent-Type: multipart/report; report-type={report_type}; boundary="b"\n\n'
        f"--b\nContent-Type: text/plain\n\nSorry.\n--b\nContent-Type: {kind}\n\n{fields}\n"
        f"--b\nContent-Type: message/rfc822\n\n{original}\n--b--\n"
    )
    return message_from_bytes(lines.encode(), policy=policy.default)


def test_each_mail_leaves_with_an_envelope_of_its_own_and_our_name_in_it(sent, smtp_sink):
    assert len(set(sent)) == len(sent) == 2
    assert all(len(sender.partition("@")[0]) <= 64 and sender.startswith("podsched+b.") for sender in sent)
    assert {m["From"].addresses[0].addr_spec for m in smtp_sink.messages} == {"podsched@localhost"}
    assert all("Return-Path" not in message for message in smtp_sink.messages)


def test_an_address_that_does_not_work_gets_no_more_mail_but_what_is_asked_for(
    listening, sending, smtp_sink, sent, member, person, post, time
):
    assert post(report(sent[0]), sender="<>") == (250, "")
    assert (person().mail_failed_at, person().mail_failed_reason) == (time.at, GONE)
    before = len(smtp_sink.received)
    with writing(listening.engine) as session:
        enrolment = session.get_one(Enrolment, member.id)
        about = {"enrolment": enrolment.id.hex}
        leave = {"kind": MailKind.LEAVE, "occurrence": "x", "about": about}
        outbox.put(session, membership_id=enrolment.membership_id, **leave, at=time.at)
        joining.send_link(session, enrolment, at=time.at)
    drain(sending)
    assert [m["Subject"] for m in smtp_sink.messages[before:]] == ["Winter makers: your personal link"]
    with reading(listening.engine) as session:
        mail = session.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.LEAVE)).one()
    assert (mail.state, mail.reason) == (MailState.DROPPED, f"This address does not work: {GONE}")


def test_the_first_report_says_since_when(sent, person, post, time):
    post(report(sent[0]), sender="<>")
    since = time.at
    time.move(days=1)
    assert post(report(sent[1], words="550 5.1.1 another"), sender="<>")[0] == 250
    assert (person().mail_failed_at, person().mail_failed_reason) == (since, GONE)


@pytest.mark.parametrize(
    "changed",
    [
        {"action": "delayed", "status": "4.4.1"},
        {"action": "relayed"},
        {"status": "4.2.2", "words": "452 4.2.2 full"},
        {"status": "5.7.1", "words": "550 5.7.1 spam"},
        {"kind": "plain"},
    ],
)
def test_what_does_not_last_is_taken_and_changes_nothing(sent, person, post, changed):
    assert post(report(sent[0], **changed), sender="<>") == (250, "")
    assert person().mail_failed_at is None


def test_a_note_to_the_envelope_is_ignored_from_nobody_and_refused_from_somebody(sent, person, post):
    note = EmailMessage()
    note["From"], note["To"] = "member1@example.net", sent[0]
    note.set_content("I am away.")
    assert post(note, sender="<>") == (250, "")
    assert post(note)[0] == post(report(sent[0]))[0] == 550
    assert person().mail_failed_at is None


def test_a_forged_box_and_one_for_an_address_they_have_left_change_nothing(listening, sent, person, post):
    local, _, domain = sent[0].partition("@")
    forged = local[:-1] + ("a" if local[-1] != "a" else "b")
    other = sent[1].partition("@")[0][:37] + local[37:]
    for box in (forged, other, "podsched+b.short", "podsched"):
        assert post(report(f"{box}@{domain}"), sender="<>")[0] in {550, 250}
        assert person().mail_failed_at is None
    with writing(listening.engine) as session:
        session.get_one(Person, person().id).email = "ivy@example.org"
    assert post(report(sent[0]), sender="<>")[0] == 550
    with reading(listening.engine) as session:
        assert session.scalars(select(Person).where(Person.mail_failed_at.is_not(None))).all() == []


@pytest.mark.parametrize(("reply", "fails"), [(GONE, True), ("550 5.7.1 spam", False), ("450 4.2.1 later", False)])
def test_a_recipient_refused_at_sending_counts_like_a_report(sending, smtp_sink, member, person, reply, fails):
    async def handle_rcpt(_server, _session, envelope, address, _options):
        if address == "member1@example.net":
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    smtp_sink.handle_RCPT = handle_rcpt
    drain(sending)
    assert (person().mail_failed_at is not None, person().mail_failed_reason) == (fails, GONE if fails else None)


def test_a_message_refused_after_its_text_says_nothing_of_the_address(sending, smtp_sink, member, person):
    smtp_sink.refuse_next(12, GONE)
    drain(sending)
    assert person().mail_failed_at is None


@pytest.mark.parametrize("place", ["Original-Mail-From", "box", "Return-Path"])
def test_a_complaint_stops_check_ins_until_they_ask_again(listening, sent, member, post, time, place):
    message = complaint("podsched@localhost", sent[0])
    if place == "box":
        message = complaint(sent[0], "redacted@example.net")
    if place == "Return-Path":
        fields = "Feedback-Type: abuse\nVersion: 1\n"
        message = raw(
            "podsched@localhost",
            "feedback-report",
            "message/feedback-report",
            fields,
            f"Return-Path: <{sent[0]}>\n\nx\n",
        )
    assert post(message) == (250, "")
    with writing(listening.engine) as session:
        enrolment = session.get_one(Enrolment, member.id)
        assert (enrolment.checkins_off_at, enrolment.next_checkin_at) == (time.at, None)
        assert enrolment.membership.complained_at == time.at
        assert len(session.scalars(select(Membership).where(Membership.complained_at.is_not(None))).all()) == 1
        joining.resume(session, enrolment, at=time.at)
        assert (enrolment.checkins_off_at, enrolment.membership.complained_at) == (None, None)


@pytest.mark.parametrize("feedback", ["not-spam", "auth-failure", ""])
def test_a_report_that_nobody_complained_about_changes_nothing(listening, sent, member, post, feedback):
    assert post(complaint(sent[0], sent[0], feedback))[0] == 550
    with reading(listening.engine) as session:
        assert session.get_one(Enrolment, member.id).checkins_off_at is None


def test_a_complaint_about_somebody_elses_mail_is_refused(sent, post):
    assert post(complaint("podsched@localhost", "podsched@localhost"))[0] == 550
    assert post(complaint("podsched@localhost", "news@example.org"))[0] == 550


def test_while_nothing_is_taken_in_mail_comes_back_to_where_it_says_it_is_from(app, house, smtp_sink, environ, time):
    with writing(house.engine) as session:
        builders.published(session, house.addresses)
    plain = create_app(read({**environ, "MAIL_URL": f"smtp+plain://127.0.0.1:{smtp_sink.port}"}))
    drain(plain)
    assert {one.sender for one in smtp_sink.received} == {"podsched@localhost"}


def test_replies_go_to_a_host_whose_address_works(session, house):
    host = builders.found(session)
    people.add_host(session, host.community, email="ned@example.org", name="Ned", at=builders.AT + timedelta(days=1))
    assert people.reply_address(session, host.community_id) == "mira@example.org"
    host.person.mail_failed_at = builders.AT
    session.flush()
    assert people.reply_address(session, host.community_id) == "ned@example.org"
