"""Rows as the JSON that goes over the wire, put together by SQLite.

A row comes out as one text instead of a value for each of its columns, which Python would have to make, look at and put
together again: that takes longer than to find the row. Times are the exception. SQLite needs as long for three dates as
for all the rest, and Python knows most seconds of a page already; so a row's times come last in its object, and whoever
reads the row closes it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from pydantic.alias_generators import to_camel
from sqlalchemy import Column, ColumnElement, Integer, LargeBinary, Text, case, cast, func, literal_column

from treadle.domain.event import MAX_PAGE_BYTES
from treadle.domain.times import iso_of_microseconds
from treadle.storage import cursors
from treadle.storage.connections import Cursor

FEW = 16

Parts = tuple[bytes, bytes]
"""Of a row's JSON, in their order. They are large, and copied once."""


@dataclass(frozen=True, slots=True)
class Member:
    """How `printf` writes a value, and the value."""

    pattern: str
    value: ColumnElement[Any]


def beginning(**members: Member) -> ColumnElement[bytes]:
    """An object's JSON without its end."""
    return following("{", **members)


def following(pattern: str, *values: ColumnElement[Any], **members: Member) -> ColumnElement[bytes]:
    """The JSON of members behind what `printf` makes of the pattern, in bytes: they are only put behind each other."""
    patterns = ",".join(f'"{to_camel(name)}":{member.pattern}' for name, member in members.items())
    text = func.printf(_literal(pattern + patterns), *values, *(member.value for member in members.values()))
    return cast(text, LargeBinary)


def fraction(column: Column[Any]) -> ColumnElement[Any]:
    """Of a time its microseconds, also of one before the epoch."""
    million = literal_column("1000000", Integer)
    return (column % million + million) % million


def number(column: Column[Any]) -> Member:
    return Member("%s", _or_null(column))


def text(column: Column[Any]) -> Member:
    """One that may hold anything. SQLite writes null for a null."""
    return Member("%s", func.json_quote(column))


def word(column: Column[Any]) -> Member:
    """A text of which the tables, or we who made it, see to it that nothing in it has to be escaped."""
    if not column.nullable:
        return Member('"%s"', column)
    quote = _literal('"')
    return Member("%s", func.coalesce(quote.concat(column).concat(quote), _literal("null")))


def raw(column: Column[Any]) -> Member:
    """What is JSON already."""
    return Member("%s", _or_null(column))


def flag(condition: ColumnElement[bool]) -> Member:
    return Member("%s", case((condition, _literal("true")), else_=_literal("false")))


def time(microseconds: int | None) -> str:
    """For the end of an object."""
    return "null" if microseconds is None else f'"{iso_of_microseconds(microseconds)}"'


def few_at_once(cursor: Cursor) -> Iterator[tuple[Any, ...]]:
    """Quicker than one by one, and not all of them at once: each may have two megabytes."""
    while rows := cursor.fetchmany(FEW):
        yield from rows


def page(
    rows: Iterable[tuple[tuple[int, ...], Parts]], limit: int, *, cursors_of: str, before: bytes = b'{"data":'
) -> bytes:
    """The whole response of a list: of the rows, each with its key, as many as go on one page. One that is too large
    for any page has one of its own. `cursors_of`: the kind of the list's cursors.
    """
    parts: list[bytes] = [before]
    count, size, cursor, separator = 0, 0, b"null", b"["
    last: tuple[int, ...] = ()
    for key, (first, rest) in rows:
        size += len(first) + len(rest)
        if count and (count == limit or size > MAX_PAGE_BYTES):
            cursor = orjson.dumps(cursors.encode(cursors_of, *last))
            break
        parts += (separator, first, rest)
        count, last, separator = count + 1, key, b","
    parts += (b"" if count else b"[", b'],"nextCursor":', cursor, b"}")
    return b"".join(parts)


def _or_null(column: Column[Any]) -> ColumnElement[Any]:
    return func.coalesce(column, _literal("null")) if column.nullable else column


def _literal(content: str) -> ColumnElement[str]:
    """In the statement itself, all of whose parameters have names."""
    quoted = content.replace("'", "''")
    return literal_column(f"'{quoted}'", Text)
