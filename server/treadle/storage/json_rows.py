"""Rows as the JSON that goes over the wire, put together by SQLite.

A row comes out as one text instead of a value for each of its columns, which Python would have to make, look at and put
together again: that takes longer than to find the row. Times are the exception. SQLite needs as long for three dates as
for all the rest, and Python knows most seconds of a page already; so a row's times come last in its object, and whoever
reads the row closes it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic.alias_generators import to_camel
from sqlalchemy import Column, ColumnElement, Text, case, func, literal_column

from treadle.domain.event import MAX_PAGE_BYTES
from treadle.domain.times import iso_of_microseconds
from treadle.storage import cursors
from treadle.storage.connections import Cursor
from treadle.storage.values import json_text

FEW = 32


@dataclass(frozen=True, slots=True)
class Member:
    """How `printf` writes a value, and the value."""

    pattern: str
    value: ColumnElement[Any]


def beginning(**members: Member) -> ColumnElement[str]:
    """An object's JSON without its end."""
    pattern = ",".join(f'"{to_camel(name)}":{member.pattern}' for name, member in members.items())
    return func.printf(_literal("{" + pattern), *(member.value for member in members.values()))


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
    """Quicker than one by one, and not all of them at once: each may have a megabyte."""
    while rows := cursor.fetchmany(FEW):
        yield from rows


def page(
    rows: Iterable[tuple[tuple[int, ...], str]], limit: int, *, cursors_of: str, before: str = '{"data":'
) -> bytes:
    """The whole response of a list: of the rows, each with its key, as many as go on one page. One that is too large
    for any page has one of its own. `cursors_of`: the kind of the list's cursors.
    """
    texts: list[str] = []
    size, cursor = 0, "null"
    last: tuple[int, ...] = ()
    for key, row in rows:
        size += len(row) if row.isascii() else len(row.encode())
        if texts and (len(texts) == limit or size > MAX_PAGE_BYTES):
            cursor = json_text(cursors.encode(cursors_of, *last))
            break
        texts.append(row)
        last = key
    return f'{before}[{",".join(texts)}],"nextCursor":{cursor}}}'.encode()


def _or_null(column: Column[Any]) -> ColumnElement[Any]:
    return func.coalesce(column, _literal("null")) if column.nullable else column


def _literal(content: str) -> ColumnElement[str]:
    """In the statement itself, all of whose parameters have names."""
    quoted = content.replace("'", "''")
    return literal_column(f"'{quoted}'", Text)
