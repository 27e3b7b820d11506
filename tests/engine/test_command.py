"""``python -m matching``: exit codes, streams and files as the contract says."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*arguments, stdin=None, hash_seed="0"):
    return subprocess.run(
        [sys.executable, "-m", "matching", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def roster_file(rosters, tmp_path):
    def write(data):
        path = tmp_path / "roster.json"
        path.write_text(json.dumps(data), encoding="utf-8")
        return path

    return write


def test_a_plan_goes_to_stdout_and_nothing_to_a_pipe_on_stderr(rosters, roster_file):
    done = run("form", roster_file(rosters.roster(20)))
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["objective"][0]["proven"] is True


def test_the_roster_may_come_from_stdin_and_progress_may_be_asked_for(rosters):
    done = run("form", "--progress", stdin=json.dumps(rosters.roster(12)))
    assert done.returncode == 0
    assert done.stderr.startswith("reading times: 0 of 12 placed")


def test_the_plan_is_written_to_a_file_and_passes_the_check(rosters, roster_file, tmp_path):
    roster, plan = roster_file(rosters.roster(20)), tmp_path / "plan.json"
    done = run("form", roster, "-o", plan)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.json", "roster.json"]
    checked = run("check", roster, plan)
    assert (checked.returncode, json.loads(checked.stdout)["faults"]) == (0, [])


def test_check_tells_the_faults_of_a_plan(rosters, roster_file, tmp_path):
    roster, plan = roster_file(rosters.roster(20)), tmp_path / "plan.json"
    run("form", roster, "-o", plan)
    told = json.loads(plan.read_text(encoding="utf-8"))
    told["objective"][0]["value"] += 1
    plan.write_text(json.dumps(told), encoding="utf-8")
    checked = run("check", roster, plan)
    assert checked.returncode == 1
    assert "objective: placed is told" in json.loads(checked.stdout)["faults"][0]


def test_bad_input_is_one_line_per_fault_and_nothing_is_written(rosters, roster_file, tmp_path):
    data = rosters.roster(12)
    data["members"][3]["free"] = ["mon 10:00-10:00"]
    data["members"][5]["timezone"] = "Mars"
    done = run("form", roster_file(data), "-o", tmp_path / "plan.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert [line.split(": ")[0] for line in done.stderr.splitlines()] == [
        "$.members[3].free[0]",
        "$.members[5].timezone",
    ]
    assert not (tmp_path / "plan.json").exists()


@pytest.mark.parametrize("text", ["", "{", '{"roster": NaN}', "[" * 100_000])
def test_text_that_is_no_json_is_bad_input(text):
    done = run("form", stdin=text)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)


def test_a_missing_file_is_bad_input():
    done = run("form", "no-such-file.json")
    assert (done.returncode, done.stderr) == (2, "no-such-file.json: No such file or directory\n")


def test_where_nobody_can_be_placed_the_reason_is_on_stderr_and_in_the_json(rosters):
    done = run("form", stdin=json.dumps(rosters.small(rosters.people("ana"))))
    plan = json.loads(done.stdout)
    assert done.returncode == 3
    assert done.stderr.strip() == plan["reason"]
    assert plan["unplaced"][0]["id"] == "ana"


def test_a_lock_that_cannot_be_kept_leaves_no_plan(rosters):
    people = rosters.people("ana", "bo") + rosters.people("cy", free=["sat 10:00-11:00"])
    done = run("form", stdin=json.dumps(rosters.small(people, locked=[{"pod": "p", "members": ["cy"]}])))
    plan = json.loads(done.stdout)
    assert (done.returncode, plan["status"], plan["pods"]) == (3, "impossible", [])
    told, *core = done.stderr.strip().splitlines()
    assert told == plan["reason"]
    assert core == [f"{rule['path']}: {rule['says']}" for rule in plan["contradiction"]]
    assert {rule["path"] for rule in plan["contradiction"]} >= {"$.rules.locked[0].members"}
    assert len(plan["unplaced"]) == 3


@pytest.mark.parametrize("options", [["--seconds", "0"], ["--seconds", "nan"], ["--workers", "0"], ["--seed", "x"]])
def test_options_out_of_range_are_refused(options):
    assert run("form", *options, stdin="{}").returncode == 2


def test_the_order_of_hashes_does_not_change_the_plan(rosters, roster_file):
    data = rosters.roster(40, "europe", "hard")
    for member in data["members"]:
        # The search for company would be cut by time.
        member.update(goals=[], goal="")
    roster = roster_file(data)
    one, other = (json.loads(run("form", roster, hash_seed=seed).stdout) for seed in ("1", "2"))
    assert {**one, "seconds": 0} == {**other, "seconds": 0}


def test_a_plan_that_is_proven_is_the_same_to_the_byte(rosters, roster_file):
    roster = roster_file(rosters.small(rosters.people(*"abcdefghijklmnopqrstuvw"), low=6, high=10))
    one, other = (run("form", roster).stdout for _ in range(2))
    assert json.loads(one)["status"] == "optimal"
    assert one == other


def test_a_second_is_enough_for_a_sound_plan(rosters, roster_file, tmp_path):
    roster, plan = roster_file(rosters.roster(150, "world", "hard")), tmp_path / "plan.json"
    assert run("form", roster, "-o", plan, "--seconds", "1").returncode == 0
    checked = run("check", roster, plan)
    assert (checked.returncode, json.loads(checked.stdout)["faults"]) == (0, [])


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("step", ["placing", "if-needed", "goals"])
def test_an_interrupted_command_leaves_nothing_behind(rosters, roster_file, tmp_path, step, how):
    # In the world if-needed hours are hard to prove; at home there is nothing to prove before goals.
    roster = roster_file(rosters.roster(150, "local" if step == "goals" else "world", "realistic"))
    command = [sys.executable, "-m", "matching", "form", str(roster), "-o", str(tmp_path / "plan.json")]
    with subprocess.Popen(
        [*command, "--seconds", "300", "--progress"], cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as process:
        assert any(line.startswith(step) for line in process.stderr)
        process.send_signal(how)
        process.stderr.read()
        assert process.wait() == 130
    assert [path.name for path in tmp_path.iterdir()] == ["roster.json"]


def test_importing_matching_loads_no_solver():
    heavy = "{'ortools', 'numpy', 'pandas', 'flask', 'sqlalchemy', 'podsched', 'calendars'}"
    code = f"import sys, matching; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
