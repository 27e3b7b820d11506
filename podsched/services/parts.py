"""Parts of a large forming run: asked for by the worker that runs it, solved by whichever worker is free.

A row is a part, and a job in Redis only the bell for it. Nothing here is precious: a part that is lost is planned again
another way, and a run that is taken over begins with none.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from podsched.models import FormingPart

#: A part takes seconds; whoever took one and is silent for so long has died over it.
LOST_AFTER = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Answered:
    """A part by its ticket, and what was found: None if nothing was, or if the part is lost."""

    ticket: int
    answer: dict[str, Any] | None


def ask(session: Session, run_id: uuid.UUID, ticket: int, part: dict[str, Any], *, at: datetime) -> uuid.UUID:
    row = FormingPart(run_id=run_id, ticket=ticket, part=part, asked_at=at)
    session.add(row)
    session.flush()
    return row.id


def take(session: Session, part_id: uuid.UUID, *, at: datetime) -> dict[str, Any] | None:
    """Takes a part for one worker; None when another has it or nobody wants it any more."""
    mine = (FormingPart.id == part_id, FormingPart.taken_at.is_(None))
    return session.scalar(update(FormingPart).where(*mine).values(taken_at=at).returning(FormingPart.part))


def take_back(session: Session, run_id: uuid.UUID, *, at: datetime) -> tuple[int, dict[str, Any]] | None:
    """The run's own oldest part that nobody has taken yet, for the run to solve itself."""
    waiting = (
        select(FormingPart.id, FormingPart.ticket)
        .where(FormingPart.run_id == run_id, FormingPart.taken_at.is_(None))
        .order_by(FormingPart.ticket)
        .limit(1)
    )
    row = session.execute(waiting).one_or_none()
    if row is None or (part := take(session, row.id, at=at)) is None:
        return None
    session.execute(delete(FormingPart).where(FormingPart.id == row.id))
    return row.ticket, part


def is_wanted(session: Session, part_id: uuid.UUID) -> bool:
    return session.scalar(select(FormingPart.id).where(FormingPart.id == part_id)) is not None


def answer(session: Session, part_id: uuid.UUID, found: dict[str, Any] | None, *, at: datetime) -> None:
    session.execute(update(FormingPart).where(FormingPart.id == part_id).values(answer=found, answered_at=at))


def collect(session: Session, run_id: uuid.UUID, *, at: datetime) -> list[Answered]:
    """The answers that came in since the last time, and the parts that are lost."""
    done = FormingPart.answered_at.is_not(None) | (FormingPart.taken_at < at - LOST_AFTER)
    rows = session.execute(
        delete(FormingPart).where(FormingPart.run_id == run_id, done).returning(FormingPart.ticket, FormingPart.answer)
    )
    return sorted((Answered(ticket, found) for ticket, found in rows), key=lambda answered: answered.ticket)


def forget(session: Session, run_id: uuid.UUID) -> None:
    """The run wants no more answers."""
    session.execute(delete(FormingPart).where(FormingPart.run_id == run_id))
