"""Runs Alembic on one file. Importing this costs a third of a second, so it happens only when it is needed."""

import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from treadle.storage.connections import connect

LOCATION = Path(__file__).parent


def upgrade_to(path: Path, revision: str) -> None:
    """In one transaction: all of it or nothing.

    :raises sqlite3.Error:
    """
    engine = _engine(path)
    try:
        with engine.begin() as connection:
            config = configuration()
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.Error):
            raise error.orig from error
        raise
    finally:
        engine.dispose()


def configuration() -> Config:
    config = Config()
    config.set_main_option("script_location", str(LOCATION))
    return config


def _engine(path: Path) -> Engine:
    engine = create_engine("sqlite://", creator=lambda: connect(path), poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def configure(connection: object, _record: object) -> None:
        connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def begin(connection: object) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # type: ignore[attr-defined]

    return engine
