"""Breakout rooms: who sits with whom in each round, so that as few people as possible meet again.

    session = read_session(json)      every fault at once, or a sound session
    plan = plan_rooms(session)        rooms of every round, repeats, and a proven bound on them
    plan = repair_rooms(session)      the same when some came late or left: fewest people change rooms
    faults(session, plan)             empty, or what is wrong

Loads nothing but the standard library, so that a web process may use it.
"""

from matching.breakouts.planning import plan_rooms
from matching.breakouts.repair import repair_rooms
from matching.breakouts.scoring import faults, repeats
from matching.breakouts.session_json import read_session, write_plan
from matching.breakouts.values import Attendee, Met, RoomPlan, RoomSize, Session, SessionError

__all__ = [
    "Attendee",
    "Met",
    "RoomPlan",
    "RoomSize",
    "Session",
    "SessionError",
    "faults",
    "plan_rooms",
    "read_session",
    "repair_rooms",
    "repeats",
    "write_plan",
]
