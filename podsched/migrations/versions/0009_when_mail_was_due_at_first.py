"""When a mail that was put off was due at first."""

import sqlalchemy as sa
from alembic import op

from podsched.db import Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("first_due_at", Instant(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("outbox") as table:
        table.drop_column("first_due_at")
