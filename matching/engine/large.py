"""Placing the people of a large roster: a plan at once, then part after part of it planned anew, by many hands.

Greedy pods first, then people moved along, then large neighbourhood search with exact neighbourhoods, whose size adapts
itself to what is solved in good time; on rosters that turn out easy it grows to the whole problem, and that is a proof.
Parts under way share no pod and no person, as long as they are small enough for that. Their answers are taken in the order in which the parts were made, however
fast they came, so that the same seed and number of workers give the same plan as long as no clock cut a part short.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from matching.chains import moved_along
from matching.engine.levels import if_needed, placed, reachable
from matching.engine.neighbourhoods import Surroundings
from matching.greedy import greedy
from matching.problem import Group
from matching.rebuild import rebuild
from matching.sets import union

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from matching.engine.neighbourhoods import Neighbourhood
    from matching.engine.parts import Executor, Part, Solved
    from matching.engine.relaxation import Relaxation
    from matching.engine.search import Search
    from matching.problem import Problem

#: (unit, place) pairs of the first parts; later ones are as large as the solver can take.
_FIRST_PAIRS, _FEWEST_PAIRS = 300, 100
#: What a part may take at first, in the solver's seconds; below this share of it parts grow.
_EFFORT, _EASY = 1.0, 0.25
#: After so many parts in vain each may take so many times more, because the easy gains are made.
_IN_VAIN, _MORE_EFFORT = 8, 1.5
#: How many times as much where the part is the whole.
_WHOLE = 5.0
_GROWTH, _SHRINKAGE = 1.15, 0.8
#: Up to this size rebuilding by chance is a quick start; attempts in vain that end it, and the part of the time.
_REBUILT_UNITS, _PATIENCE, _REBUILDING_ENDS = 3000, 200, 0.2
#: (member, place) pairs up to which the linear relaxation pays, and its part of the time. Beyond them places have so many
#: people that it proves hardly more than that everybody can come somewhere, and takes minutes.
_RELAXED_PAIRS, _RELAXING_ENDS = 12_000, 0.4
#: When the search ends, and the last moving along, to leave time for the bound on if-needed time.
_SEARCH_ENDS, _MOVING_ENDS = 0.92, 0.95
#: How often those without a pod are helped while others give if-needed time.
_SPARE_FIRST = 0.8
#: Seconds between two looks at the clock.
_LOOK = 0.1


@dataclass(frozen=True, slots=True)
class Placing:
    """Sound groups, and what no plan can beat: the most placed, and the least if-needed among plans that place so many."""

    groups: list[Group]
    most_placed: int
    least_if_needed: int


@dataclass(frozen=True, slots=True)
class _Task:
    ticket: int
    around: Neighbourhood
    units: tuple[int, ...]
    part: Part


def place(
    problem: Problem,
    search: Search,
    executor: Executor,
    *,
    until: float,
    groups: Iterable[Group] | None = None,
    on_better: Callable[[list[Group]], None] | None = None,
) -> Placing:
    """The best groups found before ``until`` seconds of the search have passed, starting from ``groups`` if given."""
    groups = moved_along(
        problem, greedy(problem) if groups is None else groups, go_on=lambda: search.goes_on(until=until / 4)
    )
    if len(problem.units) <= _REBUILT_UNITS:

        def go_on(placed: int) -> bool:
            search.report(placed=placed)
            return search.elapsed < until * _REBUILDING_ENDS

        groups = rebuild(problem, groups, seed=search.seed, patience=_PATIENCE, go_on=go_on)
    work = _Work(problem, search, executor, groups, until=until, on_better=on_better)
    work.run()
    return Placing(work.groups, work.most_placed, work.least_if_needed)


class _Work:
    """The plan as it stands, and the parts of it that are being planned anew."""

    def __init__(
        self,
        problem: Problem,
        search: Search,
        executor: Executor,
        groups: Iterable[Group],
        *,
        until: float,
        on_better: Callable[[list[Group]], None] | None,
    ) -> None:
        self._problem = problem
        self._search = search
        self._executor = executor
        self._until = until
        self._on_better = on_better
        self._dice = Random(search.seed)  # noqa: S311 - a reproducible search, no secret
        self._surroundings = Surroundings(problem, self._dice)
        self._pods: dict[int, Group] = {}
        self._members: dict[int, int] = {}
        self._rank = 0, 0
        self._keys = 0
        self._exchange((), groups)
        # One part more than there are workers, so that none is idle while the answer of another is awaited.
        self._in_flight = executor.at_once + (executor.at_once > 1)
        self._all_pairs = sum(len(place.units) for place in problem.places)
        self._tickets = 0
        self._pairs = float(_FIRST_PAIRS)
        self._tasks: deque[_Task] = deque()
        self._reachable = union(place.candidate.fits for place in problem.places)
        self.most_placed = reachable(problem)
        self._floors = [(0, 0)]
        self._effort, self._vain = _EFFORT, 0
        self._whole_is_placed = self._is_exhausted = False

    @property
    def groups(self) -> list[Group]:
        """The pods as they stand."""
        return list(self._pods.values())

    @property
    def placed(self) -> int:
        """How many members they hold."""
        return self._rank[0]

    @property
    def least_if_needed(self) -> int:
        """What holds for plans that place as many as this one; a floor is known for plans that place at least so many."""
        placed = self.placed
        return max(least for enough, least in self._floors if enough <= placed)

    def run(self) -> None:
        """Plan part after part anew, until nothing can become better or the time is up."""
        ready: dict[int, Solved | None] = {}
        self._tell()
        # The workers begin while this process reckons the bound.
        if self._fill_queue():
            self._bound_placed()
        while self._goes_on() and self._fill_queue():
            ready.update(self._executor.answers(_LOOK))
            while self._tasks and self._tasks[0].ticket in ready:
                task = self._tasks.popleft()
                self._settle(task, ready.pop(task.ticket))
        self._executor.close()
        moved = moved_along(self._problem, self.groups, go_on=self._until_then(_MOVING_ENDS))
        self._exchange(tuple(self._pods), moved)
        self._bound_if_needed()
        self._tell()

    def _goes_on(self) -> bool:
        self._search.report(placed=self.placed, bound=self.most_placed)
        return self._search.elapsed < self._until * _SEARCH_ENDS and not (self._is_exhausted or self._is_proven())

    def _bound_placed(self) -> None:
        if self.placed < self.most_placed and self._all_pairs <= _RELAXED_PAIRS:
            found = self._relaxation().most_placed(self._until_then(_RELAXING_ENDS)).bound
            self.most_placed = min(self.most_placed, found)

    def _bound_if_needed(self) -> None:
        if -self._rank[1] > self.least_if_needed:
            go_on = self._until_then(1.0) if self._all_pairs <= _RELAXED_PAIRS else None
            self._floors.append((self.placed, self._relaxation().least_if_needed(self.placed, go_on).bound))

    def _relaxation(self) -> Relaxation:
        from matching.engine.relaxation import Relaxation  # noqa: PLC0415 - OR-Tools takes a while to load

        return Relaxation(self._problem)

    def _until_then(self, part: float) -> Callable[[], bool]:
        """A look at the clock that also hears the wish to stop."""

        def go_on() -> bool:
            self._search.report()
            return self._search.elapsed < self._until * part

        return go_on

    def _is_proven(self) -> bool:
        return self._rank == (self.most_placed, -self.least_if_needed)

    def _fill_queue(self) -> bool:
        """Submit parts while workers could take them; False when there is nothing left to try."""
        while len(self._tasks) < self._in_flight:
            task = self._task()
            if task is None:
                break
            self._executor.submit(task.ticket, task.part)
            self._tasks.append(task)
        return bool(self._tasks)

    def _task(self) -> _Task | None:
        idle, busy = self._pods, 0
        if self._pairs * self._in_flight < self._all_pairs:
            taken = {key for task in self._tasks for key in task.around.pods}
            busy = self._problem.members_of(unit for task in self._tasks for unit in task.units)
            idle = {key: pod for key, pod in self._pods.items() if key not in taken}
        inside = {key: self._members[key] for key in idle}
        around = self._surroundings.around(idle, inside, busy, self._wanted(), int(self._pairs))
        if around is None:
            return None
        self._tickets += 1
        part, units = self._surroundings.part(
            around,
            self._pods,
            # A proof for everything is hard enough one level after the other.
            counts_if_needed=not around.whole or self.placed == self.most_placed or self._whole_is_placed,
            effort=self._effort * (_WHOLE if around.whole else 1),
            seconds=max(0.1, self._until - self._search.elapsed),
            seed=self._dice.randrange(2**31),
        )
        return _Task(self._tickets, around, units, part)

    def _wanted(self) -> int:
        """The members to be helped: most often those without a pod, else those who give if-needed time."""
        spare = self._reachable & ~union(self._members.values())
        strained = union(
            members & ~self._problem.places[self._pods[key].place].candidate.free
            for key, members in self._members.items()
        )
        return spare if spare and (not strained or self._dice.random() < _SPARE_FIRST) else strained

    def _settle(self, task: _Task, solved: Solved | None) -> None:
        """Take the answer's pods if they are sound and no worse, and learn what it proves and how hard it was."""
        if solved is None:
            self._pairs = max(_FEWEST_PAIRS, self._pairs * _SHRINKAGE)
            return
        if task.around.whole:
            self._learn(task, solved)
        if not task.around.whole and not self._is_untouched(task):
            return
        before = tuple(self._pods) if task.around.whole else task.around.pods
        after = _translated(self._problem, task, solved)
        old = _rank(self._problem, [self._pods[key] for key in before])
        new = old if after is None else _rank(self._problem, after)
        self._adapt(solved, better=new > old)
        if after is not None and new >= old:
            self._exchange(before, after)
        if new > old:
            self._tell()

    def _exchange(self, before: Iterable[int], after: Iterable[Group]) -> None:
        """Put these pods in the place of those."""
        gone = []
        for key in before:
            gone.append(self._pods.pop(key))
            del self._members[key]
        come = list(after)
        for pod in come:
            self._pods[self._keys] = pod
            self._members[self._keys] = self._problem.members_of(pod.units)
            self._keys += 1
        minus, plus = _rank(self._problem, gone), _rank(self._problem, come)
        self._rank = self._rank[0] + plus[0] - minus[0], self._rank[1] + plus[1] - minus[1]

    def _is_untouched(self, task: _Task) -> bool:
        """Whether the part's pods and people are as they were when it was made."""
        if not all(key in self._pods for key in task.around.pods):
            return False
        own = set(task.around.pods)
        elsewhere = union(members for key, members in self._members.items() if key not in own)
        return not elsewhere & self._problem.members_of(task.units)

    def _adapt(self, solved: Solved, *, better: bool) -> None:
        """Larger parts next time if this one was easy and in vain, smaller ones if it was too hard."""
        if not solved.proven:
            self._pairs = max(_FEWEST_PAIRS, self._pairs * _SHRINKAGE)
        elif solved.effort < _EASY * self._effort and not better:
            self._pairs = min(self._all_pairs, self._pairs * _GROWTH)
        self._vain = 0 if better else self._vain + 1
        if self._vain == _IN_VAIN:
            self._effort, self._vain = self._effort * _MORE_EFFORT, 0

    def _learn(self, task: _Task, solved: Solved) -> None:
        """What holds for a part that is everything holds for the problem."""
        self.most_placed = min(self.most_placed, solved.most_placed)
        if solved.proven and task.part.counts_if_needed:
            self._floors.append((solved.most_placed, solved.least_if_needed))
            self._is_exhausted = True
        self._whole_is_placed |= solved.proven

    def _tell(self) -> None:
        if self._on_better:
            self._on_better(self.groups)


def _rank(problem: Problem, pods: list[Group]) -> tuple[int, int]:
    """Members placed, and less of if-needed time."""
    return placed(problem, pods), -if_needed(problem, pods)


def _translated(problem: Problem, task: _Task, solved: Solved) -> list[Group] | None:
    """The answer's pods in the problem's own numbers, or None if they are not what was asked for."""
    places, units = task.around.places, task.units
    named = [unit for pod in solved.pods for unit in pod.units]
    if (
        len(set(named)) < len(named)
        or not set(named) <= set(range(len(units)))
        or not set(task.part.must) <= set(named)
    ):
        return None
    if not all(0 <= pod.place < len(places) for pod in solved.pods):
        return None
    groups = [Group(places[pod.place], tuple(sorted(units[unit] for unit in pod.units))) for pod in solved.pods]
    come = all(set(group.units) <= set(problem.places[group.place].units) for group in groups)
    return groups if come and all(problem.keeps_rules(group) for group in groups) else None
