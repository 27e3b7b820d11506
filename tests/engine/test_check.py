"""The check finds every kind of lie in a plan, without a solver."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import matching
from matching import Level, Placed, Unplaced
from matching.engine import form


@pytest.fixture(scope="module")
def case(rosters):
    people = rosters.people("ana", "bo", "cy", "di", traits={"level": "senior"}) + rosters.people(
        "ed", free=["sat 10:00-11:00"], traits={"level": "junior"}
    )
    data = rosters.small(
        [*people, *rosters.people("flo", free=["mon 17:00-20:00"])],
        apart=[["ana", "bo"]],
        together=[["ana", "cy"]],
        never_alone=[{"trait": "level", "value": "junior"}],
        locked=[
            {
                "pod": "home",
                "members": ["ana"],
                "slot": {"weekday": "mon", "start": "18:00", "timezone": "Europe/Berlin"},
            }
        ],
    )
    roster = matching.read_roster(data)
    return roster, form(roster)


def with_pod(plan, index=0, **changes):
    pods = list(plan.pods)
    pods[index] = replace(pods[index], **changes)
    return replace(plan, pods=tuple(pods))


def swap(plan, out, into):
    pods = [
        replace(
            pod,
            members=tuple(replace(p, id=into if p.id == out else out if p.id == into else p.id) for p in pod.members),
        )
        for pod in plan.pods
    ]
    left = tuple(replace(u, id=out if u.id == into else u.id) for u in plan.unplaced)
    return replace(plan, pods=tuple(pods), unplaced=left)


def level(plan, name, **changes):
    return replace(plan, objective=tuple(replace(x, **changes) if x.name == name else x for x in plan.objective))


LIES = [
    (lambda plan: replace(plan, roster_sha256="0" * 64), "another roster"),
    (lambda plan: with_pod(plan, id=plan.pods[1].id), "2 pods are called"),
    (lambda plan: with_pod(plan, members=plan.pods[0].members[:1]), "has 1 members"),
    (lambda plan: with_pod(plan, members=(*plan.pods[0].members, Placed("zoe", matching.Fit.FREE))), "not in the roster"),
    (lambda plan: with_pod(plan, members=plan.pods[0].members * 2), "named 2 times"),
    (lambda plan: replace(plan, unplaced=()), "ed is named 0 times"),
    (lambda plan: with_pod(plan, slot=replace(plan.pods[0].slot, start=18 * 60 + 10)), "off the grid"),
    (lambda plan: with_pod(plan, slot=replace(plan.pods[0].slot, minutes=30)), "meets for 30 minutes"),
    (lambda plan: with_pod(plan, slot=replace(plan.pods[0].slot, timezone="Europe/London")), "nobody lives in"),
    (lambda plan: with_pod(plan, meetings=plan.pods[0].meetings[:1]), "not those of"),
    (lambda plan: swap(plan, "di", "ed"), "ed cannot come in every week"),
    (lambda plan: swap(plan, "di", "ed"), "ed is the only one with level junior"),
    (lambda plan: swap(plan, "bo", "cy"), "not together"),
    (lambda plan: swap(plan, "bo", "cy"), "must be apart"),
    (lambda plan: swap(plan, "ana", "bo"), "ana is locked in home, but not there"),
    (lambda plan: with_pod(plan, next(i for i, p in enumerate(plan.pods) if p.id == "home"), id="x"), "home is locked, but missing"),
    (lambda plan: replace(plan, unplaced=(Unplaced("ed", "", " "),)), "without a reason"),
    (lambda plan: level(plan, "placed", value=4), "placed is told 4, but it is 5"),
    (lambda plan: level(plan, "placed", bound=3, proven=False), "beyond its bound"),
    (lambda plan: level(plan, "if_needed", bound=1, proven=False), "beyond its bound"),
    (lambda plan: level(plan, "placed", bound=6), "called proven"),
    (lambda plan: replace(plan, objective=(Level("placed", 5, 5, proven=True),)), "if_needed is missing"),
    (lambda plan: replace(plan, status=matching.Status.FEASIBLE), "status is feasible, but every level is proven"),
]  # fmt: skip


@pytest.mark.parametrize(("lie", "told"), LIES)
def test_a_lie_is_found(case, lie, told):
    roster, plan = case
    assert matching.faults(roster, plan) == []
    assert any(told in fault for fault in matching.faults(roster, lie(plan)))


def test_a_wrong_level_of_a_member_is_found(case):
    roster, plan = case
    first, *others = plan.pods[0].members
    lie = with_pod(plan, members=(replace(first, level=matching.Fit.IF_NEEDED), *others))
    assert any("told if_needed, but it is free" in fault for fault in matching.faults(roster, lie))


def test_the_score_is_counted_from_the_pods_alone(case):
    roster, plan = case
    assert matching.score(roster, plan) == matching.Score(
        placed=5, if_needed=0, goal_match=0.0, balance=0, awkward_hours=0, large_pods=0
    )


def test_a_plan_survives_writing_and_reading(case):
    _, plan = case
    moved = replace(
        plan,
        moves=(matching.Move("ana", "home", None, "left"), matching.Move("bo", None, "home", "joined")),
        contradiction=(matching.Rule("$.rules.locked[0]", "Pod home is locked."),),
    )
    for written in (plan, moved):
        text = json.dumps(matching.write_plan(written))
        assert matching.read_plan(json.loads(text)) == written


def test_a_plan_is_written_as_the_contract_says(case):
    _, plan = case
    written = matching.write_plan(plan)
    pod = next(pod for pod in written["pods"] if pod["id"] == "home")
    assert list(written) == ["plan", "roster_sha256", "status", "seconds", "seed", "pods", "unplaced", "objective"]
    assert pod["slot"] == {"weekday": "mon", "start": "18:00", "timezone": "Europe/Berlin", "minutes": 60}
    assert pod["meetings"] == ["2027-01-11T17:00:00Z", "2027-01-18T17:00:00Z"]
    assert pod["members"][0]["local"] == ["Mon 18:00"]
    assert set(written["unplaced"][0]) == {"id", "code", "why"}
    assert written["objective"][0] == {"name": "placed", "value": 5, "bound": 5, "proven": True}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"plan": 2}, "$.plan"),
        ({"status": "fine"}, "$.status"),
        ({"seconds": "fast"}, "$.seconds"),
        ({"pods": [{}]}, "$.pods[0].id"),
        ({"pods": {}}, "$.pods"),
        ({"objective": [{"name": "placed", "value": None, "bound": 1, "proven": 1}]}, "$.objective[0].proven"),
        ({"more": 1}, "$.more"),
    ],
)
def test_a_plan_that_cannot_be_read_is_refused(case, change, path):
    with pytest.raises(matching.PlanError) as caught:
        matching.read_plan({**matching.write_plan(case[1]), **change})
    assert caught.value.faults[0].path == path
