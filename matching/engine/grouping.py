"""Grouping alone: who shares a group with whom, on plain arrays (the maximally diverse grouping problem).

The sum of the worth of all pairs inside groups, plus what each element is worth in its group by itself, is maximised
while the sizes stay in their bounds. The search is simulated annealing (Kirkpatrick, Gelatt and Vecchi, Science 220,
1983) by the heat-bath rule: one element is drawn, the gains of *all* its swaps and moves are found in one vector
expression from affinities that are kept up to date, and one of them, or staying, is drawn with odds
``exp(gain / heat)``, by the Gumbel-max trick. So a cold step costs the same few microseconds and yet looks at the whole
neighbourhood of an element, where drawing single swaps would nearly always refuse. Hot, warm and cold are measured
first, as the heats at which many and few steps change something (Johnson, Aragon, McGeoch and Schevon, Operations Research 37,
1989), so no parameter depends on the unit of worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

#: How many steps change something when annealing begins, ends and is frozen, as shares of those in utter heat. Most is
#: decided in between the first two, so most of the time belongs there.
HOT_SHARE, WARM_SHARE, COLD_SHARE = 0.25, 0.1, 0.01
_ANNEALING = 0.85
_MEASURED_STEPS, _COOLING = 256, 0.92
_ROUND = 128
_POOL = 1 << 16
#: Most and fewest elements judged in one block, and how many changes are expected in one.
_BLOCK, _SMALLEST_BLOCK, _HURDLE = 32, 4, 0.5
_EPSILON = 1e-9


class Heats(NamedTuple):
    """Where annealing begins and ends, and where nothing changes any more, in units of worth."""

    hot: float
    warm: float
    cold: float

    def at(self, way: float) -> float:
        """The heat after this part of the way: slowly from hot to warm, then quickly to cold."""
        if way < _ANNEALING:
            return float(self.hot * (self.warm / self.hot) ** (way / _ANNEALING))
        return float(self.warm * (self.cold / self.warm) ** ((way - _ANNEALING) / (1 - _ANNEALING)))


@dataclass(frozen=True, slots=True)
class Sizes:
    """Fewest and most elements of each group; ``idle`` is a group, if any, in which pairs are worth nothing."""

    fewest: Sequence[int]
    most: Sequence[int]
    idle: int | None = None


class Guard(Protocol):
    """Rules of the caller, and what elements are worth in a group by themselves, which may change as groups do."""

    def columns(self) -> NDArray[np.float64]:
        """What each element is worth in each group: ``[k, n]``."""

    def change(self, i: int, a: int, j: int | None, b: int) -> dict[int, NDArray[np.float64]] | None:
        """Element ``i`` goes from group ``a`` to ``b``, and ``j`` the other way; None if that breaks a rule.

        Otherwise the change is made and the columns that it changed are returned.
        """

    def cost(self) -> float:
        """What the groups cost as they are, in units of worth."""


class _Free:
    """No rules but sizes."""

    def __init__(self, groups: int, elements: int) -> None:
        self._columns = np.zeros((groups, elements))

    def columns(self) -> NDArray[np.float64]:
        return self._columns

    def change(self, i: int, a: int, j: int | None, b: int) -> dict[int, NDArray[np.float64]] | None:  # noqa: ARG002 - the face of a guard
        return {}

    def cost(self) -> float:
        return 0.0


class Grouping:
    """Groups that change in place, and the best that were seen.

    ``worth`` is symmetric with a zero diagonal, ``[n, n]``; ``groups[i]`` is the group of element ``i`` at the start,
    within the bounds. Only ``movable`` elements change their group, all unless given. ``on_best`` is called whenever
    ``best`` was replaced.
    """

    def __init__(
        self,
        worth: NDArray[np.float64],
        groups: NDArray[np.intp],
        sizes: Sizes,
        *,
        seed: int,
        guard: Guard | None = None,
        movable: Sequence[int] | None = None,
        on_best: Callable[[], None] | None = None,
    ) -> None:
        self._worth, self._twice = worth, 2.0 * worth
        self._sizes = sizes
        self._guard = guard or _Free(len(sizes.fewest), len(worth))
        self._movable = np.arange(len(worth)) if movable is None else np.asarray(movable)
        self._on_best = on_best
        self._dice = np.random.default_rng(seed)
        self._index = np.arange(len(worth))
        self._fixed = np.setdiff1d(self._index, self._movable)
        # One vector of gains: a swap with each element, a move to each group, staying.
        self._options = np.empty(len(worth) + len(sizes.fewest) + 1)
        self._swaps = self._options[: len(worth)]
        self._moves = self._options[len(worth) : -1]
        self._noise = np.empty_like(self._options)
        self._pool = -np.log(-np.log(self._dice.random(_POOL + _BLOCK * len(self._options))))
        # The share of late steps that changed something, and the groups that the options of an element lead to.
        self._share = 1.0
        self._options_of = np.append(groups, np.arange(len(sizes.fewest)))
        self.load(groups)
        self.best = groups.copy()
        self.best_value = self.value

    def load(self, groups: NDArray[np.intp]) -> None:
        """Go on from these groups, which the guard knows already."""
        k = len(self._sizes.fewest)
        self.groups = groups.copy()
        self._home = groups.tolist()
        self._count = np.bincount(groups, minlength=k).tolist()
        full = [count >= most for count, most in zip(self._count, self._sizes.most, strict=True)]
        self._room = np.where(full, -np.inf, 0.0)
        small = [count <= fewest for count, fewest in zip(self._count, self._sizes.fewest, strict=True)]
        self._leave = np.where(small, -np.inf, 0.0)
        self._options_of[: len(groups)] = groups
        self._columns = self._guard.columns().copy()
        inside = np.zeros((k, len(groups)))
        inside[groups, self._index] = 1.0
        if self._sizes.idle is not None:
            inside[self._sizes.idle] = 0.0
        # What element i adds to group g; ``_joining`` is the same for those who are not in it and may come.
        self._affinity = inside @ self._worth + self._columns
        self._joining = self._affinity.copy()
        self._joining[:, self._fixed] = -np.inf
        self._joining[groups, self._index] = -np.inf
        self._at = groups * len(groups) + self._index
        self._own = self._affinity.ravel().take(self._at)
        self._pairs = float((self._own - self._columns.ravel().take(self._at)).sum()) / 2
        if self._sizes.idle is not None:
            self._both = np.where(groups == self._sizes.idle, 1.0, 2.0)
            idle = self.groups == self._sizes.idle
            self._pairs -= float((self._own - self._columns.ravel().take(self._at))[idle].sum()) / 2
        self.value = self._pairs - self._guard.cost()

    def heats(self, go_on: Callable[[], bool]) -> Heats:
        """Hot, warm and cold for these elements, measured in a quick cooling from random to frozen."""
        hot = warm = cold = 4.0 * float(np.abs(self._worth).max(initial=0.0)) or 1.0
        least = _EPSILON * hot
        changed = freest = self._steps(hot, _MEASURED_STEPS)
        while changed > COLD_SHARE * freest and cold > least and go_on():
            cold *= _COOLING
            changed = self._steps(cold, _MEASURED_STEPS)
            hot = cold if changed > HOT_SHARE * freest else hot
            warm = cold if changed > WARM_SHARE * freest else warm
        return Heats(hot, warm, cold)

    def anneal(self, heats: Heats, steps: int, go_on: Callable[[], bool]) -> None:
        """Cool from hot to cold in so many steps; ``go_on`` is asked every few dozen of them."""
        for done in range(0, steps, _ROUND):
            if not go_on():
                return
            self._steps(heats.at(done / steps), min(_ROUND, steps - done))

    def _steps(self, heat: float, steps: int) -> int:
        """How many of these steps changed the value of the groups; those that would mostly stay are judged in blocks."""
        chosen = self._movable[self._dice.integers(0, len(self._movable), steps)]
        block = min(_BLOCK, int(_HURDLE / max(self._share, _HURDLE / _BLOCK)))
        if block < _SMALLEST_BLOCK:
            shifts = self._dice.integers(0, _POOL, steps).tolist()
            changed = sum(self._step(i, heat, shift) for i, shift in zip(chosen.tolist(), shifts, strict=True))
        else:
            changed = done = 0
            while done < steps:
                seen, has_changed = self._block(chosen[done : done + block], heat)
                done, changed = done + seen, changed + has_changed
        self._share = (self._share + changed / steps) / 2
        return changed

    def _block(self, chosen: NDArray[np.intp], heat: float) -> tuple[int, bool]:
        """Draw for several elements in one expression, as far as the first that does not stay: the same as one by one.

        Gives how many elements had their step, and whether the last one changed something.
        """
        n, home = len(self._home), self.groups.take(chosen)
        # Taken along rows and read across: numpy gathers whole rows several times faster than single numbers.
        joining = self._joining.take(chosen, axis=1).take(self._options_of, axis=0).T
        gains = np.empty(joining.shape)
        swaps, moves = gains[:, :n], gains[:, n:]
        lost = self._twice.take(chosen, axis=0) if self._sizes.idle is None else self._lost_with_idle(chosen, home)
        np.subtract(joining[:, :n], lost, out=swaps)
        swaps += self._joining.take(home, axis=0)
        swaps -= self._own
        np.add(joining[:, n:], self._room, out=moves)
        moves += self._leave.take(home)[:, None]
        noise = self._noises(gains.size, heat).reshape(gains.shape)
        noise += gains
        best = noise.argmax(axis=1)
        here = self._own.take(chosen)
        goes = noise.max(axis=1) > here + self._noises(len(here), heat)
        first = int(goes.argmax())
        if not goes[first]:
            return len(chosen), False
        option = int(best[first])
        return first + 1, self._take(int(chosen[first]), option, float(gains[first, option] - here[first]))

    def _noises(self, count: int, heat: float) -> NDArray[np.float64]:
        """So much Gumbel noise of this heat."""
        shift = int(self._dice.random() * (len(self._pool) - count))
        noise: NDArray[np.float64] = self._pool[shift : shift + count] * heat
        return noise

    def _step(self, i: int, heat: float, shift: int) -> bool:
        here = self._gains(i)
        np.multiply(self._pool[shift : shift + len(self._noise)], heat, out=self._noise)
        self._noise += self._options
        option = int(self._noise.argmax())
        if option == len(self._options) - 1:
            return False
        return self._take(i, option, float(self._options[option] - here))

    def _gains(self, i: int) -> float:
        """Fill in what each option of an element is worth, and tell what staying is."""
        a = self._home[i]
        joining = self._joining[:, i]
        joining.take(self.groups, out=self._swaps)
        self._swaps += self._joining[a]
        self._swaps -= self._own
        self._swaps -= self._lost_with(i, a)
        np.add(joining, self._room, out=self._moves)
        self._moves += self._leave[a]
        here = self._affinity.item(a, i)
        self._options[-1] = here
        return here

    def _lost_with(self, i: int, a: int) -> NDArray[np.float64]:
        """What affinities count of each pair that swaps and so never meets: from both sides unless one is idle."""
        twice: NDArray[np.float64] = self._twice[i]
        if self._sizes.idle is not None:
            twice = self._worth[i] * (self._both - 1.0 if a == self._sizes.idle else self._both)
        return twice

    def _lost_with_idle(self, chosen: NDArray[np.intp], home: NDArray[np.intp]) -> NDArray[np.float64]:
        lost: NDArray[np.float64] = self._both - (home == self._sizes.idle)[:, None]
        lost *= self._worth.take(chosen, axis=0)
        return lost

    def _take(self, i: int, option: int, gain: float) -> bool:
        a = self._home[i]
        if option < len(self._home):
            j, b = option, self._home[option]
        else:
            j, b = None, option - len(self._home)
        gain -= self._columns.item(b, i) - self._columns.item(a, i)
        if j is not None:
            gain -= self._columns.item(a, j) - self._columns.item(b, j)
        columns = self._guard.change(i, a, j, b)
        if columns is None:
            return False
        self._rehome(i, a, j, b)
        for group, column in columns.items():
            self._set_column(group, column)
        self._affinity.ravel().take(self._at, out=self._own)
        before, self.value = self.value, self._note(gain)
        return abs(self.value - before) > _EPSILON

    def _note(self, gain: float) -> float:
        self._pairs += gain
        value = self._pairs - self._guard.cost()
        if value > self.best_value + _EPSILON:
            self.best_value = value
            self.best = self.groups.copy()
            if self._on_best:
                self._on_best()
        return value

    def _rehome(self, i: int, a: int, j: int | None, b: int) -> None:
        came = -self._worth[i] if j is None else self._worth[j] - self._worth[i]
        for group, change in ((a, came), (b, -came)):
            if group != self._sizes.idle:
                self._affinity[group] += change
                self._joining[group] += change
        self._put(i, a, b)
        if j is None:
            self._count[a] -= 1
            self._count[b] += 1
            self._room[a] = self._leave[b] = 0.0
            self._leave[a] = 0.0 if self._count[a] > self._sizes.fewest[a] else -np.inf
            self._room[b] = 0.0 if self._count[b] < self._sizes.most[b] else -np.inf
        else:
            self._put(j, b, a)

    def _put(self, i: int, old: int, new: int) -> None:
        self._joining[old, i] = self._affinity[old, i]
        self._joining[new, i] = -np.inf
        self.groups[i] = self._home[i] = self._options_of[i] = new
        self._at[i] = new * len(self._home) + i
        if self._sizes.idle is not None:
            self._both[i] = 1.0 if new == self._sizes.idle else 2.0

    def _set_column(self, group: int, column: NDArray[np.float64]) -> None:
        change = column - self._columns[group]
        self._affinity[group] += change
        self._joining[group] += change
        self._columns[group] = column


def best_sizes(sizes: Sizes, elements: int, mean: float) -> list[int]:
    """Sizes within the bounds that are worth most when each pair is worth ``mean``: by dynamic programming.

    With positive worth it pays to have some groups as large as may be, with negative worth equal ones.
    """
    values = np.full(elements + 1, -np.inf)
    values[0] = 0.0
    choices = []
    for fewest, most in zip(sizes.fewest, sizes.most, strict=True):
        table = np.full((most - fewest + 1, elements + 1), -np.inf)
        for row, size in zip(table, range(fewest, most + 1), strict=True):
            row[size:] = values[: max(0, elements + 1 - size)] + mean * size * (size - 1) / 2
        choices.append(table.argmax(axis=0) + fewest)
        values = table.max(axis=0)
    chosen, left = [], elements
    for choice in reversed(choices):
        chosen.append(int(choice[left]))
        left -= chosen[-1]
    return chosen[::-1]
