"""What a session came to: its steps, files, tokens and cost, from the record and not from memory."""

from collections.abc import Mapping
from dataclasses import dataclass

from treadle.agents.lenient import JsonObject, amount, an_object, count, objects, optional_text, text
from treadle.client.connection import Connection
from treadle.client.pages import every
from treadle.domain.event import FILE_EVENTS, EventSource


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSummary:
    position: int
    step: str
    attempt: int
    status: str
    message: str | None
    duration_ms: int | None
    files: tuple[str, ...]
    input_tokens: int
    output_tokens: int
    cost_usd: float | None

    def as_json(self) -> dict[str, object]:
        return {
            "position": self.position,
            "step": self.step,
            "attempt": self.attempt,
            "status": self.status,
            "message": self.message,
            "durationMs": self.duration_ms,
            "files": list(self.files),
            "inputTokens": self.input_tokens,
            "outputTokens": self.output_tokens,
            "costUsd": self.cost_usd,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    session: JsonObject
    steps: tuple[StepSummary, ...]

    @property
    def status(self) -> str:
        return text(self.session.get("status"))

    @property
    def standing(self) -> str:
        """The status in a person's words: a session that they hold is active, and nothing happens."""
        return "paused" if self.session.get("pausedAt") else self.status

    @property
    def files(self) -> tuple[str, ...]:
        return tuple(sorted({file for step in self.steps for file in step.files}))

    @property
    def duration_ms(self) -> int:
        return sum(step.duration_ms or 0 for step in self.steps)

    @property
    def tokens(self) -> int:
        return sum(step.input_tokens + step.output_tokens for step in self.steps)

    @property
    def cost_usd(self) -> float | None:
        known = [step.cost_usd for step in self.steps if step.cost_usd is not None]
        return round(sum(known), 6) if known else None

    def as_json(self) -> dict[str, object]:
        totals = {"durationMs": self.duration_ms, "tokens": self.tokens, "costUsd": self.cost_usd}
        steps = [step.as_json() for step in self.steps]
        return {"session": dict(self.session), "steps": steps, "files": list(self.files), "totals": totals}


def summarise(connection: Connection, session_id: int) -> Summary:
    session, interactions = whole_session(connection, session_id)
    files = _files(connection, session_id)
    return Summary(session=session, steps=tuple(_step(interaction, files) for interaction in interactions))


def whole_session(connection: Connection, session_id: int) -> tuple[JsonObject, list[JsonObject]]:
    """Its head, as it is when the last of its interactions has been read, and all of them."""
    interactions: list[JsonObject] = []
    cursor: object = None
    while True:
        page = connection.call("session/get", {"sessionId": session_id, "cursor": cursor})
        interactions += objects(page.get("interactions"))
        cursor = page.get("nextCursor")
        if not cursor:
            return an_object(page.get("session")), interactions


def _files(connection: Connection, session_id: int) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = {}
    params = {"sessionId": session_id, "eventTypes": sorted(FILE_EVENTS), "limit": 1_000}
    for event in every(connection, "session/getEvents", params):
        data = an_object(event.get("data"))
        path = optional_text(data.get("path"))
        # What was only seen may be anybody's change.
        if path is not None and (event.get("source") != EventSource.WATCHER or data.get("during")):
            found.setdefault(text(event.get("interactionId")), set()).add(path)
    return found


def _step(interaction: JsonObject, files: Mapping[str, set[str]]) -> StepSummary:
    result = an_object(interaction.get("result"))
    data = an_object(result.get("data"))
    status = "superseded" if interaction.get("supersededAt") else text(result.get("status")) or "pending"
    if status == "pending" and interaction.get("interrupted"):
        status = "interrupted"
    return StepSummary(
        position=count(interaction.get("position")),
        step=text(interaction.get("step")),
        attempt=count(interaction.get("attempt")),
        status=status,
        message=optional_text(result.get("errorMessage")),
        duration_ms=count(result.get("durationMs")) if result.get("durationMs") is not None else None,
        files=tuple(sorted(files.get(text(interaction.get("id")), ()))),
        input_tokens=count(data.get("input_tokens")),
        output_tokens=count(data.get("output_tokens")),
        cost_usd=amount(data.get("cost_usd")),
    )
