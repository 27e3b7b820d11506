"""A command of podsched whose clock is some seconds ahead: ``python -m bench.shifted SECONDS worker mail``.

The benchmark of mail always has a Wednesday so, whatever day it is run on. ``podsched web`` becomes gunicorn, which reads
this file as its configuration and the seconds from the environment; its workers are forks of the process that did.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta

from podsched import clock
from podsched.cli import main

SECONDS = "BENCH_SHIFT"
GUNICORN = {"GUNICORN_CMD_ARGS": "--config python:bench.shifted"}


def shift(seconds: float) -> None:
    ahead = timedelta(seconds=seconds)
    clock.now = lambda: datetime.now(UTC) + ahead


if __name__ == "__main__":
    shift(float(sys.argv.pop(1)))
    main()
elif SECONDS in os.environ:
    shift(float(os.environ[SECONDS]))
