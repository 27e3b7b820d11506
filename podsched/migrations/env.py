"""Alembic calls this to run migrations on the connection it was handed."""

from typing import Literal

from alembic import context

from podsched.db import Instant
from podsched.models import Base


def render_item(kind: str, item: object, _autogenerate: object) -> str | Literal[False]:
    """How our own column type is written in a drafted migration; False leaves the rest to Alembic."""
    return "Instant()" if kind == "type" and isinstance(item, Instant) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transaction_per_migration=False,
    compare_type=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
