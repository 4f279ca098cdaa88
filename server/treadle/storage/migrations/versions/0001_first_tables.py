"""The first tables, with the local account and user."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
    )
    op.create_table(
        "outputs",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_outputs")),
    )
    op.create_table(
        "projects",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("first_commit", sa.Text(), nullable=True),
        sa.Column("remote", sa.Text(), nullable=True),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_projects_account_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_projects")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_projects_account_id_first_commit"), "projects", ["account_id", "first_commit"], unique=False
    )
    op.create_index(op.f("ix_projects_account_id_name"), "projects", ["account_id", "name"], unique=False)
    op.create_index(op.f("ix_projects_account_id_root"), "projects", ["account_id", "root"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_users_account_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
    )
    op.create_index(op.f("ix_users_account_id"), "users", ["account_id"], unique=False)
    op.create_table(
        "components",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("parent_component_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("paths", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_component_id"],
            ["components.id"],
            name=op.f("fk_components_parent_component_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_components_project_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_components")),
        sa.UniqueConstraint("project_id", "name", name=op.f("uq_components_project_id_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_components_parent_component_id"), "components", ["parent_component_id"], unique=False)
    op.create_table(
        "opened_folders",
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_opened_folders_project_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_opened_folders_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("project_id", "user_id", "root", name=op.f("pk_opened_folders")),
    )
    op.create_index(op.f("ix_opened_folders_user_id_root"), "opened_folders", ["user_id", "root"], unique=False)
    op.create_table(
        "trusted_folders",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("root", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_trusted_folders_user_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trusted_folders")),
        sa.UniqueConstraint(
            "user_id", "root", "content_hash", name=op.f("uq_trusted_folders_user_id_root_content_hash")
        ),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("type_version", sa.Integer(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("component_id", sa.Integer(), nullable=True),
        sa.Column("parent_session_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("execution_mode", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("external_conversation_id", sa.Text(), nullable=True),
        sa.Column("paused_at", sa.BigInteger(), nullable=True),
        sa.Column("failure_reason", sa.Text(), nullable=True),
        sa.Column("interaction_count", sa.Integer(), nullable=False),
        sa.Column("event_count", sa.Integer(), nullable=False),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("agent = 'claude_code'", name=op.f("ck_sessions_agent")),
        sa.CheckConstraint("environment = 'vscode' OR environment = 'local'", name=op.f("ck_sessions_environment")),
        sa.CheckConstraint(
            "execution_mode = 'manual' OR execution_mode = 'agentic'", name=op.f("ck_sessions_execution_mode")
        ),
        sa.CheckConstraint(
            "status = 'active' OR status = 'complete' OR status = 'failed' OR status = 'cancelled'",
            name=op.f("ck_sessions_status"),
        ),
        sa.CheckConstraint("interaction_count >= 0 AND event_count >= 0", name=op.f("ck_sessions_counts")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_sessions_account_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["component_id"], ["components.id"], name=op.f("fk_sessions_component_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["parent_session_id"], ["sessions.id"], name=op.f("fk_sessions_parent_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_sessions_project_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("uid", name=op.f("uq_sessions_uid")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_sessions_account_id_status"), "sessions", ["account_id", "status"], unique=False)
    op.create_index(
        op.f("ix_sessions_account_id_user_id_id"), "sessions", ["account_id", "user_id", "id"], unique=False
    )
    op.create_index(op.f("ix_sessions_component_id"), "sessions", ["component_id"], unique=False)
    op.create_index(op.f("ix_sessions_parent_session_id"), "sessions", ["parent_session_id"], unique=False)
    op.create_index(op.f("ix_sessions_project_id"), "sessions", ["project_id"], unique=False)
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"], unique=False)
    op.create_table(
        "interactions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("result_status", sa.Text(), nullable=True),
        sa.Column("claim_client_id", sa.Text(), nullable=True),
        sa.Column("claim_client_name", sa.Text(), nullable=True),
        sa.Column("claimed_at", sa.BigInteger(), nullable=True),
        sa.Column("claim_expires_at", sa.BigInteger(), nullable=True),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.Column("completed_at", sa.BigInteger(), nullable=True),
        sa.Column("superseded_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(completed_at IS NULL) = (result_status IS NULL OR result_status = 'pending')",
            name=op.f("ck_interactions_completed"),
        ),
        sa.CheckConstraint(
            "result_status = 'ok' OR result_status = 'warning' OR result_status = 'error' OR result_status = 'pending'",
            name=op.f("ck_interactions_result_status"),
        ),
        sa.CheckConstraint("(result IS NULL) = (result_status IS NULL)", name=op.f("ck_interactions_result")),
        sa.CheckConstraint("position > 0 AND attempt > 0", name=op.f("ck_interactions_numbers")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_interactions_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interactions")),
        sa.UniqueConstraint("session_id", "position", name=op.f("uq_interactions_session_id_position")),
    )
    op.create_index(
        "ix_interactions_pending",
        "interactions",
        ["session_id"],
        unique=True,
        sqlite_where=sa.text("completed_at IS NULL AND superseded_at IS NULL"),
    )
    op.create_index(
        op.f("ix_interactions_session_id_step_position"),
        "interactions",
        ["session_id", "step", "position"],
        unique=False,
    )
    op.create_table(
        "session_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("interaction_id", sa.Text(), nullable=True),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("is_rare", sa.SmallInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("metadata", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.BigInteger(), nullable=False),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "event_type = 'conversation_started' OR event_type = 'conversation_message_sent' OR "
            "event_type = 'conversation_message_received' OR event_type = 'conversation_ended' OR "
            "event_type = 'tool_called' OR event_type = 'tool_result' OR "
            "event_type = 'file_created' OR event_type = 'file_modified' OR "
            "event_type = 'file_deleted' OR event_type = 'command_started' OR "
            "event_type = 'command_output' OR event_type = 'command_completed' OR "
            "event_type = 'hook_triggered' OR event_type = 'hook_completed' OR "
            "event_type = 'session_status_changed' OR event_type = 'session_paused' OR "
            "event_type = 'session_resumed' OR event_type = 'error_occurred'",
            name=op.f("ck_session_events_event_type"),
        ),
        sa.CheckConstraint(
            "source = 'stream' OR source = 'hook' OR source = 'terminal' OR source = 'watcher' OR source = 'daemon'",
            name=op.f("ck_session_events_source"),
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_session_events_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session_events")),
    )
    op.create_index(
        "ix_session_events_rare",
        "session_events",
        ["session_id", "event_type", "sent_at"],
        unique=False,
        sqlite_where=sa.text("is_rare = 1"),
    )
    op.create_index(
        op.f("ix_session_events_session_id_sent_at"), "session_events", ["session_id", "sent_at"], unique=False
    )
    op.create_index(op.f("ix_session_events_session_id_uid"), "session_events", ["session_id", "uid"], unique=True)
    op.create_table(
        "session_outputs",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("inserted_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_session_outputs_session_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["sha256"], ["outputs.sha256"], name=op.f("fk_session_outputs_sha256"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("session_id", "sha256", name=op.f("pk_session_outputs")),
    )
    op.create_index(op.f("ix_session_outputs_sha256"), "session_outputs", ["sha256"], unique=False)
    op.execute("INSERT INTO accounts (id, name, inserted_at) VALUES (1, 'local', 0)")
    op.execute("INSERT INTO users (id, account_id, name, inserted_at) VALUES (1, 1, 'local', 0)")
