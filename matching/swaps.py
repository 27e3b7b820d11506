"""Swaps without a solver: who must be kept apart, a quick answer, and why somebody has none."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from matching.exchange import Unserved
from matching.rings import Rings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from matching.exchange import Market, Swap, Trader
    from matching.rings import Ring, Role

#: People dealt onto the seats of a ring, and which of the seats are bound to their person.
Dealt = tuple["Ring", tuple[int, ...], tuple[bool, ...]]


class Apart:
    """Who must not be in one swap; people by number."""

    def __init__(self, market: Market) -> None:
        number = {trader.id: i for i, trader in enumerate(market.traders)}
        self._groups: dict[int, set[int]] = defaultdict(set)
        for group, names in enumerate(market.apart):
            for name in names:
                self._groups[number[name]].add(group)

    def clash(self, people: Iterable[int]) -> set[int]:
        """Those of the people who must not be with another of them."""
        bound = [person for person in people if person in self._groups]
        pairs = ((a, b) for a, b in combinations(bound, 2) if self._groups[a] & self._groups[b])
        return {person for pair in pairs for person in pair}

    def kept(self, dealt: list[Dealt]) -> tuple[list[tuple[int, ...]], set[int]]:
        """The swaps in which nobody clashes, seats changed where that helps; and whoever clashes in the others."""
        rings = [found for found, _, _ in dealt]
        tables = [list(people) for _, people, _ in dealt]
        seats: dict[Role, list[tuple[int, int]]] = defaultdict(list)
        for t, (found, _, bound) in enumerate(dealt):
            for i, role in enumerate(found):
                if not bound[i]:
                    seats[role].append((t, i))
        for t, table in enumerate(tables):
            if self.clash(table):
                self._reseat(tables, t, [(i, seats[role]) for i, role in enumerate(rings[t]) if (t, i) in seats[role]])
        clashing = {person for table in tables for person in self.clash(table)}
        return [tuple(table) for table in tables if not self.clash(table)], clashing

    def _reseat(self, tables: list[list[int]], t: int, choices: list[tuple[int, list[tuple[int, int]]]]) -> None:
        """Exchange one person of the table for another in the same role, if that settles it and unsettles nobody."""
        for i, others in choices:
            for u, j in others:
                tables[t][i], tables[u][j] = tables[u][j], tables[t][i]
                if not self.clash(tables[t]) and not self.clash(tables[u]):
                    return
                tables[t][i], tables[u][j] = tables[u][j], tables[t][i]


def greedy(rings: Rings, apart: Apart, first: Sequence[tuple[int, ...]] = ()) -> list[tuple[int, ...]]:
    """Swaps one after the other while there are people for one: the first given, then ring by ring."""
    waiting: dict[Role, list[int]] = defaultdict(list)
    for person, roles in enumerate(rings.roles):
        for role in roles:
            waiting[role].append(person)
    swaps: list[tuple[int, ...]] = []
    taken: set[int] = set()
    for people in first:
        if not taken & set(people):
            swaps.append(people)
            taken.update(people)
    for found in rings.rings:
        while people := _cast(found, waiting, taken, apart):
            swaps.append(people)
            taken.update(people)
    return swaps


def _cast(found: Ring, waiting: dict[Role, list[int]], taken: set[int], apart: Apart) -> tuple[int, ...]:
    """The first people for the roles who are still free, or nobody."""
    chosen: list[int] = []
    for role in found:
        waiting[role] = [person for person in waiting[role] if person not in taken]
        person = next((p for p in waiting[role] if p not in chosen and not apart.clash((*chosen, p))), None)
        if person is None:
            return ()
        chosen.append(person)
    return tuple(chosen)


def without_swap(market: Market, swaps: Sequence[Swap]) -> tuple[Unserved, ...]:
    """Everybody who is in no swap, by id, with the reason that binds first."""
    inside = {name for swap in swaps for name in swap.members}
    left = sorted((trader for trader in market.traders if trader.id not in inside), key=lambda trader: trader.id)
    teller = _Teller(market)
    return tuple(Unserved(trader.id, *teller.reason(trader)) for trader in left)


class _Teller:
    def __init__(self, market: Market) -> None:
        self._market = market
        self._reachable = {
            trader.id for trader, roles in zip(market.traders, Rings.of(market).roles, strict=True) if roles
        }

    def reason(self, trader: Trader) -> tuple[str, str]:
        """The code and the sentence."""
        if not trader.wants:
            return "no_wants", "They want nothing that somebody could give them."
        if not trader.offers:
            return "no_offers", "They offer nothing yet, and in a swap everybody gives something."
        others = [other for other in self._market.traders if other.id != trader.id]
        if not any(trader.wants_of(other) for other in others):
            return "nobody_offers", f"Nobody offers {_list(want.tag for want in trader.wants)} at the level they want."
        if not any(other.wants_of(trader) for other in others):
            return (
                "nobody_wants",
                f"Nobody wants {_list(offer.tag for offer in trader.offers)} at the level they offer.",
            )
        if trader.id not in self._reachable:
            return "no_ring", (
                "Some offer what they want and some want what they offer, but what those give and want "
                "leads back to them in no swap of two or three."
            )
        return (
            "others_served",
            "Whoever could close a swap with them serves more people, or weightier wants, elsewhere.",
        )


def _list(tags: Iterable[str]) -> str:
    *most, last = tags
    return f"{', '.join(most)} or {last}" if most else last
