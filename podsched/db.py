"""The database: engine, sessions and the two column types that keep instants and choices honest."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from sqlite3 import Connection as SqliteConnection
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Float,
    create_engine,
    event,
    extract,
    func,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import Insert as InsertPostgresql
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import Insert as InsertSqlite
from sqlalchemy.dialects.sqlite import insert as insert_sqlite
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeDecorator

BUSY_SECONDS = 10


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime; a naive one is refused rather than guessed."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def engine_for(url: str, *, foreign_keys: bool = True) -> Engine:
    """``foreign_keys`` may be off on SQLite while a migration rebuilds tables, which is how it alters them."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": BUSY_SECONDS})
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    if not foreign_keys:
        event.listen(engine, "connect", _without_foreign_keys)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: SqliteConnection, record: Any) -> None:
    del record
    connection.isolation_level = None  # we say BEGIN ourselves, see _begin_sqlite
    for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


def _without_foreign_keys(connection: SqliteConnection, record: Any) -> None:
    del record
    connection.execute("PRAGMA foreign_keys=OFF")


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that reads first and writes later fails at once when another one wrote in between;
    # taking the write lock at the start waits its turn instead.
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A session whose changes are committed together at the end, or not at all."""
    with Session(engine, expire_on_commit=False) as session:
        yield session
        session.commit()


@contextmanager
def trying(engine: Engine) -> Iterator[Session]:
    """A session that may write and whose changes are thrown away at the end: to see what would happen."""
    with Session(engine, expire_on_commit=False) as session:
        yield session
        session.rollback()


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    with Session(engine.execution_options(reading=True), expire_on_commit=False) as session:
        yield session


def insert_into(table: type[Any], dialect: Dialect) -> InsertPostgresql | InsertSqlite:
    """An INSERT that may say what to do about a row that is there already, as both databases understand it."""
    return insert_postgresql(table) if dialect.name == "postgresql" else insert_sqlite(table)


def seconds_between(later: Any, earlier: Any, dialect: Dialect) -> ColumnElement[float]:
    """From one column of instants to another, as both databases understand it."""
    if dialect.name == "postgresql":
        return type_coerce(extract("epoch", later - earlier), Float)
    return (func.julianday(later, type_=Float) - func.julianday(earlier, type_=Float)) * 86_400


def lock(session: Session, row: object) -> None:
    """Waits until nobody else holds the row, then reads it anew.

    Only the row itself: PostgreSQL refuses to lock what was outer-joined beside it when it was loaded.
    """
    session.refresh(row, with_for_update={"of": type(row)})
