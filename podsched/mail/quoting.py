"""What somebody wrote in a reply, without the mail they answer, their signature and their program's headers.

Three things know where the own words end: our marker, the ``>`` of quoted lines, and a library that knows the headers of
mail programs in a dozen languages. Its patterns take hours over text made for that, so it sees only short lines, few of them.
"""

import re
from functools import cache
from textwrap import wrap

from mailparser_reply.constants import MAIL_LANGUAGES
from mailparser_reply.parser import EmailMessage

#: Stands on top of each mail that may be answered by mail; templates/mail/check-in says it.
MARKER = "reply above this line"

LONGEST = 4000
LONGEST_LINE = 160
_MARKED = re.compile(rf"^(?P<quoted>[\s>|]*)\W*{MARKER}\b", re.IGNORECASE | re.MULTILINE)
_QUOTE = re.compile(r"^\s*[>|]", re.MULTILINE)
_RULE = re.compile(r"[-_=*~]{3,}")
#: How deep something is quoted does not matter, and deep quotes are what the library is slowest at.
_DEPTH = re.compile(r"^[\s>|]+|(?:> ?){3,}")


def own_words(text: str) -> str:
    """Above the marker if there is anything; below the quoted mail for those who write there."""
    short = _short(text)
    marked = _MARKED.search(short)
    if marked is None:
        return _above(short) or _below(short)
    return _above(short[: marked.start()]) or (_below(short) if ">" in marked["quoted"] else "")


def _above(text: str) -> str:
    """Up to the first header of a mail program or quoted line."""
    for end in (_headers(), _QUOTE):
        found = end.search(text)
        text = text[: found.start()] if found else text
    return _unsigned(text)


def _below(text: str) -> str:
    """For those who write under what they quote: all that is not quoted."""
    found = _headers().match(text)
    lines = text[found.end() if found else 0 :].splitlines()
    return _unsigned("\n".join(line for line in lines if not _QUOTE.match(line)))


def _unsigned(text: str) -> str:
    found = _signature().search(text)
    lines = (text[: found.start()] if found else text).splitlines()
    return "\n".join(line for line in lines if not _RULE.fullmatch(line)).strip()


@cache
def _headers() -> re.Pattern[str]:
    """Where it says "On Monday Ivy wrote", or From, Sent and To, in every language the library knows.

    In Polish it takes one line with "Do:" for headers, which in English is a plan.
    """
    others = EmailMessage(text="", languages=[name for name in MAIL_LANGUAGES if name != "pl"]).HEADER_REGEX
    return re.compile(f"{others.pattern}|{MAIL_LANGUAGES['pl']['wrote_header']}", others.flags)


@cache
def _signature() -> re.Pattern[str]:
    """Where it ends: two hyphens, "Sent from my phone", a greeting that has its line to itself and is not all there is.

    A line that only begins like a greeting is somebody's words: "Thanks, Bo, for the nails".
    """
    known = MAIL_LANGUAGES.values()
    phones = "|".join(filter(None, (language.get("sent_from") for language in known)))
    greetings = "|".join(words.rstrip(",") for language in known for words in language.get("signatures", ()))
    return re.compile(rf"^--$|^(?:{phones})|(?<!\A)^(?:{greetings})[,.!]?$", re.MULTILINE | re.IGNORECASE)


def _short(text: str) -> str:
    """The same words in short lines, blank lines at most one in a row; the rest of a very long text is left out."""
    lines: list[str] = []
    for line in text[: 4 * LONGEST].splitlines():
        quoted = "> " if _QUOTE.match(line) else ""
        words = " ".join(_DEPTH.sub(" ", line).split())
        if words or (lines and lines[-1]):
            lines += wrap(
                words,
                LONGEST_LINE,
                initial_indent=quoted,
                subsequent_indent=quoted,
                break_long_words=False,
                break_on_hyphens=False,
            ) or [quoted]
    return "\n".join(lines)[:LONGEST]
