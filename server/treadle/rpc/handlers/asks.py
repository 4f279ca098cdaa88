"""`ask/*`."""

from collections.abc import Mapping

from treadle.domain.ask import Ask, AskOption
from treadle.protocol.asks import (
    AskAnswerParams,
    AskCreateParams,
    AskGetParams,
    AskListParams,
    AskListResponse,
    AskResponse,
    AskView,
    AskWithdrawParams,
)
from treadle.rpc.daemon import Context
from treadle.rpc.handlers.handler import Handler
from treadle.service.asks import NewAsk


async def create(context: Context, params: AskCreateParams) -> AskResponse:
    options = [
        AskOption(name=option.name, title=option.title, description=option.description) for option in params.options
    ]
    wanted = NewAsk(
        session_id=params.session_id,
        interaction_id=params.interaction_id,
        uid=params.uid,
        kind=params.kind,
        question=params.question,
        details=params.details,
        options=options,
        asked_by=params.asked_by,
        expires_at=params.expires_at,
        default_answer=params.default_answer,
    )
    asks = context.daemon.application.asks
    return _answer(await asks.create(context.peer.scope, wanted=wanted, actor=context.peer.actor))


async def list_(context: Context, params: AskListParams) -> AskListResponse:
    found, next_cursor = await context.daemon.application.asks.list(
        context.peer.scope,
        session_id=params.session_id,
        status=params.status,
        kind=params.kind,
        cursor=params.cursor,
        limit=params.limit,
    )
    return AskListResponse(data=[AskView.model_validate(ask) for ask in found], next_cursor=next_cursor)


async def get(context: Context, params: AskGetParams) -> AskResponse:
    return _answer(await context.daemon.application.asks.get(context.peer.scope, ask_id=params.ask_id))


async def answer(context: Context, params: AskAnswerParams) -> AskResponse:
    answered = await context.daemon.application.asks.answer(
        context.peer.scope,
        ask_id=params.ask_id,
        answer=params.answer,
        comment=params.comment,
        actor=context.peer.actor,
    )
    return _answer(answered)


async def withdraw(context: Context, params: AskWithdrawParams) -> AskResponse:
    withdrawn = await context.daemon.application.asks.withdraw(
        context.peer.scope, ask_id=params.ask_id, reason=params.reason, actor=context.peer.actor
    )
    return _answer(withdrawn)


def _answer(ask: Ask) -> AskResponse:
    return AskResponse(ask=AskView.model_validate(ask))


HANDLERS: Mapping[str, Handler] = {
    "ask/create": create,
    "ask/list": list_,
    "ask/get": get,
    "ask/answer": answer,
    "ask/withdraw": withdraw,
}
