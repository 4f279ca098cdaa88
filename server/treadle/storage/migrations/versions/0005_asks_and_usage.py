"""Asks, of which there is one for each question of a workflow that waits; and what a session's agent has used."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COUNTS = ("open_ask_count", "input_tokens", "cached_tokens", "output_tokens")
WAITING = (
    "SELECT i.id, i.session_id, i.step, i.command, i.inserted_at"
    " FROM interactions i JOIN sessions s ON s.id = i.session_id"
    " WHERE i.completed_at IS NULL AND i.superseded_at IS NULL AND s.status = 'active' AND s.deleted_at IS NULL"
)
ASKED = (
    "INSERT INTO asks (uid, session_id, interaction_id, kind, question, details, options, asked_by, asked_at, status)"
    " VALUES (:uid, :session_id, :uid, 'question', :question, '{}', :options, :asked_by, :asked_at, 'open')"
)


def upgrade() -> None:
    for name in COUNTS:
        op.add_column("sessions", sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("sessions", sa.Column("cost_usd", sa.Float(), nullable=True))
    _create_asks()
    connection = op.get_bind()
    for interaction_id, session_id, step, command, inserted_at in connection.execute(sa.text(WAITING)).fetchall():
        made = json.loads(command)
        if made.get("command") == "ask":
            row = {"uid": interaction_id, "session_id": session_id, "asked_by": f"step {step}", "asked_at": inserted_at}
            connection.execute(sa.text(ASKED), row | _asked(made.get("metadata") or {}))
            connection.execute(sa.text("UPDATE sessions SET open_ask_count = 1 WHERE id = :id"), {"id": session_id})


def _asked(metadata: dict[str, object]) -> dict[str, str]:
    answers = metadata.get("answers")
    known = [each for each in answers if isinstance(each, dict)] if isinstance(answers, list) else []
    names = [str(each["name"]) for each in known if "name" in each]
    options = [{"name": name, "title": name, "description": None} for name in names]
    return {"question": str(metadata.get("question") or ""), "options": json.dumps(options)}


def _create_asks() -> None:
    op.create_table(
        "asks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("interaction_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("default_answer", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("answered_by", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind = 'permission' OR kind = 'question' OR kind = 'stall' OR kind = 'budget'", name=op.f("ck_asks_kind")
        ),
        sa.CheckConstraint(
            "status = 'open' OR status = 'answered' OR status = 'withdrawn' OR status = 'expired'",
            name=op.f("ck_asks_status"),
        ),
        sa.CheckConstraint("(closed_at IS NULL) = (status = 'open')", name=op.f("ck_asks_closed")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_asks_session_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asks")),
        sa.UniqueConstraint("session_id", "uid", name=op.f("uq_asks_session_id_uid")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_asks_status_id", "asks", ["status", "id"])
