"""The tables: the one definition of the database.

Times are integer microseconds since the epoch (UTC); JSON is text. The local account and user are put into every
new database.
"""

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from treadle.domain.ask import AskKind, AskStatus
from treadle.domain.event import EventSource, EventType
from treadle.domain.project import ComponentOrigin
from treadle.domain.result import ResultStatus
from treadle.domain.session import Agent, Environment, ExecutionMode, SessionStatus

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _one_of(column: str, values: Iterable[StrEnum]) -> CheckConstraint:
    """Not by IN: SQLite would build a table of the values for every row, which nearly doubles an insert."""
    return CheckConstraint(" OR ".join(f"{column} = '{value}'" for value in values), name=column)


def _time(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=nullable)


def _reference(name: str, target: str, *, on_delete: str, nullable: bool = False) -> Column[int]:
    return Column(name, Integer, ForeignKey(target, ondelete=on_delete), nullable=nullable)


accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    _time("inserted_at"),
)

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    _reference("account_id", "accounts.id", on_delete="RESTRICT"),
    Column("name", Text, nullable=False),
    _time("inserted_at"),
    Index(None, "account_id"),
)

projects = Table(
    "projects",
    metadata,
    Column("id", Integer, primary_key=True),
    _reference("account_id", "accounts.id", on_delete="RESTRICT"),
    Column("name", Text, nullable=False),
    Column("root", Text, nullable=False),
    Column("first_commit", Text),
    Column("remote", Text),
    Column("settings", Text, nullable=False),
    _time("inserted_at"),
    _time("updated_at"),
    Index(None, "account_id", "first_commit"),
    Index(None, "account_id", "root"),
    Index(None, "account_id", "name"),
    sqlite_autoincrement=True,
)

components = Table(
    "components",
    metadata,
    Column("id", Integer, primary_key=True),
    _reference("project_id", "projects.id", on_delete="CASCADE"),
    _reference("parent_component_id", "components.id", on_delete="SET NULL", nullable=True),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("paths", Text, nullable=False),
    # With the column, as an upgrade adds it.
    Column("origin", Text, _one_of("origin", ComponentOrigin), nullable=False, server_default=text("'declared'")),
    UniqueConstraint("project_id", "name"),
    Index(None, "parent_component_id"),
    sqlite_autoincrement=True,
)

project_texts = Table(
    # What the trusted project says in its prompts and rules: steps read no files.
    "project_texts",
    metadata,
    Column("project_id", Integer, ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    Column("path", Text, primary_key=True),
    Column("content", Text, nullable=False),
)

opened_folders = Table(
    "opened_folders",
    metadata,
    Column("project_id", Integer, ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", Integer, ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    Column("root", Text, primary_key=True),
    Column("content_hash", Text, nullable=False),
    Index(None, "user_id", "root"),
)

trusted_folders = Table(
    "trusted_folders",
    metadata,
    Column("id", Integer, primary_key=True),
    _reference("user_id", "users.id", on_delete="CASCADE"),
    Column("root", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    _time("inserted_at"),
    UniqueConstraint("user_id", "root", "content_hash"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("uid", Text, nullable=False, unique=True),
    Column("type", Text, nullable=False),
    Column("type_version", Integer, nullable=False),
    Column("definition", Text),
    _reference("account_id", "accounts.id", on_delete="RESTRICT"),
    _reference("user_id", "users.id", on_delete="RESTRICT"),
    _reference("project_id", "projects.id", on_delete="SET NULL", nullable=True),
    _reference("component_id", "components.id", on_delete="SET NULL", nullable=True),
    _reference("parent_session_id", "sessions.id", on_delete="CASCADE", nullable=True),
    Column("title", Text),
    Column("agent", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("execution_mode", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("options", Text, nullable=False),
    Column("external_conversation_id", Text),
    _time("paused_at", nullable=True),
    Column("failure_reason", Text),
    Column("interaction_count", Integer, nullable=False),
    Column("event_count", Integer, nullable=False),
    _time("inserted_at"),
    _time("updated_at"),
    Column("attempts_from", Integer, nullable=False, server_default=text("0")),
    Column("last_event_id", Integer),
    # A tombstone: nobody sees the session any more, and its rows are purged in pieces.
    _time("deleted_at", nullable=True),
    Column("open_ask_count", Integer, nullable=False, server_default=text("0")),
    Column("cost_usd", Float),
    Column("input_tokens", Integer, nullable=False, server_default=text("0")),
    Column("cached_tokens", Integer, nullable=False, server_default=text("0")),
    Column("output_tokens", Integer, nullable=False, server_default=text("0")),
    _one_of("agent", Agent),
    _one_of("environment", Environment),
    _one_of("execution_mode", ExecutionMode),
    _one_of("status", SessionStatus),
    CheckConstraint("interaction_count >= 0 AND event_count >= 0", name="counts"),
    Index(None, "account_id", "user_id", "id"),
    Index(None, "account_id", "user_id", "status"),
    Index(None, "account_id", "user_id", "type"),
    Index(None, "user_id"),
    Index(None, "project_id"),
    Index(None, "component_id"),
    Index(None, "parent_session_id"),
    sqlite_autoincrement=True,
)

SESSION_COLUMNS = tuple(column for column in sessions.c if column.name != "deleted_at")
"""All but the tombstone: who sees a session sees none."""

former_components = Table(
    # What a session was about before its component was taken out of the settings file: one of this name that comes
    # back there, as with another branch, gets its sessions back.
    "former_components",
    metadata,
    Column("session_id", Integer, ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    _reference("project_id", "projects.id", on_delete="CASCADE"),
    Column("name", Text, nullable=False),
    Index(None, "project_id", "name"),
)

interactions = Table(
    "interactions",
    metadata,
    Column("id", Text, primary_key=True),
    _reference("session_id", "sessions.id", on_delete="CASCADE"),
    Column("position", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("step", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("result", Text),
    Column("result_status", Text),
    Column("claim_client_id", Text),
    Column("claim_client_name", Text),
    _time("claimed_at", nullable=True),
    _time("claim_expires_at", nullable=True),
    _time("inserted_at"),
    _time("completed_at", nullable=True),
    _time("superseded_at", nullable=True),
    # Of a completed one, and of no other, the end of its JSON on the wire: nothing of it changes any more.
    Column("ending", Text),
    UniqueConstraint("session_id", "position"),
    _one_of("result_status", ResultStatus),
    CheckConstraint("position > 0 AND attempt > 0", name="numbers"),
    CheckConstraint("(result IS NULL) = (result_status IS NULL)", name="result"),
    CheckConstraint(
        f"(completed_at IS NULL) = (result_status IS NULL OR result_status = '{ResultStatus.PENDING}')",
        name="completed",
    ),
    Index(None, "session_id", "step", "position"),
)

Index("ix_sessions_deleted", sessions.c.id, sqlite_where=sessions.c.deleted_at.is_not(None))
Index(
    "ix_sessions_last_event",
    sessions.c.account_id,
    sessions.c.user_id,
    sessions.c.last_event_id,
    sqlite_where=sessions.c.deleted_at.is_(None),
)

PENDING = interactions.c.completed_at.is_(None) & interactions.c.superseded_at.is_(None)

Index("ix_interactions_pending", interactions.c.session_id, unique=True, sqlite_where=PENDING)

session_events = Table(
    "session_events",
    metadata,
    Column("id", Integer, primary_key=True),
    _reference("session_id", "sessions.id", on_delete="CASCADE"),
    # No foreign key: interactions go only with their session, and a check of each one would read all events.
    Column("interaction_id", Text),
    Column("uid", Text, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("is_rare", SmallInteger, nullable=False),
    Column("source", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("metadata", Text),
    _time("sent_at"),
    _time("inserted_at"),
    _one_of("event_type", EventType),
    _one_of("source", EventSource),
    # SQLite ends every index with the row id, so this one serves the order (sent_at, id).
    Index(None, "session_id", "sent_at"),
    Index(None, "session_id", "uid", unique=True),
)

Index(
    "ix_session_events_rare",
    session_events.c.session_id,
    session_events.c.event_type,
    session_events.c.sent_at,
    sqlite_where=session_events.c.is_rare == 1,
)

FREQUENT_EVENTS = frozenset(
    {
        EventType.CONVERSATION_MESSAGE_SENT,
        EventType.CONVERSATION_MESSAGE_RECEIVED,
        EventType.TOOL_CALLED,
        EventType.TOOL_RESULT,
        EventType.COMMAND_OUTPUT,
    }
)
"""Too many to pay for an index by type; all others are in a small one."""

asks = Table(
    "asks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("uid", Text, nullable=False),
    _reference("session_id", "sessions.id", on_delete="CASCADE"),
    # No foreign key, as of events: interactions go only with their session.
    Column("interaction_id", Text),
    Column("kind", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("details", Text, nullable=False),
    Column("options", Text, nullable=False),
    Column("asked_by", Text, nullable=False),
    _time("asked_at"),
    _time("expires_at", nullable=True),
    Column("default_answer", Text),
    Column("status", Text, nullable=False),
    Column("answer", Text),
    Column("comment", Text),
    Column("answered_by", Text),
    _time("closed_at", nullable=True),
    Column("reason", Text),
    _one_of("kind", AskKind),
    _one_of("status", AskStatus),
    CheckConstraint(f"(closed_at IS NULL) = (status = '{AskStatus.OPEN}')", name="closed"),
    UniqueConstraint("session_id", "uid"),
    Index(None, "status", "id"),
    sqlite_autoincrement=True,
)

terminals = Table(
    "terminals",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("uid", Text, nullable=False),
    _reference("session_id", "sessions.id", on_delete="CASCADE"),
    # No foreign key, as of events: interactions go only with their session.
    Column("interaction_id", Text, nullable=False),
    Column("conversations", Text, nullable=False),
    Column("resumed", SmallInteger, nullable=False),
    Column("root", Text, nullable=False),
    Column("port", Integer),
    Column("token_digest", Text, nullable=False),
    _time("opened_at"),
    _time("seen_at"),
    _time("closed_at", nullable=True),
    Column("sources", Text, nullable=False),
    UniqueConstraint("session_id", "uid"),
    sqlite_autoincrement=True,
)

Index("ix_terminals_open", terminals.c.id, sqlite_where=terminals.c.closed_at.is_(None))

outputs = Table(
    "outputs",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("size", BigInteger, nullable=False),
    _time("inserted_at"),
)

session_outputs = Table(
    "session_outputs",
    metadata,
    Column("session_id", Integer, ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("sha256", Text, ForeignKey("outputs.sha256", ondelete="RESTRICT"), primary_key=True),
    _time("inserted_at"),
    Index(None, "sha256"),
)
