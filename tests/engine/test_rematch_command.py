"""``rematch`` and ``exchange`` on the command line: files, exit codes, and whose plan is believed."""

from __future__ import annotations

import json

import pytest

import matching
from matching.__main__ import main
from matching.engine import form


@pytest.fixture
def write(tmp_path):
    def written(name, data):
        path = tmp_path / name
        path.write_text(json.dumps(data), encoding="utf-8")
        return str(path)

    return written


@pytest.fixture
def earlier(rosters, write):
    data = rosters.small(rosters.people("ana", "bo", "cy"))
    return write("plan.json", matching.write_plan(form(matching.read_roster(data), seconds=5)))


def test_leavers_are_named_and_need_no_force(rosters, write, earlier, capsys):
    roster = write("roster.json", rosters.small(rosters.people("ana", "bo", "di")))
    assert main(["rematch", roster, "--from", earlier]) == 0
    told = capsys.readouterr()
    plan = json.loads(told.out)
    assert plan["moves"] == [{"id": "di", "from": None, "to": "pod-1", "why": "joined"}]
    assert plan["objective"][0] == {"name": "moved", "value": 0, "bound": 0, "proven": True}
    assert told.err == "not in the roster, taken as having left: cy\n"


def test_a_plan_of_other_people_needs_force(rosters, write, earlier, tmp_path, capsys):
    roster = write("roster.json", rosters.small(rosters.people("ana", "x", "y")))
    output = tmp_path / "new.json"
    assert main(["rematch", roster, "--from", earlier, "-o", str(output)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[0] for line in lines] == ["$", "$.pods[0].members[1].id", "$.pods[0].members[2].id"]
    assert not output.exists()
    assert main(["rematch", roster, "--from", earlier, "-o", str(output), "--force"]) == 0
    assert len(json.loads(output.read_text(encoding="utf-8"))["pods"][0]["members"]) == 3


def test_no_pod_that_could_go_on_is_no_plan(rosters, write, earlier):
    roster = write("roster.json", rosters.small(rosters.people("ana") + rosters.people("bo", "cy", free=[])))
    assert main(["rematch", roster, "--from", earlier]) == 3


def test_swaps_are_written_and_kept_the_next_time(write, tmp_path):
    def person(name, offers, wants):
        return {"id": name, "offers": [offers], "wants": [wants]}

    people = [person("a", "figma", "sql"), person("b", "sql", "figma"), person("c", "sql", "figma")]
    offers, swaps = (
        write("offers.json", {"offers": 1, "members": people, "keep": [["a", "c"]]}),
        tmp_path / "swaps.json",
    )
    assert main(["exchange", offers, "-o", str(swaps)]) == 0
    assert json.loads(swaps.read_text(encoding="utf-8"))["swaps"][0]["members"] == ["a", "c"]
    again = write("again.json", {"offers": 1, "members": people})
    assert main(["exchange", again, "--from", str(swaps), "-o", str(swaps)]) == 0
    assert json.loads(swaps.read_text(encoding="utf-8"))["swaps"][0]["members"] == ["a", "c"]
