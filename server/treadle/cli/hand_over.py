"""From the background to a terminal and back: who runs a session gives it up to the one who goes on with it."""

import threading
from collections.abc import Iterator
from time import monotonic

from treadle.agents.lenient import JsonObject, an_object
from treadle.client.connection import Connection

HAND_OVER_SECONDS = 30.0
"""For the other one to end its agent, or the command that it is executing."""
POLL_SECONDS = 0.1


def in_mode(connection: Connection, session: JsonObject, mode: str | None) -> JsonObject:
    """The session as it is when nobody runs it in another mode any more, or it takes too long.

    `mode`: as the person wants it; None: as it is.
    """
    if mode is None or session.get("executionMode") == mode:
        return session
    params = {"sessionId": session.get("id"), "executionMode": mode, "now": True}
    session = an_object(connection.call("session/setMode", params).get("session"))
    for _ in while_patient():
        if not _is_held(session):
            break
        answer = connection.call("session/get", {"sessionId": session.get("id"), "limit": 1})
        session = an_object(answer.get("session"))
    return session


def while_patient() -> Iterator[None]:
    deadline = monotonic() + HAND_OVER_SECONDS
    pause = threading.Event()
    while monotonic() < deadline:
        yield
        pause.wait(POLL_SECONDS)


def _is_held(session: JsonObject) -> bool:
    pending = an_object(session.get("pendingInteraction"))
    return bool(an_object(pending.get("claim"))) and pending.get("interrupted") is not True
