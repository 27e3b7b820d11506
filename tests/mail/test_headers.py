"""Headers that cannot be forged, whatever people call themselves."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from podsched.domain.letters import Letter
from podsched.mail.compose import compose

ID = uuid.UUID("0b8b7a52-6b7e-4d6e-9d1e-3b2f6a1c9d10")
AT = datetime(2027, 1, 18, 8, tzinfo=UTC)
LETTER = Letter(
    template="sign-in",
    to_name="Ana",
    to_address="ana@example.net",
    from_name="Kitchen Table",
    reply_to="mira@example.org",
    values={"community": "Kitchen Table", "link": "https://pods.example.org/sign-in/abc", "browser": ""},
)


def arrived(letter=LETTER, sender="pods@pods.example.org"):
    """The message as a mailbox reads it."""
    sent = compose(letter, mail_id=ID, sender=sender, at=AT).data
    assert all(len(line) <= 998 for line in sent.split(b"\r\n"))
    return message_from_bytes(sent, policy=policy.default)


def test_a_letter_has_these_headers_and_no_others():
    headers = [(name, value) for name, value in arrived().items() if name != "Content-Type"]
    assert headers == [
        ("From", "Kitchen Table <pods@pods.example.org>"),
        ("To", "Ana <ana@example.net>"),
        ("Subject", "Kitchen Table: your sign-in link"),
        ("Date", "Mon, 18 Jan 2027 08:00:00 +0000"),
        ("Message-ID", f"<{ID}@pods.example.org>"),
        ("Reply-To", "mira@example.org"),
        ("Auto-Submitted", "auto-generated"),
        ("MIME-Version", "1.0"),
    ]


def test_the_same_row_has_the_same_message_id_and_another_row_another():
    sent = [compose(LETTER, mail_id=of, sender="p@x.org", at=AT).data for of in (ID, ID, uuid.UUID(int=1))]
    ids = [message_from_bytes(each)["Message-ID"] for each in sent]
    assert ids == [f"<{ID}@x.org>", f"<{ID}@x.org>", f"<{uuid.UUID(int=1)}@x.org>"]


def test_a_letter_that_cannot_be_stopped_says_nothing_of_stopping():
    message = arrived()
    assert (message["List-Unsubscribe"], message["List-Unsubscribe-Post"], message["References"]) == (None, None, None)


@pytest.mark.parametrize("host", ["pods.example.org", f"{'a' * 60}.{'b' * 60}.example.org"])
def test_the_address_that_stops_mail_arrives_whole(host):
    url = f"https://{host}/stop/{'Zx9_-.' * 20}"
    sent = compose(replace(LETTER, stop_url=url), mail_id=ID, sender="p@x.org", at=AT).data
    assert [line for line in sent.split(b"\r\n") if line.startswith(b"List-Unsubscribe")] == [
        f"List-Unsubscribe: <{url}>".encode(),
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    ]


def test_mails_of_one_pod_share_a_thread():
    assert arrived(replace(LETTER, thread="pod-1"))["References"] == "<pod-1@pods.example.org>"


@pytest.mark.parametrize("evil", ["Ana\r\nBcc: evil@example.com", "Ana\nX: y", "Ana\x00\x85Y", "Ana\u2028Bcc: z"])
@pytest.mark.parametrize("field", ["to_name", "from_name"])
def test_a_name_with_a_line_break_makes_no_header(field, evil):
    message = arrived(replace(LETTER, **{field: evil}))
    assert sorted(message.keys()) == sorted(arrived().keys())
    assert [address.addr_spec for address in message["To"].addresses] == ["ana@example.net"]


def test_a_subject_with_a_line_break_is_one_line():
    values = {**LETTER.values, "community": "Table\r\nBcc: evil@example.com\u2028X"}
    message = arrived(replace(LETTER, values=values))
    assert message["Subject"] == "Table Bcc: evil@example.com X: your sign-in link"
    assert message["Bcc"] is None


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Cn"]), min_size=1, max_size=80))
@example('Pods, Inc "the" <evil@example.com>')
@example("Ana, evil@example.com, " + "x" * 57)
@example("Žofie, evil@example.com; " + "ž" * 55)
@example("👩\u200d🚀" * 26)
def test_whoever_it_is_one_recipient_and_one_sender_arrive(name):
    message = arrived(replace(LETTER, to_name=name, from_name=name, to_address=f"{'a' * 60}@example.net"))
    assert [address.addr_spec for address in message["To"].addresses] == [f"{'a' * 60}@example.net"]
    assert [address.addr_spec for address in message["From"].addresses] == ["pods@pods.example.org"]


def test_an_address_with_letters_of_its_own_is_written_as_mail_servers_know_it():
    message = arrived(replace(LETTER, to_address="ana@straße.example", reply_to="mira@bücher.example"))
    assert [address.addr_spec for address in message["To"].addresses] == ["ana@xn--strae-oqa.example"]
    assert message["Reply-To"] == "mira@xn--bcher-kva.example"


def test_a_letter_has_a_plain_text_first_and_html_beside_it():
    parts = [(part.get_content_type(), part["Content-Transfer-Encoding"]) for part in arrived().iter_parts()]
    assert parts == [("text/plain", "quoted-printable"), ("text/html", "quoted-printable")]
