"""What projects say in the prompts and rules of their trusted folders, by the path in `.treadle/`."""

from collections.abc import Iterator, Mapping

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from treadle.storage.connections import Cursor
from treadle.storage.schema import project_texts
from treadle.storage.statements import sql

_KEY = ("project_id", "path")
_OF_PROJECT = project_texts.c.project_id == bindparam("project_id")
_ONE = _OF_PROJECT & (project_texts.c.path == bindparam("path"))

PATHS = sql(select(project_texts.c.path).where(_OF_PROJECT).order_by(project_texts.c.path))
CONTENT = sql(select(project_texts.c.content).where(_ONE))
_ALL = sql(select(project_texts.c.path, project_texts.c.content).where(_OF_PROJECT))
_PUT = sql(
    sqlite_insert(project_texts)
    .values({name: bindparam(name) for name in (*_KEY, "content")})
    .on_conflict_do_update(index_elements=_KEY, set_={"content": bindparam("content")})
    .inline()
)
_REMOVE = sql(project_texts.delete().where(_ONE))


class StoredTexts(Mapping[str, str]):
    """The texts of a project, for as long as the transaction of the cursor lasts. Each is read when it is asked for."""

    def __init__(self, cursor: Cursor, project_id: int) -> None:
        # One of its own: whoever reads with the other in between goes on where it was.
        self._rows = cursor.connection.cursor()
        self._project_id = project_id

    def __getitem__(self, path: str) -> str:
        row = self._rows.execute(CONTENT, {"project_id": self._project_id, "path": path}).fetchone()
        if row is None:
            raise KeyError(path)
        return str(row[0])

    def __iter__(self) -> Iterator[str]:
        rows = self._rows.execute(PATHS, {"project_id": self._project_id}).fetchall()
        return iter([path for (path,) in rows])

    def __len__(self) -> int:
        return len(list(iter(self)))


def synchronise(cursor: Cursor, project_id: int, texts: Mapping[str, str]) -> None:
    """Make the project's texts these; what is as it was is not written."""
    stored = dict(cursor.execute(_ALL, {"project_id": project_id}).fetchall())
    gone = [{"project_id": project_id, "path": path} for path in stored.keys() - texts.keys()]
    cursor.executemany(_REMOVE, gone)
    new = [(path, content) for path, content in texts.items() if stored.get(path) != content]
    cursor.executemany(_PUT, [{"project_id": project_id, "path": path, "content": content} for path, content in new])
