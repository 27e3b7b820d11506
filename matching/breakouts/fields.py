"""Arithmetic of finite rings that are products of fields: what constructions over a number of points reckon with.

Every number n has such a ring: n = q1 q2 ... with prime powers q, and an element is a number below n read as one digit
for each field. Where n is a prime power the ring is the field GF(n). A field's elements are polynomials over GF(p),
read as numbers to base p; they are multiplied through logarithms to a primitive element (Lidl & Niederreiter, Finite
Fields, 2nd ed., ch. 9).
"""

from __future__ import annotations

from functools import lru_cache


def factors(number: int) -> list[int]:
    """The prime powers that make up a number, the smallest first.

    >>> factors(360)
    [5, 8, 9]
    """
    found, rest, prime = [], number, 2
    while rest > 1:
        power = 1
        while rest % prime == 0:
            power, rest = power * prime, rest // prime
        if power > 1:
            found.append(power)
        prime += 1
    return sorted(found)


class Field:
    """GF(q) for a prime power q: elements are the numbers 0 to q - 1, with 0 and 1 in their usual roles."""

    def __init__(self, order: int) -> None:
        self.order = order
        self.prime = next(p for p in range(2, order + 1) if order % p == 0)
        # Each choice of the value of x**degree gives a chain of powers of x; a primitive one reaches all but 0.
        chains = (self._powers(value) for value in range(1, order))
        self._power = next(chain for chain in chains if len(chain) == order - 1)
        self._log = {element: exponent for exponent, element in enumerate(self._power)}

    def add(self, one: int, other: int) -> int:
        """The sum: digit by digit to base p."""
        if self.prime == self.order:
            return (one + other) % self.order
        total, place = 0, 1
        while one or other:
            total += (one + other) % self.prime * place
            one, other, place = one // self.prime, other // self.prime, place * self.prime
        return total

    def multiply(self, one: int, other: int) -> int:
        """The product."""
        if not one or not other:
            return 0
        return self._power[(self._log[one] + self._log[other]) % (self.order - 1)]

    def _powers(self, reduced: int) -> list[int]:
        """1, x, x**2, ... up to the first repetition, where x**degree is the polynomial ``reduced``."""
        chain, seen, element = [], set(), 1
        while element and element not in seen:
            chain.append(element)
            seen.add(element)
            top, rest = divmod(element * self.prime, self.order)
            element = rest
            for _ in range(top):
                element = self.add(element, reduced)
        return chain


class Ring:
    """A product of fields with ``order`` elements, 0 to ``order`` - 1."""

    def __init__(self, order: int) -> None:
        self.order = order
        self.fields = [Field(q) for q in factors(order)]
        #: Elements of which every two differ in every digit, so that their differences can be divided by.
        self.apart = [self._number([digit] * len(self.fields)) for digit in range(self.fields[0].order)]
        self._digits = [self._read(element) for element in range(order)]

    def add(self, one: int, other: int) -> int:
        """The sum."""
        digits = zip(self.fields, self._digits[one], self._digits[other], strict=True)
        return self._number([field.add(x, y) for field, x, y in digits])

    def multiply(self, one: int, other: int) -> int:
        """The product."""
        digits = zip(self.fields, self._digits[one], self._digits[other], strict=True)
        return self._number([field.multiply(x, y) for field, x, y in digits])

    def _read(self, element: int) -> list[int]:
        digits = []
        for field in self.fields:
            element, digit = divmod(element, field.order)
            digits.append(digit)
        return digits

    def _number(self, digits: list[int]) -> int:
        number = 0
        for field, digit in zip(reversed(self.fields), reversed(digits), strict=True):
            number = number * field.order + digit
        return number


@lru_cache(maxsize=32)
def ring(order: int) -> Ring:
    """The ring with that many elements (2 or more)."""
    return Ring(order)
