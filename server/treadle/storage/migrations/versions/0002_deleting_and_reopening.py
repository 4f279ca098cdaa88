"""Sessions that can be deleted and reopened, that know their last event and the component that they lost."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sessions", sa.Column("attempts_from", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("sessions", sa.Column("last_event_id", sa.Integer(), nullable=True))
    op.add_column("sessions", sa.Column("deleted_at", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_sessions_deleted", "sessions", ["id"], unique=False, sqlite_where=sa.text("deleted_at IS NOT NULL")
    )
    op.create_index(
        "ix_sessions_last_event",
        "sessions",
        ["account_id", "user_id", "last_event_id"],
        unique=False,
        sqlite_where=sa.text("deleted_at IS NULL"),
    )
    op.execute(
        "UPDATE sessions SET last_event_id = "
        "(SELECT max(session_events.id) FROM session_events WHERE session_events.session_id = sessions.id)"
    )
    op.drop_index("ix_sessions_account_id_status", table_name="sessions")
    op.create_index(
        op.f("ix_sessions_account_id_user_id_status"), "sessions", ["account_id", "user_id", "status"], unique=False
    )
    op.create_index(
        op.f("ix_sessions_account_id_user_id_type"), "sessions", ["account_id", "user_id", "type"], unique=False
    )
    op.create_table(
        "former_components",
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.id"], name=op.f("fk_former_components_project_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_former_components_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_former_components")),
    )
    op.create_index(
        op.f("ix_former_components_project_id_name"), "former_components", ["project_id", "name"], unique=False
    )
