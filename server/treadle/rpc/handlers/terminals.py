"""`terminal/*`."""

from collections.abc import Mapping

from treadle.domain.terminal import reports
from treadle.protocol.terminals import (
    SourceView,
    TerminalCloseParams,
    TerminalCloseResponse,
    TerminalObserveParams,
    TerminalObserveResponse,
    TerminalOpenParams,
    TerminalOpenResponse,
)
from treadle.rpc.daemon import Context
from treadle.rpc.handlers.handler import Handler
from treadle.service.terminals import NewTerminal


async def open_(context: Context, params: TerminalOpenParams) -> TerminalOpenResponse:
    wanted = NewTerminal(
        session_id=params.session_id,
        interaction_id=params.interaction_id,
        uid=params.uid,
        conversation_id=params.conversation_id,
        resumed=params.resumed,
        root=params.root,
        off={each.source: each.reason for each in params.off},
    )
    terminals = context.daemon.application.terminals
    opened = await terminals.open(context.peer.scope, wanted=wanted, actor=context.peer.actor)
    url = await context.daemon.ingest.open(opened.terminal)
    return TerminalOpenResponse(terminal_id=opened.terminal.id, url=url, token=opened.token)


async def observe(context: Context, params: TerminalObserveParams) -> TerminalObserveResponse:
    observed = await context.daemon.ingest.observe(
        context.peer.scope,
        session_id=params.session_id,
        terminal_id=params.terminal_id,
        recorder_id=params.recorder,
        source=params.source,
        observations=params.observations,
    )
    now = context.daemon.clock()
    told = [SourceView.model_validate(each) for each in reports(params.terminal_id, observed.sources, now)]
    return TerminalObserveResponse(recorder=observed.recorder_id, sources=told)


async def close(context: Context, params: TerminalCloseParams) -> TerminalCloseResponse:
    await context.daemon.ingest.close(
        context.peer.scope,
        session_id=params.session_id,
        terminal_id=params.terminal_id,
        exit_code=params.exit_code,
        interrupted=params.interrupted,
    )
    return TerminalCloseResponse()


HANDLERS: Mapping[str, Handler] = {
    "terminal/open": open_,
    "terminal/observe": observe,
    "terminal/close": close,
}
