"""A workbench as executors get it, with what they did to it kept for the test."""

import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from treadle.agents.event_draft import EventDraft
from treadle.domain.event import EventSource, EventType
from treadle.runner.agent_inbox import Deed, Inbox
from treadle.runner.agent_messages import Saying
from treadle.runner.leftovers import Leftovers
from treadle.runner.outputs import Content, Uploaded
from treadle.runner.progress import Progress
from treadle.runner.stop import Stop
from treadle.runner.work import Work
from treadle.runner.workbench import RunSession, Workbench


@dataclass
class Kept:
    """Everything that an executor told."""

    events: list[EventDraft] = field(default_factory=list)
    uploads: list[bytes] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    watch: Callable[[EventType], None] = lambda _: None
    """Called with the type of each event, when it comes."""

    def of(self, event_type: EventType) -> list[dict[str, object]]:
        return [event.data for event in self.events if event.event_type is event_type]

    def output(self, stream: str) -> str:
        told = self.of(EventType.COMMAND_OUTPUT)
        return "".join(str(data["text"]) for data in told if data["stream"] == stream)


class Notes(Progress):
    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    def noted(self, sentence: str) -> None:
        self._kept.notes.append(sentence)


Ask = Callable[[str, Mapping[str, object]], Mapping[str, object]]


def no_rules(method: str, _: Mapping[str, object]) -> Mapping[str, object]:
    """A daemon whose rules say nothing."""
    assert method == "permission/check"
    return {"decision": None}


def nobody(*arguments: object, **_: object) -> Any:
    raise AssertionError(f"The executor was to do without: {arguments}.")


class Deeds:
    """An inbox that the test fills."""

    def __init__(self, *deeds: Deed) -> None:
        self.waiting = list(deeds)

    @property
    def is_connected(self) -> bool:
        return True

    def take(self) -> list[Deed]:
        taken, self.waiting = self.waiting, []
        return taken


def bench(
    folder: Path,
    kept: Kept,
    *,
    environ: Mapping[str, str] = os.environ,
    stop: Stop | None = None,
    begun: str | None = None,
    latest: str | None = None,
    ask: Ask = no_rules,
    inbox: Inbox | None = None,
    unread: Sequence[Saying] = (),
    events: Sequence[Mapping[str, Any]] = (),
    asks_wait: bool = False,
    run_session: RunSession = nobody,
) -> Workbench:
    project = folder / "project"
    project.mkdir(exist_ok=True)

    def upload(content: Content) -> Uploaded:
        kept.uploads.append(b"".join(content.pieces(1000)))
        return Uploaded(id=f"output-{len(kept.uploads)}", size=content.size)

    def emit(event: EventDraft, source: EventSource) -> None:
        kept.events.append(event)
        kept.watch(event.event_type)

    return Workbench(
        project_root=project,
        data_dir=folder,
        environ=environ,
        stop=stop or Stop(),
        leftovers=Leftovers(folder / "runs"),
        progress=Notes(kept),
        emit=emit,
        upload=upload,
        begun_conversation=lambda: begun,
        latest_conversation=lambda: latest,
        followed=lambda: nullcontext(inbox or Deeds()),
        witnessed=lambda: nullcontext(inbox or Deeds()),
        heard=lambda _: None,
        unread_sayings=lambda: unread,
        own_events=lambda types: [event for event in events if event["eventType"] in types],
        asks_wait=asks_wait,
        new_id=lambda: str(uuid.uuid4()),
        ask=ask,
        connect=nobody,
        hand_in=nobody,
        in_terminal=False,
        run_session=run_session,
    )


def work(command: str = "shell", **metadata: object) -> Work:
    return Work(
        session_id=1,
        session_uid="99999999-9999-4999-8999-999999999999",
        interaction_id="11111111-1111-4111-8111-111111111111",
        step="step",
        position=1,
        attempt=1,
        command=command,
        metadata=metadata,
        interrupted=False,
        claimed_by=None,
        conversation_id=None,
        execution_mode="agentic",
    )
