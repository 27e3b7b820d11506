"""The schema moves on under a database that is in use: rows stay, and subscribers are served what they were served."""

import uuid
from datetime import UTC, datetime

import pytest
from sqlalchemy import MetaData, create_engine, text

from podsched import migrations
from podsched.db import engine_for
from podsched.domain import subjects

AT = datetime(2027, 1, 4, 9, tzinfo=UTC)
BODY = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request, tmp_path):
    if request.param == "sqlite":
        made = engine_for(f"sqlite:///{tmp_path / 'old.sqlite'}")
    else:
        made = engine_for(request.getfixturevalue("new_postgres_database")())
    yield made
    made.dispose()


def fill(engine):
    """One row in every table that the migration touches or that points to one it rebuilds."""
    metadata = MetaData()
    metadata.reflect(engine)
    ids = {}
    with engine.begin() as connection:
        for table in metadata.sorted_tables:
            if table.name in {"alembic_version", "forming_parts", "outbox", "periodic_work", "recaps"}:
                continue
            row = {}
            for column in table.columns:
                pointer = next(iter(column.foreign_keys), None)
                if pointer is not None:
                    row[column.name] = ids.get(pointer.column.table.name)
                elif column.name == "id":
                    ids[table.name] = row["id"] = uuid.uuid4().hex if engine.dialect.name == "sqlite" else uuid.uuid4()
                elif not column.nullable:
                    row[column.name] = value_for(table.name, column)
            connection.execute(table.insert().values(row))
    return ids


def value_for(table, column):
    special = {
        ("meetings", "ends_at"): AT.replace(hour=10), ("cohorts", "weeks"): 6, ("cohorts", "pod_min"): 6,
        ("cohorts", "pod_max"): 8, ("availability_windows", "end_minute"): 600, ("stored_feeds", "body"): BODY,
        ("stored_feeds", "etag"): '"etag"', ("access_links", "kind"): "feed", ("cohorts", "state"): "running",
    }  # fmt: skip
    if (table, column.name) in special:
        return special[table, column.name]
    kind = str(column.type).split("(")[0].upper()
    if kind in {"INTEGER", "BIGINT", "SMALLINT"}:
        return 1
    if kind in {"DATETIME", "TIMESTAMP"}:
        return AT
    if kind == "DATE":
        return AT.date()
    if kind in {"JSON", "JSONB"}:
        return []
    if kind == "BOOLEAN":
        return False
    return "x"


def test_rows_stay_and_feeds_go_on(engine):
    migrations.upgrade(engine, "0002")
    ids = fill(engine)
    migrations.upgrade(engine)
    assert migrations.differences(engine) == []
    enrolment = uuid.UUID(str(ids["enrolments"]))
    with engine.connect() as connection:
        feed = connection.execute(text("SELECT subject, style, body, etag FROM rendered_feeds")).one()
        link = connection.execute(text("SELECT shows FROM access_links")).scalar_one()
        slot = connection.execute(text("SELECT slot_at = starts_at, state FROM meetings")).one()
        seats = connection.execute(text("SELECT count(*) FROM seats")).scalar_one()
    assert (feed.subject, feed.style, bytes(feed.body), feed.etag) == (
        subjects.member(enrolment),
        "flat",
        BODY,
        '"etag"',
    )
    assert link == subjects.member(enrolment)
    assert (bool(slot[0]), slot[1]) == (True, "planned")
    assert seats == 1


def test_a_fresh_database_gets_there_in_one_go(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'new.sqlite'}")
    migrations.upgrade(engine)
    assert migrations.differences(engine) == []
    engine.dispose()
