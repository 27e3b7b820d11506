"""The schema's history: Alembic, configured here instead of in a file."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from podsched.db import engine_for
from podsched.models import Base


def config(connection: Connection | None = None) -> Config:
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def upgrade(engine: Engine, to: str = "head") -> None:
    """Brings the schema to the newest revision, in one transaction."""
    if engine.dialect.name != "sqlite":
        with engine.begin() as connection:
            command.upgrade(config(connection), to)
        return
    # A table that is rebuilt is dropped first, and rows that point to it must not mind.
    rebuilding = engine_for(engine.url.render_as_string(hide_password=False), foreign_keys=False)
    with rebuilding.begin() as connection:
        command.upgrade(config(connection), to)
        if dangling := connection.exec_driver_sql("PRAGMA foreign_key_check").all():
            raise RuntimeError(f"the migration left rows that point nowhere: {dangling[:5]}")
    rebuilding.dispose()


def revision_of(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest() -> str | None:
    return ScriptDirectory.from_config(config()).get_current_head()


def differences(engine: Engine) -> list[object]:
    """What the models say and the migrated schema does not; empty when they agree."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))
