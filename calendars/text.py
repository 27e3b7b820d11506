"""Member text made safe for content lines (RFC 5545 3.1, 3.3.11; RFC 6868).

One character too many empties a whole feed: several parsers split lines at U+2028, U+0085, VT or FS,
others stop at NUL or BEL, and a bare CR starts a new property in a few. So text is cleaned before it is escaped.
"""

import re
from functools import lru_cache
from urllib.parse import quote, urlsplit

from calendars.errors import CalendarError

_LINE_BREAK = re.compile(r"\r\n")
_SPACE_LIKE = re.compile("[\r\x85\u2028\u2029]")
#: C0, DEL and C1 controls but not tab and newline; the byte order mark; halves of surrogate pairs, which UTF-8 has no bytes for.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ud800-\udfff]")
_TRAILING = re.compile(r"[^\S\n]+(?=\n|\Z)")
#: A longer run could fill a folded line alone, and such a line counts as blank.
_LONG_RUN = re.compile(r"([^\S\n])[^\S\n]{8,}")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
_URI = re.compile(r"[!#-;=?-\[\]_a-z~]+", re.IGNORECASE)
#: Every printable ASCII character: `quote` then touches only what a URI cannot hold.
_ASCII = "".join(map(chr, range(0x21, 0x7F)))


def clean(text: str) -> str:
    """The text without what breaks a feed: newlines are LF, other line separators a space, controls are gone."""
    if text.isascii() and text.isprintable() and "  " not in text:  # most names and titles
        return text.strip()
    text = _SPACE_LIKE.sub(" ", _LINE_BREAK.sub("\n", text))
    text = _FORBIDDEN.sub("", text)
    return _TRAILING.sub("", _LONG_RUN.sub(lambda run: run[1] * 8, text)).strip()


def one_line(text: str) -> str:
    r"""The text of `clean` on a single line, for titles, places and names.

    >>> one_line("Tea\r\nand\x07 cake ")
    'Tea and cake'
    """
    return " ".join(clean(text).split())


def escape(text: str) -> str:
    r"""TEXT as RFC 5545 3.3.11 writes it: backslash, semicolon, comma and newline escaped. Wants cleaned text.

    >>> print(escape("wins; stuck, next\nweek"))
    wins\; stuck\, next\nweek
    """
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def parameter(text: str) -> str:
    """A quoted parameter value, with caret escapes for quotes (RFC 6868). Wants a cleaned single line.

    >>> print(parameter('The "Lantern" pod'))
    "The ^'Lantern^' pod"
    """
    # A backslash means nothing here, yet some readers undo `\,` all the same: a slash reads alike everywhere.
    return '"' + text.replace("\\", "/").replace("^", "^^").replace('"', "^'") + '"'


def address(field: str, value: str) -> str:
    """A CAL-ADDRESS for a bare e-mail address (RFC 5545 3.3.3); CalendarError for anything else."""
    if not _ADDRESS.fullmatch(value):
        raise CalendarError(field, value, "must be a bare e-mail address")
    return f"mailto:{value}"


@lru_cache(maxsize=256)  # a feed has few, and each many times
def link(field: str, value: str) -> str:
    """An http or https URI (RFC 3986), with letters beyond ASCII percent-encoded; CalendarError for any other text.

    >>> link("conference", "https://meet.example/Küche")
    'https://meet.example/K%C3%BCche'
    """
    try:
        parts = urlsplit(value)
    except ValueError:
        raise CalendarError(field, value, "must be an http or https link") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise CalendarError(field, value, "must be an http or https link")
    if clean(value) != value or any(map(str.isspace, value)):
        raise CalendarError(field, value, "must be a link without spaces or control characters")
    uri = quote(value, safe=_ASCII)
    if not _URI.fullmatch(uri):
        raise CalendarError(field, value, "must be a link without quotes, brackets or backslashes")
    return uri
