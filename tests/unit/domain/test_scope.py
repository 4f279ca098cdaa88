import pytest

from treadle.domain.scope import LOCAL, Scope


@pytest.mark.requirement("scope.never-wider")
def test_a_scope_can_be_narrowed() -> None:
    assert LOCAL.narrowed(3) == Scope(account_id=1, user_id=1, project_id=3)
    assert LOCAL.project_id is None
