"""A proposal in the words of a host: names, local times, reasons, and what has changed since it was made."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from podsched.domain.availability import LEVEL_WORDS, Level
from podsched.domain.pods import pod_name
from podsched.domain.words import day
from podsched.domain.zones import is_on_a_clock_change, local_day
from podsched.models import Cohort, Enrolment, FormingRun, Membership, RunState
from podsched.services import forming


def changes_since(session: Session, run: FormingRun) -> list[str]:
    """What differs between the roster of a run and today's answers, one sentence each; empty when nothing does."""
    now = forming.gather(session, run.cohort)
    before, after = (_by_id(roster) for roster in (run.roster, now))
    names = _names(session, run.cohort)
    sentences = [f"{names.get(key, 'A member')} has left or withdrawn their times." for key in before.keys() - after]
    sentences += [f"{names.get(key, 'A member')} has sent times." for key in after.keys() - before]
    sentences += [
        f"{names.get(key, 'A member')} has changed their answers."
        for key in before
        if before[key] != after.get(key, before[key])
    ]
    if {key: run.roster[key] for key in run.roster if key != "members"} != {
        key: now[key] for key in now if key != "members"
    }:
        sentences.append("The dates or bounds of the cohort have changed.")
    return sorted(sentences)


def _by_id(roster: Mapping[str, Any]) -> dict[str, Any]:
    return {member["id"]: member for member in roster["members"]}


def _names(session: Session, cohort: Cohort) -> dict[str, str]:
    rows = session.scalars(
        select(Enrolment)
        .where(Enrolment.cohort_id == cohort.id)
        .options(joinedload(Enrolment.membership).joinedload(Membership.person))
    )
    return {enrolment.id.hex: enrolment.membership.person.name for enrolment in rows}


@dataclass(frozen=True, slots=True)
class ProposedMember:
    name: str
    place: str
    level: str
    local: tuple[str, ...]
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProposedPod:
    name: str
    slot: str
    zone: str
    members: tuple[ProposedMember, ...]
    shared_goals: tuple[str, ...]
    if_needed: int
    #: The days of meetings in whose night somebody's clock is changed.
    clock_change_nights: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotPlaced:
    name: str
    why: str
    change: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    pods: tuple[ProposedPod, ...]
    unplaced: tuple[NotPlaced, ...]
    placed: int
    members: int
    bound: int
    is_best: bool
    seconds: float


def proposal(session: Session, run: FormingRun) -> Proposal:
    """A plan in the words of a host: names, local times, reasons."""
    plan = run.plan or {"pods": [], "unplaced": [], "objective": [], "seconds": 0.0}
    names = _names(session, run.cohort)
    zones = {member["id"]: member["timezone"] for member in run.roster["members"]}
    levels = {level["name"]: level for level in plan["objective"]}
    placed = sum(len(pod["members"]) for pod in plan["pods"])
    return Proposal(
        pods=tuple(_proposed_pod(number, pod, names, zones) for number, pod in enumerate(plan["pods"], 1)),
        unplaced=tuple(
            NotPlaced(
                names.get(lost["id"], "A member who left"),
                lost["why"],
                tuple((lost.get("would_place") or {}).get("add", ())),
            )
            for lost in plan["unplaced"]
        ),
        placed=placed,
        members=len(run.roster["members"]),
        bound=int(levels.get("placed", {}).get("bound", placed)),
        is_best=bool(levels.get("placed", {}).get("proven", False)),
        seconds=_seconds(run),
    )


def _seconds(run: FormingRun) -> float:
    """How long it took: a proven plan itself tells steps, not time."""
    if run.started_at is None or run.finished_at is None:
        return 0.0
    return (run.finished_at - run.started_at).total_seconds()


def _proposed_pod(number: int, pod: dict[str, Any], names: dict[str, str], zones: dict[str, str]) -> ProposedPod:
    slot = pod["slot"]
    members = tuple(
        ProposedMember(
            name=names.get(member["id"], "A member who left"),
            place=zones[member["id"]],
            level=LEVEL_WORDS[Level(member["level"])],
            local=tuple(member["local"]),
            why=tuple(member["why"]),
        )
        for member in pod["members"]
    )
    return ProposedPod(
        name=pod_name(number),
        slot=f"{slot['weekday'].capitalize()} {slot['start']}",
        zone=slot["timezone"],
        members=members,
        shared_goals=tuple(pod["shared_goals"]),
        if_needed=sum(member["level"] == Level.IF_NEEDED for member in pod["members"]),
        clock_change_nights=_clock_change_nights(pod, {zones[member["id"]] for member in pod["members"]}),
    )


def _clock_change_nights(pod: dict[str, Any], zones: set[str]) -> tuple[str, ...]:
    """The meetings that lie in a night in which somebody's clock is changed, by the date of the pod."""
    anchor = pod["slot"]["timezone"]
    starts = [datetime.fromisoformat(meeting) for meeting in pod["meetings"]]
    return tuple(
        day(local_day(start, anchor))
        for start in starts
        if any(is_on_a_clock_change(start, zone) for zone in {anchor, *zones})
    )


def unplaced(session: Session, enrolment: Enrolment) -> NotPlaced | None:
    """What the published plan says of a member without a seat; None for somebody who joined later."""
    run = session.scalar(
        select(FormingRun).where(FormingRun.cohort_id == enrolment.cohort_id, FormingRun.state == RunState.PUBLISHED)
    )
    for lost in (run.plan or {}).get("unplaced", ()) if run else ():
        if lost["id"] == enrolment.id.hex:
            change = tuple((lost.get("would_place") or {}).get("add", ()))
            return NotPlaced(enrolment.membership.person.name, lost["why"], change)
    return None
