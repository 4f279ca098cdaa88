from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Scope:
    """Who is asking. Bound to a connection when it is initialised; a request can narrow it, never widen it."""

    account_id: int
    user_id: int
    project_id: int | None = None

    def narrowed(self, project_id: int) -> "Scope":
        return replace(self, project_id=project_id)


LOCAL = Scope(account_id=1, user_id=1)
"""The local account and user, which every fresh database holds."""
