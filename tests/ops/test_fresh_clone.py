"""`make run` as somebody meets it who has just cloned the repository: an empty home, one command, links that work."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest
from servers import eventually, running

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"^  \S.*?\s+(http://\S+)$", re.MULTILINE)

pytestmark = [
    pytest.mark.xdist_group("serve"),
    pytest.mark.skipif(shutil.which("git") is None or shutil.which("make") is None, reason="needs git and make"),
]


@pytest.fixture
def clone(tmp_path):
    """What is committed, elsewhere; changes that are not committed do not matter."""
    argv = ["git", "clone", "-q", "--no-hardlinks", ROOT, tmp_path / "podsched"]
    subprocess.run(argv, check=True, capture_output=True)
    return tmp_path / "podsched"


@pytest.fixture
def environ(tmp_path):
    """An empty home, and what is needed to reach a package registry; nothing else of ours."""
    (tmp_path / "home").mkdir()
    kept = ("PATH", "LANG", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
    passed = {
        name: value
        for name, value in os.environ.items()
        if name in kept or name.startswith("PIP_") or name.lower().endswith("_proxy")
    }
    config = Path("~/.config/pip/pip.conf").expanduser()
    if config.exists():  # where this machine says which registry to use
        passed.setdefault("PIP_CONFIG_FILE", str(config))
    return passed | {"HOME": str(tmp_path / "home")}


def start(clone, environ, log):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("wb") as output:
        argv = ["make", "run", f"PORT={port}"]
        return subprocess.Popen(
            argv, cwd=clone, env=environ, stdin=subprocess.DEVNULL, stdout=output, stderr=output, process_group=0
        )


def wait_for_links(made, log, seconds):
    def are_there():
        assert made.poll() is None, log.read_text()
        return "The mail sent" in log.read_text()

    eventually(are_there, seconds=seconds)
    return LINK.findall(log.read_text())


def interrupt(made):
    """What Ctrl-C does: the whole group of the terminal is told."""
    family = [made.pid, *(child.pid for child in psutil.Process(made.pid).children(recursive=True))]
    assert len(family) >= 7
    os.killpg(made.pid, signal.SIGINT)
    made.wait(30)
    assert running(family) == []


def test_a_fresh_clone_runs_by_one_command_and_stops_by_one_key(clone, environ, tmp_path):
    log = tmp_path / "log"
    made = start(clone, environ, log)
    try:
        links = wait_for_links(made, log, seconds=300)
        assert len(links) == 5
        for link in links:
            with urlopen(link) as answer:
                assert answer.status == 200
        interrupt(made)
        began = time.monotonic()
        made = start(clone, environ, log)
        assert len(wait_for_links(made, log, seconds=60)) == 5
        assert "Installing" not in log.read_text()
        assert time.monotonic() - began < 45
        interrupt(made)
        changed = subprocess.run(["git", "status", "--short"], cwd=clone, check=True, capture_output=True, text=True)
        assert changed.stdout == ""
        assert [*(tmp_path / "home").rglob("*.sqlite")] == []
    finally:
        if made.poll() is None:
            os.killpg(made.pid, signal.SIGTERM)
            made.wait(30)
