"""`project/*` and `component/*`."""

from collections.abc import Mapping

from treadle.protocol.projects import (
    ComponentListParams,
    ComponentListResponse,
    ProjectListParams,
    ProjectListResponse,
    ProjectOpenParams,
    ProjectOpenResponse,
)
from treadle.rpc.daemon import Context
from treadle.rpc.handlers.handler import Handler
from treadle.rpc.views import component_view, project_view


async def open_(context: Context, params: ProjectOpenParams) -> ProjectOpenResponse:
    opened = await context.daemon.application.projects.open(
        context.peer.scope,
        root=params.root,
        name=params.name,
        first_commit=params.first_commit,
        remote=params.remote,
        facts=params.facts,
        trusted_hash=params.trusted_hash,
    )
    return ProjectOpenResponse(
        project=project_view(opened.project),
        components=[component_view(component) for component in opened.components],
        trusted=opened.trusted,
        content_hash=opened.content_hash,
    )


async def list_(context: Context, params: ProjectListParams) -> ProjectListResponse:
    page = await context.daemon.application.projects.list(context.peer.scope, cursor=params.cursor, limit=params.limit)
    return ProjectListResponse(data=[project_view(project) for project in page.data], next_cursor=page.next_cursor)


async def list_components(context: Context, params: ComponentListParams) -> ComponentListResponse:
    page = await context.daemon.application.projects.components(
        context.peer.scope, project_id=params.project_id, cursor=params.cursor, limit=params.limit
    )
    return ComponentListResponse(
        data=[component_view(component) for component in page.data], next_cursor=page.next_cursor
    )


HANDLERS: Mapping[str, Handler] = {
    "project/open": open_,
    "project/list": list_,
    "component/list": list_components,
}
