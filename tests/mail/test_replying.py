"""Answers to check-in mail over real SMTP: the member's own words become the day's line, whatever else is sent does not."""

import smtplib
from datetime import date, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from time import process_time

import builders
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from podsched.app import create_app
from podsched.cli.listen import LARGEST
from podsched.db import reading, writing
from podsched.jobs.delivery import drain
from podsched.letterbox import Letterbox
from podsched.mail import incoming
from podsched.models import Answer, CheckIn, Enrolment, EnrolmentState, MailKind, OutboxMail, Person
from podsched.services import boxes, checkins, joining, letters, replying
from podsched.settings import SettingsError, read

MONDAY = date(2027, 1, 18)


@pytest.fixture
def asked(listening, time):
    """Two members of a pod who were asked on Monday morning, as (id, address, box)."""
    with writing(listening.engine) as session:
        (pod,) = builders.published(session, listening.addresses)
        member, mate, *_ = builders.members_of(session, pod)
        time.move(days=7, hours=9)
        return [
            (one.id, one.membership.person.email, boxes.for_check_in(listening.addresses, one.id, MONDAY))
            for one in (member, mate)
        ]


@pytest.fixture
def line(listening):
    """What stands on Monday of a member: (mark, line, stuck); None while nothing does."""

    def of(member):
        rows = select(CheckIn).where(CheckIn.enrolment_id == member[0], CheckIn.local_day == MONDAY)
        with reading(listening.engine) as session:
            found = session.scalar(rows)
        return found and (found.answer, found.line, found.stuck)

    return of


def reply(member, words="The roof is on", **fields):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = f"Ivy Long <{member[1]}>", member[2], "Re: Alder pod"
    message.set_content(f"{words}\n\nOn Mon, 18 Jan 2027, Alder pod wrote:\n> == Reply above this line ==\n> What?\n")
    for name, value in fields.items():
        del message[name]
        message[name.replace("_", "-")] = value
    return message


def test_the_check_in_says_where_to_answer_and_the_answer_arrives(listening, environ, smtp_sink, asked, post, line):
    settings = read(
        {**environ, "PODSCHED_MAIL_IN": "127.0.0.1:2525", "MAIL_URL": f"smtp+plain://127.0.0.1:{smtp_sink.port}"}
    )
    app = create_app(settings)
    with writing(listening.engine) as session:
        checkins.plan_due(session, at=session.get_one(Enrolment, asked[0][0]).next_checkin_at)
    drain(app)
    sent = next(m for m in smtp_sink.messages if m["List-Unsubscribe"] and asked[0][1] in m["To"])
    text = sent.get_body(("plain",)).get_content()
    assert sent["Reply-To"] == asked[0][2]
    assert text.startswith("== Reply above this line ==")
    assert "Or just answer this mail: your first lines become today's line, and your pod sees it." in text
    answer = reply(asked[0])
    answer.set_content("The roof is on\n\n" + "".join(f"> {row}\n" for row in text.splitlines()))
    assert post(answer, to=str(sent["Reply-To"]))[0] == 250
    assert line(asked[0]) == (Answer.PARTLY, "The roof is on", False)


def test_while_replies_are_not_read_they_go_to_the_host(session, house, time):
    (pod,) = builders.published(session, house.addresses)
    member = builders.members_of(session, pod)[0]
    checkins.plan_due(session, at=member.next_checkin_at)
    mail = session.scalars(select(OutboxMail).where(OutboxMail.kind == MailKind.CHECK_IN)).first()
    letter = letters.compose(session, mail, house.addresses, at=mail.due_at)
    assert (letter.reply_to, letter.values["takes_replies"]) == ("mira@example.org", False)


@pytest.mark.parametrize(
    ("words", "mark", "kept"),
    [
        ("Done: the roof is on", Answer.DONE, "Done: the roof is on"),
        ("done.", Answer.DONE, ""),
        ("Yes, the roof is on", Answer.DONE, "Yes, the roof is on"),
        ("partly", Answer.PARTLY, ""),
        ("Not today - too much rain", Answer.AWAY, "Not today - too much rain"),
        ("Donetsk is far", Answer.PARTLY, "Donetsk is far"),
        ("The roof\nis on.\n\nTomorrow the door.", Answer.PARTLY, "The roof is on. Tomorrow the door."),
        ("\u202eon\u0007 \U0001f6d6 \u05d2\u05d2\u2028the roof", Answer.PARTLY, "on \U0001f6d6 \u05d2\u05d2 the roof"),
        ("x" * 600, Answer.PARTLY, "x" * 499 + "…"),
    ],
)
def test_what_a_reply_begins_with_says_how_it_went(asked, post, line, words, mark, kept):
    assert post(reply(asked[0], words))[0] == 250
    assert line(asked[0]) == (mark, kept, False)
    assert line(asked[1]) is None


def test_a_reply_to_a_day_that_is_answered_keeps_how_it_went_and_takes_the_line(listening, asked, post, line, time):
    with writing(listening.engine) as session:
        member = session.get_one(Enrolment, asked[0][0])
        checkins.answer(session, member, MONDAY, Answer.DONE, line="before", stuck=True, at=time.at)
    post(reply(asked[0]))
    assert line(asked[0]) == (Answer.DONE, "The roof is on", True)
    post(reply(asked[0], "Not today after all"))
    assert line(asked[0]) == (Answer.AWAY, "Not today after all", True)


def test_a_reply_counts_until_four_the_next_morning(asked, post, line, time):
    time.set(time.at.replace(day=19, hour=2, minute=59))  # one minute to four in Berlin
    assert post(reply(asked[0]))[0] == 250
    time.move(minutes=1)
    code, words = post(reply(asked[0], "Too late"))
    assert (code, words.partition(": ")[0]) == (550, "5.7.1 This check-in is over")
    assert line(asked[0]) == (Answer.PARTLY, "The roof is on", False)


@pytest.mark.parametrize(
    "sender",
    ["stranger@example.org", "member2@example.net", "", "member1@example.net, member2@example.net", "not an address"],
)  # fmt: skip
def test_nobody_answers_for_somebody_else(asked, post, line, sender):
    message = reply(asked[0])
    message.replace_header("From", sender)
    assert post(message)[0] == 550
    assert [line(one) for one in asked] == [None, None]


def test_capitals_in_either_address_do_not_matter(asked, post, line):
    message = reply(asked[0])
    message.replace_header("From", asked[0][1].upper())
    assert post(message, to=asked[0][2].upper())[0] == 250
    assert line(asked[0]) is not None


def test_an_address_in_letters_of_its_own_is_known_by_both_spellings(listening, asked, post, line):
    with writing(listening.engine) as session:
        session.scalars(select(Person).where(Person.email == asked[0][1])).one().email = "ivy@bücher.example"
    message = reply(asked[0])
    message.replace_header("From", "ivy@xn--bcher-kva.example")
    assert post(message)[0] == 250
    assert line(asked[0]) is not None


@pytest.mark.parametrize("change", ["signature", "day", "mate", "nothing", "letters"])
def test_a_made_up_box_takes_nothing(listening, asked, post, line, change):
    local, _, domain = asked[0][2].partition("@")
    forged = {
        "signature": local[:-1] + ("a" if local[-1] != "a" else "b"),
        "day": local.replace("20270118", "20270119"),
        "mate": asked[1][2].partition("@")[0],
        "nothing": "podsched+c.",
        "letters": "podsched+c.20270118.ümläut",
    }[change]
    assert Letterbox(listening).take(reply(asked[0]).as_bytes(), f"{forged}@{domain}").startswith("550")
    assert [line(one) for one in asked] == [None, None]


def test_whoever_has_left_answers_no_more_and_a_pause_may_be_broken(listening, asked, post, line, time):
    with writing(listening.engine) as session:
        session.get_one(Enrolment, asked[0][0]).state = EnrolmentState.LEFT
        joining.pause(session, session.get_one(Enrolment, asked[1][0]), until=MONDAY + timedelta(days=5), at=time.at)
    assert [post(reply(one))[0] for one in asked] == [550, 250]
    assert [line(one) is None for one in asked] == [True, False]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Auto-Submitted", "auto-replied"), ("Precedence", "bulk"), ("X-Autoreply", "yes"), ("List-Id", "<pods.example.org>"),
    ],
)  # fmt: skip
def test_an_out_of_office_note_is_taken_for_nothing(asked, post, line, field, value):
    assert post(reply(asked[0], "I am away until Friday", **{field: value})) == (250, "")
    assert line(asked[0]) is None


def test_a_note_from_nobody_is_taken_for_nothing(asked, post, line):
    assert post(reply(asked[0], "I am away until Friday"), sender="<>") == (250, "")
    assert line(asked[0]) is None


def test_a_reply_without_words_or_without_text_is_refused_in_words(asked, post, line):
    code, words = post(reply(asked[0], " \n\u200b"))
    assert (code, words) == (550, "5.7.1 There are no words of yours above the quoted mail.")
    picture = reply(asked[0])
    picture.clear_content()
    picture.add_attachment(b"x", maintype="image", subtype="png", filename="roof.png")
    assert post(picture)[0] == 550
    stacked = post(reply(asked[0], "Z" + "\u0335" * 30))
    assert stacked == (550, "5.7.1 Too many marks are stacked on one letter.")
    assert line(asked[0]) is None


def test_a_reply_in_html_alone_or_in_a_charset_nobody_knows_is_read(asked, post, line):
    html = reply(asked[0])
    html.set_content("<p>Done: the <b>roof</b></p><blockquote>Reply above this line</blockquote>", subtype="html")
    assert post(html)[0] == 250
    assert line(asked[0]) == (Answer.DONE, "Done: the roof", False)
    odd = reply(asked[1])
    odd.replace_header("Content-Type", "text/plain; charset=klingon")
    assert post(odd)[0] == 250
    assert line(asked[1]) == (Answer.PARTLY, "The roof is on", False)


def test_ten_megabytes_are_refused_before_they_travel_and_after(asked, door, line):
    message = reply(asked[0])
    message.add_attachment(b"x" * 10 * LARGEST, maintype="application", subtype="octet-stream", filename="x")
    with smtplib.SMTP("127.0.0.1", door) as server:
        server.ehlo()
        assert server.mail("a@example.net", ["SIZE=10485760"])[0] == 552
        server.mail("a@example.net")
        server.rcpt(asked[0][2])
        assert server.data(message.as_bytes(policy=SMTP))[0] == 552
        assert server.noop()[0] == 250
    assert line(asked[0]) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\n\n" * 150_000,
        b"Content-Type: multipart/mixed; boundary=x\r\n" + b"\r\n--x\r\nContent-Type: multipart/mixed; boundary=x\r\n" * 900
        + b"\n" * 500_000,
        b"From: " + b"a@example.net," * 60_000 + b"\r\n\r\nx",
        b"Content-Type: text/plain" + b";\r\n a=b" * 100_000 + b"\r\n\r\nx",
        b"From: " + b"(" * 7000 + b"\r\n\r\nx",
        b"A: b\r\n" * 100_000 + b"\r\n\r\nx",
    ],
)  # fmt: skip
def test_a_message_that_is_made_to_take_for_ever_does_not(listening, asked, raw):
    began = process_time()
    assert Letterbox(listening).take(raw, asked[0][2]).startswith("550")
    assert process_time() - began < 5


def test_one_message_is_for_one_address(asked, door, line):
    """The others are to be sent again, which mail servers do by themselves; LMTP then needs one reply."""
    with smtplib.SMTP("127.0.0.1", door) as server:
        refused = server.sendmail(asked[0][1], [asked[0][2], asked[1][2]], reply(asked[0]).as_bytes())
    assert {to: code for to, (code, _) in refused.items()} == {asked[1][2]: 452}
    assert [line(one) is None for one in asked] == [False, True]


def test_a_server_may_deliver_by_lmtp(asked, post, line):
    assert post(reply(asked[0]), protocol=smtplib.LMTP)[0] == 250
    assert line(asked[0]) is not None


def test_a_reply_is_never_answered_by_mail(listening, asked, post):
    with reading(listening.engine) as session:
        before = len(session.scalars(select(OutboxMail.id)).all())
    for message in (reply(asked[0]), reply(asked[1], ""), reply(asked[0], Auto_Submitted="auto-replied")):
        post(message)
    with reading(listening.engine) as session:
        assert len(session.scalars(select(OutboxMail.id)).all()) == before


def test_a_mailbox_whose_addresses_would_be_too_long_is_named_at_the_start(environ):
    settings = {**environ, "PODSCHED_MAIL_IN": "127.0.0.1:2525", "PODSCHED_MAIL_FROM": f"{'p' * 20}@example.org"}
    with pytest.raises(SettingsError, match="PODSCHED_MAIL_FROM: with PODSCHED_MAIL_IN at most 19 characters"):
        read(settings)


def test_a_fault_of_ours_loses_no_message_and_tells_nobody(asked, post, line, monkeypatch):
    def broken(*_):
        raise KeyError("a fault in our own code")

    with monkeypatch.context() as context:
        context.setattr(replying, "take", broken)
        assert post(reply(asked[0])) == (451, "4.3.0 Try again in a moment")
    assert post(reply(asked[0]))[0] == 250
    assert line(asked[0]) is not None


def test_a_database_that_is_busy_for_a_moment_loses_no_message(asked, post, monkeypatch):
    def busy(*_, **__):
        raise OperationalError("SELECT 1", {}, Exception("database is locked"))

    with monkeypatch.context() as context:
        context.setattr(checkins, "answer", busy)
        assert post(reply(asked[0]))[0] == 451
    assert post(reply(asked[0]))[0] == 250


@settings(max_examples=150, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"From: ", b"Content-Type: ", b"Content-Type: multipart/report; boundary=b\n\n--b\n"]),
)
def test_whatever_arrives_is_a_message_or_none(data, start):
    assert isinstance(incoming.read(start + data), incoming.Incoming)
