"""An installation with a queue of its own, and its processes as processes."""

import os
import subprocess
import sys
from pathlib import Path

import builders
import psutil
import pytest

import podsched
from podsched.app import house_of
from podsched.db import writing


@pytest.fixture
def start_worker(environ):
    """Starts ``podsched worker QUEUE``; killed at the end of the test if it still runs."""
    started = []

    def start(queue):
        rest = {name: value for name, value in os.environ.items() if not name.startswith("PODSCHED_")}
        argv = [sys.executable, "-m", "podsched", "worker", queue]
        folder = Path(podsched.__file__).parents[1]
        started.append(subprocess.Popen(argv, env={**rest, **environ}, cwd=folder, stderr=subprocess.DEVNULL))
        return started[-1]

    yield start
    for process in started:
        kill(process)


def kill(process):
    """Kill -9 for a worker and the child that does its work."""
    if process.poll() is None:
        family = [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]
        for member in family:
            member.kill()
    process.wait(10)


@pytest.fixture
def kill_worker():
    return kill


@pytest.fixture
def pod(app, time):
    """A published pod; twelve mails wait."""
    with writing(house_of(app).engine) as session:
        return builders.published(session, house_of(app).addresses)[0]
