"""Messages of `project/*` and `component/*`."""

from pydantic import Field

from treadle.protocol.entities import ComponentView, ProjectView
from treadle.protocol.wire import JsonObject, Params, Response


class ProjectOpenParams(Params):
    """What a client found by looking; the daemon itself reads only `.treadle/`, and only of a trusted folder.

    The project is the one of this first commit and remote wherever its folder is, else the one of this folder. Once the
    folder is trusted its components are those of the settings file. A component keeps its id as long as its name stands
    there; the sessions of one that goes stay without it, and are about it again when one of this name comes back.
    """

    root: str = Field(min_length=1)
    """Absolute path of the git root."""
    name: str | None = None
    """For people, such as the folder's name; the settings file has the last word."""
    first_commit: str | None = None
    """Its hash; null: there is none yet, or it cannot be known. Without it a folder that had one is another project."""
    remote: str | None = None
    """The address of the main remote, without any secret."""
    facts: JsonObject = Field(default_factory=dict)
    """`test_command` (argv), `test_tool`, `interpreter`, `scripts` (what the command runs, by name), `language`,
    `folders` (`code`, `tests` and `design`), and `agent_files` (hashes of files by which an agent starts programs)."""
    trusted_hash: str | None = None
    """The `contentHash` of an earlier answer that the person said yes to: remembered if it still is the content."""


class ProjectOpenResponse(Response):
    project: ProjectView
    components: list[ComponentView]
    trusted: bool
    """Whether sessions may run here with the present content."""
    content_hash: str
    """What a yes would be remembered for: the bytes of `.treadle/` and the found commands."""


class ProjectGetParams(Params):
    project_id: int


class ProjectGetResponse(Response):
    project: ProjectView


class ProjectDeleteParams(Params):
    """The project goes with its components and everybody's trust in its folders: whoever opens one anew is asked
    again. The sessions of all users stay, without project and component; a step that is being executed goes on. Nothing
    in a folder changes."""

    project_id: int


class ProjectDeleteResponse(Response):
    project: ProjectView
    """As it was."""
    session_count: int
    """Your sessions that stay."""


class ProjectListParams(Params):
    cursor: str | None = None
    limit: int = Field(default=50, ge=1, le=500)


class ProjectListResponse(Response):
    data: list[ProjectView]
    next_cursor: str | None


class ComponentGetParams(Params):
    component_id: int


class ComponentGetResponse(Response):
    component: ComponentView


class ComponentListParams(Params):
    project_id: int
    cursor: str | None = None
    limit: int = Field(default=500, ge=1, le=500)


class ComponentListResponse(Response):
    data: list[ComponentView]
    next_cursor: str | None
