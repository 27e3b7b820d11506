"""Reading JSON values one by one while collecting every fault instead of stopping at the first."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, TypeVar

from matching.errors import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

_KINDS = {
    dict: "an object",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
}


class Shape:
    """Takes JSON apart. Each method returns a usable value or None, and notes a fault where it returns None."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, path: str, message: str) -> None:
        """Note that something is wrong at the path."""
        self.faults.append(Fault(path, message))

    def record(
        self, value: object, path: str, *, required: tuple[str, ...] = (), optional: tuple[str, ...] = ()
    ) -> dict[str, object]:
        """An object with these keys; what is missing or unknown is a fault, and the rest is still returned."""
        if not isinstance(value, dict):
            self._wrong_kind(value, path, "an object")
            return {}
        for key in required:
            if key not in value:
                self.fault(f"{path}.{key}", "is missing")
        for key in value:
            if key not in required and key not in optional:
                self.fault(f"{path}.{key}", f"is unknown; allowed: {', '.join((*required, *optional))}")
        return value

    def mapping(self, value: object, path: str, *, most: int) -> dict[str, object]:
        """An object with free names as keys; faulty keys are left out."""
        if not isinstance(value, dict):
            self._wrong_kind(value, path, "an object")
            return {}
        if len(value) > most:
            self.fault(path, f"has {len(value)} keys; allowed: at most {most}")
            return {}
        return {key: item for key, item in value.items() if self.name(key, f"{path}.{key!r}") is not None}

    def items(self, value: object, path: str, *, most: int) -> Iterator[tuple[str, object]]:
        """Each item of a list with its path; nothing if it is no list."""
        if not isinstance(value, list):
            self._wrong_kind(value, path, "a list")
            return
        if len(value) > most:
            self.fault(path, f"has {len(value)} items; allowed: at most {most}")
            return
        for index, item in enumerate(value):
            yield f"{path}[{index}]", item

    def text(self, value: object, path: str, *, most: int, least: int = 1) -> str | None:
        """Text of ``least`` to ``most`` characters without control characters or broken surrogates."""
        if not isinstance(value, str):
            self._wrong_kind(value, path, "text")
            return None
        if not least <= len(value) <= most:
            self.fault(path, f"has {len(value)} characters; allowed: {least} to {most}")
            return None
        for letter in value:
            if unicodedata.category(letter) in {"Cc", "Cs"} and letter not in "\n\t":
                self.fault(path, f"holds the character U+{ord(letter):04X}; allowed: printable text")
                return None
        return value

    def name(self, value: object, path: str) -> str | None:
        """An identifier: text of 1 to 200 characters that is not blank and has no line break."""
        text = self.text(value, path, most=200)
        if text is not None and (not text.strip() or "\n" in text or "\t" in text):
            self.fault(path, f"is {text!r}; allowed: a name on one line")
            return None
        return text

    def names(self, value: object, path: str, *, most: int) -> tuple[str, ...]:
        """A list of identifiers; faulty ones are left out."""
        read = (self.name(item, where) for where, item in self.items(value, path, most=most))
        return tuple(name for name in read if name is not None)

    def number(self, value: object, path: str) -> int | None:
        """A whole number; neither a boolean nor 60.0."""
        if isinstance(value, bool) or not isinstance(value, int):
            self._wrong_kind(value, path, "a whole number")
            return None
        return value

    def built(self, path: str, make: Callable[[], T]) -> T | None:
        """What ``make`` returns; a ``ValueError`` becomes a fault with its words."""
        try:
            return make()
        except ValueError as error:
            self.fault(path, str(error))
            return None

    def _wrong_kind(self, value: object, path: str, allowed: str) -> None:
        kind = next((word for known, word in _KINDS.items() if isinstance(value, known)), "null")
        self.fault(path, f"is {kind}; allowed: {allowed}")
