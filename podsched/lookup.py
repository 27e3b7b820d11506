"""One row by one indexed look-up, for the address that is asked more often than all others together.

The statement is SQLAlchemy Core's, compiled once for a database; a poll hands it to the driver itself and turns what
comes back into Python with the types of its columns. Around a row that is found in 30 microseconds, executing through
Core takes 200 and building the statement anew 1,000 (bench/feeds measures the whole answer).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Dialect, Engine, Select
from sqlalchemy.exc import OperationalError


@dataclass(frozen=True, slots=True)
class _Compiled:
    sql: str
    #: The order of the values, where the driver takes them by position.
    order: tuple[str, ...] | None
    #: What makes Python of a column, if it is anything.
    readers: tuple[Callable[[Any], Any] | None, ...]


class Lookup:
    """A statement whose parameters are all text, and named."""

    def __init__(self, statement: Select[*tuple[Any, ...]]) -> None:
        self._statement = statement
        self._compiled = cache(self._compile)

    def first(self, engine: Engine, values: Mapping[str, str]) -> tuple[Any, ...] | None:
        """The first row in the order of the columns; raises SQLAlchemy's OperationalError when the database is away."""
        compiled = self._compiled(engine.dialect)
        given = values if compiled.order is None else [values[name] for name in compiled.order]
        try:
            row = _first(engine, compiled.sql, given)
        except engine.dialect.loaded_dbapi.OperationalError as error:
            raise OperationalError(compiled.sql, None, error) from error
        if row is None:
            return None
        return tuple(
            value if read is None or value is None else read(value)
            for read, value in zip(compiled.readers, row, strict=True)
        )

    def _compile(self, dialect: Dialect) -> _Compiled:
        compiled = self._statement.compile(dialect=dialect)
        order = getattr(compiled, "positiontup", None)
        return _Compiled(
            sql=str(compiled),
            order=tuple(order) if order else None,
            readers=tuple(
                column.type.dialect_impl(dialect).result_processor(dialect, None)
                for column in self._statement.selected_columns
            ),
        )


def _first(engine: Engine, sql: str, values: Mapping[str, str] | list[str]) -> Any:
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(sql, values)
        row = cursor.fetchone()
        cursor.close()
    except engine.dialect.loaded_dbapi.OperationalError:
        connection.invalidate()
        raise
    finally:
        connection.close()
    return row
