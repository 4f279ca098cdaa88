"""Sessions that can be deleted and reopened, and that know their last event."""

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
