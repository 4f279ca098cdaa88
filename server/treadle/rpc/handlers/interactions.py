"""`interaction/*`."""

from collections.abc import Awaitable, Mapping
from typing import Any

from treadle.protocol.interactions import (
    InteractionClaimParams,
    InteractionClaimResponse,
    InteractionEditParams,
    InteractionMarkDoneParams,
    InteractionReleaseParams,
    InteractionRerunParams,
    InteractionResponse,
    InteractionSayParams,
    InteractionSayResponse,
    InteractionSkipParams,
    InteractionWithSessionResponse,
)
from treadle.rpc.daemon import Context
from treadle.rpc.handlers.handler import Handler
from treadle.rpc.views import claim_view, interaction_view, session_head
from treadle.service.completion import HandledResult
from treadle.service.interventions import Intervention


async def claim(context: Context, params: InteractionClaimParams) -> InteractionClaimResponse:
    claims, name = context.daemon.application.claims, context.peer.client_name
    claimed = await claims.claim(context.peer.scope, **_held(context, params), client_name=name)
    return InteractionClaimResponse(
        interaction=interaction_view(claimed.interaction, context.daemon.clock()),
        taken_over=None if claimed.taken_over is None else claim_view(claimed.taken_over),
    )


async def heartbeat(context: Context, params: InteractionClaimParams) -> InteractionResponse:
    claims, name = context.daemon.application.claims, context.peer.client_name
    interaction = await claims.heartbeat(context.peer.scope, **_held(context, params), client_name=name)
    return InteractionResponse(interaction=interaction_view(interaction, context.daemon.clock()))


async def release(context: Context, params: InteractionReleaseParams) -> InteractionResponse:
    claims = context.daemon.application.claims
    interaction = await claims.release(context.peer.scope, **_held(context, params), interrupted=params.interrupted)
    return InteractionResponse(interaction=interaction_view(interaction, context.daemon.clock()))


async def edit(context: Context, params: InteractionEditParams) -> InteractionWithSessionResponse:
    interventions = context.daemon.application.interventions
    change = interventions.edit(
        context.peer.scope, **_meant(context, params), command=params.command, metadata=params.metadata
    )
    return await _answer(context, change)


async def skip(context: Context, params: InteractionSkipParams) -> InteractionWithSessionResponse:
    interventions = context.daemon.application.interventions
    return await _answer(
        context, interventions.skip(context.peer.scope, **_meant(context, params), reason=params.reason)
    )


async def mark_done(context: Context, params: InteractionMarkDoneParams) -> InteractionWithSessionResponse:
    interventions = context.daemon.application.interventions
    return await _answer(
        context, interventions.mark_done(context.peer.scope, **_meant(context, params), note=params.note)
    )


async def say(context: Context, params: InteractionSayParams) -> InteractionSayResponse:
    messages = context.daemon.application.messages
    said = await messages.say(
        context.peer.scope, **_meant(context, params), text=params.text, interrupt=params.interrupt
    )
    return InteractionSayResponse(session=session_head(said.session, context.daemon.clock()), uid=said.uid)


async def rerun(context: Context, params: InteractionRerunParams) -> InteractionWithSessionResponse:
    interventions = context.daemon.application.interventions
    return await _answer(context, interventions.rerun(context.peer.scope, **_meant(context, params)))


Target = (
    InteractionEditParams
    | InteractionSkipParams
    | InteractionMarkDoneParams
    | InteractionRerunParams
    | InteractionSayParams
)


def _held(context: Context, params: InteractionClaimParams) -> dict[str, Any]:
    return {
        "session_id": params.session_id,
        "interaction_id": params.interaction_id,
        "client_id": context.peer.client_id,
    }


def _meant(context: Context, params: Target) -> dict[str, Any]:
    return {
        "session_id": params.session_id,
        "interaction_id": params.interaction_id,
        "actor": context.peer.actor,
    }


async def _answer(
    context: Context, change: Awaitable[Intervention] | Awaitable[HandledResult]
) -> InteractionWithSessionResponse:
    changed, now = await change, context.daemon.clock()
    return InteractionWithSessionResponse(
        interaction=interaction_view(changed.interaction, now), session=session_head(changed.session, now)
    )


HANDLERS: Mapping[str, Handler] = {
    "interaction/claim": claim,
    "interaction/heartbeat": heartbeat,
    "interaction/release": release,
    "interaction/edit": edit,
    "interaction/skip": skip,
    "interaction/markDone": mark_done,
    "interaction/rerun": rerun,
    "interaction/say": say,
}
