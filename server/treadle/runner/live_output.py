"""Asks an agent now and then what its running commands have printed so far."""

from collections.abc import Sequence
from time import monotonic

from treadle.agents.claude_code_events import Normaliser
from treadle.agents.claude_code_protocol import Message, control_answer, task_output_request
from treadle.agents.event_draft import EventDraft
from treadle.agents.lenient import JsonObject

POLL_SECONDS = 1.0
PREFIX = "output "


class LiveOutput:
    def __init__(self, normaliser: Normaliser) -> None:
        self._normaliser = normaliser
        self._asked_at = 0.0

    def tick(self) -> Sequence[Message]:
        if monotonic() < self._asked_at + POLL_SECONDS:
            return ()
        self._asked_at = monotonic()
        return [task_output_request(f"{PREFIX}{task_id}", task_id) for task_id in self._normaliser.tasks_to_poll]

    def read(self, message: JsonObject) -> Sequence[EventDraft]:
        request_id, answer = control_answer(message)
        if not request_id.startswith(PREFIX):
            return ()
        return self._normaliser.task_output(request_id.removeprefix(PREFIX), answer)
