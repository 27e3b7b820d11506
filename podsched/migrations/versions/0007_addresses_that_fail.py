"""Addresses that do not work, addresses that changed, and people who complained about mail."""

import sqlalchemy as sa
from alembic import op

from podsched.db import Instant

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("people") as table:
        table.add_column(sa.Column("mail_failed_at", Instant(), nullable=True))
        table.add_column(sa.Column("mail_failed_reason", sa.Text(), nullable=True))
        table.add_column(sa.Column("email_changed_at", Instant(), nullable=True))
    with op.batch_alter_table("memberships") as table:
        table.add_column(sa.Column("complained_at", Instant(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("memberships") as table:
        table.drop_column("complained_at")
    with op.batch_alter_table("people") as table:
        table.drop_column("email_changed_at")
        table.drop_column("mail_failed_reason")
        table.drop_column("mail_failed_at")
