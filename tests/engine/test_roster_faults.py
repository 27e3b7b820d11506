"""A roster that makes no sense is refused with all of its faults at once."""

from __future__ import annotations

import copy
import json

import pytest

import matching
from matching.files import parse_json


@pytest.fixture
def sound(rosters):
    return rosters.small(rosters.people("ana", "bo", "cy", "di"), low=2, high=3)


def change(roster, where, value):
    roster = copy.deepcopy(roster)
    *parents, last = where
    target = roster
    for key in parents:
        target = target[key]
    target[last] = value
    return roster


def paths(roster):
    with pytest.raises(matching.RosterError) as caught:
        matching.read_roster(roster)
    return [fault.path for fault in caught.value.faults]


ONE_FAULT = [
    (("roster",), 2, "$.roster"),
    (("roster",), True, "$.roster"),
    (("period", "start"), "2027-02-30", "$.period.start"),
    (("period", "start"), "2027-W02-1", "$.period.start"),
    (("period", "start"), "0001-01-01", "$.period"),
    (("period", "weeks"), 0, "$.period"),
    (("period", "weeks"), 7.5, "$.period.weeks"),
    (("period", "weeks"), float("nan"), "$.period.weeks"),
    (("period", "weeks"), True, "$.period.weeks"),
    (("meeting", "minutes"), 0, "$.meeting"),
    (("meeting", "step"), 7, "$.meeting"),
    (("pod_size", "min"), 4, "$.pod_size"),
    (("pod_size", "min"), "2", "$.pod_size.min"),
    (("pod_size", "extra"), 1, "$.pod_size.extra"),
    (("members",), {}, "$.members"),
    (("members", 1, "id"), "ana", "$.members[1].id"),
    (("members", 1, "id"), "", "$.members[1].id"),
    (("members", 1, "id"), "a\ud800", "$.members[1].id"),
    (("members", 1, "id"), 7, "$.members[1].id"),
    (("members", 1, "timezone"), "UTC+5", "$.members[1].timezone"),
    (("members", 1, "timezone"), "../../../etc/passwd", "$.members[1].timezone"),
    (("members", 1, "timezone"), "zone.tab", "$.members[1].timezone"),
    (("members", 1, "timezone"), "Factory", "$.members[1].timezone"),
    (("members", 1, "timezone"), "europe/berlin", "$.members[1].timezone"),
    (("members", 1, "timezone"), ["UTC"], "$.members[1].timezone"),
    (("members", 1, "free"), ["mon 18:00-18:00"], "$.members[1].free[0]"),
    (("members", 1, "free"), ["mon 24:00-24:00"], "$.members[1].free[0]"),
    (("members", 1, "free"), ["mon 09:60-11:00"], "$.members[1].free[0]"),
    (("members", 1, "free"), ["mon 9:00-11:00"], "$.members[1].free[0]"),
    (("members", 1, "free"), ["Mon 09:00-11:00"], "$.members[1].free[0]"),
    (("members", 1, "free"), ["mon 09:00-11:00", 3], "$.members[1].free[1]"),
    (("members", 1, "free"), "mon 09:00-11:00", "$.members[1].free"),
    (("members", 1, "away"), ["2027-02-07/2027-02-01"], "$.members[1].away[0]"),
    (("members", 1, "away"), ["2027-02-07"], "$.members[1].away[0]"),
    (("members", 1, "traits"), {"experience": 3}, "$.members[1].traits.experience"),
    (("members", 1, "skills"), {"figma": "much"}, "$.members[1].skills.figma"),
    (("members", 1, "goals"), [["portfolio"]], "$.members[1].goals[0]"),
    (("members", 1, "nick"), "b", "$.members[1].nick"),
    (("members", 1), None, "$.members[1]"),
    (("rules", "together"), [["ana", "zoe"]], "$.rules.together[0][1]"),
    (("rules", "together"), [["ana"]], "$.rules.together[0]"),
    (("rules", "together"), [["ana", "ana"]], "$.rules.together[0]"),
    (("rules", "together"), [["ana", "bo", "cy", "di"]], "$.rules"),
    (("rules", "together"), [["ana", "bo"], ["bo", "cy"], ["cy", "di"]], "$.rules"),
    (("rules", "apart"), [["ana", "zoe"]], "$.rules.apart[0][1]"),
    (("rules", "never_alone"), [{"trait": "x"}], "$.rules.never_alone[0].value"),
    (("rules", "spread"), ["x"], "$.rules.spread[0]"),
    (("rules", "surprise"), [], "$.rules.surprise"),
    (("rules", "locked"), [{"members": ["ana"]}], "$.rules.locked[0].pod"),
    (("rules", "locked"), [{"pod": "p", "members": ["zoe"]}], "$.rules.locked[0].members[0]"),
    (("rules", "locked"), [{"pod": "p"}, {"pod": "p"}], "$.rules.locked[1].pod"),
]


@pytest.mark.parametrize(("where", "value", "path"), ONE_FAULT)
def test_one_mistake_is_one_fault_at_its_place(sound, where, value, path):
    found = paths(change(sound, where, value))
    assert [f for f in found if not f.startswith(f"{path}.")] == [path]


@pytest.mark.parametrize(
    ("rules", "path"),
    [
        ({"together": [["ana", "bo"]], "apart": [["bo", "ana"]]}, "$.rules.apart[0]"),
        ({"together": [["ana", "bo"], ["bo", "cy"]], "apart": [["cy", "ana"]]}, "$.rules.apart[0]"),
        ({"locked": [{"pod": "p", "members": ["ana", "bo"]}], "apart": [["bo", "ana"]]}, "$.rules.apart[0]"),
        (
            {"locked": [{"pod": "p", "members": ["ana"]}, {"pod": "q", "members": ["ana"]}]},
            "$.rules.locked[1].members",
        ),
        (
            {
                "together": [["ana", "bo"]],
                "locked": [{"pod": "p", "members": ["ana"]}, {"pod": "q", "members": ["bo"]}],
            },
            "$.rules.locked[1]",
        ),
    ],
)
def test_rules_that_contradict_each_other_are_refused(sound, rules, path):
    assert paths({**sound, "rules": rules}) == [path]


@pytest.mark.parametrize(
    ("slot", "path"),
    [
        ({"weekday": "mon", "start": "18:10", "timezone": "Europe/Berlin"}, "$.rules.locked[0].slot.start"),
        ({"weekday": "mon", "start": "24:00", "timezone": "Europe/Berlin"}, "$.rules.locked[0].slot.start"),
        ({"weekday": "monday", "start": "18:00", "timezone": "Europe/Berlin"}, "$.rules.locked[0].slot.weekday"),
        ({"weekday": "mon", "start": "18:00", "timezone": "Asia/Tokyo"}, "$.rules.locked[0].slot.timezone"),
        ({"weekday": "mon", "start": "18:00", "timezone": "Mars"}, "$.rules.locked[0].slot.timezone"),
    ],
)
def test_a_locked_slot_must_be_on_the_grid_in_a_members_zone(sound, slot, path):
    assert paths({**sound, "rules": {"locked": [{"pod": "p", "members": ["ana"], "slot": slot}]}}) == [path]


def test_all_faults_are_told_at_once(sound):
    broken = change(sound, ("members", 0, "timezone"), "Mars")
    broken = change(broken, ("members", 2, "free"), ["mon 10:00-10:00", "xyz"])
    broken = change(broken, ("rules", "apart"), [["ana", "zoe"]])
    assert paths(broken) == [
        "$.members[0].timezone",
        "$.members[2].free[0]",
        "$.members[2].free[1]",
        "$.rules.apart[0][1]",
    ]


def test_every_fault_says_what_is_allowed(sound):
    for where, value, _ in ONE_FAULT:
        with pytest.raises(matching.RosterError) as caught:
            matching.read_roster(change(sound, where, value))
        assert all("allowed" in f.message or "missing" in f.message for f in caught.value.faults)


@pytest.mark.parametrize("data", [None, [], "roster", 3, {}])
def test_what_is_no_roster_at_all_is_refused(data):
    assert paths(data)


def test_a_value_refuses_nonsense_when_it_is_built(sound):
    roster = matching.read_roster(sound)
    with pytest.raises(ValueError, match="not a time zone"):
        matching.Member(id="x", timezone="Mars")
    with pytest.raises(matching.RosterError):
        matching.Roster(
            period=roster.period,
            meeting=roster.meeting,
            pod_size=roster.pod_size,
            members=roster.members + roster.members[:1],
        )


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"\xff", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"[" * 100_000, b"[1e999999]x", b" " * (16 * 2**20 + 1)],
)
def test_text_that_is_no_trustworthy_json_is_one_fault(raw):
    with pytest.raises(matching.InputError) as caught:
        parse_json(raw)
    assert len(caught.value.faults) == 1


def test_a_roster_survives_writing_and_reading(rosters):
    roster = matching.read_roster(rosters.roster(20, "world"))
    text = json.dumps(matching.write_roster(roster))
    assert matching.read_roster(json.loads(text)) == roster
    assert matching.roster_sha256(matching.read_roster(json.loads(text))) == matching.roster_sha256(roster)


@pytest.mark.parametrize("window", ["mon 00:00-24:00", "sun 22:00-01:00", "sat 23:30-00:00", "tue 08:05-08:10"])
def test_a_window_is_written_as_it_was_read_or_ends_at_24(window):
    assert str(matching.parse_window(window)) == window.replace("-00:00", "-24:00")
