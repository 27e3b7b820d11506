"""Indexes for looking after mail: what has not left, by state, and what left lately."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, columns, condition in (
        ("ix_outbox_unsent", ["state", "due_at"], "sent_at IS NULL"),
        ("ix_outbox_sent", ["sent_at"], "sent_at IS NOT NULL"),
    ):
        op.create_index(name, "outbox", columns, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))


def downgrade() -> None:
    op.drop_index("ix_outbox_sent", "outbox")
    op.drop_index("ix_outbox_unsent", "outbox")
