import pytest
from sqlalchemy import bindparam, select

from treadle.storage.schema import accounts
from treadle.storage.statements import limited_sql, sql


def test_parameters_go_by_name() -> None:
    statement = select(accounts.c.id).where(accounts.c.name == bindparam("wanted"))
    assert sql(statement).replace("\n", "") == "SELECT accounts.id FROM accounts WHERE accounts.name = :wanted"
    assert limited_sql(statement).endswith(" LIMIT :limit")


def test_a_plain_value_is_refused() -> None:
    with pytest.raises(ValueError, match="plain values"):
        sql(select(accounts.c.id).where(accounts.c.name == "x"))
