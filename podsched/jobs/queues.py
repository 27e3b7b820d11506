"""The queues, the doorbells that ring them, and the connection to Redis."""

import uuid
from dataclasses import dataclass

import redis
from rq import Queue, Worker
from rq.serializers import JSONSerializer

MAIL = "mail"
FORMING = "forming"
#: Every queue, served by one worker each: a worker on two queues can lose a job when it is killed.
ALL = (MAIL, FORMING)

DELIVER = "podsched.jobs.delivery.deliver"
FORM = "podsched.jobs.forming.form_pods"
FORM_PART = "podsched.jobs.parts.form_part"
#: What a worker may run; anything else in a queue is refused.
ALLOWED = {MAIL: frozenset({DELIVER}), FORMING: frozenset({FORM, FORM_PART})}

FORMING_TIMEOUT = 900
MAIL_TIMEOUT = 600


@dataclass(frozen=True, slots=True)
class QueueLook:
    name: str
    #: Jobs that no worker has taken yet.
    waiting: int
    workers: int


@dataclass(frozen=True, slots=True)
class Bells:
    """Rings after the commit. A bell that cannot be rung is no loss: the clock rings again."""

    url: str

    def connection(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, socket_connect_timeout=2, health_check_interval=15)

    def ring_mail(self) -> bool:
        return self._ring(MAIL, DELIVER, job_id=f"deliver-{uuid.uuid4().hex}", timeout=MAIL_TIMEOUT)

    def ring_forming(self, run_id: uuid.UUID) -> bool:
        job_id = f"form-{run_id.hex}-{uuid.uuid4().hex[:8]}"
        return self._ring(FORMING, FORM, run_id.hex, job_id=job_id, timeout=FORMING_TIMEOUT)

    def ring_part(self, part_id: uuid.UUID) -> bool:
        """A part of a large run: whichever worker of the queue is free solves it."""
        return self._ring(FORMING, FORM_PART, part_id.hex, job_id=f"part-{part_id.hex}", timeout=FORMING_TIMEOUT)

    def _ring(self, queue: str, function: str, *ids: str, job_id: str, timeout: int) -> bool:
        try:
            with self.connection() as connection:
                Queue(queue, connection=connection, serializer=JSONSerializer).enqueue_call(
                    function, args=ids, job_id=job_id, timeout=timeout, result_ttl=60, failure_ttl=86_400
                )
        except redis.RedisError:
            return False
        return True

    def look(self) -> list[QueueLook] | None:
        """How each queue is doing; None while Redis is away."""
        try:
            with self.connection() as connection:
                queues = [Queue(name, connection=connection, serializer=JSONSerializer) for name in ALL]
                return [QueueLook(queue.name, queue.count, len(Worker.all(queue=queue))) for queue in queues]
        except redis.RedisError:
            return None

    def is_reachable(self) -> bool:
        try:
            with self.connection() as connection:
                return bool(connection.ping())
        except redis.RedisError:
            return False
