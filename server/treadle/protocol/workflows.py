"""Messages of `workflow/*`."""

from typing import Literal

from pydantic import Field

from treadle.protocol.wire import Params, Response


class WorkflowCheckParams(Params):
    project_id: int | None = None
    """Whose components and other workflows there are, as it was trusted last; null: the connection's own, if it has
    one."""
    root: str | None = Field(default=None, max_length=4_096)
    """A folder whose `.treadle` counts instead, as it is now; it need not be trusted, since nothing is run. Of the
    project, else of the one that was opened there, only the components that were designed count then."""
    path: str = Field(min_length=1, max_length=4_096)
    """Where the text stands, or will; nothing is read there."""
    text: str
    """Of the whole file."""


class DiagnosticView(Response):
    line: int
    """From 1."""
    column: int
    """From 1, in code points."""
    end_line: int
    """Of the first character behind it."""
    end_column: int
    """Likewise."""
    severity: Literal["error", "warning"]
    """With an error the workflow cannot be run."""
    code: str
    """Stable, such as `unknown_step`."""
    message: str
    """One sentence."""


class WorkflowCheckResponse(Response):
    name: str | None
    """What the workflow is called; null: that is wrong too."""
    diagnostics: list[DiagnosticView]
    """In the order of the text."""


class WorkflowGraphParams(Params):
    path: str = Field(min_length=1, max_length=4_096)
    """For messages only."""
    text: str
    """Of the whole file."""


class WorkflowGraphResponse(Response):
    mermaid: str
    """A flowchart in the language of Mermaid."""
    svg: str
    """The same as a picture."""


class WorkflowNewParams(Params):
    name: str
    """What it shall be called."""
    project_id: int | None = None
    """In which no other workflow may be called so; null: the connection's own project, if it has one."""
    root: str | None = Field(default=None, max_length=4_096)
    """A folder whose workflows count instead, as they are now."""


class WorkflowNewResponse(Response):
    path: str
    """Where the file belongs, below the project's root. Nothing is written."""
    text: str
    """A small workflow to begin with."""
