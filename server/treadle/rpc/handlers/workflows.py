"""`workflow/*`."""

from collections.abc import Mapping

from treadle.protocol.workflows import (
    DiagnosticView,
    WorkflowCheckParams,
    WorkflowCheckResponse,
    WorkflowGraphParams,
    WorkflowGraphResponse,
    WorkflowNewParams,
    WorkflowNewResponse,
)
from treadle.rpc.daemon import Context
from treadle.rpc.handlers.handler import Handler
from treadle.rpc.late_loading import loaded
from treadle.workflows.definition.diagnostics import Diagnostic
from treadle.workflows.definition.source import Source


async def check(context: Context, params: WorkflowCheckParams) -> WorkflowCheckResponse:
    application = context.daemon.application
    await loaded(lambda: application.registry.types)
    checked = await application.workflows.check(
        context.peer.scope, project_id=params.project_id, root=params.root, path=params.path, text=params.text
    )
    return WorkflowCheckResponse(
        name=checked.name,
        diagnostics=[_diagnostic_view(each, checked.analysis.source) for each in checked.analysis.diagnostics],
    )


async def graph(context: Context, params: WorkflowGraphParams) -> WorkflowGraphResponse:
    drawing = await context.daemon.application.workflows.graph(path=params.path, text=params.text)
    return WorkflowGraphResponse(mermaid=drawing.mermaid, svg=drawing.svg)


async def new(context: Context, params: WorkflowNewParams) -> WorkflowNewResponse:
    application = context.daemon.application
    await loaded(lambda: application.registry.types)
    starter = await application.workflows.starter(
        context.peer.scope, project_id=params.project_id, root=params.root, name=params.name
    )
    return WorkflowNewResponse(path=starter.path, text=starter.text)


def _diagnostic_view(diagnostic: Diagnostic, source: Source) -> DiagnosticView:
    line, column = diagnostic.line_and_column(source)
    end = source.position(diagnostic.span.end)
    return DiagnosticView(
        line=line,
        column=column,
        end_line=end.line + 1,
        end_column=end.character + 1,
        severity=diagnostic.severity.value,
        code=diagnostic.code,
        message=diagnostic.message,
    )


HANDLERS: Mapping[str, Handler] = {
    "workflow/check": check,
    "workflow/graph": graph,
    "workflow/new": new,
}
