"""What people type: cleaned once, on the way in. Escaping is the business of each place that prints it."""

import re
import unicodedata
from datetime import time

NAME = 80
SENTENCE = 140
GOAL = 500
LINE = 500
TAG = 40
MOST_COMBINING = 4
_BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BREAKS = set("\u2028\u2029")
#: Letters that print nothing: a name made of these is empty.
_FILLERS = set("\u3164\u115f\u1160\uffa0\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u2800")
_MANY_COMBINING = re.compile(r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{5,}")


class BadText(ValueError):
    pass


def line(text: str, *, longest: int, required: bool = True) -> str:
    """One line of text, trimmed, in NFC; raises BadText with what to change."""
    text = unicodedata.normalize("NFC", text).replace("\t", " ")
    return _checked(re.sub(r" +", " ", text).strip(), longest, required=required, breaks="")


def paragraph(text: str, *, longest: int, required: bool = True) -> str:
    """Text of several lines; line breaks become a plain newline."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return _checked(unicodedata.normalize("NFC", text).strip(), longest, required=required, breaks="\n")


def one_sentence(text: str, *, longest: int = SENTENCE) -> str:
    """A line with at most one full stop, at its end."""
    text = line(text, longest=longest)
    if re.search(r"[.!?\u061f]\s+\S|\u3002\s*\S", text):
        raise BadText("Keep this to one sentence: it is repeated on every page and mail.")
    return text


def name(text: str) -> str:
    return line(text, longest=NAME)


def web_address(text: str) -> str:
    """An http or https address, or nothing."""
    text = line(text, longest=LINE, required=False)
    if text and not re.fullmatch(r"https?://[^\s/?#@]+\.[^\s/?#@]+([/?#]\S*)?", text):
        raise BadText("Write a whole web address, such as https://meet.example.org/our-room.")
    return text


def shown(text: str) -> str:
    """The text without characters that ``line`` refuses; for what arrives by mail and cannot be typed again."""
    return "".join(character for character in text if character in "\t\r\n" or not _is_forbidden(character))


def slug(text: str, *, longest: int = 40) -> str:
    """Letters and digits for an address: Čáp & Co is cap-co."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:longest].strip("-")


def time_of_day(text: str) -> time:
    """An hour as browsers send it: 18:30."""
    if not re.fullmatch(r"([01]?[0-9]|2[0-3]):[0-5][0-9]", text.strip(), re.ASCII):
        raise BadText("Write the hour like 18:30.")
    return time.fromisoformat(text.strip().zfill(5))


def tags(text: str, *, most: int = 3) -> tuple[str, ...]:
    """Up to ``most`` tags separated by commas, lower-cased, each once."""
    found: dict[str, None] = {}
    for part in text.split(","):
        if part.strip(" #"):
            found[line(part.strip(" #").casefold(), longest=TAG)] = None
    if len(found) > most:
        raise BadText(f"Choose at most {most} tags; you gave {len(found)}.")
    return tuple(found)


def _checked(text: str, longest: int, *, required: bool, breaks: str) -> str:
    for character in text:
        if character in breaks:
            continue
        if _is_forbidden(character):
            raise BadText("This holds an invisible control character. Type it again without pasting.")
    if _MANY_COMBINING.search(text):
        raise BadText("Too many marks are stacked on one letter.")
    if len(text) > longest:
        raise BadText(f"At most {longest} characters; this has {len(text)}.")
    if required and not is_visible(text):
        raise BadText("Please fill this in.")
    return text


def _is_forbidden(character: str) -> bool:
    kind = unicodedata.category(character)
    return kind in {"Cc", "Cs"} or character in _BIDI or character in _BREAKS or _is_noncharacter(character)


def _is_noncharacter(character: str) -> bool:
    point = ord(character)
    return point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF


def is_visible(text: str) -> bool:
    """Whether a reader would see anything of it."""
    return any(_is_visible(character) for character in text)


def _is_visible(character: str) -> bool:
    kind = unicodedata.category(character)  # a mark alone, such as a variation selector, has nothing to sit on
    return not character.isspace() and character not in _FILLERS and kind != "Cf" and not kind.startswith("M")
