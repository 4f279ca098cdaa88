"""Who sees which session and which project: the one place."""

from sqlalchemy import ColumnElement, and_, bindparam, or_

from treadle.domain.scope import Scope
from treadle.domain.session import Session
from treadle.storage.schema import projects, sessions

IN_SCOPE: ColumnElement[bool] = and_(
    sessions.c.deleted_at.is_(None),
    sessions.c.account_id == bindparam("scope_account_id"),
    sessions.c.user_id == bindparam("scope_user_id"),
    or_(bindparam("scope_project_id").is_(None), sessions.c.project_id == bindparam("scope_project_id")),
)


def is_in_scope(scope: Scope, session: Session) -> bool:
    """IN_SCOPE, of a session that is known and was not deleted."""
    return (
        session.account_id == scope.account_id
        and session.user_id == scope.user_id
        and scope.project_id in (None, session.project_id)
    )


PROJECT_IN_SCOPE: ColumnElement[bool] = and_(
    projects.c.account_id == bindparam("scope_account_id"),
    or_(bindparam("scope_project_id").is_(None), projects.c.id == bindparam("scope_project_id")),
)


def scope_parameters(scope: Scope) -> dict[str, object]:
    return {
        "scope_account_id": scope.account_id,
        "scope_user_id": scope.user_id,
        "scope_project_id": scope.project_id,
    }
