"""For every method of the table: requests that name what is somebody else's, wherever an id or a cursor may stand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Params = dict[str, Any]

EVENT: Params = {"uid": "theirs?", "eventType": "tool_called", "sentAt": "2026-01-02T03:04:05.000006Z", "data": {}}
YES: Params = {"name": "yes", "title": "Yes"}
RESULT: Params = {"id": "theirs?", "status": "ok"}
SPAWNING = "name: mine\nsteps: {go: {spawn: greeting, components: [Theirs]}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Things:
    """What one party has."""

    session_id: int
    child_id: int
    pending_id: str
    """An interaction that its holder executes."""
    done_id: str
    ask_id: int
    terminal_id: int
    output_id: str
    last_event_id: int
    cursors: Mapping[str, str]
    """Of a list, by its method: made for that party."""
    project_id: int
    component_id: int
    root: str


Requests = Callable[[Things, Things], list[Params]]
"""Of what is the asker's own and what is another's."""


def _session(**rest: Any) -> Requests:
    return lambda _, other: [{"sessionId": other.session_id, **rest}, {"sessionId": other.child_id, **rest}]


def _interaction(**rest: Any) -> Requests:
    return lambda own, other: [
        {"sessionId": session_id, "interactionId": interaction_id, **rest}
        for session_id, interaction_id in (
            (other.session_id, other.pending_id),
            (other.session_id, other.done_id),
            (other.session_id, own.pending_id),
            (own.session_id, other.pending_id),
            (own.session_id, other.done_id),
        )
    ]


def _nothing(_: Things, __: Things) -> list[Params]:
    return [{}]


def _create(own: Things, other: Things) -> list[Params]:
    return [
        {"type": "greeting", "projectId": other.project_id},
        {"type": "greeting", "projectId": other.project_id, "componentId": other.component_id},
        {"type": "greeting", "projectId": own.project_id, "componentId": other.component_id},
        {"type": "greeting", "projectId": own.project_id, "parentSessionId": other.session_id},
        {"type": "greeting", "projectId": own.project_id, "root": other.root},
        {"type": "greeting", "componentId": other.component_id},
        {"type": "greeting", "parentSessionId": other.session_id},
    ]


def _list(own: Things, other: Things) -> list[Params]:
    return [
        {},
        {"projectId": other.project_id},
        {"componentId": other.component_id},
        {"parentSessionId": other.session_id},
        {"status": "active", "limit": 1},
        {"type": "greeting"},
        {"cursor": other.cursors["session/list"]},
        {"cursor": other.cursors["session/list"], "projectId": own.project_id},
    ]


def _get(own: Things, other: Things) -> list[Params]:
    return [
        {"sessionId": own.session_id},
        {"sessionId": other.session_id},
        {"sessionId": other.child_id},
        {"sessionId": other.session_id, "cursor": other.cursors["session/get"]},
        {"sessionId": own.session_id, "cursor": other.cursors["session/get"]},
    ]


def _get_events(own: Things, other: Things) -> list[Params]:
    return [
        {"sessionId": own.session_id},
        {"sessionId": other.session_id},
        {"sessionId": own.session_id, "interactionId": other.pending_id},
        {"sessionId": own.session_id, "afterId": other.last_event_id},
        {"sessionId": own.session_id, "cursor": other.cursors["session/getEvents"]},
        {"sessionId": other.session_id, "cursor": other.cursors["session/getEvents"]},
    ]


def _handle_events(own: Things, other: Things) -> list[Params]:
    return [
        {"sessionId": other.session_id, "events": [EVENT]},
        {"sessionId": own.session_id, "events": [{**EVENT, "interactionId": other.pending_id}]},
        {"sessionId": own.session_id, "events": [{**EVENT, "interactionId": other.done_id}]},
    ]


def _handle_event(own: Things, other: Things) -> list[Params]:
    return [{"sessionId": one["sessionId"], "event": one["events"][0]} for one in _handle_events(own, other)]


def _update(own: Things, other: Things) -> list[Params]:
    return [
        {"sessionId": other.session_id, "title": "mine"},
        {"sessionId": other.session_id, "componentId": own.component_id},
        {"sessionId": own.session_id, "componentId": other.component_id},
    ]


def _change(own: Things, other: Things) -> list[Params]:
    attributes = ({name: value for name, value in one.items() if name != "sessionId"} for one in _create(own, other))
    return [
        {"sessionId": other.session_id, "attributes": {"title": 7}},
        {"sessionId": own.session_id, "attributes": {"componentId": other.component_id}},
        *({"attributes": one} for one in attributes),
    ]


def _subscribe(own: Things, other: Things) -> list[Params]:
    after = (None, 0, own.last_event_id, other.last_event_id, other.last_event_id + 1_000)
    return [{"afterEventId": event_id} for event_id in after]


def _write(own: Things, other: Things) -> list[Params]:
    piece = {"uploadId": "u", "offset": 0, "data": "AAAA", "last": True}
    return [{"sessionId": other.session_id, **piece}, {"sessionId": own.session_id, **piece, "offset": 9}]


def _read(own: Things, other: Things) -> list[Params]:
    return [
        {"sessionId": other.session_id, "outputId": other.output_id},
        {"sessionId": other.session_id, "outputId": own.output_id},
        {"sessionId": own.session_id, "outputId": other.output_id},
        {"sessionId": own.session_id, "outputId": other.output_id, "offset": 10**6},
    ]


def _permission_check(own: Things, other: Things) -> list[Params]:
    use = {"tool": "Bash", "input": {"command": "ls"}, "toolUseId": "t", "workingDirectory": own.root}
    return _interaction(**use)(own, other)


def _project(_: Things, other: Things) -> list[Params]:
    return [{"projectId": other.project_id}]


def _components(own: Things, other: Things) -> list[Params]:
    return [
        {"projectId": own.project_id},
        {"projectId": other.project_id},
        {"projectId": own.project_id, "cursor": other.cursors["component/list"]},
    ]


def _ask(**rest: Any) -> Requests:
    return lambda _, other: [{"askId": other.ask_id, **rest}]


def _ask_create(own: Things, other: Things) -> list[Params]:
    asked = {"uid": "mine", "kind": "question", "question": "Mine?", "askedBy": "me", "options": [YES]}
    return [request | asked for request in (*_session()(own, other), *_interaction()(own, other))]


def _ask_list(_: Things, other: Things) -> list[Params]:
    return [
        {},
        {"status": None},
        {"limit": 1},
        {"sessionId": other.session_id},
        {"sessionId": other.session_id, "status": None, "kind": "question"},
        {"cursor": other.cursors["ask/list"]},
    ]


def _terminal(**rest: Any) -> Requests:
    return lambda own, other: [
        {"sessionId": other.session_id, "terminalId": other.terminal_id, **rest},
        {"sessionId": other.session_id, "terminalId": own.terminal_id, **rest},
        {"sessionId": own.session_id, "terminalId": other.terminal_id, **rest},
    ]


REQUESTS: Mapping[str, Requests] = {
    "session/create": _create,
    "session/get": _get,
    "session/list": _list,
    "session/nextCommand": lambda own, other: [
        *_session()(own, other),
        *_session(regenerate=True)(own, other),
    ],
    "session/handleResult": _interaction(result=RESULT),
    "session/handleEvent": _handle_event,
    "session/handleEvents": _handle_events,
    "session/getEvents": _get_events,
    "session/update": _update,
    "session/change": _change,
    "session/delete": lambda own, other: [*_session()(own, other), *_session(workDoneToken=1)(own, other)],
    "session/redact": lambda own, other: [*_session()(own, other), *_session(dryRun=True)(own, other)],
    "session/pause": _session(reason="mine"),
    "session/resume": _session(),
    "session/cancel": _session(),
    "session/reopen": _session(reason="mine"),
    "session/setMode": _session(executionMode="agentic"),
    "session/subscribe": _subscribe,
    "session/unsubscribe": _nothing,
    "interaction/claim": _interaction(),
    "interaction/heartbeat": _interaction(),
    "interaction/release": _interaction(),
    "interaction/edit": _interaction(command="noop"),
    "interaction/skip": _interaction(reason="mine"),
    "interaction/markDone": _interaction(),
    "interaction/rerun": _interaction(),
    "ask/create": _ask_create,
    "ask/list": _ask_list,
    "ask/get": _ask(),
    "ask/answer": _ask(answer="yes"),
    "ask/withdraw": _ask(reason="mine"),
    "terminal/open": _interaction(uid="mine", conversationId="mine", root="/mine"),
    "terminal/observe": _terminal(source="transcript", observations=[{"type": "user"}]),
    "terminal/close": _terminal(exitCode=0),
    "interaction/say": _interaction(text="mine"),
    "result/create": lambda _, __: [{**RESULT, "timestamp": "2026-01-02T03:04:05Z"}],
    "result/update": _interaction(data={"mine": True}),
    "output/write": _write,
    "output/read": _read,
    "sessionType/list": lambda _, other: [{}, {"projectId": other.project_id}],
    "workflow/check": lambda _, other: [
        {"projectId": other.project_id, "path": "a.yaml", "text": "name: mine"},
        {"root": other.root, "path": "a.yaml", "text": SPAWNING},
    ],
    "workflow/graph": lambda _, __: [{"path": "a.yaml", "text": "name: mine\nsteps: {say: {run: [echo]}}"}],
    "workflow/new": lambda _, other: [
        {"projectId": other.project_id, "name": "mine"},
        {"root": other.root, "name": "a"},
    ],
    "permission/check": _permission_check,
    "permission/explain": lambda _, other: [{"projectId": other.project_id, "command": "git push"}],
    "permission/list": lambda _, other: [{}, {"projectId": other.project_id}, {"root": other.root}],
    "project/open": lambda _, other: [{"root": other.root, "firstCommit": "theirs"}, {"root": other.root}],
    "project/get": _project,
    "project/list": lambda _, other: [{}, {"limit": 1}, {"cursor": other.cursors["project/list"]}],
    "project/delete": _project,
    "component/get": lambda _, other: [{"componentId": other.component_id}],
    "component/list": _components,
    "daemon/status": _nothing,
    "daemon/compact": _nothing,
    "daemon/shutdown": _nothing,
}
