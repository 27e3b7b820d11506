"""Our own worker: preloads the app, serves one queue, runs only what is on the list."""

import logging
from types import FrameType

import redis
from flask import Flask
from rq import SimpleWorker, Worker
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy.exc import OperationalError

from podsched.app import create_app, house_of
from podsched.jobs import running
from podsched.jobs.delivery import drain
from podsched.jobs.queues import ALLOWED, FORMING

log = logging.getLogger(__name__)


class NotAllowed(Exception):
    """A job asked for a function that is not on its queue's list."""


class ListedJob(Job):
    def perform(self) -> object:
        if self.func_name not in ALLOWED.get(self.origin, frozenset()):
            raise NotAllowed(f"{self.func_name} is not run from the queue {self.origin!r}")
        return super().perform()


class MailWorker(SimpleWorker):
    """One process, because a fork costs more than a mail; told to stop, it ends after the batch at hand."""

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        running.stop()
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]  # RQ has no types here


def make(queue: str, connection: redis.Redis) -> MailWorker | Worker:
    """Forming forks, so that a solve's memory goes with it."""
    kind = Worker if queue == FORMING else MailWorker
    return kind([queue], connection=connection, serializer=JSONSerializer, job_class=ListedJob, worker_ttl=60)


def work(queue: str) -> None:
    app = create_app()
    running.use(app)
    if queue == FORMING:
        from podsched.jobs import forming  # noqa: F401, PLC0415  loads OR-Tools once, before the forks
    else:
        _begin_with_mail(app)
    connection = house_of(app).bells.connection()
    make(queue, connection).work(with_scheduler=False, logging_level="WARNING")


def _begin_with_mail(app: Flask) -> None:
    """What the worker before us left in the middle is taken up at once."""
    try:
        drain(app)
    except OperationalError as busy:
        log.warning("the first round of mail failed, the next bell brings another: %s", busy.orig)
