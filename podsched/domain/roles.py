"""Rotating roles: fair over the weeks, never somebody who is away."""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

Someone = TypeVar("Someone", bound=Hashable)
Kind = TypeVar("Kind", bound=Hashable)


def rotate(
    roles: Sequence[Kind],
    present: Sequence[Someone],
    held: Mapping[Someone, Sequence[Kind]],
) -> dict[Kind, Someone]:
    """Next week's roles: those who held fewest go first, then those who never had this very role, then by order.

    ``present`` are the members who may be drawn, in a fixed order; ``held`` lists the roles each has had so far, latest
    last. With fewer members than roles the last roles stay open.
    """
    place = {someone: number for number, someone in enumerate(present)}
    drawn: dict[Kind, Someone] = {}
    for role in roles:
        waiting = [someone for someone in present if someone not in drawn.values()]
        if not waiting:
            break
        drawn[role] = min(
            waiting,
            key=lambda someone: (
                len(held.get(someone, ())),
                list(held.get(someone, ())).count(role),
                place[someone],
            ),
        )
    return drawn
