"""Exchanges: most wants served by swaps of two and three, then the heaviest, then the most faithful to the last round.

The problem is the cycle packing of kidney exchange (Roth, Sonmez and Unver, Journal of Economic Theory 125, 2005), NP-hard
for cycles of up to three and solved in practice by integer programming over cycles (Abraham, Blum and Sandholm,
ACM Conference on Electronic Commerce 2007). A variable for every cycle of people would be millions here. But what
people give and want has names, so the model counts rings of tags (``matching.rings``, ``matching.engine.ring_model``).
Any people who play the roles of a ring make a swap, so counting is exact.

Where people must be kept apart it may not be: counting may put them into one swap. Whenever they cannot be dealt out
otherwise, the people concerned are modelled one by one, with each ring that they might stand in, and the search goes on.
Counting allows more than the rules do, so every bound is valid for the real problem at any time.

Large markets: the relaxation gives the bound and, where it is whole, most of the answer; the few hundred people for whom
it is not are left to CP-SAT, then more and more of them, until the bound is met or everybody is.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import islice, product
from typing import TYPE_CHECKING

from matching.engine.ring_model import Cast, Floor, Kind, Relaxation, RingModel, solve
from matching.engine.search import Search
from matching.errors import MatchingError
from matching.exchange import Exchange, Market, Swap, faults, kept, ring, turned
from matching.plan import Level, Status
from matching.rings import Ring, Rings, Role
from matching.similarity import folded
from matching.swaps import Apart, greedy, without_swap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from matching.engine.ring_model import Chosen
    from matching.plan import Progress

#: Which part of the time may be spent when a level ends; one that ends early leaves more to the next.
_ENDS = 0.5, 0.9, 1.0
LEVELS = ("served", "weight", "kept")
#: People whom CP-SAT takes at once without a start from the relaxation, doubled while the bound is not met.
_AT_ONCE = 250
#: Rings with named people that are listed before the last apart rules are left to chance: a few hundred megabytes.
_MOST_CASTS = 200_000


def exchange(
    market: Market,
    *,
    seconds: float = 10.0,
    seed: int = 1,
    workers: int | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> Exchange:
    """The best swaps found within ``seconds`` of wall time, checked, with a proven bound for each level.

    The order of people and tags does not matter; people in no possible swap have no influence on the others. The same
    market, seed and number of workers give the same answer unless time cut the search short. ``stop`` is asked a few
    times a second; once it says True, ``Stopped`` is raised soon.
    """
    search = Search(
        seconds=seconds,
        seed=seed,
        workers=workers or 1,
        members=len(market.traders),
        on_progress=on_progress,
        stop=stop,
    )
    search.report(step="reading tags")
    found = Trading(_in_order(market), search)
    search.report(step="swapping", placed=found.value(0), bound=found.bounds[0])
    for level in range(len(LEVELS)):
        found.pursue(level, until=seconds * _ENDS[level])
    answer = _answer(market, found, seconds=round(search.elapsed, 3), seed=seed)
    if defects := faults(market, answer):
        raise MatchingError("the engine made swaps with faults, which is a defect in it: " + "; ".join(defects))
    return answer


class Trading:
    """The best swaps so far, as tuples of people by number, and the bounds proven; each step improves on the last."""

    def __init__(self, market: Market, search: Search) -> None:
        self._market = market
        self._search = search
        self._rings = Rings.of(market)
        self._number = {trader.id: i for i, trader in enumerate(market.traders)}
        self._apart = Apart(market)
        self._faithful = [people for names in market.keep if (people := self._again(names))]
        self._named: set[int] = set()
        self.swaps = greedy(self._rings, self._apart, self._faithful)
        self.bounds = [
            sum(1 for roles in self._rings.roles if roles),
            sum(max(roles.values(), default=0) for roles in self._rings.roles),
            sum(map(len, self._faithful)),
        ]

    def rings(self) -> tuple[Swap, ...]:
        """The swaps with what everybody gives."""
        return tuple(sorted((self._swap(people) for people in self.swaps), key=lambda swap: swap.members))

    def value(self, level: int) -> int:
        """What the best swaps reach at a level."""
        return self._worth(self.swaps)[level]

    def pursue(self, level: int, *, until: float) -> None:
        """Raise the value and lower the bound of a level, given the values of those above, until they meet."""
        while self._goes_on(level, until) and self._attempt(level, self._model(), until):
            pass

    def _attempt(self, level: int, model: RingModel, until: float) -> bool:
        """Search with one model; whether a finer one may do better."""
        floors = [Floor(above, self.value(above)) for above in range(level)]
        relaxation = None
        if model.people > _AT_ONCE:
            relaxation = Relaxation(model, level, floors, seconds=max(0.1, until - self._search.elapsed))
            self._lower(level, relaxation.bound)
        people = _AT_ONCE
        while self._goes_on(level, until):
            taken = relaxation.dive(people=people) if relaxation and people < model.people else {}
            left = until - self._search.elapsed
            bound = self.bounds[level]
            chosen, reached = solve(model, level, floors, taken, bound=bound, search=self._search, seconds=left)
            if not taken:
                self._lower(level, reached)
            if chosen is not None and self._adopt(model, chosen):
                return True
            if not taken:
                return False
            people *= 2
        return False

    def _goes_on(self, level: int, until: float) -> bool:
        return self.value(level) < self.bounds[level] and self._search.goes_on(until=until)

    def _lower(self, level: int, bound: int | None) -> None:
        if bound is not None:
            self.bounds[level] = max(self.value(level), min(self.bounds[level], bound))

    def _adopt(self, model: RingModel, chosen: Chosen) -> bool:
        """Take the swaps if they are better; whether somebody has to be modelled by name to keep people apart."""
        dealt, clashing = self._apart.kept(model.swaps(chosen))
        if self._worth(dealt) > self._worth(self.swaps):
            self.swaps = dealt
            self._search.report(placed=self.value(0), bound=self.bounds[0])
        news = clashing - self._named
        self._named |= clashing
        return bool(news)

    def _model(self) -> RingModel:
        """Kinds of people by their roles; whoever is named somewhere is a kind of their own."""
        alone = {person for people in self._faithful for person in people}
        kinds: dict[object, list[int]] = defaultdict(list)
        for person, roles in enumerate(self._rings.roles):
            if person in alone | self._named:
                kinds[person].append(person)
            elif roles:
                kinds[tuple(sorted(roles.items()))].append(person)
        found = [
            Kind(tuple(people), {} if people[0] in self._named else self._rings.roles[people[0]])
            for people in kinds.values()
        ]
        return RingModel(found, self._rings.rings, [*self._kept_casts(), *islice(self._casts(), _MOST_CASTS)])

    def _kept_casts(self) -> Iterator[Cast]:
        for people in self._faithful:
            swap = self._swap(people)
            yield Cast(self._roles(people), people, sum(gift.weight for gift in swap.gifts), kept=len(people))

    def _roles(self, people: tuple[int, ...]) -> Ring:
        """The roles in which these people make their swap."""
        traders = [self._market.traders[person] for person in people]
        wants = [after.wants_of(giver) for giver, after in zip(traders[-1:] + traders[:-1], traders, strict=True)]
        nodes = [(folded(want.tag), want.level) for want in wants if want]
        return tuple(zip(nodes, nodes[1:] + nodes[:1], strict=True))

    def _casts(self) -> Iterator[Cast]:
        """Every ring with every choice of those who are modelled by name on at least one seat."""
        playing: dict[Role, list[int]] = defaultdict(list)
        for person in sorted(self._named):
            for role in self._rings.roles[person]:
                playing[role].append(person)
        for found in self._rings.rings:
            for seats in product(*([None, *playing[role]] for role in found)):
                named = [seat for seat in seats if seat is not None]
                if named and len(set(named)) == len(named) and not self._apart.clash(named):
                    on = zip(found, seats, strict=True)
                    yield Cast(found, seats, sum(self._rings.roles[s][role] for role, s in on if s is not None))

    def _again(self, names: tuple[str, ...]) -> tuple[int, ...] | None:
        """The people of an earlier swap, if it can be made again."""
        people = tuple(self._number[name] for name in turned(names) if name in self._number)
        sound = len(people) == len(names) and not self._apart.clash(people)
        return people if sound and ring(tuple(self._market.traders[i] for i in people)) else None

    def _swap(self, people: tuple[int, ...]) -> Swap:
        swap = ring(tuple(self._market.traders[person] for person in people))
        assert swap is not None
        return swap

    def _worth(self, swaps: list[tuple[int, ...]]) -> tuple[int, int, int]:
        made = tuple(map(self._swap, swaps))
        weight = sum(gift.weight for swap in made for gift in swap.gifts)
        return sum(map(len, swaps)), weight, kept(self._market, made)


def _answer(market: Market, found: Trading, *, seconds: float, seed: int) -> Exchange:
    levels = tuple(
        Level(name, found.value(level), found.bounds[level], proven=found.value(level) == found.bounds[level])
        for level, name in enumerate(LEVELS)
    )
    return Exchange(
        status=Status.OPTIMAL if all(level.proven for level in levels) else Status.FEASIBLE,
        seconds=seconds,
        seed=seed,
        swaps=found.rings(),
        unserved=without_swap(market, found.rings()),
        objective=levels,
    )


def _in_order(market: Market) -> Market:
    """The market in the order of ids, so that the order in which people are told does not matter."""
    return replace(market, traders=tuple(sorted(market.traders, key=lambda trader: trader.id)))
