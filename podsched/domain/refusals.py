"""What mail servers say when they refuse, read for one question: whether it is the address that does not work."""

import re

from podsched.domain import text

_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
#: Replies without a status (RFC 3463) that are about the mailbox, unless their words say otherwise.
_ABOUT_A_MAILBOX = {550, 551, 553}
_OTHERWISE = re.compile(r"relay|spam|block|black|policy|reputation|listed|spf|dkim|dmarc", re.IGNORECASE)
#: Subject and detail of what lasts and yet says nothing of the address: the sender, a full mailbox, a large message.
_OTHER_DETAILS = {(1, 7), (1, 8), (2, 2), (2, 3), (3, 4)}
#: The message's form, and somebody's policy.
_OTHER_SUBJECTS = {6, 7}
LONGEST_REASON = 200


def ends_an_address(words: str, *, code: int = 0, status: str = "") -> bool:
    """Whether no mail will ever arrive there, by the most exact of what was said."""
    found = _STATUS.search(words) or _STATUS.search(status)
    if found is None:
        return code in _ABOUT_A_MAILBOX and not _OTHERWISE.search(words)
    kind, subject, detail = map(int, found.groups())
    if kind != 5 or subject in _OTHER_SUBJECTS or (subject, detail) in _OTHER_DETAILS:
        return False
    return subject != 0 or not _OTHERWISE.search(words)


def reason(words: str) -> str:
    """One line that a host can read."""
    return text.shown(" ".join(" ".join(words.splitlines()).split()))[:LONGEST_REASON]
