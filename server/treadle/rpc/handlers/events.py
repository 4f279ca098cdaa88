"""The events of a session. They come by the fast lane and go out as the storage wrote them."""

from collections.abc import Mapping

from treadle.domain.times import microseconds
from treadle.protocol.sessions import SessionGetEventsParams, SessionHandleEventsResponse
from treadle.rpc.daemon import Context
from treadle.rpc.event_lane import EventBatch
from treadle.rpc.handlers.handler import Handler
from treadle.rpc.views import session_head
from treadle.storage.event_pages import EventQuery


async def handle_events(context: Context, batch: EventBatch) -> SessionHandleEventsResponse:
    handled = await context.daemon.application.event_handler.handle_events(
        context.peer.scope,
        session_id=batch.session_id,
        events=batch.events,
        client_name=context.peer.client_name,
    )
    return SessionHandleEventsResponse(
        session=session_head(handled.session, context.daemon.clock()), count=handled.count, last_id=handled.last_id
    )


async def get_events(context: Context, params: SessionGetEventsParams) -> bytes:
    query = EventQuery(
        event_types=None if params.event_types is None else frozenset(params.event_types),
        interaction_id=params.interaction_id,
        without_interaction=params.without_interaction,
        source=params.source,
        sent_from=None if params.sent_from is None else microseconds(params.sent_from),
        sent_until=None if params.sent_until is None else microseconds(params.sent_until),
        after_id=params.after_id,
        order=params.order,
        descending=params.descending,
        cursor=params.cursor,
        offset=params.offset,
        limit=params.limit,
    )
    return await context.daemon.application.event_handler.get_events(
        context.peer.scope, session_id=params.session_id, query=query
    )


HANDLERS: Mapping[str, Handler] = {
    "session/handleEvent": handle_events,
    "session/handleEvents": handle_events,
    "session/getEvents": get_events,
}
