"""The asks of one step that wait for an answer: each is a durable row, and whoever answers it first, wherever, counts.

An agent whose runner was killed asks again when its conversation goes on: then the ask that stands already is taken,
or the answer that came meanwhile. Used by the run's own thread alone.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from treadle.agents.claude_code_protocol import Message
from treadle.agents.event_draft import EventDraft, draft
from treadle.agents.lenient import JsonObject, an_object, count, objects, optional_text, text
from treadle.client.errors import RemoteError
from treadle.domain.event import EventSource, EventType
from treadle.domain.times import iso
from treadle.runner.agent_inbox import Deed
from treadle.runner.answers import outcome
from treadle.runner.patience import with_patience
from treadle.runner.question import Question
from treadle.runner.terminal_asks import TerminalAsks
from treadle.runner.work import Work
from treadle.runner.workbench import Workbench

ANSWERED, WITHDRAWN, EXPIRED, REFUSED = "answered", "withdrawn", "expired", "refused"
CLOSING = frozenset({ANSWERED, WITHDRAWN, EXPIRED})
PAGE = 500
LOST_REQUEST = "Tool permission request failed"
"""Begins what Claude Code takes for the answer when its input is closed meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """What has become of an ask. One that could not even be asked is refused."""

    status: str
    answer: str | None = None
    comment: str | None = None
    by: str | None = None


Key = tuple[str, str]
"""Kind and fingerprint: the daemon lets what an agent has started ask questions, but nothing of another kind."""
OnClosed = Callable[[Closed], list[Message]]
"""What the agent is told then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAsk:
    kind: str
    question: str
    options: Sequence[Mapping[str, object]]
    asked_by: str
    details: Mapping[str, object]
    """Its `fingerprint`, if it has one, is the same when the same is asked again."""
    timeout_s: float | None = None
    default_answer: str | None = None


class AskBook:
    def __init__(self, work: Work, bench: Workbench) -> None:
        self._work = work
        self._bench = bench
        self._terminal = TerminalAsks(bench.progress, self._call)
        self._open: dict[int, OnClosed] = {}
        self._blocking: set[int] = set()
        self._questions: dict[int, Question] = {}
        self._earlier: dict[Key, JsonObject] | None = None

    @property
    def can_be_asked(self) -> bool:
        """Somebody is there to answer, or may come."""
        return self._bench.asks_wait

    @property
    def are_waiting(self) -> bool:
        """The agent is, for an answer."""
        return bool(self._blocking & self._open.keys())

    def ask(self, wanted: NewAsk, on_closed: OnClosed, *, blocks: bool = True) -> tuple[int | None, list[Message]]:
        """Its number while it waits, and what the agent is told already.

        `blocks`: the agent can do nothing until it is answered.
        """
        try:
            earlier = self._asked_earlier(wanted)
            if earlier is not None and earlier.get("status") == ANSWERED:
                return None, on_closed(self._taken(earlier))
            ask = earlier or self._created(wanted)
        except RemoteError as error:
            return None, on_closed(Closed(status=REFUSED, comment=error.message))
        if ask.get("status") != "open":  # somebody was very quick, or it was created twice
            return None, on_closed(_closed(ask))
        ask_id = count(ask.get("id"))
        self._open[ask_id] = on_closed
        self._blocking |= {ask_id} if blocks else set()
        self._questions[ask_id] = Question.of(ask)
        self._terminal.opened(ask)
        return ask_id, []

    def question(self, ask_id: int) -> Question:
        """One that was asked here."""
        return self._questions[ask_id]

    def heard(self, deed: Deed) -> list[Message]:
        on_closed = self._open.pop(count(deed.data.get("ask_id")), None) if deed.action in CLOSING else None
        if on_closed is None:
            return []
        closed = Closed(
            status=deed.action,
            answer=optional_text(deed.data.get("answer")),
            comment=optional_text(deed.data.get("comment")),
            by=optional_text(an_object(deed.data.get("by")).get("client_name")),
        )
        self._terminal.closed(count(deed.data.get("ask_id")), _told(closed, deed.data))
        return on_closed(closed)

    def tick(self) -> None:
        self._terminal.tick()

    def withdraw(self, ask_id: int, reason: str) -> None:
        """Nobody needs the answer any more; one that came at the same moment is in the record."""
        if self._open.pop(ask_id, None) is None:
            return
        self._terminal.closed(ask_id, reason)
        try:
            self._call("ask/withdraw", {"askId": ask_id, "reason": reason})
        except RemoteError:
            return

    def _created(self, wanted: NewAsk) -> JsonObject:
        expires = None if wanted.timeout_s is None else datetime.now(UTC) + timedelta(seconds=wanted.timeout_s)
        params = {
            **self._work.key,
            "uid": str(uuid.uuid4()),
            "kind": wanted.kind,
            "question": wanted.question,
            "details": wanted.details,
            "options": wanted.options,
            "askedBy": wanted.asked_by,
            "expiresAt": None if expires is None else iso(expires),
            "defaultAnswer": wanted.default_answer,
        }
        return an_object(self._call("ask/create", params).get("ask"))

    def has_answer(self, wanted: NewAsk) -> bool:
        """Somebody has answered it before, while no agent was there to hear it."""
        key = _key(wanted.kind, wanted.details)
        earlier = self._as_it_stands(self._known_earlier().get(key))
        if earlier is not None:
            self._known_earlier()[key] = earlier
        return earlier is not None and earlier.get("status") == ANSWERED

    def _asked_earlier(self, wanted: NewAsk) -> JsonObject | None:
        """Each is taken once: who asks the same again later asks anew."""
        earlier = self._as_it_stands(self._known_earlier().pop(_key(wanted.kind, wanted.details), None))
        return earlier if earlier is not None and earlier.get("status") in ("open", ANSWERED) else None

    def _as_it_stands(self, earlier: JsonObject | None) -> JsonObject | None:
        """One that was open when this run began may be closed since: nobody listened for it then."""
        if earlier is None or earlier.get("status") != "open":
            return earlier
        return an_object(self._call("ask/get", {"askId": earlier.get("id")}).get("ask"))

    def _known_earlier(self) -> dict[Key, JsonObject]:
        if self._earlier is None:
            self._earlier = self._left_by_earlier_runs()
        return self._earlier

    def _left_by_earlier_runs(self) -> dict[Key, JsonObject]:
        """Those that are open, and those whose answer no agent has used yet."""
        found: dict[Key, JsonObject] = {}
        cursor: object = None
        while True:
            of_session = {"sessionId": self._work.session_id, "status": None, "cursor": cursor, "limit": PAGE}
            page = self._call("ask/list", of_session)
            for ask in objects(page.get("data")):
                key = _key(text(ask.get("kind")), an_object(ask.get("details")))
                if key[1] and ask.get("interactionId") == self._work.interaction_id:
                    found[key] = ask
            cursor = page.get("nextCursor")
            if not cursor:
                break
        used = self._used_calls() if any(ask.get("status") == ANSWERED for ask in found.values()) else set()
        return {
            key: ask
            for key, ask in found.items()
            if ask.get("status") == "open"
            or (ask.get("status") == ANSWERED and an_object(ask.get("details")).get("tool_use_id") not in used)
        }

    def _used_calls(self) -> set[object]:
        """The tool calls that have ended, and the asks' whose answer was taken for another call."""
        types = [EventType.TOOL_RESULT.value, EventType.SESSION_STATUS_CHANGED.value]
        used: set[object] = set()
        for event in self._bench.own_events(types):
            data = an_object(event.get("data"))
            if event.get("eventType") == EventType.TOOL_RESULT and not _is_unheard(data):
                used.add(data.get("tool_use_id"))
            elif data.get("action") == "answer_taken":
                used.add(data.get("asked_for"))
        return used

    def _taken(self, ask: JsonObject) -> Closed:
        details = an_object(ask.get("details"))
        told = {key: details.get(key) for key in ("tool", "command", "path")}
        self._tell(
            action="answer_taken",
            ask_id=ask.get("id"),
            answer=ask.get("answer"),
            asked_for=details.get("tool_use_id"),
            reason="It was answered while no agent was there to hear it.",
            **told,
        )
        return _closed(ask)

    def _tell(self, **data: object) -> None:
        event: EventDraft = draft(EventType.SESSION_STATUS_CHANGED, **data)
        self._bench.emit(event, EventSource.STREAM)

    def _call(self, method: str, params: Mapping[str, object]) -> Mapping[str, object]:
        return with_patience(lambda: self._bench.ask(method, params), gives_up=lambda: self._bench.stop.is_requested)


def _is_unheard(tool_result: JsonObject) -> bool:
    """The call was broken off, or its agent lost the one who was to answer."""
    lost = str(tool_result.get("content")).startswith(LOST_REQUEST)
    return tool_result.get("interrupted") is True or (lost and tool_result.get("refused") is True)


def _key(kind: str, details: JsonObject) -> Key:
    return kind, text(details.get("fingerprint"))


def _closed(ask: JsonObject) -> Closed:
    return Closed(
        status=text(ask.get("status")),
        answer=optional_text(ask.get("answer")),
        comment=optional_text(ask.get("comment")),
        by=optional_text(ask.get("answeredBy")),
    )


def _told(closed: Closed, data: JsonObject) -> str:
    """To whoever looked at the question in a terminal."""
    view = {"status": closed.status, "answer": closed.answer, "answeredBy": closed.by, "comment": closed.comment}
    return f"Ask {count(data.get('ask_id'))} was {outcome({**view, 'reason': data.get('reason')})}."
