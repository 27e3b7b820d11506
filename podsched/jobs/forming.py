"""Forms pods in the background: progress in the row, cancel within a second, nothing written by a worker that was replaced."""

import logging
import time
import uuid
from dataclasses import asdict
from functools import partial

from sqlalchemy.exc import OperationalError

import matching
from matching.engine import form
from podsched import clock
from podsched.db import writing
from podsched.house import House
from podsched.jobs.parts import SharedParts
from podsched.jobs.running import the_house
from podsched.services import forming
from podsched.services.forming import Taken

log = logging.getLogger(__name__)
BEAT_SECONDS = 0.5


class Pulse:
    """Tells the row how far the engine is, and the engine whether it should stop."""

    def __init__(self, house: House, taken: Taken) -> None:
        self._house = house
        self._taken = taken
        self._latest: dict[str, object] | None = None
        self._beaten = 0.0
        self._wanted = True

    def on_progress(self, progress: matching.Progress) -> None:
        self._latest = asdict(progress)

    def should_stop(self) -> bool:
        now = time.monotonic()
        if self._wanted and now - self._beaten >= BEAT_SECONDS:
            self._beaten = now
            self._wanted = self._beat()
        return not self._wanted

    def _beat(self) -> bool:
        try:
            with writing(self._house.engine) as session:
                return forming.beat(session, self._taken, self._latest, at=clock.now())
        except OperationalError:
            return True  # the database is busy; the next beat will tell


def form_pods(run: str) -> None:
    """The job: ``run`` is the id of a forming run. Run twice, the second finds nothing to do."""
    house = the_house()
    with writing(house.engine) as session:
        taken = forming.take(session, uuid.UUID(run), at=clock.now())
    if taken is not None:
        _solve(house, taken)


def _solve(house: House, taken: Taken) -> None:
    pulse = Pulse(house, taken)
    try:
        roster = matching.read_roster(taken.roster)
        plan = form(
            roster,
            seconds=forming.seconds_for(len(roster.members)),
            seed=1,
            on_progress=pulse.on_progress,
            stop=pulse.should_stop,
            executor=partial(SharedParts, house, taken.run_id),
        )
    except matching.Stopped:
        return
    except (matching.NoPlan, matching.RosterError) as reason:
        with writing(house.engine) as session:
            forming.fail(session, taken, str(reason), at=clock.now())
        return
    faults = matching.faults(roster, plan)
    with writing(house.engine) as session:
        if faults:
            log.error("run %s: the plan breaks its own rules: %s", taken.run_id, "; ".join(faults))
            forming.fail(session, taken, "The plan failed its own check and was thrown away.", at=clock.now())
        else:
            forming.adopt(session, taken, matching.write_plan(plan), at=clock.now())
