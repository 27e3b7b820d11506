"""What can go wrong in matching.

MatchingError
├── InputError          the JSON says something impossible; carries every fault at once
│   ├── RosterError
│   └── PlanError
├── NoPlan              the roster is sound, but its hard rules cannot all be met
└── Stopped             the caller asked the search to end
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where (a JSON path such as ``$.members[3].free[0]``), what, and what is allowed."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class MatchingError(Exception):
    """Everything that this package raises on purpose."""


class InputError(MatchingError):
    """Input that cannot be read as what it should be; ``faults`` holds all of it, in reading order."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


class RosterError(InputError):
    """A roster with faults."""


class PlanError(InputError):
    """A plan that cannot be read."""


class NoPlan(MatchingError):
    """No plan keeps all hard rules; ``reason`` says in plain words which one is in the way."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Stopped(MatchingError):
    """The caller's ``stop`` said that the search should end."""
