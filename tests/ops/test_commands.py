"""The two commands, as far as they can be tried without a network and without minutes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON_STUB = '#!/bin/sh\n[ "$1" = -m ] && echo "$@" >> pip.log\nexit 0\n'


def run(*argv, cwd=ROOT, **env):
    """Run a command and return its exit status and what it wrote."""
    outcome = subprocess.run(
        argv, check=False, cwd=cwd, env={**os.environ, **env}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    return outcome.returncode, outcome.stdout


def executable(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture
def checkout(tmp_path):
    """What `make run` looks at, with an environment whose Python only notes what it is asked to install."""
    for part in ("tools", "constraints"):
        shutil.copytree(ROOT / part, tmp_path / part)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    executable(tmp_path / ".venv/bin/python", PYTHON_STUB)
    (tmp_path / ".venv/bin/activate").write_text(f"VIRTUAL_ENV={tmp_path.resolve()}/.venv\n")
    return tmp_path


def test_make_alone_lists_exactly_two_commands():
    status, text = run("make", "--no-print-directory", MAKEFLAGS="")
    commands = [line.split()[1] for line in text.splitlines() if line.startswith("make ")]
    assert (status, commands) == (0, ["run", "test"])


@pytest.mark.parametrize(
    ("given", "options"),
    [((), "--port 8000"), (("PORT=9000", "SAMPLE=0"), "--port 9000 --no-sample"), (("SAMPLE=1",), "--port 8000")],
)
def test_make_run_passes_its_settings_on(given, options):
    _, text = run(
        "env", "-u", "PORT", "-u", "SAMPLE", "make", "-n", "--no-print-directory", "run", *given, MAKEFLAGS=""
    )
    assert text.splitlines()[-1].strip().endswith(f"exec .venv/bin/podsched serve {options}")


def test_everything_pinned_is_installed_once(checkout):
    for _ in range(2):
        assert run("sh", "tools/environment", "test", cwd=checkout)[0] == 0
    asked = [line.split(" install ")[1] for line in (checkout / "pip.log").read_text().splitlines()]
    assert asked == [
        "--no-deps --require-hashes -r constraints/run.txt",
        "--no-deps --no-build-isolation -e .",
        "--no-deps --require-hashes -r constraints/test.txt",
    ]


def test_a_changed_pin_is_installed(checkout):
    run("sh", "tools/environment", "run", cwd=checkout)
    (checkout / "constraints/run.txt").write_text("flask==3.2\n")
    run("sh", "tools/environment", "run", cwd=checkout)
    assert len((checkout / "pip.log").read_text().splitlines()) == 4


def test_an_installation_that_fails_is_tried_again(checkout):
    executable(checkout / ".venv/bin/python", PYTHON_STUB.replace("pip.log", "pip.log && exit 1"))
    for _ in range(2):
        status, text = run("sh", "tools/environment", "run", cwd=checkout)
        assert (status, "did not succeed" in text) == (1, True)
    assert len((checkout / "pip.log").read_text().splitlines()) == 2


def test_a_python_too_old_is_named_in_one_line(checkout):
    shutil.rmtree(checkout / ".venv")
    old = executable(checkout / "old", '#!/bin/sh\n[ "$1" = --version ] && exec echo Python 3.8.1\nexit 1\n')
    found = run("sh", "tools/environment", "run", cwd=checkout, PYTHON=str(old))
    assert found == (1, "podsched: Python 3.11 to 3.14 is needed; found Python 3.8.1\n")


def test_a_python_without_venv_is_told_how_to_get_it(checkout):
    shutil.rmtree(checkout / ".venv")
    bare = executable(checkout / "bin/bare", '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\nexit 0\n')
    executable(checkout / "bin/id", "#!/bin/sh\necho 1000\n")
    path = f"{checkout}/bin:{os.environ['PATH']}"
    status, text = run("sh", "tools/environment", "run", cwd=checkout, PYTHON=str(bare), PATH=path)
    assert (status, text.count("\n"), "apt install python3-venv" in text) == (1, 1, True)


def test_what_the_machine_lacks_is_said_in_one_line_each(tmp_path):
    executable(tmp_path / "id", "#!/bin/sh\necho 1000\n")
    for tool in ("sh", "cut", "tr", "grep"):
        (tmp_path / tool).symlink_to(shutil.which(tool))
    status, text = run("sh", ROOT / "tools/prepare", PATH=str(tmp_path))
    assert status == 0
    assert (
        text.splitlines()[0] == "skipped: the tests in a browser, because chromium is not here (apt install chromium)"
    )
    assert all(line.startswith("skipped: ") for line in text.splitlines())


def test_the_merge_check_allows_no_skips(tmp_path):
    executable(tmp_path / "make", '#!/bin/sh\necho "$TESTS_MUST_NOT_SKIP $*"\n')
    found = run("bash", ".ci/run", PATH=f"{tmp_path}:{os.environ['PATH']}")
    assert found == (0, "1 test\n")


@pytest.mark.parametrize(("no_skips", "status"), [("", 0), ("1", 1)])
def test_a_skip_fails_where_none_is_allowed(tmp_path, no_skips, status):
    (tmp_path / "test_skip.py").write_text("import pytest\npytest.importorskip('no_such_module')\n")
    (tmp_path / "test_here.py").write_text("def test_here():\n    pass\n")
    argv = [sys.executable, "-m", "pytest", "-c", os.devnull, "-p", "servers", "-p", "no:cacheprovider", str(tmp_path)]
    path = os.pathsep.join(map(str, (ROOT, ROOT / "tests")))
    found = run(*argv, TESTS_MUST_NOT_SKIP=no_skips, PYTHONPATH=path, PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    assert min(found[0], 1) == status, found[1]
