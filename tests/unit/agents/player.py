"""Plays a recording to the normaliser as the runner does: also what hooks were told and what polls were answered."""

import json
from pathlib import Path
from typing import Any

from tests.unit.agents.scenes import PERSON
from treadle.agents.agent_outcome import AgentOutcome
from treadle.agents.claude_code_events import Normaliser
from treadle.agents.event_draft import EventDraft
from treadle.domain.event import EventType

RECORDINGS = Path(__file__).parent / "recordings"
NAMES = sorted(path.stem for path in RECORDINGS.glob("*.jsonl"))
PROJECT = "/home/dev/calculator"
SHOWN = ("tool", "path", "command", "agent_status", "subagent_status", "kind", "text", "exit_code")


def messages_of(name: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    *messages, ending = (json.loads(line) for line in (RECORDINGS / f"{name}.jsonl").read_text("utf-8").splitlines())
    return messages, ending


def fed(normaliser: Normaliser, message: dict[str, Any]) -> list[EventDraft]:
    if message.get("isReplay") and str(message["message"]["content"]).startswith(PERSON):
        normaliser.person_says(message["uuid"])
    if message.get("type") == "control_request":
        normaliser.hook_called(message["request"].get("input", {}))
        return []
    answer = message.get("response", {}).get("response", {})
    if message.get("type") == "control_response" and "total_bytes" in answer:
        return [event for task in normaliser.tasks_to_poll for event in normaliser.task_output(task, answer)]
    return normaliser.feed(message)


def played(name: str, *, resumed: bool = False) -> tuple[list[EventDraft], AgentOutcome]:
    messages, ending = messages_of(name)
    normaliser = Normaliser(project_root=PROJECT, resumed=resumed)
    events = [event for message in messages for event in fed(normaliser, message)]
    events += normaliser.finish(ending["exit_code"], stderr=ending["stderr"])
    return events, normaliser.outcome


def told(event: EventDraft) -> str:
    shown = [str(event.data[key]).strip() for key in SHOWN if event.data.get(key) is not None]
    return " ".join([event.event_type.removeprefix("conversation_"), *shown])


def of_type(events: list[EventDraft], event_type: EventType) -> list[dict[str, object]]:
    return [event.data for event in events if event.event_type is event_type]
