"""SQL text, compiled once from Core; it runs on the raw cursor with parameters by name."""

from sqlalchemy import ClauseElement, Integer, literal_column
from sqlalchemy.dialects import sqlite

_DIALECT = sqlite.dialect(paramstyle="named")

ONE = literal_column("1", Integer)
"""Stands in the text itself: a partial index is used only when its condition is seen."""


def limited_sql(statement: ClauseElement, limit: str = ":limit") -> str:
    """With a limit, to which SQLAlchemy would add an offset of zero as a value without a name."""
    return f"{sql(statement)} LIMIT {limit}"


def sql(statement: ClauseElement) -> str:
    """Every value that changes must be a bindparam; a plain one would have no name to be given by.

    :raises ValueError:
    """
    compiled = _DIALECT.statement_compiler(_DIALECT, statement)
    unnamed = [name for name, bind in compiled.binds.items() if not bind.required]
    if unnamed:
        raise ValueError(f"plain values in a statement: {unnamed}")
    return str(compiled)
