"""A smallest set of what a roster says that leaves no plan.

Each claim (``matching.claims``) is an assumption of a CP-SAT model: if its literal is true, the claim holds. Where the
assumptions cannot all hold, the solver names some that suffice for that; the others are dropped, and then one after the
other is left out on trial: if the rest is still impossible, it goes for good. What remains is irreducible: give up any
one claim and the rest can be kept (deletion filtering: Chinneck and Dravnieks, ORSA Journal on Computing 3, 1991).

The models know only the locked pods, because everybody else may stay without a pod. The first asks which locks cannot be
kept beside each other when all else holds, the second takes just these apart into claims; so the second stays small.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from matching.attendance import Attendance
from matching.claims import Claim, Kind, Teller, claims, concerned
from matching.clocks import to_minutes
from matching.engine.search import Search
from matching.engine.solver import new_solver
from matching.sets import numbers_in, set_of, union
from matching.slots import meeting_starts

if TYPE_CHECKING:
    from collections.abc import Callable

    from matching.plan import Rule
    from matching.roster import Roster

#: CP-SAT's own measure of effort for one question, about seconds on a fast machine; counted, so repeatable.
_EFFORT = 20.0


def contradiction(roster: Roster, *, seconds: float = 10.0, stop: Callable[[], bool] | None = None) -> tuple[Rule, ...]:
    """The rules that leave no plan, none of them superfluous; empty if there is a plan, or no answer within the time.

    ``stop`` is asked between questions to the solver; once it says True, ``Stopped`` is raised.
    """
    search = Search(seconds=seconds, seed=1, workers=1, members=len(roster.members), on_progress=None, stop=stop)
    hours = _Hours(roster)
    locks = _Locks(roster, list(range(len(roster.rules.locked))), hours, search).core()
    core = _Claims(roster, [lock.number for lock in locks], hours, search).core() if locks else ()
    return Teller(roster, core).rules() if core else ()


@dataclass(frozen=True, slots=True, order=True)
class _Hour:
    """A series of instants: who can come, and who would be at home in its zone."""

    fits: int
    home: int


class _Hours:
    """Every hour at which a pod may meet, and the slots of the locks beside them."""

    def __init__(self, roster: Roster) -> None:
        attendance = Attendance(roster, range(len(roster.members)))
        self.all = _undominated({_Hour(attendance.fits(starts), home) for starts, home in attendance.grid().items()})
        self.of_lock: dict[int, _Hour] = {}
        for number, lock in enumerate(roster.rules.locked):
            if lock.slot:
                fits = attendance.fits(to_minutes(meeting_starts(lock.slot, roster.period)))
                zone = lock.slot.timezone
                home = set_of(i for i, member in enumerate(roster.members) if member.timezone == zone)
                self.of_lock[number] = _Hour(fits, home)


def _undominated(hours: set[_Hour]) -> list[_Hour]:
    """The hours that matter: what a dropped one allows, one that stays allows, whoever's times are given up."""
    kept: list[_Hour] = []
    for hour in sorted(hours, key=lambda hour: (hour.fits.bit_count(), hour.home.bit_count(), hour), reverse=True):
        if not any(not hour.fits & ~other.fits and not hour.home & ~other.home for other in kept):
            kept.append(hour)
    return kept


class _Model:
    """Some locked pods and everybody who might be in one of them."""

    def __init__(self, roster: Roster, locks: list[int], hours: _Hours, search: Search) -> None:
        self._roster = roster
        self._hours = hours
        self._search = search
        self._model = cp_model.CpModel()
        self._index = {member.id: i for i, member in enumerate(roster.members)}
        self._concerned = set(concerned(roster, locks))
        self._order = claims(roster, locks)
        self._holds: dict[Claim, cp_model.IntVar] = {}
        rows = [self._add_pod(pod) for pod in locks]
        for sits in zip(*rows, strict=True):
            self._model.add_at_most_one(sits)

    def core(self) -> set[Claim] | None:
        """Claims that cannot all hold, while all but any one of them can; None if all hold or the solver cannot tell."""
        core = self._clash(set(self._holds))
        # Those told last are given up first: a rule that the host made says more than a list of hours.
        for claim in reversed(self._order):
            if core and claim in core:
                core = self._without(core, claim)
        return core or None

    def _without(self, core: set[Claim], claim: Claim) -> set[Claim] | None:
        """A smaller core without the claim, the same core if it takes part in it; None if the solver cannot tell."""
        smaller = self._clash(core - {claim})
        return core if smaller == set() else smaller

    def _clash(self, assumed: set[Claim]) -> set[Claim] | None:
        """Some of these claims that cannot all hold, empty if they all can; None if the solver cannot tell."""
        self._search.heed()
        if not assumed:
            return set()
        self._model.clear_assumptions()
        self._model.add_assumptions([self._holds[claim] for claim in self._order if claim in assumed])
        solver = self._solver()
        status = solver.solve(self._model)
        if status == cp_model.INFEASIBLE:
            sufficient = set(solver.sufficient_assumptions_for_infeasibility())
            return {claim for claim in assumed if self._holds[claim].index in sufficient}
        return set() if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None

    def _solver(self) -> cp_model.CpSolver:
        solver = new_solver(self._search, self._search.left, _EFFORT)
        parameters = solver.parameters
        # The relaxation sees at once that there are too few people; the long presolve costs five times what it saves.
        parameters.cp_model_probing_level = 0
        parameters.symmetry_level = 0
        parameters.max_presolve_iterations = 1
        return solver

    def _literal(self, kind: Kind, number: int = 0) -> cp_model.IntVar:
        """What is true when a claim holds."""
        return self._assumed(Claim(kind, number))

    def _assumed(self, claim: Claim) -> cp_model.IntVar:
        if claim not in self._holds:
            self._holds[claim] = self._model.new_bool_var(f"{claim.kind} {claim.number}")
        return self._holds[claim]

    def _hours_of(self, pod: int) -> list[_Hour]:
        """The hours at which the pod may meet; its own slot, if it has one, is the first."""
        own = self._hours.of_lock.get(pod)
        return [own, *self._hours.all] if own else self._hours.all

    def _able(self, _pod: int) -> int:
        """Who might sit in the pod."""
        return (1 << len(self._roster.members)) - 1

    def _add_pod(self, pod: int) -> list[cp_model.IntVar]:
        """One locked pod; returns for each member whether they sit in it."""
        lock = self._roster.rules.locked[pod]
        opened = self._model.new_bool_var(f"open {pod}")
        able, nobody = self._able(pod), self._model.new_constant(0)
        sits = [
            self._model.new_bool_var(f"member {i} in {pod}") if able >> i & 1 else nobody
            for i in range(len(self._roster.members))
        ]
        if lock.members:
            crew = [sits[self._index[name]] for name in lock.members]
            self._model.add_bool_and([opened, *crew]).only_enforce_if(self._literal(Kind.CREW, pod))
        elif not lock.slot:
            self._model.add_implication(self._literal(Kind.POD, pod), opened)
        self._add_size(opened, sits)
        self._add_hour(pod, opened, sits)
        self._add_groups(sits)
        self._add_company(sits)
        return sits

    def _add_size(self, opened: cp_model.IntVar, sits: list[cp_model.IntVar]) -> None:
        people, size = sum(sits), self._roster.pod_size
        self._model.add(people >= opened)
        self._model.add(people >= size.min * opened).only_enforce_if(self._literal(Kind.FEWEST))
        self._model.add(people <= size.max).only_enforce_if(self._literal(Kind.MOST))
        for one in sits:
            self._model.add_implication(one, opened)

    def _add_hour(self, pod: int, opened: cp_model.IntVar, sits: list[cp_model.IntVar]) -> None:
        """An open pod meets at one hour; who sits in it can come, and somebody is at home there."""
        hours, has_slot = self._hours_of(pod), pod in self._hours.of_lock
        meets = [self._model.new_bool_var(f"{pod} at {n}") for n in range(len(hours))]
        self._model.add(sum(meets) == opened)
        if has_slot:
            self._model.add_implication(self._literal(Kind.SLOT, pod), meets[0])
        suiting: list[list[cp_model.IntVar]] = [[] for _ in sits]
        for n, hour in enumerate(hours):
            for i in numbers_in(hour.fits):
                suiting[i].append(meets[n])
            at_home = self._model.add_bool_or([meets[n].negated(), *(sits[i] for i in numbers_in(hour.home))])
            if has_slot and n == 0:
                at_home.only_enforce_if(self._literal(Kind.HOME, pod))
        for i, suits in enumerate(suiting):
            times = self._literal(Kind.TIMES, i) if i in self._concerned else self._literal(Kind.OTHERS)
            self._model.add_bool_or([sits[i].negated(), *suits]).only_enforce_if(times)

    def _add_groups(self, sits: list[cp_model.IntVar]) -> None:
        rules = self._roster.rules
        for number, names in enumerate(rules.together):
            holds = self._literal(Kind.TOGETHER, number)
            first, *others = (sits[self._index[name]] for name in names)
            for other in others:
                self._model.add(first == other).only_enforce_if(holds)
        for number, names in enumerate(rules.apart):
            holds = self._literal(Kind.APART, number)
            self._model.add(sum(sits[self._index[name]] for name in names) <= 1).only_enforce_if(holds)

    def _add_company(self, sits: list[cp_model.IntVar]) -> None:
        for number, rule in enumerate(self._roster.rules.never_alone):
            holds = self._literal(Kind.NEVER_ALONE, number)
            members = enumerate(self._roster.members)
            holders = [sits[i] for i, member in members if member.traits.get(rule.trait) == rule.value]
            count = sum(holders)
            for one in holders:
                self._model.add(count >= 2 * one).only_enforce_if(holds)


class _Claims(_Model):
    """The model in which every claim may be given up by itself."""


class _Locks(_Model):
    """The model in which only whole locks may be given up: a claim of kind POD stands for all that a lock says."""

    def _literal(self, kind: Kind, number: int = 0) -> cp_model.IntVar:
        if kind in {Kind.POD, Kind.SLOT, Kind.CREW}:
            return self._assumed(Claim(Kind.POD, number))
        return self._model.new_constant(1)

    def _hours_of(self, pod: int) -> list[_Hour]:
        if pod in self._hours.of_lock:
            return [self._hours.of_lock[pod]]
        crew = set_of(self._index[name] for name in self._roster.rules.locked[pod].members)
        return [hour for hour in self._hours.all if not crew & ~hour.fits]

    def _able(self, pod: int) -> int:
        return union(hour.fits for hour in self._hours_of(pod))
