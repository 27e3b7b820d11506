"""Mail that somebody waits for goes first, and mail that was put off waits longer each time."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OPEN = sa.text("state IN ('waiting', 'claimed')")


def upgrade() -> None:
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("priority", sa.SmallInteger(), server_default="1", nullable=False))
        table.add_column(sa.Column("put_off", sa.SmallInteger(), server_default="0", nullable=False))
        table.drop_index("ix_outbox_due")
    with op.batch_alter_table("outbox") as table:
        table.alter_column("priority", existing_type=sa.SmallInteger(), server_default=None)
        table.create_index(
            "ix_outbox_due", ["priority", "due_at"], sqlite_where=_OPEN, postgresql_where=_OPEN, unique=False
        )
