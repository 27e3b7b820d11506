"""The one function that tells the time.

Edges (views, jobs, commands) call ``clock.now()`` and hand the instant on as ``at``; nothing below them reads a clock.
Tests move time by replacing this function.
"""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)
