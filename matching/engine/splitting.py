"""Cutting the people of one place into pods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ortools.sat.python import cp_model

from matching.engine.pods import Pods
from matching.problem import Group

if TYPE_CHECKING:
    from matching.engine.model import Assignment
    from matching.engine.search import Search
    from matching.problem import Problem

_SECONDS_PER_PLACE = 2.0


def split(problem: Problem, assignment: Assignment, search: Search) -> tuple[list[Group], set[int]]:
    """Sound pods for the assignment, and the places where somebody had to be left out to keep the rules."""
    groups: list[Group] = []
    short: set[int] = set()
    for place, units in sorted(assignment.units_at.items()):
        pods = _dealt(problem, place, units) or _solved(problem, place, units, search)
        groups += pods
        if sum(len(pod.units) for pod in pods) < len(units):
            short.add(place)
    return groups, short


def _dealt(problem: Problem, place: int, units: tuple[int, ...]) -> list[Group]:
    """As many even pods as the anchors allow, dealt like cards; nothing if that breaks a rule."""
    people = problem.members_of(units).bit_count()
    anchored = [unit for unit in units if problem.places[place].has_anchor(problem.units[unit])]
    count = min(people // problem.pod_size.min, len(anchored))
    first = anchored[:count]
    cards = [*first, *(unit for unit in _by_trait(problem, units) if unit not in first)]
    groups = [Group(place, tuple(sorted(cards[pod::count]))) for pod in range(count)]
    return groups if all(problem.keeps_rules(group) for group in groups) else []


def _by_trait(problem: Problem, units: tuple[int, ...]) -> list[int]:
    """Units in an order that spreads the values of the ``spread`` traits when dealt."""
    members = problem.roster.members

    def traits(unit: int) -> tuple[str, ...]:
        chosen = problem.units[unit].members
        first = members[(chosen & -chosen).bit_length() - 1] if chosen else None
        return tuple(first.traits.get(trait, "") if first else "" for trait in problem.roster.rules.spread)

    return sorted(units, key=lambda unit: (traits(unit), unit))


def _solved(problem: Problem, place: int, units: tuple[int, ...], search: Search) -> list[Group]:
    """The split that keeps most people, then has most pods, by an exact model; locked units come first."""
    model = cp_model.CpModel()
    here = {unit: model.new_bool_var(f"unit {unit}") for unit in units}
    pods = Pods(model, problem, place, here)
    forced = len(problem.roster.members) + 1
    worth = {unit: problem.units[unit].size + forced * bool(problem.units[unit].lock) for unit in units}
    kept = sum(worth[unit] * variable for unit, variable in here.items())
    model.maximize(kept * (len(pods.open) + 1) + sum(pods.open))
    answer = search.solve(model, seconds=_SECONDS_PER_PLACE)
    if not answer.found:
        return []
    rows = [tuple(unit for unit in units if answer.value(pods.inside[unit][pod])) for pod in range(len(pods.open))]
    return [Group(place, row) for row in rows if row]
