import contextlib
import json
import os
import signal
import subprocess
import sys
from itertools import pairwise

import pytest
from servers import eventually, running

SUPERVISE = """
import json, pathlib, sys
from podsched.supervise import Child, Supervisor
children = json.loads(sys.argv[1])
for child in children:
    if wanted := child.pop("ready_file", None):
        child["ready"] = pathlib.Path(wanted).exists
sys.exit(Supervisor([Child(**child) for child in children], when_ready=lambda: print("ready", flush=True)).run())
"""


class Run:
    """A supervisor in a process of its own, and what became of its children."""

    def __init__(self, folder, children, stdin=subprocess.DEVNULL):
        self.folder, self.log = folder, folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SUPERVISE, json.dumps(children)],
                stdin=stdin, stdout=log, stderr=log, cwd=folder,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )  # fmt: skip

    def pids(self, name):
        """The process numbers under which the child was started, in order."""
        path = self.folder / f"{name}.pids"
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def started(self, name, times=1):
        eventually(lambda: len(self.pids(name)) >= times)
        return self.pids(name)[times - 1]

    def says(self, text):
        eventually(lambda: text in self.log.read_text())

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(30)


@pytest.fixture
def supervise(tmp_path):
    runs = []

    def start(*children, **more):
        runs.append(Run(tmp_path, children, **more))
        return runs[-1]

    yield start
    for run in runs:
        run.stop()
        assert alive([pid for path in tmp_path.glob("*.pids") for pid in run.pids(path.stem)]) == []


def service(name, then="exec sleep 600", **more):
    """A child that notes its process number and does no more than that."""
    return {"name": name, "argv": ["sh", "-c", f"echo $$ >> {name}.pids; {then}"], **more}


def alive(pids):
    """Which of these processes still run, after a moment's patience."""
    with contextlib.suppress(AssertionError):
        eventually(lambda: not running(pids), seconds=10)
    return running(pids)


def test_a_killed_service_is_started_again_at_once(supervise):
    run = supervise(service("web"))
    os.kill(run.started("web"), signal.SIGKILL)
    assert run.started("web", times=2) != run.started("web")
    run.says("web was ended by signal 9 (Killed)")
    assert run.log.read_text().count("starting it again") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_everything(supervise, number):
    run = supervise(service("web"), service("worker"))
    pids = [run.started("web"), run.started("worker")]
    run.says("ready")
    assert (run.stop(number), alive(pids), run.log.read_text()) == (0, [], "ready\n")


def test_services_stop_in_reverse_order(supervise):
    obedient = "trap 'echo {0} >> order; exit' TERM; while :; do sleep 0.01; done"
    run = supervise(*(service(name, obedient.format(name)) for name in ("redis", "web", "worker")))
    run.says("ready")
    for name in ("redis", "web", "worker"):
        run.started(name)
    run.stop()
    assert (run.folder / "order").read_text().split() == ["worker", "web", "redis"]


def test_a_service_that_will_not_stop_is_killed_with_its_family(supervise):
    run = supervise(
        service("deaf", "trap '' TERM; setsid sh -c 'echo $$ >> kin.pids; exec sleep 600'", stop_seconds=0.2)
    )
    pids = [run.started("deaf"), run.started("kin")]
    assert (run.stop(), alive(pids)) == (0, [])
    assert "deaf did not stop; killing it" in run.log.read_text()


def test_a_second_ctrl_c_kills_at_once(supervise):
    run = supervise(service("deaf", "trap 'touch asked' TERM; while :; do sleep 0.01; done", stop_seconds=600))
    run.started("deaf")
    run.says("ready")
    run.process.send_signal(signal.SIGINT)
    eventually((run.folder / "asked").exists)
    assert run.stop(signal.SIGINT) == 0


HORSE = "setsid sh -c 'echo $$ >> horse.pids; exec sleep 600' & exec sleep 600"


def test_a_grandchild_in_its_own_session_is_stopped(supervise):
    run = supervise(service("worker", HORSE))
    horse = run.started("horse")
    assert (run.stop(), alive([horse])) == (0, [])


def test_the_orphans_of_a_killed_service_end_before_it_starts_again(supervise):
    run = supervise(service("web"), service("worker", f"ps -o pid= -C sleep > seen; {HORSE}"))
    horse, web = run.started("horse"), run.started("web")
    os.kill(run.started("worker"), signal.SIGKILL)
    run.started("horse", times=2)
    seen = [int(pid) for pid in (run.folder / "seen").read_text().split()]
    assert (horse in seen, web in seen, run.pids("web")) == (False, True, [web])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has leashes")
def test_services_die_with_a_killed_supervisor(supervise):
    run = supervise(service("web"), service("worker"))
    pids = [run.started("web"), run.started("worker")]
    run.process.kill()
    assert alive(pids) == []


def test_a_service_that_never_comes_up_ends_the_run(supervise):
    run = supervise(service("web"), service("broken", "exit 3"))
    assert (run.process.wait(30), len(run.pids("broken"))) == (1, 5)
    last = run.log.read_text().splitlines()[-1]
    assert last.startswith("broken exited with status 3 after ")
    assert last.endswith("; giving up")


def test_a_program_that_is_not_there_ends_the_run_after_one_try(supervise):
    run = supervise({"name": "typo", "argv": ["no-such-program"]})
    assert run.process.wait(30) == 1
    first, second = run.log.read_text().splitlines()[-2:]
    assert first == "no-such-program cannot be run: No such file or directory"
    assert second.endswith("; giving up")


def test_a_service_that_has_been_up_is_started_again_however_often_it_ends(supervise):
    run = supervise(service("web", "touch up; exit 3", ready_file="up"))
    (run.folder / "up").touch()
    run.started("web", times=6)
    assert run.stop() == 0


def test_the_pauses_between_starts_grow(supervise):
    run = supervise(service("broken", "exit 3"))
    run.process.wait(30)
    lines = run.log.read_text().splitlines()
    pauses = [float(line.split()[-2]) for line in lines if "starting it again" in line]
    assert len(pauses) == 4
    assert all(later == 2 * earlier for earlier, later in pairwise(pauses))


def test_a_service_starts_when_those_before_it_are_ready(supervise):
    run = supervise(
        service("redis", "sleep 0.1; touch up; exec sleep 600", ready_file="up"),
        service("web", "test -e up || touch early; exec sleep 600"),
    )
    run.started("web")
    run.says("ready")
    assert not (run.folder / "early").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_a_closed_terminal_stops_everything(supervise):
    ours, theirs = os.openpty()
    run = supervise(service("web"), stdin=theirs)
    os.close(theirs)
    pid = run.started("web")
    run.says("ready")
    os.close(ours)
    assert (run.process.wait(30), alive([pid])) == (0, [])


def test_output_that_nobody_reads_any_more_does_not_keep_services_alive(tmp_path):
    reading, writing = os.pipe()
    argv = [sys.executable, "-c", SUPERVISE, json.dumps([service("broken", "exit 3")])]
    os.close(reading)
    with subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=writing, cwd=tmp_path
    ) as process:
        os.close(writing)
        assert process.wait(30) == 1
