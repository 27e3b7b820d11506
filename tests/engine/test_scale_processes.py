"""Worker processes end with whoever started them, whatever way that ends."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys

import psutil
import pytest

from matching.engine.neighbourhoods import Surroundings
from matching.engine.processes import Processes
from matching.greedy import greedy
from matching.problem import pose
from matching.roster_json import read_roster

#: A parent with two workers, both at work for as long as they are let, that tells their numbers and waits.
PARENT = """
import json, sys, threading
sys.path[:] = json.loads(sys.argv[1])
from matching.engine.parts import Part
from matching.engine.processes import Processes
import psutil
part = Part.from_json(json.loads(sys.stdin.readline()))
with Processes(2) as executor:
    for ticket in range(2):
        executor.submit(ticket, part)
    print(json.dumps([child.pid for child in psutil.Process().children()]), flush=True)
    threading.Event().wait()
"""


@pytest.fixture(scope="module")
def endless(rosters):
    """A part that no solver finishes within the time of a test."""
    problem = pose(read_roster(rosters.roster(400, "transatlantic", "scattered", 1)))
    pods = dict(enumerate(greedy(problem)))
    inside = {key: problem.members_of(pod.units) for key, pod in pods.items()}
    everybody = problem.members_of(range(len(problem.units)))
    surroundings = Surroundings(problem, random.Random(1))
    around = surroundings.around(pods, inside, 0, everybody, 10**6)
    return surroundings.part(around, pods, counts_if_needed=True, effort=1e6, seconds=600.0, seed=1)[0]


@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_no_worker_outlives_its_parent(endless, way):
    argv = [sys.executable, "-c", PARENT, json.dumps(sys.path)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as parent:
        try:
            parent.stdin.write(json.dumps(endless.to_json()).encode() + b"\n")
            parent.stdin.flush()
            workers = [psutil.Process(pid) for pid in json.loads(parent.stdout.readline())]
            parent.send_signal(way)
            parent.wait(30)
        finally:
            parent.kill()
    assert len(workers) == 2
    _, alive = psutil.wait_procs(workers, timeout=30)
    assert alive == []


def test_closing_ends_workers_in_the_middle_of_their_work(endless):
    before = set(psutil.Process().children())
    executor = Processes(2)
    workers = set(psutil.Process().children()) - before
    assert len(workers) == 2
    for ticket in range(3):
        executor.submit(ticket, endless)
    executor.close()
    assert [worker for worker in workers if worker.is_running()] == []


def test_a_part_whose_worker_died_is_lost_and_the_others_go_on(endless):
    before = {child.pid for child in psutil.Process().children()}
    with Processes(2) as executor:
        workers = [child for child in psutil.Process().children() if child.pid not in before]
        executor.submit(7, endless)
        executor.submit(8, endless)
        for worker in workers:
            worker.kill()
        told = {}
        while len(told) < 2:
            told.update(executor.answers(10.0))
        assert told == {7: None, 8: None}
        executor.submit(9, endless)
        assert dict(executor.answers(10.0)) == {9: None}
