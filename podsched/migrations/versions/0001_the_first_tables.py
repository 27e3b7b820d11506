"""The first tables"""

import sqlalchemy as sa
from alembic import op

from podsched.db import Instant

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "communities",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("timezone", sa.String(length=200), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_communities")),
    )
    op.create_table(
        "people",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("email", name=op.f("uq_people_email")),
    )
    op.create_table(
        "periodic_work",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("next_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_periodic_work")),
    )
    op.create_table(
        "cohorts",
        sa.Column("community_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("purpose", sa.String(length=200), nullable=False),
        sa.Column("audience", sa.String(length=200), nullable=False),
        sa.Column("timezone", sa.String(length=200), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("weeks", sa.Integer(), nullable=False),
        sa.Column("meeting_minutes", sa.Integer(), nullable=False),
        sa.Column("pod_min", sa.Integer(), nullable=False),
        sa.Column("pod_max", sa.Integer(), nullable=False),
        sa.Column("cap", sa.Integer(), nullable=False),
        sa.Column("answers_until", sa.Date(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "running", "closed", name="cohortstate", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("pod_min >= 6 AND pod_max <= 10 AND pod_min <= pod_max", name=op.f("ck_cohorts_pod_size")),
        sa.CheckConstraint("weeks BETWEEN 6 AND 8", name=op.f("ck_cohorts_weeks")),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_cohorts_community_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohorts")),
        sa.UniqueConstraint("code", name=op.f("uq_cohorts_code")),
    )
    with op.batch_alter_table("cohorts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cohorts_community_id"), ["community_id"], unique=False)

    op.create_table(
        "memberships",
        sa.Column("community_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.Enum("member", "host", name="rank", native_enum=False, length=24), nullable=False),
        sa.Column("rules_accepted_at", Instant(), nullable=True),
        sa.Column("link_serial", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name=op.f("fk_memberships_community_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_memberships_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint("community_id", "person_id", name=op.f("uq_memberships_community_id_person_id")),
    )
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_memberships_person_id"), ["person_id"], unique=False)

    op.create_table(
        "browser_sessions",
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("host_tools", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["membership_id"], ["memberships.id"], name=op.f("fk_browser_sessions_membership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_browser_sessions")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_browser_sessions_token_sha256")),
    )
    with op.batch_alter_table("browser_sessions", schema=None) as batch_op:
        batch_op.create_index("ix_browser_sessions_expires_at", ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_browser_sessions_membership_id"), ["membership_id"], unique=False)

    op.create_table(
        "enrolments",
        sa.Column("cohort_id", sa.Uuid(), nullable=False),
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("enrolled", "waiting", "left", name="enrolmentstate", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column("goal", sa.String(length=500), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("cadence", sa.Integer(), nullable=False),
        sa.Column("checkin_minute", sa.Integer(), nullable=False),
        sa.Column("next_checkin_at", Instant(), nullable=True),
        sa.Column("paused_from", sa.Date(), nullable=True),
        sa.Column("paused_until", sa.Date(), nullable=True),
        sa.Column("checkins_off_at", Instant(), nullable=True),
        sa.Column("feed_serial", sa.Integer(), nullable=False),
        sa.Column("times_saved_at", Instant(), nullable=True),
        sa.Column("nudged_at", Instant(), nullable=True),
        sa.Column("joined_at", Instant(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohorts.id"], name=op.f("fk_enrolments_cohort_id")),
        sa.ForeignKeyConstraint(["membership_id"], ["memberships.id"], name=op.f("fk_enrolments_membership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolments")),
        sa.UniqueConstraint("cohort_id", "membership_id", name=op.f("uq_enrolments_cohort_id_membership_id")),
    )
    with op.batch_alter_table("enrolments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_enrolments_membership_id"), ["membership_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_enrolments_next_checkin_at"), ["next_checkin_at"], unique=False)

    op.create_table(
        "forming_runs",
        sa.Column("cohort_id", sa.Uuid(), nullable=False),
        sa.Column("requested_by_id", sa.Uuid(), nullable=False),
        sa.Column("requested_at", Instant(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "running",
                "proposed",
                "published",
                "cancelled",
                "failed",
                name="runstate",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("beat_at", Instant(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("progress", sa.JSON(), nullable=False),
        sa.Column("roster", sa.JSON(), nullable=False),
        sa.Column("roster_sha256", sa.String(length=64), nullable=False),
        sa.Column("plan", sa.JSON(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohorts.id"], name=op.f("fk_forming_runs_cohort_id")),
        sa.ForeignKeyConstraint(["requested_by_id"], ["memberships.id"], name=op.f("fk_forming_runs_requested_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forming_runs")),
    )
    with op.batch_alter_table("forming_runs", schema=None) as batch_op:
        batch_op.create_index("ix_forming_runs_cohort_id_requested_at", ["cohort_id", "requested_at"], unique=False)
        batch_op.create_index(
            "uq_forming_runs_under_way",
            ["cohort_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('queued', 'running')"),
            postgresql_where=sa.text("state IN ('queued', 'running')"),
        )

    op.create_table(
        "outbox",
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "sign-in",
                "receipt",
                "times-missing",
                "pod-reveal",
                "not-placed",
                "check-in",
                "recap",
                name="mailkind",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("occurrence", sa.String(length=80), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("waiting", "claimed", "sent", "dropped", "dead", name="mailstate", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["membership_id"], ["memberships.id"], name=op.f("fk_outbox_membership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint(
            "membership_id", "kind", "occurrence", name=op.f("uq_outbox_membership_id_kind_occurrence")
        ),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('waiting', 'claimed')"),
            postgresql_where=sa.text("state IN ('waiting', 'claimed')"),
        )

    op.create_table(
        "quiet_weeks",
        sa.Column("cohort_id", sa.Uuid(), nullable=False),
        sa.Column("week", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohorts.id"], name=op.f("fk_quiet_weeks_cohort_id")),
        sa.PrimaryKeyConstraint("cohort_id", "week", name=op.f("pk_quiet_weeks")),
    )
    op.create_table(
        "access_links",
        sa.Column("membership_id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum("personal", "sign-in", "feed", name="linkkind", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("used_at", Instant(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_access_links_enrolment_id")),
        sa.ForeignKeyConstraint(["membership_id"], ["memberships.id"], name=op.f("fk_access_links_membership_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_links")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_access_links_token_sha256")),
    )
    with op.batch_alter_table("access_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_links_enrolment_id"), ["enrolment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_access_links_membership_id"), ["membership_id"], unique=False)

    op.create_table(
        "availability_windows",
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("start_minute", sa.Integer(), nullable=False),
        sa.Column("end_minute", sa.Integer(), nullable=False),
        sa.Column("level", sa.Enum("free", "if_needed", name="level", native_enum=False, length=24), nullable=False),
        sa.CheckConstraint(
            "end_minute > start_minute AND end_minute <= 1440", name=op.f("ck_availability_windows_end")
        ),
        sa.CheckConstraint("start_minute >= 0 AND start_minute < 1440", name=op.f("ck_availability_windows_start")),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_availability_windows_weekday")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_availability_windows_enrolment_id")),
        sa.PrimaryKeyConstraint("enrolment_id", "weekday", "start_minute", name=op.f("pk_availability_windows")),
    )
    op.create_table(
        "checkins",
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("local_day", sa.Date(), nullable=False),
        sa.Column(
            "answer", sa.Enum("done", "partly", "away", name="answer", native_enum=False, length=24), nullable=False
        ),
        sa.Column("line", sa.String(length=500), nullable=False),
        sa.Column("stuck", sa.Boolean(), nullable=False),
        sa.Column("answered_at", Instant(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_checkins_enrolment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkins")),
        sa.UniqueConstraint("enrolment_id", "local_day", name=op.f("uq_checkins_enrolment_id_local_day")),
    )
    op.create_table(
        "dates_away",
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_dates_away_enrolment_id")),
        sa.PrimaryKeyConstraint("enrolment_id", "first_day", name=op.f("pk_dates_away")),
    )
    op.create_table(
        "goal_tags",
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("tag", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_goal_tags_enrolment_id")),
        sa.PrimaryKeyConstraint("enrolment_id", "tag", name=op.f("pk_goal_tags")),
    )
    op.create_table(
        "pods",
        sa.Column("cohort_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("start_minute", sa.Integer(), nullable=False),
        sa.Column("shared_goals", sa.JSON(), nullable=False),
        sa.Column("room_url", sa.String(length=500), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["cohort_id"], ["cohorts.id"], name=op.f("fk_pods_cohort_id")),
        sa.ForeignKeyConstraint(["run_id"], ["forming_runs.id"], name=op.f("fk_pods_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pods")),
        sa.UniqueConstraint("cohort_id", "number", name=op.f("uq_pods_cohort_id_number")),
    )
    with op.batch_alter_table("pods", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pods_run_id"), ["run_id"], unique=False)

    op.create_table(
        "stored_feeds",
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("etag", sa.String(length=80), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_stored_feeds_enrolment_id")),
        sa.PrimaryKeyConstraint("enrolment_id", name=op.f("pk_stored_feeds")),
    )
    op.create_table(
        "commitments",
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("pod_id", sa.Uuid(), nullable=False),
        sa.Column("week", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column(
            "outcome", sa.Enum("kept", "partly", "missed", name="outcome", native_enum=False, length=24), nullable=True
        ),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_commitments_enrolment_id")),
        sa.ForeignKeyConstraint(["pod_id"], ["pods.id"], name=op.f("fk_commitments_pod_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_commitments")),
    )
    with op.batch_alter_table("commitments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_commitments_enrolment_id"), ["enrolment_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_commitments_pod_id"), ["pod_id"], unique=False)

    op.create_table(
        "meetings",
        sa.Column("pod_id", sa.Uuid(), nullable=False),
        sa.Column("week", sa.Integer(), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_meetings_hours")),
        sa.ForeignKeyConstraint(["pod_id"], ["pods.id"], name=op.f("fk_meetings_pod_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings")),
        sa.UniqueConstraint("pod_id", "week", name=op.f("uq_meetings_pod_id_week")),
    )
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meetings_starts_at"), ["starts_at"], unique=False)

    op.create_table(
        "role_assignments",
        sa.Column("pod_id", sa.Uuid(), nullable=False),
        sa.Column("week", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum("greeter", "note-taker", "curator", name="role", native_enum=False, length=24),
            nullable=False,
        ),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_role_assignments_enrolment_id")),
        sa.ForeignKeyConstraint(["pod_id"], ["pods.id"], name=op.f("fk_role_assignments_pod_id")),
        sa.PrimaryKeyConstraint("pod_id", "week", "role", name=op.f("pk_role_assignments")),
    )
    with op.batch_alter_table("role_assignments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_role_assignments_enrolment_id"), ["enrolment_id"], unique=False)

    op.create_table(
        "seats",
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("pod_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.Enum("free", "if_needed", name="level", native_enum=False, length=24), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_seats_enrolment_id")),
        sa.ForeignKeyConstraint(["pod_id"], ["pods.id"], name=op.f("fk_seats_pod_id")),
        sa.PrimaryKeyConstraint("enrolment_id", name=op.f("pk_seats")),
    )
    with op.batch_alter_table("seats", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_seats_pod_id"), ["pod_id"], unique=False)

    op.create_table(
        "retros",
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Enum("open", "closed", name="retrostate", native_enum=False, length=24), nullable=False),
        sa.Column("item", sa.Integer(), nullable=False),
        sa.Column("item_ends_at", Instant(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_retros_meeting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retros")),
        sa.UniqueConstraint("meeting_id", name=op.f("uq_retros_meeting_id")),
    )
    op.create_table(
        "absences",
        sa.Column("retro_id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_absences_enrolment_id")),
        sa.ForeignKeyConstraint(["retro_id"], ["retros.id"], name=op.f("fk_absences_retro_id")),
        sa.PrimaryKeyConstraint("retro_id", "enrolment_id", name=op.f("pk_absences")),
    )
    op.create_table(
        "recaps",
        sa.Column("retro_id", sa.Uuid(), nullable=False),
        sa.Column("bullets", sa.JSON(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("sent_at", Instant(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["retro_id"], ["retros.id"], name=op.f("fk_recaps_retro_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recaps")),
        sa.UniqueConstraint("retro_id", name=op.f("uq_recaps_retro_id")),
    )
    op.create_table(
        "retro_notes",
        sa.Column("retro_id", sa.Uuid(), nullable=False),
        sa.Column("item", sa.String(length=24), nullable=False),
        sa.Column("text", sa.String(length=500), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["memberships.id"], name=op.f("fk_retro_notes_author_id")),
        sa.ForeignKeyConstraint(["retro_id"], ["retros.id"], name=op.f("fk_retro_notes_retro_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retro_notes")),
    )
    with op.batch_alter_table("retro_notes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_retro_notes_retro_id"), ["retro_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("retro_notes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_retro_notes_retro_id"))

    op.drop_table("retro_notes")
    op.drop_table("recaps")
    op.drop_table("absences")
    op.drop_table("retros")
    with op.batch_alter_table("seats", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_seats_pod_id"))

    op.drop_table("seats")
    with op.batch_alter_table("role_assignments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_role_assignments_enrolment_id"))

    op.drop_table("role_assignments")
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meetings_starts_at"))

    op.drop_table("meetings")
    with op.batch_alter_table("commitments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_commitments_pod_id"))
        batch_op.drop_index(batch_op.f("ix_commitments_enrolment_id"))

    op.drop_table("commitments")
    op.drop_table("stored_feeds")
    with op.batch_alter_table("pods", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pods_run_id"))

    op.drop_table("pods")
    op.drop_table("goal_tags")
    op.drop_table("dates_away")
    op.drop_table("checkins")
    op.drop_table("availability_windows")
    with op.batch_alter_table("access_links", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_access_links_membership_id"))
        batch_op.drop_index(batch_op.f("ix_access_links_enrolment_id"))

    op.drop_table("access_links")
    op.drop_table("quiet_weeks")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_due",
            sqlite_where=sa.text("state IN ('waiting', 'claimed')"),
            postgresql_where=sa.text("state IN ('waiting', 'claimed')"),
        )

    op.drop_table("outbox")
    with op.batch_alter_table("forming_runs", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_forming_runs_under_way",
            sqlite_where=sa.text("state IN ('queued', 'running')"),
            postgresql_where=sa.text("state IN ('queued', 'running')"),
        )
        batch_op.drop_index("ix_forming_runs_cohort_id_requested_at")

    op.drop_table("forming_runs")
    with op.batch_alter_table("enrolments", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_enrolments_next_checkin_at"))
        batch_op.drop_index(batch_op.f("ix_enrolments_membership_id"))

    op.drop_table("enrolments")
    with op.batch_alter_table("browser_sessions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_browser_sessions_membership_id"))
        batch_op.drop_index("ix_browser_sessions_expires_at")

    op.drop_table("browser_sessions")
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_memberships_person_id"))

    op.drop_table("memberships")
    with op.batch_alter_table("cohorts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cohorts_community_id"))

    op.drop_table("cohorts")
    op.drop_table("periodic_work")
    op.drop_table("people")
    op.drop_table("communities")
