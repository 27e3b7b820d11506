"""Our own worker: preloads the app, serves one queue, runs only what is on the list."""

import redis
from rq import SimpleWorker, Worker
from rq.job import Job
from rq.serializers import JSONSerializer

from podsched.app import create_app, house_of
from podsched.jobs import running
from podsched.jobs.queues import ALLOWED, FORMING


class NotAllowed(Exception):
    """A job asked for a function that is not on its queue's list."""


class ListedJob(Job):
    def perform(self) -> object:
        if self.func_name not in ALLOWED.get(self.origin, frozenset()):
            raise NotAllowed(f"{self.func_name} is not run from the queue {self.origin!r}")
        return super().perform()


def make(queue: str, connection: redis.Redis) -> SimpleWorker | Worker:
    """Forming forks, so that a solve's memory goes with it; mail does not, because a fork costs more than a mail."""
    kind = Worker if queue == FORMING else SimpleWorker
    return kind([queue], connection=connection, serializer=JSONSerializer, job_class=ListedJob, worker_ttl=60)


def work(queue: str) -> None:
    app = create_app()
    running.use(app)
    if queue == FORMING:
        from podsched.jobs import forming  # noqa: F401, PLC0415  loads OR-Tools once, before the forks
    connection = house_of(app).bells.connection()
    make(queue, connection).work(with_scheduler=False, logging_level="WARNING")
