"""`project/*` and `component/*`."""

from collections.abc import Mapping
from pathlib import PurePath

from treadle.protocol.projects import (
    ComponentGetParams,
    ComponentGetResponse,
    ComponentListParams,
    ComponentListResponse,
    ProjectDeleteParams,
    ProjectDeleteResponse,
    ProjectGetParams,
    ProjectGetResponse,
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
        agent_sessions=context.peer.actor.agent_sessions,
    )
    context.daemon.project_watchers.tell(str(PurePath(params.root)))
    return ProjectOpenResponse(
        project=project_view(opened.project),
        components=[component_view(component) for component in opened.components],
        trusted=opened.trusted,
        content_hash=opened.content_hash,
    )


async def get(context: Context, params: ProjectGetParams) -> ProjectGetResponse:
    project = await context.daemon.application.projects.get(context.peer.scope, project_id=params.project_id)
    return ProjectGetResponse(project=project_view(project))


async def delete(context: Context, params: ProjectDeleteParams) -> ProjectDeleteResponse:
    deleted = await context.daemon.application.projects.delete(
        context.peer.scope, project_id=params.project_id, actor=context.peer.actor
    )
    context.daemon.project_watchers.tell(None)
    return ProjectDeleteResponse(project=project_view(deleted.project), session_count=deleted.session_count)


async def list_(context: Context, params: ProjectListParams) -> ProjectListResponse:
    page = await context.daemon.application.projects.list(context.peer.scope, cursor=params.cursor, limit=params.limit)
    return ProjectListResponse(data=[project_view(project) for project in page.data], next_cursor=page.next_cursor)


async def get_component(context: Context, params: ComponentGetParams) -> ComponentGetResponse:
    component = await context.daemon.application.projects.component(
        context.peer.scope, component_id=params.component_id
    )
    return ComponentGetResponse(component=component_view(component))


async def list_components(context: Context, params: ComponentListParams) -> ComponentListResponse:
    page = await context.daemon.application.projects.components(
        context.peer.scope, project_id=params.project_id, cursor=params.cursor, limit=params.limit
    )
    return ComponentListResponse(
        data=[component_view(component) for component in page.data], next_cursor=page.next_cursor
    )


HANDLERS: Mapping[str, Handler] = {
    "project/open": open_,
    "project/get": get,
    "project/list": list_,
    "project/delete": delete,
    "component/get": get_component,
    "component/list": list_components,
}
