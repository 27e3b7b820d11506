"""Feeds in several styles, moved and cancelled meetings, invitations, busy times."""

import gzip

import sqlalchemy as sa
from alembic import op

from podsched.db import Instant

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STYLES = sa.Enum("flat", "series", "busy", "freebusy", name="feedstyle", native_enum=False, length=24)
ANSWERS = sa.Enum("needs-action", "accepted", "tentative", "declined", name="partstat", native_enum=False, length=24)
STATES = sa.Enum("planned", "cancelled", name="meetingstate", native_enum=False, length=24)


def upgrade() -> None:
    rendered = op.create_table(
        "rendered_feeds",
        sa.Column("subject", sa.String(length=48), nullable=False),
        sa.Column("style", STYLES, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("body_gzip", sa.LargeBinary(), nullable=False),
        sa.Column("etag", sa.String(length=80), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("gone_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("subject", "style", name=op.f("pk_rendered_feeds")),
    )
    op.create_table(
        "busy_times",
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_busy_times_enrolment_id")),
        sa.PrimaryKeyConstraint("enrolment_id", "starts_at", name=op.f("pk_busy_times")),
    )
    op.create_table(
        "feed_fetches",
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("client", sa.String(length=24), nullable=False),
        sa.Column("fetched_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["link_id"], ["access_links.id"], name=op.f("fk_feed_fetches_link_id")),
        sa.PrimaryKeyConstraint("link_id", "client", name=op.f("pk_feed_fetches")),
    )
    op.create_table(
        "invitations",
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("partstat", ANSWERS, nullable=False),
        sa.Column("replied_at", Instant(), nullable=True),
        sa.Column("hour_sequence", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_invitations_enrolment_id")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_invitations_meeting_id")),
        sa.PrimaryKeyConstraint("enrolment_id", "meeting_id", name=op.f("pk_invitations")),
    )
    with op.batch_alter_table("invitations") as table:
        table.create_index(table.f("ix_invitations_meeting_id"), ["meeting_id"], unique=False)
    with op.batch_alter_table("access_links") as table:
        table.add_column(sa.Column("shows", sa.String(length=48), nullable=True))
        table.create_index(table.f("ix_access_links_shows"), ["shows"], unique=False)
    with op.batch_alter_table("enrolments") as table:
        table.add_column(sa.Column("invites", sa.Boolean(), server_default=sa.false(), nullable=False))
        table.add_column(sa.Column("calendar_read_at", Instant(), nullable=True))
        table.add_column(sa.Column("alarm_minutes", sa.Integer(), nullable=True))
        table.add_column(sa.Column("feed_changed_at", Instant(), nullable=True))
    with op.batch_alter_table("memberships") as table:
        table.add_column(sa.Column("feed_serial", sa.Integer(), server_default="1", nullable=False))
    with op.batch_alter_table("meetings") as table:
        table.add_column(sa.Column("slot_at", Instant(), nullable=True))
        table.add_column(sa.Column("state", STATES, server_default="planned", nullable=False))
    op.execute("UPDATE meetings SET slot_at = starts_at")
    with op.batch_alter_table("meetings") as table:
        table.alter_column("slot_at", existing_type=Instant(), nullable=False)
    _keep_feeds(rendered)
    op.drop_table("stored_feeds")


def _keep_feeds(rendered: sa.Table) -> None:
    """What subscribers were served yesterday is served unchanged tomorrow."""
    links = sa.table("access_links", sa.column("enrolment_id", sa.Uuid()), sa.column("shows"))
    stored = sa.table(
        "stored_feeds",
        sa.column("enrolment_id", sa.Uuid()),
        sa.column("body", sa.LargeBinary()),
        sa.column("etag"),
        sa.column("changed_at", Instant()),
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(stored)).all():
        subject = f"member:{row.enrolment_id.hex}"
        connection.execute(links.update().where(links.c.enrolment_id == row.enrolment_id).values(shows=subject))
        connection.execute(
            rendered.insert().values(
                subject=subject,
                style="flat",
                body=row.body,
                body_gzip=gzip.compress(row.body, mtime=0),
                etag=row.etag,
                changed_at=row.changed_at,
            )
        )


def downgrade() -> None:
    raise NotImplementedError("Feeds are rendered for subjects now; restore a backup instead.")
