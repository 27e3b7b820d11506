"""``/metrics`` for Prometheus: there only when a token is set, and only for whoever has it.

Several processes answer, so nothing is counted in memory: every number is asked of the database and of Redis when it is
wanted, and is the same whichever process is asked.
"""

import hmac
from collections.abc import Iterable, Iterator, Mapping

from flask import Blueprint, Response, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from podsched.errors import NotFound
from podsched.models import MailState
from podsched.services import operations
from podsched.web.request import at, db, house

blueprint = Blueprint("metrics", __name__)


@blueprint.get("/metrics")
def metrics() -> Response:
    token = house().settings.metrics_token
    if token is None or not _is_bearer(token):
        raise NotFound
    registry = CollectorRegistry()
    registry.register(_Now())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _is_bearer(token: str) -> bool:
    """Bytes are compared: text that is not ASCII would not be comparable in constant time."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    return hmac.compare_digest(given.strip().encode(), token.encode()) and scheme.lower() == "bearer"


class _Now(Collector):
    """Everything as it is at this moment. What cannot be reached is said to be away, and what it knows is left out."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            known = [*_of_database(db())]
        except OperationalError:
            known = []
        yield _gauge("podsched_database_up", "Whether the database can be reached.", bool(known))
        yield from known
        yield from _of_queues()


def _of_database(session: Session) -> Iterator[GaugeMetricFamily]:
    yield from _of_mails(operations.mails(session, at=at()))
    yield _labelled(
        "podsched_forming_runs", "Forming runs, by state.", ["state"],
        {(state.value,): count for state, count in operations.forming_runs(session).items()},
    )  # fmt: skip
    yield _labelled(
        "podsched_periodic_overdue_seconds", "How long each piece of periodic work should have been done already.", ["name"],
        {(name,): seconds for name, seconds in operations.overdue_seconds(session, at=at()).items()},
    )  # fmt: skip
    yield _labelled(
        "podsched_feeds_stored", "Calendar feeds ready to be served, by style.", ["style"],
        {(style.value,): count for style, count in operations.feeds_stored(session).items()},
    )  # fmt: skip


def _of_mails(mails: operations.Mails) -> Iterator[GaugeMetricFamily]:
    yield _labelled(
        "podsched_outbox_mails", "Mails in the outbox that are not settled, and dead ones, by state and kind.", ["state", "kind"],
        {(state.value, kind.value): count for state, kinds in mails.open.items() for kind, count in kinds.items()},
    )  # fmt: skip
    settled = {MailState.SENT: mails.sent, MailState.DROPPED: mails.dropped}
    yield _labelled(
        "podsched_outbox_mails_last_hour", "Mails sent within the last hour, and dropped of those due within it.", ["state", "kind"],
        {(state.value, kind.value): count for state, kinds in settled.items() for kind, count in kinds.items()},
    )  # fmt: skip
    yield _gauge(
        "podsched_outbox_dead_last_day", "Mails given up whose last try was due within a day.", mails.dead_in_a_day
    )
    yield _gauge(
        "podsched_outbox_oldest_due_seconds",
        "How long the oldest mail that is due has waited; 0 when none is due.",
        mails.oldest_due_seconds,
    )
    yield _labelled(
        "podsched_mail_lag_seconds", "From due to sent, of the mails sent within the last hour; 1 is the longest.", ["quantile"],
        {(f"{percentile / 100:g}",): seconds for percentile, seconds in mails.lag_seconds.items()},
    )  # fmt: skip


def _of_queues() -> Iterator[GaugeMetricFamily]:
    found = house().bells.look()
    queues = found or []
    yield _gauge("podsched_redis_up", "Whether Redis can be reached.", found is not None)
    yield _labelled(
        "podsched_queue_jobs",
        "Bells rung that no worker has heard yet, by queue.",
        ["queue"],
        {(queue.name,): queue.waiting for queue in queues},
    )
    yield _labelled(
        "podsched_queue_workers",
        "Workers that serve a queue.",
        ["queue"],
        {(queue.name,): queue.workers for queue in queues},
    )


def _gauge(name: str, says: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, says, value=float(value))


def _labelled(
    name: str, says: str, labels: Iterable[str], values: Mapping[tuple[str, ...], float]
) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, says, labels=[*labels])
    for of, value in values.items():
        family.add_metric(of, float(value))
    return family
