"""Rooms for every round: constructed where a design exists, searched for elsewhere, with a proven bound beside."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import TYPE_CHECKING

from matching.breakouts.annealing import HOT, WARM, Annealing
from matching.breakouts.bound import repeats_bound
from matching.breakouts.costs import Costs
from matching.breakouts.designs import almost, rotation
from matching.breakouts.effort import STEPS_PER_SECOND, Effort
from matching.breakouts.exact import Enumeration, Exhausted
from matching.breakouts.parting import culprits, feasible, parted
from matching.breakouts.relabel import relabelled
from matching.breakouts.scoring import faults, repeats
from matching.breakouts.seating import Tabu, greedy, room_sizes, with_chairs, without_chairs
from matching.breakouts.values import RoomPlan
from matching.errors import NoPlan
from matching.plan import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from matching.breakouts.costs import Matrix
    from matching.breakouts.designs import Seating
    from matching.breakouts.values import Round, Session

#: Up to this many people a single round is proven by looking at every seating, if the effort suffices.
_FEW = 24
#: Numbers of rooms that are tried: these many comfortable ones, and the largest, which makes the fewest pairs.
_TRIED = 8
#: Steps of annealing for each seat of each round after which a fresh start does more than slower cooling.
_THOROUGH = 400
#: Steps that find a good seating of few people, from which proving starts.
_QUICK = 1_000


def plan_rooms(
    session: Session,
    *,
    seed: int = 1,
    steps: int = STEPS_PER_SECOND,
    stop: Callable[[], bool] | None = None,
) -> RoomPlan:
    """The rooms of every round, with as few repeats as found, and the fewest that any plan can have.

    Of the allowed numbers of rooms the one is preferred whose rooms are nearest to the middle of the size bounds, but
    fewer repeats count first. The same session, seed and steps give the same plan unless ``stop`` said True before the
    steps were spent; the search ends early once the bound is reached. ``session.current`` is not looked at: see
    ``repair.repair_rooms``. Raises ``NoPlan`` when ``apart`` cannot be kept.
    """
    rng = Random(seed)  # noqa: S311 - a search, no secret
    search = _Search(session, _comfortable_counts(session), rng, Effort(steps, stop))
    search.run()
    rounds = tuple(named(session, seating) for seating in search.rounds())
    return checked(session, rounds, search.bound)


def named(session: Session, seating: Seating) -> Round:
    """The rooms with ids instead of numbers, in the session's order."""
    return tuple(tuple(session.attendees[person].id for person in sorted(room)) for room in seating)


def checked(
    session: Session,
    rounds: tuple[Round, ...],
    bound: Fraction,
    moved: tuple[str, ...] | None = None,
    moved_bound: int | None = None,
) -> RoomPlan:
    """The rounds as a plan, after every rule has been looked at once more."""
    counted = repeats(session, rounds)
    status = Status.OPTIMAL if counted == bound else Status.FEASIBLE
    plan = RoomPlan(rounds, counted, bound, status, moved, moved_bound)
    found = faults(session, plan)
    assert not found, found
    return plan


def _comfortable_counts(session: Session) -> list[int]:
    """The numbers of rooms that keep the bounds and ``apart``, the most comfortable first."""
    try:
        counts = feasible(session, range(len(session.apart)))
    except Exhausted:
        raise NoPlan(
            "whether all of apart can be kept could not be decided; fewer or smaller groups would help"
        ) from None
    if not counts:
        raise NoPlan(_refusal(session))
    people, middle = len(session.attendees), Fraction(session.room_size.min + session.room_size.max, 2)
    return sorted(counts, key=lambda rooms: (abs(Fraction(people, rooms) - middle), rooms))


def _refusal(session: Session) -> str:
    rooms = session.room_counts
    where = f"{rooms[0]} room{'s' if rooms[0] > 1 else ''}" if len(rooms) == 1 else f"{rooms[0]} to {rooms[-1]} rooms"
    try:
        positions = culprits(session)
    except Exhausted:
        return f"apart cannot be kept in {where}"
    told = "; ".join(f"$.apart[{position}] ({', '.join(session.apart[position])})" for position in positions)
    return f"apart cannot be kept in {where}; these together are too much: {told}"


class _Search:
    """One search: the best rounds so far (people only) and their cost."""

    def __init__(self, session: Session, counts: list[int], rng: Random, effort: Effort) -> None:
        self._session, self._rng, self._effort = session, rng, effort
        self._all_counts = counts
        self._counts = list(dict.fromkeys((*counts[:_TRIED], max(counts))))
        self._costs = Costs(session)
        self._apart = self._costs.apart_pairs(session)
        self.bound = repeats_bound(session)
        self._goal = self._costs.goal(self.bound)
        self._best: list[Seating] = []
        self._best_cost: int | None = None

    def rounds(self) -> list[Seating]:
        """The best rounds."""
        return self._best

    def run(self) -> None:
        """Construct, then search until the bound is reached or the effort is spent."""
        if self._session.rounds == 1:
            self._one_round()
        else:
            self._many_rounds()

    def _one_round(self) -> None:
        few = self._costs.people <= _FEW
        share = self._effort.left // (2 * len(self._counts)) if not few else _QUICK
        for rooms in self._counts:
            if self._best_cost is None or self._effort.left:
                self._offer([self._seated(self._costs.first, rooms, self._effort.part(share))])
            if self._reached():
                return
        if few and self._proven():
            return
        while self._effort.left and not self._reached():
            rooms = max(self._counts)
            part = self._effort.part(max(1000, self._effort.left // 4))
            self._offer([self._seated(self._costs.first, rooms, part)])

    def _reached(self) -> bool:
        return self._best_cost is not None and self._costs.repeats(self._best_cost) <= self.bound

    def _proven(self) -> bool:
        """Look at every seating, if that can be done in half of what is left."""
        effort = self._effort.part(self._effort.left // 2)
        for rooms in self._all_counts:
            assert self._best_cost is not None
            sizes = room_sizes(self._costs.people, rooms)
            enumeration = Enumeration(self._costs.first, sizes, self._best_cost, effort)
            try:
                enumeration.run()
            except Exhausted:
                return False
            finally:
                if enumeration.best is not None:
                    self._offer([enumeration.best])
        self.bound = self._costs.repeats(self._best_cost or 0)
        return True

    def _many_rounds(self) -> None:
        wanted = self._session.rounds
        designs = {
            rooms: rotation(self._costs.people, rooms, wanted, self._session.room_size) for rooms in self._counts
        }
        for design in designs.values():
            if len(design) == wanted and (self._best_cost is None or self._effort.left):
                self._offer(self._placed(design))
                if self._reached():
                    return
        self._starts(designs)
        thorough = _THOROUGH * wanted * self._costs.people
        hot = HOT if self._effort.left >= thorough else WARM
        while self._effort.left and not self._reached():
            self._anneal(self._effort.part(thorough), hot)

    def _placed(self, design: list[Seating]) -> list[Seating]:
        """The design with its places given to people so that history weighs little."""
        if not any(map(any, self._costs.first[: self._costs.people])):
            return design
        effort = self._effort.part(self._effort.left // 4)
        return relabelled(design, self._costs, self._goal, self._rng, effort)

    def _starts(self, designs: dict[int, list[Seating]]) -> None:
        """For each number of rooms: the design as far as it goes, and one round after the other beside what is there."""
        share = self._effort.left // (8 * len(designs))
        for rooms, design in designs.items():
            starts = [start for start in (almost(self._costs.people, rooms, self._session.rounds), design) if start]
            for start in [*starts, []]:
                if self._best_cost is not None and not self._effort.left:
                    return
                effort = self._effort.part(share // (1 + len(starts)))
                self._offer(self._continued(start, rooms if not start else max(self._counts), effort))
                if self._reached():
                    return

    def _continued(self, rounds: list[Seating], rooms: int, effort: Effort) -> list[Seating]:
        rounds = rounds[:]
        while len(rounds) < self._session.rounds:
            part = effort.part(effort.left // (self._session.rounds - len(rounds)))
            rounds.append(self._seated(self._marginal(rounds), rooms, part))
        return rounds

    def _marginal(self, rounds: list[Seating]) -> Matrix:
        """What each pair would cost in one more round."""
        prices = [row[:] for row in self._costs.first]
        for seating in rounds:
            for room in seating:
                for person in room:
                    row, again = prices[person], self._costs.again[person]
                    for mate in room:
                        row[mate] = again[mate] if mate != person else 0
        return prices

    def _seated(self, prices: Matrix, rooms: int, effort: Effort) -> Seating:
        """One round at these prices."""
        people = self._costs.people
        sizes = room_sizes(people, rooms)
        self._effort.spend(people * people // 8)  # what the greedy start takes, however little was granted
        seating = greedy(prices, sizes, self._rng)
        if rooms == 1:
            return seating
        tabu = Tabu(prices, with_chairs(seating, people), self._rng)
        tabu.run(effort.left, 0, effort)
        if tabu.best >= self._costs.apart:
            safe = parted(people, sizes, self._apart)
            assert safe is not None
            return safe
        return without_chairs(tabu.best_rooms, people)

    def _anneal(self, effort: Effort, hot: float) -> None:
        people = self._costs.people
        annealing = Annealing(self._costs, [with_chairs(seating, people) for seating in self._best], self._rng)
        annealing.run(effort, self._goal, hot)
        if annealing.best_cost < self._costs.apart:
            self._offer([without_chairs(seating, people) for seating in annealing.best])

    def _offer(self, rounds: list[Seating]) -> None:
        """Keep the rounds if they are the best so far."""
        cost = self._cost(rounds)
        if self._best_cost is None or cost < self._best_cost:
            self._best, self._best_cost = rounds, cost

    def _cost(self, rounds: list[Seating]) -> int:
        costs, met = self._costs, set[tuple[int, int]]()
        total = 0
        for seating in rounds:
            for room in seating:
                for place, person in enumerate(room):
                    for mate in room[:place]:
                        pair = (person, mate) if person < mate else (mate, person)
                        total += (costs.again if pair in met else costs.first)[person][mate]
                        met.add(pair)
        return total
