"""How the installation is doing, in numbers for a monitor: no names, no addresses, and an index under every question."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, case, func, select
from sqlalchemy.orm import Session

from podsched.db import seconds_between
from podsched.models import (
    FeedStyle,
    FormingRun,
    MailKind,
    MailState,
    OutboxMail,
    PeriodicWork,
    RunState,
    StoredFeed,
)
from podsched.services import outbox

LATELY = timedelta(hours=1)
DAY = timedelta(days=1)
PERCENTILES = (50, 95, 100)
#: What is left in the outbox to do something about.
OPEN_STATES = (MailState.WAITING, MailState.CLAIMED, MailState.DEAD)

ByKind = dict[MailKind, int]


@dataclass(frozen=True, slots=True)
class Mails:
    #: All there are, in OPEN_STATES.
    open: dict[MailState, ByKind]
    #: Within the last hour.
    sent: ByKind
    dropped: ByKind
    dead_in_a_day: int
    #: How long the mail that is due and can still be sent in time has waited; 0 when none is due.
    oldest_due_seconds: float
    #: By percentile: how late the mails of the last hour left; empty when none left.
    lag_seconds: dict[int, float]


def mails(session: Session, *, at: datetime) -> Mails:
    oldest = outbox.oldest_due(session, at=at)
    return Mails(
        open={state: _by_kind(session, *_unsent(state)) for state in OPEN_STATES},
        sent=_by_kind(session, OutboxMail.sent_at > at - LATELY),
        dropped=_by_kind(session, *_unsent(MailState.DROPPED), OutboxMail.due_at > at - LATELY),
        dead_in_a_day=_count(session, *_unsent(MailState.DEAD), OutboxMail.due_at > at - DAY),
        oldest_due_seconds=(at - oldest).total_seconds() if oldest else 0.0,
        lag_seconds=_lag(session, at),
    )


def _unsent(state: MailState) -> tuple[ColumnElement[bool], ...]:
    """In the words of the index over them; the state is written out, for a plan is made for it alone."""
    return OutboxMail.sent_at.is_(None), OutboxMail.state == bindparam(None, state, literal_execute=True)


def _by_kind(session: Session, *wanted: ColumnElement[bool]) -> ByKind:
    rows = session.execute(select(OutboxMail.kind, func.count()).where(*wanted).group_by(OutboxMail.kind))
    return dict.fromkeys(MailKind, 0) | {row[0]: row[1] for row in rows}


def _count(session: Session, *wanted: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(OutboxMail).where(*wanted)) or 0


def _lag(session: Session, at: datetime) -> dict[int, float]:
    """By nearest rank; however often a mail was put off, from when it was due at first."""
    due = func.coalesce(OutboxMail.first_due_at, OutboxMail.due_at)
    lag = seconds_between(OutboxMail.sent_at, due, session.get_bind().dialect)
    place = func.row_number().over(order_by=lag)
    late = select(lag.label("lag"), place.label("place"), func.count().over().label("total"))
    ranked = late.where(OutboxMail.sent_at > at - LATELY).subquery()
    ranks = [(ranked.c.total * percentile + 99) // 100 for percentile in PERCENTILES]
    found = session.execute(select(*(func.max(case((ranked.c.place == rank, ranked.c.lag))) for rank in ranks))).one()
    return {percentile: float(lag) for percentile, lag in zip(PERCENTILES, found, strict=True) if lag is not None}


def forming_runs(session: Session) -> dict[RunState, int]:
    rows = session.execute(select(FormingRun.state, func.count()).group_by(FormingRun.state))
    return dict.fromkeys(RunState, 0) | {row[0]: row[1] for row in rows}


def feeds_stored(session: Session) -> dict[FeedStyle, int]:
    rows = session.execute(select(StoredFeed.style, func.count()).group_by(StoredFeed.style))
    return dict.fromkeys(FeedStyle, 0) | {row[0]: row[1] for row in rows}


def overdue_seconds(session: Session, *, at: datetime) -> dict[str, float]:
    """Of each piece of periodic work: how long it should have been done already."""
    rows = session.execute(select(PeriodicWork.name, PeriodicWork.next_at).order_by(PeriodicWork.name))
    return {name: max(0.0, (at - due).total_seconds()) for name, due in rows}
