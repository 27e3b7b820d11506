"""Pods of people who share a weekly hour: values in, values out.

    roster = read_roster(json)                    every fault at once, or a sound roster
    plan = matching.engine.form(roster)           needs OR-Tools; import it only where it is solved
    faults(roster, plan)                          empty, or what is wrong
    write_plan(plan)                              JSON values again

Importing this package loads nothing but the standard library.
"""

from matching.check import Score, faults, goal_match, score
from matching.errors import Fault, InputError, MatchingError, NoPlan, PlanError, RosterError, Stopped
from matching.plan import Fit, Level, Move, Placed, Plan, Pod, Progress, Rule, Status, Unplaced, WouldPlace
from matching.plan_json import read_plan, write_plan
from matching.roster import (
    Away,
    Lock,
    Meeting,
    Member,
    NeverAlone,
    Period,
    PodSize,
    Roster,
    Rules,
    Slot,
    Window,
)
from matching.roster_json import read_roster, roster_sha256, write_roster
from matching.similarity import similarity
from matching.slots import candidates, fit, meeting_starts
from matching.times import parse_away, parse_window

__all__ = [
    "Away",
    "Fault",
    "Fit",
    "InputError",
    "Level",
    "Lock",
    "MatchingError",
    "Meeting",
    "Member",
    "Move",
    "NeverAlone",
    "NoPlan",
    "Period",
    "Placed",
    "Plan",
    "PlanError",
    "Pod",
    "PodSize",
    "Progress",
    "Roster",
    "RosterError",
    "Rule",
    "Rules",
    "Score",
    "Slot",
    "Status",
    "Stopped",
    "Unplaced",
    "Window",
    "WouldPlace",
    "candidates",
    "faults",
    "fit",
    "goal_match",
    "meeting_starts",
    "parse_away",
    "parse_window",
    "read_plan",
    "read_roster",
    "roster_sha256",
    "score",
    "similarity",
    "write_plan",
    "write_roster",
]
