"""Rounds in which nobody meets anybody twice, constructed instead of searched for.

Four sources, of which the one with the most rounds is taken:

- **Lines.** g rooms of k <= g: people are the points (x, y) with k columns x and g rows y over a ring of g elements. For
  every slope m the lines y = m x + b are the rooms of a round. Two lines of different slope share a point only if
  (m - m')(x - x') = 0, so over a field there are g rounds (an affine plane's parallel classes); over a product of
  fields as many as its smallest field has elements, or g for no more columns than that (Bose; MacNeish 1922).
- **Differences.** Over an abelian group of g elements, rows of k elements of which every two have all of their k
  differences distinct are rounds: in the one of row v, room b seats the people (x, v[x] + b). Where g is no prime power
  the rows of ``tables`` give more rounds than lines (difference matrices: Handbook of Combinatorial Designs, VI.17).
- **Columns.** People of one column have not met in any such round: where columns split into rooms of allowed sizes
  they make one more round.
- **Maximal arcs.** For q = 2**m and d = 2**j the points (x, y) over GF(q) for which an irreducible quadratic form is in
  an additive subgroup of order d meet every line in 0 or d points (R. H. F. Denniston, J. Combin. Theory 6, 1969, 317).
  The directions of the plane are q + 1 rounds of q - q/d + 1 rooms of d: 120 people in 15 rooms of 8 for 17 rounds.

For uneven rooms people are left out: from the last column, which every line meets once, or from a room of a round that
is not used, which every other room meets at most once. So sizes differ by at most 1, and nobody meets anybody more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from matching.breakouts.fields import factors, ring
from matching.breakouts.tables import ROWS

if TYPE_CHECKING:
    from matching.breakouts.fields import Ring
    from matching.breakouts.values import RoomSize

#: Four rounds of six rooms of six, by the room of each person, in which just two pairs meet again: found by annealing,
#: and fewer is impossible (see ``bound``, squares). Three rounds come from a Latin square; a fourth has no design.
_SIX_SIXES = (
    "344240345210515340223155541101230023",
    "031540521142012451303543503230215442",
    "323351400434513015025541244230520211",
    "113423341201445555354130205322000412",
)

#: A round of people named 0, 1, 2, ...: its rooms, each the people in it.
Seating = list[list[int]]


def rotation(people: int, rooms: int, rounds: int, size: RoomSize) -> list[Seating]:
    """Up to ``rounds`` rounds of balanced rooms in which no two people meet twice; perhaps fewer, at least none.

    Every round has that many rooms, but for a round of columns, which may have another number of them within ``size``.
    """
    if rooms < 2 or people < 2 * rooms:
        return []
    found = max(_lines(people, rooms, rounds), _differences(people, rooms, rounds), key=len)
    if found and len(found) < rounds:
        found += _columns(people, rooms, size)
    return max(_arc(people, rooms, rounds), found, key=len)


def almost(people: int, rooms: int, rounds: int) -> list[Seating]:
    """Rounds with proven fewest repeats where none are possible without: up to ``rounds``, none for most numbers."""
    if (people, rooms) != (36, 6) or rounds < len(_SIX_SIXES):
        return []
    return [
        [[person for person, room in enumerate(told) if int(room) == number] for number in range(rooms)]
        for told in _SIX_SIXES
    ]


def _lines(people: int, rooms: int, rounds: int) -> list[Seating]:
    columns = -(-people // rooms)
    if columns > rooms:
        return []
    plane = ring(rooms)
    every = range(rooms)
    xs, slopes = (plane.apart[:columns], every) if columns <= len(plane.apart) else (every[:columns], plane.apart)
    return [_sloped(plane, people, xs, slope) for slope in slopes[:rounds]]


def _sloped(plane: Ring, people: int, xs: range | list[int], slope: int) -> Seating:
    seating: Seating = [[] for _ in range(plane.order)]
    for column, x in enumerate(xs):
        rise = plane.multiply(slope, x)
        for line, room in enumerate(seating):
            person = column * plane.order + plane.add(rise, line)
            if person < people:
                room.append(person)
    return seating


def _differences(people: int, rooms: int, rounds: int) -> list[Seating]:
    columns = -(-people // rooms)
    group, told = max(
        ((group, rows) for group, rows in ROWS.get(rooms, ()) if len(rows[0]) >= columns),
        key=lambda entry: len(entry[1]),
        default=((1, 1), ()),
    )
    rows = [[0] * columns, *([int(letter, 36) for letter in row[:columns]] for row in told)] if told else []
    return [_shifted(group, people, row) for row in rows[:rounds]]


def _shifted(group: tuple[int, int], people: int, row: list[int]) -> Seating:
    """The round of a row over Z_m x Z_n, the element (a, b) being the number a n + b."""
    m, n = group
    seating: Seating = [[] for _ in range(m * n)]
    for column, element in enumerate(row):
        for number, room in enumerate(seating):
            high, low = (element // n + number // n) % m, (element + number) % n
            person = column * m * n + high * n + low
            if person < people:
                room.append(person)
    return seating


def _columns(people: int, rows: int, size: RoomSize) -> list[Seating]:
    """The round in which columns stay among themselves, if some sizes s and s + 1 within the bounds fill each column."""
    columns = [range(first, min(first + rows, people)) for first in range(0, people, rows)]
    for small in range(size.max, size.min - 1, -1):
        large = min(small + 1, size.max)
        counts = [-(-len(column) // large) for column in columns]
        if all(small * count <= len(column) for count, column in zip(counts, columns, strict=True)):
            return [[list(c[i::count]) for c, count in zip(columns, counts, strict=True) for i in range(count)]]
    return []


def _arc(people: int, rooms: int, rounds: int) -> list[Seating]:
    degree = -(-people // rooms)
    order = (rooms - 1) * degree // (degree - 1)
    if order - order // degree + 1 != rooms or not _halves(order) or not _halves(degree) or degree >= order:
        return []
    left_out = rooms * degree - people
    if left_out > degree:
        return []
    directions = _directions(order, degree)
    gone = set(directions.pop()[0][:left_out]) if left_out else set()
    names = {point: name for name, point in enumerate(sorted({p for room in directions[0] for p in room} - gone))}
    return [[[names[p] for p in room if p in names] for room in seating] for seating in directions[:rounds]]


def _directions(order: int, degree: int) -> list[Seating]:
    """The rounds of the maximal arc's points (numbered row by row in the plane), one for each direction of lines."""
    plane = ring(order)
    square = [plane.multiply(x, x) for x in range(order)]
    constant = next(c for c in range(1, order) if all(plane.add(square[t], t) != c for t in range(order)))
    arc = [
        (x, y)
        for x in range(order)
        for y in range(order)
        # In characteristic 2 the numbers below a power of two are an additive subgroup.
        if plane.add(plane.add(square[x], plane.multiply(x, y)), plane.multiply(constant, square[y])) < degree
    ]
    found = []
    for slope in range(order + 1):
        lines: dict[int, list[int]] = {}
        for x, y in arc:
            line = x if slope == order else plane.add(y, plane.multiply(slope, x))
            lines.setdefault(line, []).append(x * order + y)
        found.append(list(lines.values()))
    return found


def _halves(number: int) -> bool:
    """Whether the number is a power of two, at least 2."""
    return number >= 2 and factors(number)[0] == number and number % 2 == 0
