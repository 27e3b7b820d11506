"""Local times reckoned without the product's code and without folds."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def reckoned(day, minute, zone):
    """The first instant that shows this wall time; where none does, as long after the jump as the wall time says."""
    there, wall = ZoneInfo(zone), datetime.combine(day, time(minute // 60, minute % 60))
    around = [(wall.replace(tzinfo=UTC) + timedelta(days=shift)).astimezone(there).utcoffset() for shift in (-1, 1)]
    guesses = [(wall - offset).replace(tzinfo=UTC) for offset in around]
    true = [guess for guess in guesses if guess.astimezone(there).replace(tzinfo=None) == wall]
    return min(true) if true else guesses[0]  # the offset before the gap: RFC 5545, 3.3.5
