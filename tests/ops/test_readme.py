"""Every command in the README is run, here or by the test that is named."""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from servers import eventually

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.strip().splitlines()]
#: `make run` in a fresh clone and the settings of PORT and SAMPLE are test_fresh_clone.py's; `make test` is this run.
ELSEWHERE = {"make run", "make run SAMPLE=0", "make test"}
SERVING = {"web", "worker", "scheduler"}


def _arguments(line: str) -> list[str]:
    words = shlex.split(line)
    if words[0].endswith("/podsched"):
        return [sys.executable, "-m", "podsched", *words[1:]]
    assert words[0].endswith("/python"), f"no test runs: {line}"
    return [sys.executable, *words[1:]]


def _serves(line: str) -> bool:
    return shlex.split(line)[1:2][0] in SERVING if "/podsched" in line else False


@pytest.fixture(scope="module")
def place(tmp_path_factory, valkey_url):
    """An installation of its own, and the files the README names."""
    folder = tmp_path_factory.mktemp("readme")
    for name in ("docs", "tests"):
        (folder / name).symlink_to(ROOT / name)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PODSCHED_")}
    return folder, environ | {"REDIS_URL": valkey_url, "PYTHONPATH": str(ROOT)}


def test_every_command_is_run_somewhere():
    assert {line for line in COMMANDS if line.startswith("make")} == ELSEWHERE
    assert len(COMMANDS) >= 10


@pytest.mark.xdist_group("readme")
def test_the_commands_that_end_do_what_they_say_in_the_readmes_order(place):
    folder, environ = place
    for line in COMMANDS:
        if line in ELSEWHERE or _serves(line):
            continue
        done = subprocess.run(
            _arguments(line), cwd=folder, env=environ, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, (line, done.stdout, done.stderr)


@pytest.mark.xdist_group("readme")
@pytest.mark.parametrize("line", [line for line in COMMANDS if line not in ELSEWHERE and _serves(line)])
def test_the_commands_that_serve_run_until_they_are_told_to_stop(place, line):
    folder, environ = place
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "serving.log"
    with log.open("w") as out:
        serving = subprocess.Popen(_arguments(line), cwd=folder, env=environ | {"PORT": str(port)}, stderr=out)
    if " web" in line:
        eventually(lambda: _answers(port))
    else:
        eventually(lambda: _has_loaded(serving.pid))
    assert serving.poll() is None, log.read_text()
    serving.send_signal(signal.SIGTERM)
    assert serving.wait(timeout=30) in {0, -signal.SIGTERM}


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _has_loaded(pid: int) -> bool:
    """The process holds a socket to the queue or has the database open."""
    import psutil

    process = psutil.Process(pid)
    return bool(process.net_connections(kind="all")) or any("podsched.sqlite" in f.path for f in process.open_files())
