"""The outbox meets a mail server that takes, refuses, stalls and goes away."""

import mailbox
from collections import Counter
from datetime import timedelta
from email import policy
from email.parser import BytesParser

import pytest
from icalendar import Calendar
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from podsched.app import house_of
from podsched.db import writing
from podsched.jobs.delivery import drain
from podsched.models import MailKind, MailState, OutboxMail
from podsched.services import checkins, letters, outbox

pytestmark = pytest.mark.usefixtures("time")


def states(rows):
    return Counter(row.state.value for row in rows)


def test_every_mail_goes_out_once_to_one_recipient_from_the_installation(smtp_app, smtp_sink, pod, outbox_rows):
    drain(smtp_app)
    drain(smtp_app)
    assert states(outbox_rows()) == {"sent": 12}
    assert {len(received.recipients) for received in smtp_sink.received} == {1}
    assert {received.sender for received in smtp_sink.received} == {"podsched@localhost"}
    sent_to = Counter(received.recipients[0] for received in smtp_sink.received)
    assert sent_to == {f"member{number}@example.net": 2 for number in range(1, 7)}
    assert [m["To"].addresses[0].addr_spec for m in smtp_sink.messages] == [r.recipients[0] for r in smtp_sink.received]


def test_a_mail_holds_no_address_of_another_member(smtp_app, smtp_sink, pod):
    drain(smtp_app)
    for received in smtp_sink.received:
        whole = received.message.as_string() + "".join(
            part.get_payload(decode=True).decode() for part in received.message.walk() if not part.is_multipart()
        )
        others = [n for n in range(1, 7) if f"member{n}@example.net" not in received.recipients]
        assert [n for n in others if f"member{n}@" in whole] == []


def test_replies_reach_the_host_and_only_check_ins_can_be_stopped(smtp_app, smtp_sink, pod, time):
    time.move(days=14)
    with writing(house_of(smtp_app).engine) as session:
        assert checkins.plan_due(session, at=time.at) == 6
    drain(smtp_app)
    by_stop = {m["Subject"].partition(":")[2] for m in smtp_sink.messages if m["List-Unsubscribe"]}
    assert by_stop == {" What is the one thing you want done by Friday?"}
    assert {m["Reply-To"] for m in smtp_sink.messages} == {"mira@example.org"}
    assert {m["Auto-Submitted"] for m in smtp_sink.messages} == {"auto-generated"}


def test_a_mail_put_off_by_the_server_waits_longer_and_goes_out_once(smtp_app, smtp_sink, pod, outbox_rows, time):
    smtp_sink.refuse_next(12, "451 Try again later")
    drain(smtp_app)
    assert states(outbox_rows()) == {"waiting": 12}
    assert {row.reason for row in outbox_rows()} == {"451 Try again later"}
    assert all(time.at + timedelta(seconds=12) <= row.due_at for row in outbox_rows())
    drain(smtp_app)
    assert smtp_sink.received == []
    time.move(minutes=2)
    drain(smtp_app)
    assert (states(outbox_rows()), len(smtp_sink.received)) == ({"sent": 12}, 12)
    assert {row.attempts for row in outbox_rows()} == {2}


def test_a_mail_refused_for_ever_is_dead_with_the_reason_and_holds_up_no_other(smtp_app, smtp_sink, pod, outbox_rows):
    smtp_sink.refuse_next(1, "550 No such mailbox here")
    drain(smtp_app)
    assert states(outbox_rows()) == {"dead": 1, "sent": 11}
    assert [row.reason for row in outbox_rows() if row.state is MailState.DEAD] == ["550 No such mailbox here"]
    assert len(smtp_sink.received) == 11


@pytest.mark.parametrize(
    ("reply", "state"), [("421 Too many", "waiting"), ("450 Greylisted", "waiting"), ("550 Unknown", "dead")]
)
def test_a_recipient_refused_says_nothing_of_the_next_one(smtp_app, smtp_sink, pod, outbox_rows, reply, state):
    refused = ["member1@example.net"]

    async def handle_rcpt(_server, _session, envelope, address, _options):
        if address in refused:
            refused.clear()
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    smtp_sink.handle_RCPT = handle_rcpt
    drain(smtp_app)
    assert states(outbox_rows())[state] == 1
    assert sum("member1@example.net" not in received.recipients for received in smtp_sink.received) == 10


def test_a_connection_dropped_in_the_middle_loses_nothing(smtp_app, smtp_sink, pod, outbox_rows, time):
    left = [3]

    async def handle_data(server, _session, envelope):
        left[0] -= 1
        if left[0] == 0:
            server.transport.abort()
            return "250 never read"
        return await type(smtp_sink).handle_DATA(smtp_sink, server, _session, envelope)

    smtp_sink.handle_DATA = handle_data
    drain(smtp_app)
    assert states(outbox_rows()) == {"waiting": 1, "sent": 11}
    time.move(minutes=2)
    drain(smtp_app)
    assert states(outbox_rows()) == {"sent": 12}
    assert len(smtp_sink.received) == len({m["Message-ID"] for m in smtp_sink.messages}) == 12


def test_a_server_that_is_away_leaves_every_mail_waiting(environ, request):
    environ["MAIL_URL"] = "smtp+plain://127.0.0.1:1"
    app = request.getfixturevalue("app")
    request.getfixturevalue("pod")
    outbox_rows = request.getfixturevalue("outbox_rows")
    drain(app)
    assert states(outbox_rows()) == {"waiting": 12}
    assert {row.attempts for row in outbox_rows()} == {1}
    assert {row.reason.partition(":")[0] for row in outbox_rows()} == {"the mail server cannot be reached"}


def test_without_a_server_each_mail_is_a_file_of_the_mailbox(app, pod, outbox_rows):
    drain(app)
    drain(app)
    box = mailbox.Maildir(house_of(app).settings.mailbox, create=False)
    read = [BytesParser(policy=policy.default).parsebytes(box.get_bytes(key)) for key in box.keys()]  # noqa: SIM118  a mailbox iterates over messages
    assert states(outbox_rows()) == {"sent": 12}
    assert len(read) == len({message["Message-ID"] for message in read}) == 12


def test_a_letter_that_cannot_be_written_is_dead_and_holds_up_no_other(app, pod, outbox_rows, monkeypatch):
    def broken(*_):
        raise KeyError("a fault in our own code")

    monkeypatch.setitem(letters._COMPOSERS, MailKind.RECEIPT, broken)
    drain(app)
    assert states(outbox_rows()) == {"dead": 6, "sent": 6}
    assert {row.reason for row in outbox_rows() if row.state is MailState.DEAD} == {"This mail could not be written."}


def test_a_database_that_is_busy_for_a_moment_kills_no_mail(app, pod, outbox_rows, monkeypatch, time):
    def busy(*_):
        raise OperationalError("SELECT 1", {}, Exception("database is locked"))

    with monkeypatch.context() as broken:
        broken.setitem(letters._COMPOSERS, MailKind.RECEIPT, busy)
        with pytest.raises(OperationalError):
            drain(app)
    assert "dead" not in states(outbox_rows())
    time.move(minutes=3)
    drain(app)
    assert states(outbox_rows()) == {"sent": 12}


def test_what_a_slow_worker_is_sending_is_not_taken_by_another(smtp_app, smtp_sink, pod, time):
    taken = []

    async def handle_data(server, session, envelope):
        time.move(minutes=1)  # a batch of these takes much longer than the lease of one
        with Session(house_of(smtp_app).engine) as other:
            ids = [f"<{claim.id}@localhost>" for claim in outbox.claim(other, at=time.at)]
        taken.extend(line for line in envelope.content.decode().splitlines() if line[12:] in ids)
        return await type(smtp_sink).handle_DATA(smtp_sink, server, session, envelope)

    smtp_sink.handle_DATA = handle_data
    drain(smtp_app)
    assert taken == []
    assert len(smtp_sink.received) == 12


def test_the_wait_grows_up_to_a_quarter_of_an_hour_and_a_long_outage_kills_nothing(app, pod, outbox_rows, time):
    start, waits = time.at, []
    for _ in range(20):
        with writing(house_of(app).engine) as session:
            claim = outbox.claim(session, at=time.at, limit=1)[0]
            outbox.try_later(session, claim, at=time.at, reason="451 again")
        row = next(row for row in outbox_rows() if row.id == claim.id)
        waits.append(row.due_at - time.at)
        _only(app, claim.id)
        time.set(max(row.due_at, time.at))
    assert waits[:4] == sorted(waits[:4])
    assert timedelta(seconds=12) <= waits[0] <= timedelta(seconds=18)
    assert max(waits) <= timedelta(minutes=20)
    assert (row.state, row.attempts, row.reason) == (MailState.WAITING, 20, "451 again")
    assert row.first_due_at <= start


def test_a_mail_no_server_took_in_time_is_on_the_hosts_list(smtp_app, smtp_sink, pod, outbox_rows, time):
    smtp_sink.refuse_next(12)
    drain(smtp_app)
    time.move(days=4)
    drain(smtp_app)
    assert states(outbox_rows()) == {"dead": 12}
    assert {row.reason for row in outbox_rows()} == {"It could not be sent in time."}


def _only(app, mail):
    """Everything else is sent."""
    with writing(house_of(app).engine) as session:
        session.execute(update(OutboxMail).where(OutboxMail.id != mail).values(state=MailState.SENT))


def test_a_mail_that_is_stale_is_dropped_and_not_sent(smtp_app, smtp_sink, pod, outbox_rows, time):
    time.move(days=4)
    drain(smtp_app)
    assert states(outbox_rows()) == {"dropped": 12}
    assert smtp_sink.received == []


def test_a_server_without_encryption_gets_nothing_when_encryption_is_asked_for(environ, request, smtp_sink):
    environ["MAIL_URL"] = f"smtp://127.0.0.1:{smtp_sink.port}"
    app = request.getfixturevalue("app")
    request.getfixturevalue("pod")
    drain(app)
    assert smtp_sink.received == []
    assert states(request.getfixturevalue("outbox_rows")()) == {"waiting": 12}


def test_the_mail_that_reveals_a_pod_brings_its_meetings_as_a_file(smtp_app, smtp_sink, pod):
    drain(smtp_app)
    reveals = [message for message in smtp_sink.messages if message.get_content_type() == "multipart/mixed"]
    assert len(reveals) == 6
    for message in reveals:
        (file,) = message.iter_attachments()
        assert (file.get_content_type(), file.get_filename()) == ("text/calendar", "meetings.ics")
        events = Calendar.from_ical(file.get_content()).events
        assert [event.start for event in events] == [meeting.starts_at for meeting in pod.meetings]
        assert {str(event["ORGANIZER"]) for event in events} == {"mailto:podsched@localhost"}
