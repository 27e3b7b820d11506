"""The levels of what was found, each with its bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matching.check import TOLERANCE
from matching.comfort import COMFORTABLE, balance, large_pods
from matching.plan import Level

if TYPE_CHECKING:
    from matching.problem import Group, Problem


def most(name: str, value: float, bound: float) -> Level:
    """A level of which more is better; a bound below the value by rounding alone is the value."""
    bound = max(value, bound)
    return Level(name, value, bound, proven=bound - value <= TOLERANCE)


def least(name: str, value: int, bound: int) -> Level:
    """A level of which less is better."""
    return Level(name, value, bound, proven=value == bound)


def comfort(problem: Problem, groups: list[Group], *, awkward: int, least_awkward: int) -> tuple[Level, ...]:
    """The last three levels; their bounds leave out what the levels above ask for."""
    pods = names(problem, groups)
    placed, size = sum(map(len, pods)), problem.pod_size
    unavoidable = max(0, placed - COMFORTABLE * (placed // size.min))
    return (
        least("balance", balance(problem.roster, pods), 0),
        least("awkward_hours", awkward, min(awkward, least_awkward)),
        least("large_pods", large_pods(map(len, pods)), unavoidable),
    )


def names(problem: Problem, groups: list[Group]) -> list[list[str]]:
    """The ids of each group's members."""
    members = problem.roster.members
    return [[members[i].id for i in problem.members(problem.members_of(group.units))] for group in groups]
