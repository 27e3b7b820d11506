"""The recap: at most ten bullets, the newest promises and the best news first."""

from dataclasses import dataclass

MOST_BULLETS = 10
BULLET = 280


@dataclass(frozen=True, slots=True)
class Meeting:
    """What a retro left behind, names and words as the pod said them."""

    outcomes: tuple[tuple[str, str, str], ...]  # name, what was promised, how it went
    wins: tuple[str, ...]
    stuck: tuple[str, ...]
    commitments: tuple[tuple[str, str], ...]  # name, what is promised
    roles: tuple[tuple[str, str], ...]  # role, name
    away: tuple[str, ...]


def bullets(meeting: Meeting) -> tuple[str, ...]:
    """At most ten lines; when there is more, promises are folded together first, then wins and asks."""
    kept = [f"{name} kept it: {text}" for name, text, outcome in meeting.outcomes if outcome == "kept"]
    fixed = _closing(meeting)
    groups = [
        kept,
        [f"Win: {text}" for text in meeting.wins],
        [f"Stuck: {text}" for text in meeting.stuck],
        [f"{name} will: {text}" for name, text in meeting.commitments],
    ]
    room = MOST_BULLETS - len(fixed)
    while sum(map(len, groups)) > room:
        longest = max(range(len(groups)), key=lambda number: (len(groups[number]), number))
        groups[longest] = _folded(groups[longest])
    return tuple(shortened(bullet) for group in [*groups, fixed] for bullet in group)


def _closing(meeting: Meeting) -> list[str]:
    lines = []
    if meeting.roles:
        lines.append("Next week: " + ", ".join(f"{name} is {role}" for role, name in meeting.roles))
    if meeting.away:
        lines.append("Away, and missed: " + ", ".join(meeting.away))
    return lines


def _folded(group: list[str]) -> list[str]:
    """One line fewer: the two neighbours that are shortest together become one."""
    first = min(range(len(group) - 1), key=lambda number: len(group[number]) + len(group[number + 1]))
    return [*group[:first], f"{group[first]}; {group[first + 1]}", *group[first + 2 :]]


def shortened(bullet: str) -> str:
    return bullet if len(bullet) <= BULLET else bullet[: BULLET - 1].rstrip() + "\u2026"
