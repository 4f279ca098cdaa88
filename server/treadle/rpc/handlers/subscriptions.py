"""`session/subscribe` and `session/unsubscribe`."""

from collections.abc import Mapping

from treadle.protocol.notices import (
    MissedEvents,
    SessionSubscribeParams,
    SessionSubscribeResponse,
    SessionUnsubscribeParams,
    SessionUnsubscribeResponse,
)
from treadle.rpc.daemon import Context
from treadle.rpc.handlers.handler import Handler


async def subscribe(context: Context, params: SessionSubscribeParams) -> SessionSubscribeResponse:
    peer = context.peer
    was_subscribed = peer.subscribed
    # Before the reading: what is committed after it is told, what was committed before it is in it.
    peer.subscribed = True
    try:
        missed = await context.daemon.application.subscriptions.missed(peer.scope, after_event_id=params.after_event_id)
    except BaseException:
        peer.subscribed = was_subscribed
        raise
    return SessionSubscribeResponse(
        subscribed=True,
        last_event_id=missed.last_event_id,
        missed=[MissedEvents(session_id=session_id, last_id=last_id) for session_id, last_id in missed.sessions],
        reread=missed.reread,
    )


async def unsubscribe(context: Context, _: SessionUnsubscribeParams) -> SessionUnsubscribeResponse:
    context.peer.subscribed = False
    return SessionUnsubscribeResponse(subscribed=False)


HANDLERS: Mapping[str, Handler] = {
    "session/subscribe": subscribe,
    "session/unsubscribe": unsubscribe,
}
