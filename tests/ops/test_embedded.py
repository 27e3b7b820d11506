import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import redis
from servers import eventually, running

from podsched.embedded import AlreadyRunning, EmbeddedError, EmbeddedValkey, answers


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "redis"


@pytest.fixture
def in_foreground(directory):
    """Start `python -m podsched.embedded`, and see to it that none of them outlives the test."""
    started = []

    def start():
        started.append(subprocess.Popen([sys.executable, "-m", "podsched.embedded", str(directory)]))
        eventually(lambda: answers(directory))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def _server_pid(directory):
    return int((directory / "valkey.pid").read_text())


def test_data_survive_a_restart(directory):
    for expected in (None, b"kept"):
        with EmbeddedValkey(directory) as server, redis.Redis.from_url(server.url) as client:
            assert client.get("key") == expected
            client.set("key", "kept")


def test_it_listens_on_a_socket_of_its_owner_alone(directory):
    with EmbeddedValkey(directory) as server, redis.Redis.from_url(server.url) as client:
        assert client.config_get("port") == {"port": "0"}
        assert (directory / "valkey.sock").stat().st_mode & 0o777 == 0o700


def test_a_second_start_on_one_directory_is_refused(directory):
    with EmbeddedValkey(directory):
        with pytest.raises(AlreadyRunning, match="already running"):
            EmbeddedValkey(directory).start()
        assert answers(directory)


def test_a_stopped_server_leaves_neither_process_nor_socket(directory):
    with EmbeddedValkey(directory) as server:
        pid = server.pid
    assert not running([pid])
    assert sorted(path.name for path in directory.iterdir()) == ["appendonlydir", "lock", "valkey.log"]


def test_a_damaged_append_only_file_is_set_aside(directory, capfd):
    with EmbeddedValkey(directory) as server, redis.Redis.from_url(server.url) as client:
        client.set("key", "lost")
    (data,) = (directory / "appendonlydir").glob("*.incr.aof")
    data.write_bytes(b"*3\r\n$nonsense\r\n" * 9)
    with EmbeddedValkey(directory) as server, redis.Redis.from_url(server.url) as client:
        assert client.get("key") is None
    assert (directory / "appendonlydir.damaged-1").is_dir()
    assert "set aside" in capfd.readouterr().err


def test_data_stay_where_they_are_when_they_are_not_the_fault(directory):
    with EmbeddedValkey(directory):
        pass
    (directory / "valkey.sock").mkdir()  # nothing can listen there
    server = EmbeddedValkey(directory)
    with pytest.raises(EmbeddedError, match="does not start"):
        server.start()
    assert not (directory / "appendonlydir.damaged-1").exists()


def test_a_long_path_moves_the_socket_to_a_short_private_directory(tmp_path):
    with EmbeddedValkey(tmp_path / ("long" * 30)) as server:
        folder = Path(server.url.removeprefix("unix://")).parent
        assert (len(str(folder)) < 100, folder.stat().st_mode & 0o777) == (True, 0o700)
    assert not folder.exists()


def test_sigterm_stops_the_server_in_the_foreground(directory, in_foreground):
    process = in_foreground()
    pid = _server_pid(directory)
    process.terminate()
    assert (process.wait(20), running([pid])) == (0, [])


def test_the_server_dies_with_a_killed_owner_and_starts_again(directory, in_foreground):
    process = in_foreground()
    pid = _server_pid(directory)
    process.kill()
    eventually(lambda: not running([pid]))
    in_foreground()
    assert _server_pid(directory) != pid


def test_a_leftover_server_is_ended_at_the_next_start(directory):
    with EmbeddedValkey(directory) as server:
        binary, pid_file = psutil.Process(server.pid).exe(), directory / "valkey.pid"
    leftover = subprocess.Popen([binary, "--port", "0", "--dir", str(directory)], stdout=subprocess.DEVNULL)
    pid_file.write_text(str(leftover.pid))
    eventually(lambda: psutil.Process(leftover.pid).cwd() == str(directory))
    with EmbeddedValkey(directory) as server:
        assert leftover.poll() is not None
        assert answers(directory)


def test_a_foreign_process_with_the_old_number_is_spared(directory):
    directory.mkdir()
    with subprocess.Popen(["sleep", "600"]) as foreigner:
        (directory / "valkey.pid").write_text(str(foreigner.pid))
        with EmbeddedValkey(directory):
            assert foreigner.poll() is None
        foreigner.kill()


def test_a_killed_server_ends_its_owner_in_the_foreground(directory, in_foreground):
    process = in_foreground()
    os.kill(_server_pid(directory), signal.SIGKILL)
    assert process.wait(20) == 1
