"""A command of podsched whose clock is some seconds ahead: ``python -m bench.shifted SECONDS worker mail``.

The benchmark of mail always has a Wednesday so, whatever day it is run on.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

from podsched import clock
from podsched.cli import main


def shift(seconds: float) -> None:
    ahead = timedelta(seconds=seconds)
    clock.now = lambda: datetime.now(UTC) + ahead


if __name__ == "__main__":
    shift(float(sys.argv.pop(1)))
    main()
