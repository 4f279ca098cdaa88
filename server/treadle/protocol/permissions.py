"""Messages of `permission/*`."""

from typing import Literal

from pydantic import Field

from treadle.protocol.wire import JsonObject, Params, Response

Decision = Literal["allow", "deny", "ask"]


class PermissionRuleView(Response):
    """What it names must all fit."""

    effect: Decision
    """What holds when the rule fits."""
    tool: str | None
    """A pattern of tools' names."""
    command: str | None
    """A pattern of a command's words."""
    path: str | None
    """A pattern of files."""
    reason: str | None
    """For people, and for the agent."""
    owner: Literal["project", "user"]
    """Whose file it stands in."""
    file: str
    """Below the project's root, or an absolute path."""
    line: int
    """From 1."""


class PermissionFileView(Response):
    owner: Literal["project", "user"]
    """Whose it is."""
    file: str
    """Below the project's root, or an absolute path."""
    problem: str | None
    """Why the file does not count: then it allows nothing, and everything is asked about."""
    line: int
    """Of the problem, from 1."""
    rules: list[PermissionRuleView]
    """All of them."""


class PermissionVerdict(Response):
    decision: Decision | None
    """Null: the rules say nothing, and the agent's own mode decides."""
    rule: PermissionRuleView | None
    """That decided; null also where a grant did, where a file is broken, or where the command cannot be understood."""
    part: str | None
    """The part of a command that the rule is about, where it is not all of it."""
    reason: str | None
    """One sentence, for people and for the agent; null: there is no decision."""


class PermissionCheckParams(Params):
    """A call of a tool that an agent is about to make. What rules or a grant decide is recorded as an event of the
    session, once for each `toolUseId`."""

    session_id: int
    interaction_id: str | None = None
    tool: str = Field(min_length=1, max_length=200)
    """Its name, such as `Bash` or `mcp__github__create_issue`."""
    input: JsonObject
    """Its parameters, as the agent gives them."""
    tool_use_id: str = Field(min_length=1, max_length=200)
    """Of the call, as the agent numbers them."""
    parent_tool_use_id: str | None = Field(default=None, max_length=200)
    """Of the call by which the agent's helper was started that makes this one."""
    working_directory: str = Field(min_length=1, max_length=4_096)
    """Where the agent is: an absolute path."""
    root: str | None = Field(default=None, min_length=1, max_length=4_096)
    """Of the working tree, which the paths of rules begin at; null: the project's, or the working directory where that
    is outside of it."""


class PermissionCheckResponse(PermissionVerdict):
    grant: JsonObject
    """What a person grants who allows this until the session ends: `tool`, and `command` or `path`."""


class PermissionExplainParams(Params):
    """What the rules say, for a person who wonders. No session's grants count, and nothing is recorded."""

    project_id: int | None = None
    """Whose rules, besides the user's own; null: the connection's own project, if it has one."""
    tool: str = Field(default="Bash", min_length=1, max_length=200)
    """Its name."""
    command: str | None = None
    """Of a shell."""
    path: str | None = Field(default=None, min_length=1, max_length=4_096)
    """That the tool would read or write."""
    working_directory: str | None = Field(default=None, min_length=1, max_length=4_096)
    """An absolute path; null: the project's root."""


class PermissionExplainResponse(PermissionVerdict):
    trusted: bool
    """Whether the project's folder is trusted as it is; if not, the rules are those that were trusted last."""
    files: list[PermissionFileView]
    """Those that were asked."""


class PermissionListParams(Params):
    project_id: int | None = None
    """Whose rules, besides the user's own; null: the connection's own project, if it has one."""
    root: str | None = Field(default=None, max_length=4_096)
    """A folder whose file counts instead, as it is now; it need not be trusted, since nothing is allowed by looking."""


class PermissionListResponse(Response):
    trusted: bool
    """Whether the project's folder is trusted as it is; if not, the rules are those that were trusted last."""
    files: list[PermissionFileView]
    """Those that are there."""
    user_file: str | None
    """Where the user's own rules belong; null: this daemon reads none."""
