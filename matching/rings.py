"""A market seen by its tags: what makes its swaps few enough to be listed.

A *node* is a tag with the level at which somebody wants it. A *role* is a pair of nodes: to want the first and to give
for the second. A swap is a ring of two or three roles, each giving what the next one wants, so thousands of people make
millions of possible swaps, but only as many *rings* as their tags allow. Who plays which role is a matter of counting:
whoever wants ``a`` and gives for ``b`` can stand in for anyone else who does.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matching.similarity import folded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from matching.exchange import Market, Trader

Node = tuple[str, int]
Role = tuple[Node, Node]
Ring = tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Rings:
    """The rings of a market, and for each trader (by number) the roles in rings with the weight of the want."""

    rings: tuple[Ring, ...]
    roles: tuple[Mapping[Role, int], ...]

    @classmethod
    def of(cls, market: Market) -> Rings:
        """All rings whose every role somebody can play; nobody plays two of them at once."""
        nodes: dict[str, set[Node]] = defaultdict(set)
        for trader in market.traders:
            for want in trader.wants:
                nodes[folded(want.tag)].add((folded(want.tag), want.level))
        possible = [_roles(trader, nodes) for trader in market.traders]
        rings = tuple(sorted(_rings({role for roles in possible for role in roles})))
        used = {role for found in rings for role in found}
        roles = tuple({role: mine[role] for role in sorted(mine) if role in used} for mine in possible)
        return cls(rings, roles)


def _roles(trader: Trader, nodes: Mapping[str, set[Node]]) -> dict[Role, int]:
    """Every role of the trader."""
    served = [node for offer in trader.offers for node in nodes.get(folded(offer.tag), ()) if node[1] <= offer.level]
    wanted = [((folded(want.tag), want.level), want.weight) for want in trader.wants]
    return {(want, give): weight for want, weight in wanted for give in served}


def _rings(roles: set[Role]) -> Iterator[Ring]:
    """Rings of two and three, each told from where it reads first by name; a node may come twice."""
    onward: dict[Node, set[Node]] = defaultdict(set)
    back: dict[Node, set[Node]] = defaultdict(set)
    for a, b in roles:
        onward[a].add(b)
        back[b].add(a)
    for a, b in roles:
        if a <= b and a in onward[b]:
            yield (a, b), (b, a)
        for c in onward[b] & back[a]:
            if (a, b, c) == min((a, b, c), (b, c, a), (c, a, b)):
                yield (a, b), (b, c), (c, a)
