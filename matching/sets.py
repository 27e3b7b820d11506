"""Sets of small numbers as integers: bit ``i`` stands for number ``i``.

Union, intersection and counting then cost nanoseconds for a hundred members and microseconds for ten thousand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def numbers_in(chosen: int) -> list[int]:
    """The numbers in a set, ascending.

    >>> numbers_in(0b10110)
    [1, 2, 4]
    """
    # A loop over ``chosen >> i & 1`` would copy the set once for each bit.
    digits = bin(chosen)[:1:-1]
    found = []
    at = digits.find("1")
    while at >= 0:
        found.append(at)
        at = digits.find("1", at + 1)
    return found


def set_of(numbers: Iterable[int]) -> int:
    """The set of these numbers.

    >>> bin(set_of([4, 1, 2, 1]))
    '0b10110'
    """
    octets = bytearray()
    for number in numbers:
        at = number >> 3
        if at >= len(octets):
            octets.extend(bytes(at + 1 - len(octets)))
        octets[at] |= 1 << (number & 7)
    return int.from_bytes(octets, "little")


def union(sets: Iterable[int]) -> int:
    """Everything that is in one of the sets."""
    whole = 0
    for chosen in sets:
        whole |= chosen
    return whole
