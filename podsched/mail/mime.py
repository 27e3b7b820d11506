"""A message as the bytes that go over the wire (RFC 5322, 2045-2047), without an object for each header and part.

The library's own builder takes ten times as long as handing the message to a mail server does. What it reads back of
these bytes is compared with what was meant in the tests.
"""

import base64
import binascii
import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from email.header import Header

_UNSAFE = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+", re.ASCII)
#: A line of a header is folded beyond this, at spaces (RFC 5322 asks for 78).
_LONG = 76


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent, from and to one address each, and where it goes when it comes back: the envelope's sender."""

    sender: str
    recipient: str
    data: bytes
    bounces_to: str


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf, or the parts within a multipart."""

    headers: tuple[str, ...]
    body: bytes


def text(subtype: str, words: str) -> Part:
    r"""A text part, quoted-printable, with lines that end in CR LF."""
    lines = words.replace("\r\n", "\n").replace("\n", "\r\n").encode()
    headers = (f'Content-Type: text/{subtype}; charset="utf-8"', "Content-Transfer-Encoding: quoted-printable")
    return Part(headers, binascii.b2a_qp(lines))


def calendar(data: bytes, *, method: str, filename: str | None = None) -> Part:
    """A calendar part as bytes that stay as they are, beside the words or as a file."""
    content = f'Content-Type: text/calendar; charset="utf-8"; method="{method}"'
    return _encoded(content, data, filename)


def file(kind: str, data: bytes, *, filename: str) -> Part:
    return _encoded(f"Content-Type: {kind}", data, filename)


def _encoded(content: str, data: bytes, filename: str | None) -> Part:
    shown = (f'Content-Disposition: attachment; filename="{filename}"',) if filename else ()
    body = base64.encodebytes(data).replace(b"\n", b"\r\n")
    return Part((content, "Content-Transfer-Encoding: base64", *shown), body)


def multipart(subtype: str, parts: Iterable[Part], *, boundary: str) -> Part:
    """``boundary`` must hold "=_", which no encoded body does."""
    begin = f"--{boundary}\r\n".encode()
    bodies = b"".join(begin + _head(part.headers) + part.body + b"\r\n" for part in parts)
    return Part((f'Content-Type: multipart/{subtype}; boundary="{boundary}"',), bodies + f"--{boundary}--\r\n".encode())


def whole(headers: Iterable[str], content: Part) -> bytes:
    return _head((*headers, "MIME-Version: 1.0", *content.headers)) + content.body


def _head(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in lines).encode("ascii") + b"\r\n"


def words(name: str, value: str) -> str:
    """A header in words that a person reads: one line whatever it holds, encoded and folded where that is needed."""
    line = f"{name}: {plain(value)}"
    if not line.isascii() or "=?" in line:  # what looks encoded would be decoded
        return f"{name}: {_encode(plain(value), name)}"
    return line if len(line) <= _LONG else _folded(line, name)


def _folded(line: str, name: str) -> str:
    """At single spaces; what has none in the right place is encoded, which folds anything."""
    lines = textwrap.wrap(line, _LONG, break_long_words=False, break_on_hyphens=False, drop_whitespace=True)
    folded = "\r\n ".join(lines)
    is_whole = folded.replace("\r\n ", " ") == line and all(len(each) <= _LONG for each in lines)
    return folded if is_whole else f"{name}: {_encode(line.removeprefix(f'{name}: '), name)}"


def mailbox(name: str, person: str, address: str) -> str:
    """A header with the name and address of one mailbox. Raises ValueError for what is no plain address."""
    if not _ADDRESS.fullmatch(address):
        raise ValueError(f"{address!r} cannot stand in the header {name}")
    shown = plain(person)
    if not shown:
        return f"{name}: {address}"
    is_short = shown.isascii() and "=?" not in shown and len(shown) <= _LONG - len(name) - 4
    first = f"{name}: {_phrase(shown) if is_short else _encode(shown, name)}"
    one_line = f"{first} <{address}>"
    return one_line if is_short and len(one_line) <= _LONG else f"{first}\r\n <{address}>"


def _phrase(shown: str) -> str:
    """In quotes where anything but letters, digits and single spaces stands in it."""
    if re.fullmatch(r"[A-Za-z0-9]+( [A-Za-z0-9]+)*", shown):
        return shown
    quoted = shown.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{quoted}"'


def _encode(value: str, name: str) -> str:
    return Header(value, "utf-8", maxlinelen=_LONG, header_name=name).encode(linesep="\r\n")


def plain(value: str) -> str:
    """One header line: whatever could break it becomes a space."""
    return _UNSAFE.sub(" ", value).strip()
