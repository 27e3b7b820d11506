"""Reminders: one scheduled mail a day, kinds of mail that somebody stopped, who missed check-ins."""

import sqlalchemy as sa
from alembic import op

from podsched.db import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KINDS = sa.Enum(
    "sign-in", "receipt", "times-missing", "pod-reveal", "not-placed", "check-in", "recap", "invitation", "change",
    "clock-change", "leave", "uninvited", "nudge", "retro-tomorrow", "missed", "goodbye", "digest",
    name="mailkind", native_enum=False, length=24,
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "mail_stops",
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("kind", KINDS, nullable=False),
        sa.Column("stopped_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["membership_id"], ["memberships.id"], name=op.f("fk_mail_stops_membership_id")),
        sa.PrimaryKeyConstraint("membership_id", "kind", name=op.f("pk_mail_stops")),
    )
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("on_day", sa.Date(), nullable=True))
        table.create_unique_constraint(table.f("uq_outbox_membership_id_on_day"), ["membership_id", "on_day"])
    with op.batch_alter_table("enrolments") as table:
        table.add_column(sa.Column("nudges", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("missed_at", Instant(), nullable=True))
        table.add_column(sa.Column("asked_after_at", Instant(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("enrolments") as table:
        table.drop_column("asked_after_at")
        table.drop_column("missed_at")
        table.drop_column("nudges")
    with op.batch_alter_table("outbox") as table:
        table.drop_constraint(table.f("uq_outbox_membership_id_on_day"), type_="unique")
        table.drop_column("on_day")
    op.drop_table("mail_stops")
