"""Lists that come in pages, as one."""

from collections.abc import Iterator, Mapping

from treadle.agents.lenient import JsonObject, objects
from treadle.client.connection import Connection


def every(
    connection: Connection, method: str, params: Mapping[str, object], *, key: str = "data", most: int | None = None
) -> Iterator[JsonObject]:
    """The entries of all pages, or the first `most` of them."""
    given = 0
    cursor: object = None
    while True:
        page = connection.call(method, {**params, "cursor": cursor})
        for entry in objects(page.get(key)):
            if most is not None and given >= most:
                return
            given += 1
            yield entry
        cursor = page.get("nextCursor")
        if not cursor:
            return
