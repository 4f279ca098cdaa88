"""What a terminal's agent may do: rules before each call, people besides the terminal's own question."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.factories import (
    Clock,
    asynchronous,
    hand_in,
    new_uid,
    next_command,
    open_application,
    open_project,
)
from tests.unit.service.asking import PERSON, RUNNER, answer, asks_of, stored
from treadle.agents.terminal_events import OpenCall
from treadle.domain.ask import Ask, AskKind, AskStatus
from treadle.domain.command import CLAUDE, Command
from treadle.domain.result import ResultStatus
from treadle.domain.scope import LOCAL
from treadle.domain.terminal import Terminal
from treadle.ingest import permission_asks
from treadle.ingest.permission_asks import PermissionAsks
from treadle.service.application import Application
from treadle.service.terminals import NewTerminal
from treadle.storage.event_pages import EventQuery
from treadle.workflows.contract import SessionType, Step, StepContext, StepKind

RULES = """\
allow: ["pytest *"]
ask:
  - {command: git push, reason: Others see it then.}
deny:
  - {command: git push --force, reason: Nobody rewrites what others have.}
"""
CALL = OpenCall(tool_use_id="toolu_1", parent_tool_use_id="toolu_0")
ALLOWED = {"hookSpecificOutput": {"hookEventName": "PermissionRequest", "decision": {"behavior": "allow"}}}


class Impatient(Step):
    name = "work"
    kind = StepKind.AGENT

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, CLAUDE, prompt="Do it.", options={"ask_timeout_s": 60.0})


class Patient(Step):
    name = "work"
    kind = StepKind.AGENT

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, CLAUDE, prompt="Do it.")


def again(name: str, step: Step) -> SessionType:
    """One whose step is done again and again."""
    routes = {("work", ResultStatus.OK): "work"}
    return SessionType(id=name, title="Work", description="Works.", version=1, line=(step,), routes=routes)


TYPES = (again("patient", Patient()), again("impatient", Impatient()))


@dataclass
class World:
    application: Application
    terminal: Terminal
    asking: PermissionAsks
    gone: asyncio.Event
    clock: Clock

    def payload(self, command: str, event: str = "PermissionRequest", **fields: Any) -> dict[str, object]:
        call = {"tool_name": "Bash", "tool_input": {"command": command}, "cwd": self.terminal.root}
        return {"hook_event_name": event, **call, **fields}

    async def before(self, command: str) -> tuple[object, object] | None:
        payload = self.payload(command, "PreToolUse", tool_use_id=new_uid())
        told: Any = await self.asking.before_tool(payload)
        if told is None:
            return None
        output = told["hookSpecificOutput"]
        assert output["hookEventName"] == "PreToolUse"
        return output["permissionDecision"], output["permissionDecisionReason"]

    def decided(self, payload: dict[str, object], call: OpenCall | None = CALL) -> "asyncio.Task[Any]":
        return asyncio.create_task(self.asking.decide(payload, call, self.gone))

    async def asks(self, count: int = 1) -> list[Ask]:
        """As soon as so many are open; a commit tells of each."""
        changed = asyncio.Event()
        unsubscribe = self.application.notices.subscribe(lambda owner, notice: changed.set())
        try:
            while (
                len(found := await asks_of(self.application, self.terminal.session_id, status=AskStatus.OPEN)) < count
            ):
                await changed.wait()
                changed.clear()
        finally:
            unsubscribe()
        return found

    async def events(self) -> list[dict[str, Any]]:
        page = await self.application.event_handler.get_events(
            LOCAL, session_id=self.terminal.session_id, query=EventQuery()
        )
        return [event["data"] for event in orjson.loads(page)["data"]]


@asynccontextmanager
async def opened(tmp_path: Path, type_id: str = "patient") -> AsyncIterator[World]:
    root, clock = tmp_path / "shop", Clock()
    (root / ".treadle").mkdir(parents=True)
    (root / ".treadle" / "permissions.yaml").write_text(RULES)
    async with open_application(tmp_path / "data", *TYPES, clock=clock) as application:
        project = (await open_project(application, root)).project
        session = await application.sessions.create(LOCAL, type=type_id, project_id=project.id)
        interaction = (await next_command(application, session.id)).interaction
        wanted = NewTerminal(
            session_id=session.id,
            interaction_id=interaction.id,
            uid=new_uid(),
            conversation_id=new_uid(),
            resumed=False,
            root=str(root),
        )
        terminal = (await application.terminals.open(LOCAL, wanted=wanted, actor=RUNNER)).terminal
        yield World(application, terminal, PermissionAsks(application, terminal), asyncio.Event(), clock)


@asynchronous
async def test_the_rules_are_asked_before_a_call(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        allowed = "This is allowed by the rule `command pytest *` in line 1 of .treadle/permissions.yaml."
        assert await world.before("pytest -q") == ("allow", allowed)
        assert await world.before("git push --force") == ("deny", "Nobody rewrites what others have.")
        assert await world.before("git push") == ("ask", "Others see it then.")
        assert await world.before("ls") is None
        assert [event["action"] for event in await world.events()] == ["allowed", "denied"]


@asynchronous
async def test_rules_that_cannot_be_asked_leave_it_to_the_person_at_the_terminal(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        await world.application.deletion.delete(LOCAL, session_id=world.terminal.session_id, actor=PERSON)
        decision = await world.before("ls")
        assert decision is not None
        assert decision[0] == "ask"


@asynchronous
async def test_rules_that_take_too_long_do_not_hold_the_terminal_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path) as world, world.application.permissions._evaluating:
        monkeypatch.setattr(permission_asks, "RULES_SECONDS", 0.05)
        assert await world.before("pytest -q") == ("ask", "Treadle's rules could not be asked.")


@asynchronous
async def test_a_person_allows_it_from_elsewhere(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        deciding = world.decided(world.payload("git push", agent_type="Explore"))
        (ask,) = await world.asks()
        assert (ask.kind, ask.interaction_id) == (AskKind.PERMISSION, world.terminal.interaction_id)
        assert ask.question == "A helper of Claude Code (Explore) wants to run: git push"
        assert ask.asked_by == "A helper of Claude Code (Explore), in the step work"
        assert ask.option_names == ("allow", "allow_session", "deny")
        fingerprint = ask.details["fingerprint"]
        assert ask.details == {
            "tool": "Bash",
            "command": "git push",
            "tool_use_id": "toolu_1",
            "agent_type": "Explore",
            "input": {"command": "git push"},
            "fingerprint": fingerprint,
            "working_directory": world.terminal.root,
            "reason": "Others see it then.",
            "rule": ".treadle/permissions.yaml, line 3",
            "grant": {"tool": "Bash", "command": "git push"},
            "parent_tool_use_id": "toolu_0",
        }
        await answer(world.application, ask.id, "allow")
        assert await deciding == ALLOWED


@asynchronous
async def test_what_is_allowed_for_the_session_is_not_asked_about_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        deciding = world.decided(world.payload("git push"))
        await answer(world.application, (await world.asks())[0].id, "allow_session")
        assert await deciding == ALLOWED
        decision = await world.before("git push")
        assert decision is not None
        assert decision[0] == "allow"


@pytest.mark.parametrize(
    ("comment", "message"),
    [("Not on a Friday.", "A person denied this: Not on a Friday."), (None, "A person denied this. Go on without it.")],
)
@asynchronous
async def test_a_person_denies_it(comment: str | None, message: str, tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        deciding = world.decided(world.payload("git push"))
        await answer(world.application, (await world.asks())[0].id, "deny", comment=comment)
        decision = {"behavior": "deny", "message": message}
        assert (await deciding)["hookSpecificOutput"]["decision"] == decision


@asynchronous
async def test_whoever_is_quicker_in_the_terminal_has_answered(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        deciding = world.decided(world.payload("git push"))
        await world.asks()
        world.gone.set()
        assert await deciding is None
        (withdrawn,) = await asks_of(world.application, world.terminal.session_id)
        assert (withdrawn.status, withdrawn.reason) == (AskStatus.WITHDRAWN, "It was answered in the terminal.")
        assert (await stored(world.application, world.terminal.session_id)).open_ask_count == 0
        assert [event["action"] for event in await world.events()] == ["asked", "withdrawn"]


@asynchronous
async def test_a_repeated_request_is_the_same_ask(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        twice = [world.decided(world.payload("git push")) for _ in range(2)]
        (ask,) = await world.asks()
        await answer(world.application, ask.id, "allow")
        assert await asyncio.gather(*twice) == [ALLOWED, ALLOWED]
        assert len(await asks_of(world.application, world.terminal.session_id)) == 1


@asynchronous
async def test_of_calls_that_are_not_found_each_is_asked_about(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        twice = [world.decided(world.payload("ls"), None) for _ in range(2)]
        for ask in await world.asks(2):
            await answer(world.application, ask.id, "allow")
        assert await asyncio.gather(*twice) == [ALLOWED, ALLOWED]


@asynchronous
async def test_nobody_answers_in_time(tmp_path: Path) -> None:
    async with opened(tmp_path, "impatient") as world:
        deciding = world.decided(world.payload("git push"))
        (ask,) = await world.asks()
        assert ask.default_answer == "deny"
        assert ask.expires_at is not None
        world.clock.advance(61)
        await world.application.asks.expiry.expire_due()
        message = "Nobody answered within 60 s, so this is denied. Go on without it."
        assert (await deciding)["hookSpecificOutput"]["decision"] == {"behavior": "deny", "message": message}


@asynchronous
async def test_the_end_of_the_daemon_leaves_it_to_the_terminal(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        deciding = world.decided(world.payload("git push"))
        await world.asks()
        deciding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await deciding
        (ask,) = await asks_of(world.application, world.terminal.session_id)
        assert (ask.status, ask.reason) == (AskStatus.WITHDRAWN, "The daemon ended; the terminal asks by itself.")


@asynchronous
async def test_what_a_killed_daemon_has_asked_is_withdrawn_by_the_next_one(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        lost = world.decided(world.payload("git push"))
        await world.asks()
        await PermissionAsks(world.application, world.terminal).withdraw_left()
        assert await lost is None
        (ask,) = await asks_of(world.application, world.terminal.session_id)
        assert (ask.status, ask.reason) == (
            AskStatus.WITHDRAWN,
            "The daemon was started again; the terminal asks by itself.",
        )


@asynchronous
async def test_after_the_step_is_done_the_session_still_asks(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        await hand_in(world.application, await next_command(world.application, world.terminal.session_id))
        deciding = world.decided(world.payload("git push"))
        (ask,) = await world.asks()
        assert ask.interaction_id is None
        await answer(world.application, ask.id, "allow")
        assert await deciding == ALLOWED


@asynchronous
async def test_a_session_that_is_deleted_or_over_asks_nobody(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        deciding = world.decided(world.payload("git push"))
        await world.asks()
        await world.application.lifecycle.cancel(LOCAL, session_id=world.terminal.session_id, reason=None, actor=PERSON)
        assert await deciding is None
        assert await world.decided(world.payload("git push"), None) is None
        await world.application.deletion.delete(LOCAL, session_id=world.terminal.session_id, actor=PERSON)
        assert await world.decided(world.payload("git push"), None) is None


@asynchronous
async def test_the_agent_s_own_questions_are_answered(tmp_path: Path) -> None:
    asked = {
        "questions": [
            {"question": "Which colour?", "options": [{"label": "Red"}, {"label": "Blue"}]},
            {"question": "Which sizes?", "multiSelect": True, "options": [{"label": "S"}, {"label": "L"}]},
        ]
    }
    async with opened(tmp_path) as world:
        payload = world.payload("", tool_name="AskUserQuestion", tool_input=asked)
        deciding = world.decided(payload)
        colour, sizes = await world.asks(2)
        assert (colour.kind, colour.question) == (AskKind.QUESTION, "Which colour?")
        await answer(world.application, sizes.id, "S", comment="L")
        await answer(world.application, colour.id, "other", comment="Green")
        answers = {"Which colour?": "Green", "Which sizes?": "S, L"}
        decision = {"behavior": "allow", "updatedInput": {**asked, "answers": answers}}
        assert (await deciding)["hookSpecificOutput"]["decision"] == decision


@asynchronous
async def test_questions_answered_in_the_terminal_are_all_withdrawn(tmp_path: Path) -> None:
    asked = {"questions": [{"question": f"Which {name}?", "options": [{"label": "A"}]} for name in ("one", "two")]}
    async with opened(tmp_path) as world:
        deciding = world.decided(world.payload("", tool_name="AskUserQuestion", tool_input=asked))
        first = (await world.asks(2))[0]
        await answer(world.application, first.id, "A")
        world.gone.set()
        assert await deciding is None
        assert [ask.status for ask in await asks_of(world.application, world.terminal.session_id)] == [
            AskStatus.ANSWERED,
            AskStatus.WITHDRAWN,
        ]
