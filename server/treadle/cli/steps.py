"""Which step of a session a person means."""

from treadle.agents.lenient import JsonObject, an_object, text
from treadle.client.connection import Connection
from treadle.client.errors import ClientError, ExitCode
from treadle.client.pages import every
from treadle.client.tables import printable


def waiting_step(connection: Connection, session_id: int) -> JsonObject:
    """The interaction that waits; where there is none yet, the next one is asked for.

    :raises RemoteError: there will be none, since the session has ended or is paused
    """
    of_session = {"sessionId": session_id}
    session = an_object(connection.call("session/get", {**of_session, "limit": 1}).get("session"))
    pending = an_object(session.get("pendingInteraction"))
    return pending or an_object(connection.call("session/nextCommand", of_session).get("interaction"))


def finished_step(connection: Connection, session_id: int, wanted: str) -> JsonObject:
    """The interaction at a position, or the last one of a step's name, that has a result.

    :raises ClientError: there is none
    """
    interactions = list(every(connection, "session/get", {"sessionId": session_id}, key="interactions"))
    meant = [one for one in interactions if wanted in (str(one.get("position")), text(one.get("step")))]
    if not meant:
        names = ", ".join(dict.fromkeys(printable(text(one.get("step"))) for one in interactions))
        there_are = f"it has: {names}." if names else "none has begun."
        raise ClientError(f"Session {session_id} has no step {printable(wanted)}; {there_are}", ExitCode.USAGE)
    done = [one for one in meant if one.get("completedAt")]
    if not done:
        raise ClientError(f"{named(meant[-1])} has no result yet and cannot run again.", ExitCode.SESSION_FAILED)
    return done[-1]


def names_of(interaction: JsonObject) -> dict[str, object]:
    """The parameters that name it."""
    return {"sessionId": interaction.get("sessionId"), "interactionId": interaction.get("id")}


def named(interaction: JsonObject) -> str:
    """As a sentence begins."""
    step, session_id = printable(text(interaction.get("step"))), interaction.get("sessionId")
    return f"Step {interaction.get('position')} ({step}) of session {session_id}"
