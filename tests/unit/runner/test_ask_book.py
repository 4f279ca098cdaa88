"""The asks of one step, as its runner keeps them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.unit.runner.benches import Kept, bench, work
from treadle.agents.claude_code_protocol import Message
from treadle.client.errors import RemoteError
from treadle.runner.agent_inbox import Deed
from treadle.runner.ask_book import AskBook, Closed, NewAsk

HERE = work().interaction_id
WANTED = NewAsk(
    kind="permission",
    question="May it?",
    options=({"name": "allow", "title": "Allow"}, {"name": "deny", "title": "Deny"}),
    asked_by="Claude Code",
    details={"fingerprint": "f-1", "tool": "Bash", "tool_use_id": "t-1"},
)


@dataclass
class Daemon:
    """What the book asks of it."""

    asks: list[dict[str, Any]] = field(default_factory=list)
    calls: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    refuses: str | None = None

    def call(self, method: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        self.calls.append((method, params))
        if method == "ask/list":
            return {"data": [dict(ask) for ask in self.asks], "nextCursor": None}
        if method == "ask/get":
            return {"ask": next(ask for ask in self.asks if ask["id"] == params["askId"])}
        if self.refuses:
            raise RemoteError("invalid_params", self.refuses)
        if method == "ask/create":
            return {"ask": {"id": 7, "status": "open", "question": params["question"], "options": []}}
        return {}

    @property
    def done(self) -> list[str]:
        return [method for method, _ in self.calls if method not in ("ask/list", "ask/get")]


def closing(status: str, ask_id: int = 7, **data: object) -> Deed:
    return Deed("u", "session_status_changed", HERE, {"action": status, "ask_id": ask_id, **data})


@dataclass
class Heard:
    closed: list[Closed] = field(default_factory=list)

    def __call__(self, closed: Closed) -> list[Message]:
        self.closed.append(closed)
        return [{"told": closed.answer}]


def earlier(status: str, **fields: object) -> dict[str, Any]:
    details = {"fingerprint": "f-1", "tool": "Bash", "command": "make", "tool_use_id": "t-0"}
    return {"id": 3, "kind": "permission", "status": status, "interactionId": HERE, "details": details, **fields}


def book(folder: Path, daemon: Daemon, kept: Kept | None = None, **fields: Any) -> AskBook:
    return AskBook(work(), bench(folder, kept or Kept(), ask=daemon.call, asks_wait=True, **fields))


def test_an_ask_waits_until_it_is_closed_and_is_heard_of_once(tmp_path: Path) -> None:
    daemon, heard = Daemon(), Heard()
    asks = book(tmp_path, daemon)
    assert asks.ask(WANTED, heard) == (7, [])
    assert asks.are_waiting
    assert asks.heard(closing("answered", 8, answer="allow")) == []
    by = {"client_name": "ada@box"}
    assert asks.heard(closing("answered", answer="allow", comment="Go.", by=by)) == [{"told": "allow"}]
    assert heard.closed == [Closed(status="answered", answer="allow", comment="Go.", by="ada@box")]
    assert (asks.are_waiting, asks.heard(closing("answered", answer="deny"))) == (False, [])


def test_one_that_is_not_needed_any_more_is_withdrawn_once(tmp_path: Path) -> None:
    daemon, heard = Daemon(), Heard()
    asks = book(tmp_path, daemon)
    asks.ask(WANTED, heard)
    asks.withdraw(7, "The agent has ended.")
    asks.withdraw(7, "Again.")
    assert daemon.done == ["ask/create", "ask/withdraw"]
    assert (asks.heard(closing("withdrawn")), heard.closed, asks.are_waiting) == ([], [], False)


def test_one_that_the_daemon_does_not_take_is_refused_at_once(tmp_path: Path) -> None:
    heard = Heard()
    asks = book(tmp_path, Daemon(refuses="Too many."))
    assert asks.ask(WANTED, heard) == (None, [{"told": None}])
    assert heard.closed == [Closed(status="refused", comment="Too many.")]


def test_one_that_does_not_hold_up_the_agent_is_waited_for_by_nobody(tmp_path: Path) -> None:
    asks = book(tmp_path, Daemon())
    asks.ask(WANTED, Heard(), blocks=False)
    assert not asks.are_waiting
    assert asks.heard(closing("answered", answer="allow")) == [{"told": "allow"}]


def test_an_answer_that_nobody_heard_is_taken_once(tmp_path: Path) -> None:
    daemon, heard, kept = Daemon(asks=[earlier("answered", answer="allow")]), Heard(), Kept()
    asks = book(tmp_path, daemon, kept)
    assert asks.has_answer(WANTED)
    assert asks.ask(WANTED, heard) == (None, [{"told": "allow"}])
    (event,) = kept.events
    assert (event.data["action"], event.data["ask_id"], event.data["asked_for"]) == ("answer_taken", 3, "t-0")
    assert asks.ask(WANTED, heard) == (7, [])
    assert not asks.has_answer(WANTED)


def test_an_ask_that_stands_is_not_made_twice(tmp_path: Path) -> None:
    daemon, heard = Daemon(asks=[earlier("open")]), Heard()
    asks = book(tmp_path, daemon)
    assert (asks.ask(WANTED, heard), daemon.done) == ((3, []), [])
    assert asks.heard(closing("answered", 3, answer="deny")) == [{"told": "deny"}]


def test_an_ask_that_stood_when_the_run_began_is_taken_as_it_is_when_the_agent_asks(tmp_path: Path) -> None:
    """Its end was told while nobody listened for it: it must not be waited for."""
    for status, expected in (("answered", (None, [{"told": "allow"}])), ("withdrawn", (7, [])), ("expired", (7, []))):
        daemon, heard = Daemon(asks=[earlier("open")]), Heard()
        asks = book(tmp_path, daemon)
        assert not asks.has_answer(WANTED)
        daemon.asks[0].update(status=status, answer="allow")
        assert asks.heard(closing(status, 3, answer="allow")) == []
        assert asks.has_answer(WANTED) is (status == "answered")
        assert asks.ask(WANTED, heard) == expected


def test_an_answer_that_was_used_or_belongs_elsewhere_is_not_taken(tmp_path: Path) -> None:
    used = {"eventType": "tool_result", "data": {"tool_use_id": "t-0"}}
    taken = {"eventType": "session_status_changed", "data": {"action": "answer_taken", "asked_for": "t-0"}}
    broken_off = {"eventType": "tool_result", "data": {"tool_use_id": "t-0", "interrupted": True}}
    cases: list[tuple[dict[str, Any], list[dict[str, Any]], bool]] = [
        (earlier("answered", answer="allow"), [used], False),
        (earlier("answered", answer="allow"), [taken], False),
        (earlier("answered", answer="allow", interactionId="other"), [], False),
        (earlier("answered", answer="allow", kind="question"), [], False),
        (earlier("withdrawn"), [], False),
        (earlier("expired", answer="allow"), [], False),
        (earlier("answered", answer="allow"), [broken_off], True),
    ]
    lost = {"tool_use_id": "t-0", "refused": True, "content": "Tool permission request failed: AbortError"}
    cases.append((earlier("answered", answer="allow"), [{"eventType": "tool_result", "data": lost}], True))
    for ask, events, expected in cases:
        assert book(tmp_path, Daemon(asks=[ask]), events=events).has_answer(WANTED) is expected, (ask, events)
