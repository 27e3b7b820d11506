"""Parts of large forming runs"""

import sqlalchemy as sa
from alembic import op

from podsched.db import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "forming_parts",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("ticket", sa.Integer(), nullable=False),
        sa.Column("part", sa.JSON(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("taken_at", Instant(), nullable=True),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["forming_runs.id"], name=op.f("fk_forming_parts_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forming_parts")),
    )
    with op.batch_alter_table("forming_parts", schema=None) as batch_op:
        batch_op.create_index("ix_forming_parts_run_id_answered_at", ["run_id", "answered_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("forming_parts", schema=None) as batch_op:
        batch_op.drop_index("ix_forming_parts_run_id_answered_at")

    op.drop_table("forming_parts")
