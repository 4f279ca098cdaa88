"""Deletes sessions, and counts what is left of them."""

from pathlib import Path

from tests.factories import (
    CLIENT,
    make_event,
)
from treadle.domain.actor import Actor
from treadle.domain.scope import LOCAL, Scope
from treadle.domain.session import Session
from treadle.service.application import Application
from treadle.service.deletion import Deleted
from treadle.storage.connections import Cursor

ACTOR = Actor(client_id=CLIENT, client_name="test")
TABLES = ("sessions", "interactions", "session_events", "session_outputs", "outputs")


async def delete(application: Application, session: Session, *, scope: Scope = LOCAL) -> Deleted:
    return await application.deletion.delete(scope, session_id=session.id, actor=ACTOR)


async def delete_whole(application: Application, session: Session) -> list[int]:
    """Delete, and wait until nothing is left; the percentages that were told."""
    told: list[int] = []
    assert await application.deletion.gone(await delete(application, session), told.append)
    return told


async def counts(application: Application) -> dict[str, int]:
    def count(rows: Cursor) -> dict[str, int]:
        return {table: rows.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES}  # noqa: S608

    return await application.database.read(count)


async def child_of(application: Application, parent: Session) -> Session:
    return await application.sessions.create(LOCAL, type="example", parent_session_id=parent.id)


async def add_events(application: Application, session: Session, count: int) -> None:
    events = [make_event() for _ in range(count)]
    await application.event_handler.handle_events(LOCAL, session_id=session.id, events=events)


async def upload(application: Application, session: Session, data: bytes, *, upload_id: str = "u") -> str:
    piece = await application.outputs.write(
        LOCAL, session_id=session.id, upload_id=upload_id, offset=0, data=data, last=True
    )
    assert piece.output_id is not None
    return piece.output_id


def files_of(folder: Path) -> set[str]:
    return {path.name for path in (folder / "outputs").rglob("*") if path.is_file()}
