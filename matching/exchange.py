"""Skill exchange: who teaches whom, in swaps of two and in rings of three, so that most people get what they want.

Everybody says what they offer and what they want. In a swap of two each gives the other something that they want; in
one of three, A gives to B, B to C and C to A. Each person takes part in at most one swap of a round: nobody owes two
people at once, and whoever has time for more joins the next round.

The best set of swaps serves most wants (each person in a swap has one want served, so this is also the number of people
in swaps); among those it has the greatest weight of wants; among those it keeps most people in the swap that they had
in ``keep``, so that news about others changes nothing for them. Tags are compared without case and width.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from matching.errors import Fault, InputError
from matching.roster import require_between
from matching.similarity import folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matching.plan import Level, Status

#: Most people in a swap: more, and one person who changes their mind spoils it for too many.
LONGEST = 3
#: The level of an offer without one: it helps whatever level is wanted.
MASTER = 100


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that a person can give, at a level from 1 to 100."""

    tag: str
    level: int = MASTER

    def __post_init__(self) -> None:
        require_between("level", self.level, 1, MASTER)


@dataclass(frozen=True, slots=True)
class Want:
    """Something that a person would like to get, at this level or above, and how much it means to them (1 to 100)."""

    tag: str
    level: int = 1
    weight: int = 1

    def __post_init__(self) -> None:
        require_between("level", self.level, 1, MASTER)
        require_between("weight", self.weight, 1, 100)

    def is_served_by(self, offer: Offer) -> bool:
        """Whether the offer is of that kind and good enough."""
        return folded(offer.tag) == folded(self.tag) and offer.level >= self.level


@dataclass(frozen=True, slots=True)
class Trader:
    """One person with offers and wants."""

    id: str
    offers: tuple[Offer, ...] = ()
    wants: tuple[Want, ...] = ()

    def wants_of(self, giver: Trader) -> Want | None:
        """The want that the giver serves best for this person: the heaviest, then the first by name."""
        served = (want for want in self.wants if any(map(want.is_served_by, giver.offers)))
        return min(served, key=lambda want: (-want.weight, folded(want.tag)), default=None)


@dataclass(frozen=True, slots=True)
class Market:
    """Everybody in one round, who must not be in one swap, and the swaps of the round before (ids in order of giving).

    Raises ``InputError`` when its parts contradict each other, with every fault at once.
    """

    traders: tuple[Trader, ...]
    apart: tuple[tuple[str, ...], ...] = ()
    keep: tuple[tuple[str, ...], ...] = ()

    def __post_init__(self) -> None:
        rules = (_duplicate_traders, _repeated_tags, _unknown_names, _impossible_groups)
        if found := [fault for rule in rules for fault in rule(self)]:
            raise InputError(found)


@dataclass(frozen=True, slots=True)
class Gift:
    """What one person of a swap gives to the next: the tag as the receiver wrote it, and the weight of their want."""

    giver: str
    receiver: str
    tag: str
    weight: int


@dataclass(frozen=True, slots=True)
class Swap:
    """Gifts in a ring: the receiver of each is the giver of the next. It starts with the first id by name."""

    gifts: tuple[Gift, ...]

    @property
    def members(self) -> tuple[str, ...]:
        """Who takes part, in the order of giving."""
        return tuple(gift.giver for gift in self.gifts)


@dataclass(frozen=True, slots=True)
class Unserved:
    """Somebody without a swap: a code for programs and a sentence for people."""

    id: str
    code: str
    why: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """The answer: swaps, who has none and why, and the levels ``served``, ``weight`` and ``kept`` with their bounds."""

    status: Status
    seconds: float
    seed: int
    swaps: tuple[Swap, ...]
    unserved: tuple[Unserved, ...]
    objective: tuple[Level, ...]


def ring(traders: tuple[Trader, ...]) -> Swap | None:
    """The swap in which each gives to the next and the last to the first, or None if somebody would get nothing."""
    gifts = []
    for giver, receiver in zip(traders, traders[1:] + traders[:1], strict=True):
        want = receiver.wants_of(giver)
        if want is None:
            return None
        gifts.append(Gift(giver.id, receiver.id, want.tag, want.weight))
    first = min(range(len(gifts)), key=lambda i: gifts[i].giver)
    return Swap(tuple(gifts[first:] + gifts[:first]))


def kept(market: Market, swaps: tuple[Swap, ...]) -> int:
    """How many people are in the swap that they had before, with the same people in the same order."""
    before = {turned(names) for names in market.keep}
    return sum(len(swap.members) for swap in swaps if turned(swap.members) in before)


def turned(names: tuple[str, ...]) -> tuple[str, ...]:
    """The ring told from its first name on."""
    first = names.index(min(names))
    return names[first:] + names[:first]


def faults(market: Market, exchange: Exchange) -> list[str]:
    """What is wrong with an answer, one sentence each: every rule once more, without a solver."""
    known = [fault for rule in (_people, _rings, _gifts, _apart) for fault in rule(market, exchange)]
    return known or list(_levels(market, exchange))


def _duplicate_traders(market: Market) -> Iterator[Fault]:
    first: dict[str, int] = {}
    for index, trader in enumerate(market.traders):
        if first.setdefault(trader.id, index) != index:
            path = f"$.members[{index}].id"
            yield Fault(path, f"{trader.id!r} is also members[{first[trader.id]}]; allowed: each id once")


def _repeated_tags(market: Market) -> Iterator[Fault]:
    for index, trader in enumerate(market.traders):
        for kind, tags in (
            ("offers", [offer.tag for offer in trader.offers]),
            ("wants", [want.tag for want in trader.wants]),
        ):
            for tag, count in Counter(map(folded, tags)).items():
                if count > 1:
                    yield Fault(f"$.members[{index}].{kind}", f"names {tag!r} {count} times; allowed: each tag once")


def _groups(market: Market) -> Iterator[tuple[str, tuple[str, ...]]]:
    for kind, groups in (("apart", market.apart), ("keep", market.keep)):
        for index, names in enumerate(groups):
            yield f"$.{kind}[{index}]", names


def _unknown_names(market: Market) -> Iterator[Fault]:
    known = {trader.id for trader in market.traders}
    for path, names in _groups(market):
        # Whoever had a swap before may have left since.
        for index, name in enumerate(names) if path.startswith("$.apart") else ():
            if name not in known:
                yield Fault(f"{path}[{index}]", f"{name!r} is nobody's id; allowed: ids of the members")


def _impossible_groups(market: Market) -> Iterator[Fault]:
    for path, names in _groups(market):
        for name, count in Counter(names).items():
            if count > 1:
                yield Fault(path, f"{name!r} is named {count} times; allowed: each id once")
        if len(names) < 2:
            yield Fault(path, f"names {len(names)} members; allowed: two or more")
        if path.startswith("$.keep") and len(names) > LONGEST:
            yield Fault(path, f"names {len(names)} members; allowed: two or three")


def _people(market: Market, exchange: Exchange) -> Iterator[str]:
    named = Counter(name for swap in exchange.swaps for name in swap.members)
    named.update(left.id for left in exchange.unserved)
    for trader in market.traders:
        if named[trader.id] != 1:
            yield f"{trader.id} is named {named[trader.id]} times among swaps and unserved, must be once"
    for name in sorted(named.keys() - {trader.id for trader in market.traders}):
        yield f"{name} is nobody's id"
    for left in exchange.unserved:
        if not left.code or not left.why:
            yield f"{left.id} is unserved without a reason"


def _rings(_: Market, exchange: Exchange) -> Iterator[str]:
    for swap in exchange.swaps:
        if not 2 <= len(swap.gifts) <= LONGEST:
            yield f"a swap of {', '.join(swap.members)} has {len(swap.gifts)} people, allowed are 2 to {LONGEST}"
        if [gift.receiver for gift in swap.gifts] != [*swap.members[1:], *swap.members[:1]]:
            yield f"the gifts of {', '.join(swap.members)} make no ring"


def _gifts(market: Market, exchange: Exchange) -> Iterator[str]:
    traders = {trader.id: trader for trader in market.traders}
    for gift in (gift for swap in exchange.swaps for gift in swap.gifts):
        giver, receiver = traders.get(gift.giver), traders.get(gift.receiver)
        if giver is None or receiver is None:
            continue
        want = next((want for want in receiver.wants if want.tag == gift.tag and want.weight == gift.weight), None)
        if want is None:
            yield f"{gift.receiver} does not want {gift.tag} with weight {gift.weight}"
        elif not any(map(want.is_served_by, giver.offers)):
            yield f"{gift.giver} does not offer {gift.tag} as {gift.receiver} wants it"


def _apart(market: Market, exchange: Exchange) -> Iterator[str]:
    swap_of = {name: number for number, swap in enumerate(exchange.swaps) for name in swap.members}
    for names in market.apart:
        for one, other in combinations(names, 2):
            if one in swap_of and swap_of[one] == swap_of.get(other):
                yield f"{one} and {other} are in one swap, but must be apart"


def _levels(market: Market, exchange: Exchange) -> Iterator[str]:
    real = {
        "served": sum(len(swap.gifts) for swap in exchange.swaps),
        "weight": sum(gift.weight for swap in exchange.swaps for gift in swap.gifts),
        "kept": kept(market, exchange.swaps),
    }
    if [level.name for level in exchange.objective] != list(real):
        yield f"objective: the levels must be {', '.join(real)}"
        return
    for level in exchange.objective:
        if level.value != real[level.name]:
            yield f"objective: {level.name} is told {level.value}, but it is {real[level.name]}"
        if level.bound < level.value:
            yield f"objective: {level.name} {level.value} is beyond its bound {level.bound}"
        if level.proven and level.bound != level.value:
            yield f"objective: {level.name} is called proven, but its bound is {level.bound}"
    if (exchange.status == "optimal") != all(level.proven for level in exchange.objective):
        yield f"status is {exchange.status}, which its levels do not say"
