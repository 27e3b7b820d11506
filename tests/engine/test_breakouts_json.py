"""The command of breakouts: sessions in, rooms out, every fault of a session at once."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest

from matching.breakouts import SessionError, read_session

ROOT = Path(__file__).parents[2]

SOUND = {
    "attendees": [
        {"id": f"p{number}", "pod": f"pod-{number % 2}", "traits": {"role": "maker"}} for number in range(14)
    ],
    "room_size": {"min": 6, "max": 10},
    "rounds": 2,
    "met": [["p0", "p1", 2]],
    "apart": [["p3", "p4"]],
}


def run(*arguments, stdin=None):
    return subprocess.run(
        [sys.executable, "-m", "matching", "breakouts", *map(str, arguments)],
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def changed(*where, value):
    data = copy.deepcopy(SOUND)
    *parents, last = where
    target = data
    for key in parents:
        target = target[key]
    target[last] = value
    return data


def paths(data):
    with pytest.raises(SessionError) as caught:
        read_session(data)
    return [fault.path for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("where", "value", "path"),
    [
        (("attendees",), {}, "$.attendees"),
        (("attendees", 1), "p1", "$.attendees[1]"),
        (("attendees", 1), {}, "$.attendees[1].id"),
        (("attendees", 9, "id"), "p0", "$.attendees[9].id"),
        (("attendees", 1, "id"), "", "$.attendees[1].id"),
        (("attendees", 1, "id"), 7, "$.attendees[1].id"),
        (("attendees", 1, "pod"), 7, "$.attendees[1].pod"),
        (("attendees", 1, "traits"), [], "$.attendees[1].traits"),
        (("attendees", 1, "traits", "role"), 1, "$.attendees[1].traits.role"),
        (("attendees", 1, "name"), "Ana", "$.attendees[1].name"),
        (("room_size", "min"), 11, "$.room_size"),
        (("room_size", "min"), 1, "$.room_size"),
        (("room_size", "min"), 6.0, "$.room_size.min"),
        (("room_size", "max"), True, "$.room_size.max"),
        (("room_size",), {"min": 6}, "$.room_size.max"),
        (("rounds",), 0, "$.rounds"),
        (("rounds",), 101, "$.rounds"),
        (("rounds",), "2", "$.rounds"),
        (("met",), "p0", "$.met"),
        (("met", 0), ["p0", "p1"], "$.met[0]"),
        (("met", 0, 0), "zed", "$.met[0][0]"),
        (("met", 0, 1), "p0", "$.met[0]"),
        (("met", 0, 2), -1, "$.met[0][2]"),
        (("met", 0, 2), float("nan"), "$.met[0][2]"),
        (("met", 0, 2), float("inf"), "$.met[0][2]"),
        (("met", 0, 2), 10**400, "$.met[0][2]"),
        (("met", 0, 2), None, "$.met[0][2]"),
        (("apart", 0, 1), "zed", "$.apart[0][1]"),
        (("apart", 0), ["p3"], "$.apart[0]"),
        (("apart", 0), ["p3", "p4", "p3"], "$.apart[0]"),
        (("current",), [["p0", "p1"], ["gone", "p0"]], "$.current[1][1]"),
        (("extra",), 1, "$.extra"),
    ],
)
def test_one_fault_is_told_at_its_place(where, value, path):
    assert paths(changed(*where, value=value)) == [path]


def test_all_faults_are_told_at_once():
    data = changed("rounds", value=0)
    data["attendees"][2]["id"] = "p1"
    data["met"][0][2] = "often"
    data["apart"] = [["p3", "zed"]]
    assert paths(data) == ["$.met[0][2]", "$.rounds", "$.attendees[2].id", "$.apart[0][1]"]
    data["attendees"][2] = {}
    assert paths(data) == ["$.attendees[2].id", "$.met[0][2]", "$.rounds"]  # zed may be who could not be read


def test_eleven_people_are_told_both_ways_out():
    done = run(stdin=json.dumps({**SOUND, "attendees": SOUND["attendees"][:11]}))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "$.room_size: 11 people cannot be split into rooms of 6 to 10; "
        "allowed: max 11 for one room of 11, or min 5 for 2 rooms of 5 and 6\n"
    )


@pytest.mark.parametrize(("people", "way"), [(5, "min 5 for one room of 5"), (1, "2 to 1000"), (0, "2 to 1000")])
def test_too_few_people_are_told_what_would_do(people, way):
    with pytest.raises(SessionError, match=way):
        read_session({**SOUND, "attendees": SOUND["attendees"][:people], "met": [], "apart": []})


def test_the_answer_has_the_keys_of_the_contract_and_the_same_input_gives_the_same_bytes(tmp_path):
    asked = tmp_path / "attendees.json"
    asked.write_text(json.dumps(SOUND), encoding="utf-8")
    done = run(asked)
    told = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(told) == ["rounds", "repeats", "bound", "status"]
    assert told["repeats"] == told["bound"] == 42 - 2 * 20 + 16
    assert [sorted(len(room) for room in rooms) for rooms in told["rounds"]] == [[7, 7], [7, 7]]
    assert run(asked, "-o", tmp_path / "rooms.json").stdout == ""
    assert (tmp_path / "rooms.json").read_text(encoding="utf-8") == done.stdout


def test_a_round_under_way_is_mended(tmp_path):
    names = [attendee["id"] for attendee in SOUND["attendees"]]
    current = [[*names[0:4], *names[5:7], "gone"], [names[4], *names[7:13]]]
    done = run(stdin=json.dumps({**SOUND, "rounds": 1, "current": current}))
    told = json.loads(done.stdout)
    assert (told["moved"], told["moved_bound"], [len(room) for room in told["rounds"][0]]) == ([], 0, [7, 7])


def test_apart_that_cannot_be_kept_leaves_no_plan_and_the_reason_is_told_twice():
    done = run(stdin=json.dumps({**SOUND, "apart": [["p1", "p2", "p3"]]}))
    told = json.loads(done.stdout)
    assert (done.returncode, told["status"], told["rounds"]) == (3, "impossible", [])
    assert done.stderr.strip() == told["reason"]
    assert "$.apart[0] (p1, p2, p3)" in told["reason"]


def test_weights_are_exact_and_the_bound_is_never_rounded_up():
    asked = {**SOUND, "rounds": 1, "apart": [], "room_size": {"min": 14, "max": 14}}
    asked["met"] = [["p0", "p1", 0.1], ["p1", "p0", 0.2]]
    told = json.loads(run(stdin=json.dumps(asked)).stdout)
    assert (told["repeats"], told["bound"], told["status"]) == (0.3, told["bound"], "optimal")
    assert told["bound"] <= 0.3
