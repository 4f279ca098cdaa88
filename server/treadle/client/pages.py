"""Lists that come in pages, as one."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import islice

from treadle.client.channel import Answer
from treadle.client.connection import Connection


class Entry(dict[str, object]):
    """An entry of a list."""

    def __init__(self, page: "_Page", index: int, members: Mapping[str, object]) -> None:
        super().__init__(members)
        self._page = page
        self._index = index

    @property
    def text(self) -> str:
        """Its JSON as it came."""
        return self._page.texts[self._index]


class _Page:
    def __init__(self, answer: Answer, key: str) -> None:
        self._answer = answer
        self._key = key

    @cached_property
    def texts(self) -> list[str]:
        from treadle.client.json_texts import elements, member

        return list(elements(member(self._answer.text, self._key)))

    def entries(self) -> Iterator[Entry]:
        found = self._answer.get(self._key)
        for index, each in enumerate(found if isinstance(found, list) else ()):
            if isinstance(each, dict):
                yield Entry(self, index, each)


def every(
    connection: Connection, method: str, params: Mapping[str, object], *, key: str = "data", most: int | None = None
) -> Iterator[Entry]:
    """The entries of all pages, or the first `most` of them."""
    return islice(_all(connection, method, params, key), most)


def _all(connection: Connection, method: str, params: Mapping[str, object], key: str) -> Iterator[Entry]:
    cursor: object = None
    while True:
        answer = connection.call(method, {**params, "cursor": cursor})
        yield from _Page(answer, key).entries()
        cursor = answer.get("nextCursor")
        if not cursor:
            return
