"""Which refusals are about the address, and which are about us, the message or the weather."""

import pytest

from podsched.domain.refusals import ends_an_address, reason


@pytest.mark.parametrize(
    ("code", "words", "ends"),
    [
        (550, "550 5.1.1 <ivy@example.net>: Recipient address rejected: User unknown", True),
        (550, "550 5.1.10 RESOLVER.ADR.RecipientNotFound", True),
        (550, "550 No such user here", True),
        (553, "553 sorry, no mailbox here by that name", True),
        (550, "550 5.2.1 The account is disabled", True),
        (550, "550 5.4.1 Recipient address rejected: Access denied", True),
        (552, "552 5.2.2 Mailbox full", False),
        (552, "552 message too large", False),
        (550, "550 5.7.1 Message refused as spam", False),
        (550, "550 5.1.8 Sender's domain does not exist", False),
        (550, "550 relay not permitted", False),
        (550, "550 Blocked, your address 192.0.2.7 is listed at example.org", False),
        (554, "554 Transaction failed", False),
        (550, "550 5.6.7 Needs SMTPUTF8", False),
        (550, "550 192.5.1.1 has nothing to do with a status", True),
    ],
)
def test_a_reply_to_the_recipient(code, words, ends):
    assert ends_an_address(words, code=code) is ends


@pytest.mark.parametrize(
    ("status", "words", "ends"),
    [
        ("5.1.1", "", True),
        ("5.0.0", "550 no such user", True),
        ("5.0.0", "550 5.7.26 Unauthenticated mail is not accepted", False),
        ("5.0.0", "554 rejected by policy", False),
        ("5.4.4", "Host not found", True),
        ("5.2.2", "over quota", False),
        ("4.2.2", "mailbox full", False),
        ("4.4.1", "550 connect timed out", False),
        ("", "", False),
        ("x.y.z", "", False),
        ("5.1.1 (bad destination mailbox address)", "", True),
    ],
)
def test_a_report(status, words, ends):
    assert ends_an_address(words, status=status) is ends


def test_a_reason_is_one_short_line_that_can_be_shown():
    assert reason("550 5.1.1\r\n  no\u202e such\x07 user\n") == "550 5.1.1 no such user"
    assert len(reason("x" * 5000)) == 200
