"""Large rosters, planned by all forming workers together: the one that has the run hands out parts of it.

Each free worker, on whatever machine, takes a part when its bell rings. The worker with the run keeps one process of its
own busy and takes back what nobody else has begun, so a single worker gets on as well.
"""

import time
import uuid
from collections.abc import Iterator

import redis
from rq import Worker
from rq.worker import WorkerStatus
from sqlalchemy.exc import OperationalError

from matching import Stopped
from matching.engine.part_solver import solve_part
from matching.engine.parts import Part, Solved
from matching.engine.processes import Processes
from podsched import clock
from podsched.db import reading, writing
from podsched.house import House
from podsched.jobs.queues import FORMING
from podsched.jobs.running import the_house
from podsched.services import parts

_POLL_SECONDS = 0.1
_BEAT_SECONDS = 0.5


class SharedParts:
    """An executor (``matching.engine.parts``): one process here, and every other forming worker that is idle now."""

    def __init__(self, house: House, run_id: uuid.UUID) -> None:
        self._house = house
        self._run_id = run_id
        self._own = Processes(1)
        self._is_busy = False
        self.at_once = 1 + _idle_workers(house)
        with writing(house.engine) as session:
            parts.forget(session, run_id)

    def submit(self, ticket: int, part: Part) -> None:
        """Give the part to the process here if it is free, else to the others."""
        if not self._is_busy:
            self._begin(ticket, part)
            return
        with writing(self._house.engine) as session:
            row = parts.ask(session, self._run_id, ticket, part.to_json(), at=clock.now())
        self._house.bells.ring_part(row)

    def answers(self, seconds: float) -> Iterator[tuple[int, Solved | None]]:
        """Those that came in, waiting up to so many seconds for the first; None for a part that was lost."""
        until = time.monotonic() + seconds
        while True:
            found = [*self._own_answers(), *self._others_answers()]
            self._take_back()
            if found or time.monotonic() >= until:
                yield from found
                return

    def close(self) -> None:
        """Forget all parts that are still under way."""
        self._own.close()
        with writing(self._house.engine) as session:
            parts.forget(session, self._run_id)

    def _begin(self, ticket: int, part: Part) -> None:
        self._own.submit(ticket, part)
        self._is_busy = True

    def _own_answers(self) -> Iterator[tuple[int, Solved | None]]:
        for answered in self._own.answers(_POLL_SECONDS):
            self._is_busy = False
            yield answered

    def _others_answers(self) -> Iterator[tuple[int, Solved | None]]:
        with writing(self._house.engine) as session:
            collected = parts.collect(session, self._run_id, at=clock.now())
        for answered in collected:
            yield answered.ticket, Solved.from_json(answered.answer) if answered.answer else None

    def _take_back(self) -> None:
        if self._is_busy:
            return
        with writing(self._house.engine) as session:
            waiting = parts.take_back(session, self._run_id, at=clock.now())
        if waiting:
            self._begin(waiting[0], Part.from_json(waiting[1]))


def form_part(part: str) -> None:
    """The job: ``part`` is the id of a part. Run twice, the second finds nothing to do."""
    house, part_id = the_house(), uuid.UUID(part)
    with writing(house.engine) as session:
        taken = parts.take(session, part_id, at=clock.now())
    if taken is None:
        return
    try:
        solved = solve_part(Part.from_json(taken), stop=_Unwanted(house, part_id))
    except Stopped:
        return
    with writing(house.engine) as session:
        parts.answer(session, part_id, solved.to_json() if solved else None, at=clock.now())


class _Unwanted:
    """Tells, looking twice a second, whether nobody waits for a part any more."""

    def __init__(self, house: House, part_id: uuid.UUID) -> None:
        self._house = house
        self._part_id = part_id
        self._looked = time.monotonic()
        self._is_wanted = True

    def __call__(self) -> bool:
        now = time.monotonic()
        if self._is_wanted and now - self._looked >= _BEAT_SECONDS:
            self._looked = now
            try:
                with reading(self._house.engine) as session:
                    self._is_wanted = parts.is_wanted(session, self._part_id)
            except OperationalError:
                pass  # the database is busy; the next look will tell
        return not self._is_wanted


def _idle_workers(house: House) -> int:
    try:
        with house.bells.connection() as connection:
            workers = [worker for worker in Worker.all(connection=connection) if FORMING in worker.queue_names()]
            return sum(worker.get_state() == WorkerStatus.IDLE for worker in workers)
    except redis.RedisError:
        return 0
