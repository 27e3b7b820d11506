"""What is handed out when the hard rules leave no plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matching.plan import Level, Plan, Status, Unplaced
from matching.roster_json import roster_sha256

if TYPE_CHECKING:
    from matching.plan import Rule
    from matching.roster import Roster


def impossible_plan(
    roster: Roster, reason: str, *, seconds: float, seed: int, contradiction: tuple[Rule, ...] = ()
) -> Plan:
    """A plan without pods in which everybody is unplaced for that reason.

    ``contradiction`` is what ``matching.engine.contradiction`` finds in the roster.
    """
    return Plan(
        roster_sha256=roster_sha256(roster),
        status=Status.IMPOSSIBLE,
        seconds=seconds,
        seed=seed,
        pods=(),
        unplaced=tuple(Unplaced(id=name, code="rules", why=reason) for name in sorted(m.id for m in roster.members)),
        objective=tuple(Level(name, 0, 0, proven=True) for name in ("placed", "if_needed", "goal_match")),
        reason=reason,
        contradiction=contradiction,
    )
