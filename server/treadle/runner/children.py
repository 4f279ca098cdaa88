"""The sessions that a step has spawned, as the runner sees them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from treadle.agents.lenient import an_object, count, optional_text, text
from treadle.client.tables import printable

ACTIVE = "active"
COMPLETE = "complete"
DELETED = "deleted"
"""No status of the daemon's, which does not know the session any more."""
MAX_TITLE = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    session_id: int
    uid: str = ""
    type: str = ""
    title: str = ""
    status: str
    is_local: bool = False
    is_manual: bool = False
    branch: str | None = None
    """As its first step told."""
    commit: str | None = None
    """As its last step told."""
    failure_reason: str | None = None
    merged: bool | None = None
    """None: there is nothing to merge."""
    problem: str | None = None
    """One sentence: why it is not complete, or not merged."""
    exit_code: int | None = None
    """What a run of it alone would have ended with, had it met the problem."""
    worktree: str | None = None
    """Where what it has written is to be found, as long as it is not complete."""

    @classmethod
    def read(cls, head: Mapping[str, object]) -> "Child":
        state = an_object(head.get("state"))
        status = text(head.get("status"))
        reason = optional_text(head.get("failureReason"))
        return cls(
            session_id=count(head.get("id")),
            uid=text(head.get("uid")),
            type=text(head.get("type")),
            title=printable(text(head.get("title")))[:MAX_TITLE].strip(),
            status=status,
            is_local=head.get("environment") == "local",
            is_manual=head.get("executionMode") == "manual",
            branch=optional_text(state.get("branch")),
            commit=optional_text(state.get("commit")),
            failure_reason=reason,
            problem=None if status in (ACTIVE, COMPLETE) else reason or f"It is {status}.",
        )

    @classmethod
    def deleted(cls, session_id: int) -> "Child":
        return cls(session_id=session_id, status=DELETED, problem="It is not there any more.")

    @property
    def label(self) -> str:
        return f"{self.session_id} {self.title or self.type}".rstrip()

    @property
    def is_active(self) -> bool:
        return self.status == ACTIVE

    @property
    def is_complete(self) -> bool:
        return self.status == COMPLETE

    @property
    def has_ended_badly(self) -> bool:
        return self.status not in (ACTIVE, COMPLETE, DELETED)

    def with_problem(self, problem: str | None, exit_code: int | None) -> "Child":
        return self if problem is None else replace(self, problem=problem, exit_code=exit_code)

    def as_data(self) -> dict[str, object]:
        return {
            "session_id": self.session_id,
            "status": self.status,
            "branch": self.branch,
            "merged": self.merged,
            "problem": self.problem,
            "exit_code": self.exit_code,
            "worktree": self.worktree,
        }
