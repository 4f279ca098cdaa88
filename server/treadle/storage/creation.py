"""The tables of a new database, from the definition itself."""

import sqlite3

from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from treadle.domain.scope import LOCAL
from treadle.storage.schema import metadata

_DIALECT = sqlite.dialect()

CREATE_VERSION_TABLE = (
    "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
    "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
)
INSERT_ACCOUNT = "INSERT INTO accounts (id, name, inserted_at) VALUES (?, 'local', 0)"
INSERT_USER = "INSERT INTO users (id, account_id, name, inserted_at) VALUES (?, ?, 'local', 0)"


def create_tables(connection: sqlite3.Connection, revision: str) -> None:
    """Inside the caller's transaction."""
    for table in metadata.sorted_tables:
        connection.execute(str(CreateTable(table).compile(dialect=_DIALECT)))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            connection.execute(str(CreateIndex(index).compile(dialect=_DIALECT)))
    connection.execute(CREATE_VERSION_TABLE)
    connection.execute("INSERT INTO alembic_version (version_num) VALUES (?)", (revision,))
    connection.execute(INSERT_ACCOUNT, (LOCAL.account_id,))
    connection.execute(INSERT_USER, (LOCAL.user_id, LOCAL.account_id))
