"""What the rules of a project and of the user say to an agent's call, and what is recorded of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.factories import ACTOR, asynchronous, new_uid, open_application, open_project
from treadle.domain.ask import ALLOW_SESSION, AskKind, AskOption
from treadle.domain.errors import (
    InteractionNotFoundError,
    InvalidValueError,
    ProjectNotFoundError,
    SessionNotFoundError,
)
from treadle.domain.scope import LOCAL
from treadle.domain.session import Session
from treadle.service.application import Application
from treadle.service.asks import NewAsk
from treadle.service.permission_files import UserFile
from treadle.service.permissions import Checked, Permissions, ToolUse
from treadle.storage.event_pages import EventQuery

RULES = """\
allow: ["pytest *"]
ask: [git push]
deny:
  - {command: git push --force, reason: Nobody rewrites what others have.}
"""


@dataclass
class World:
    application: Application
    permissions: Permissions
    root: Path
    user_path: Path
    session: Session

    async def check(self, command: str, tool_use_id: str = "toolu_1", **fields: Any) -> Checked:
        use = ToolUse(
            tool="Bash",
            tool_input={"command": command},
            tool_use_id=tool_use_id,
            working_directory=fields.pop("working_directory", str(self.root)),
        )
        fields = {"interaction_id": None, "session_id": self.session.id, **fields}
        return await self.permissions.check(LOCAL, tool_use=use, **fields)

    async def decision(self, command: str, tool_use_id: str = "toolu_1") -> str | None:
        found = (await self.check(command, tool_use_id)).verdict.decision
        return None if found is None else found.value

    async def events(self) -> list[dict[str, Any]]:
        page = await self.application.event_handler.get_events(LOCAL, session_id=self.session.id, query=EventQuery())
        return [event["data"] for event in orjson.loads(page)["data"] if "tool" in event["data"]]

    def write(self, text: str) -> None:
        (self.root / ".treadle" / "permissions.yaml").write_text(text)

    async def trust(self) -> None:
        await open_project(self.application, self.root)


@asynccontextmanager
async def opened(tmp_path: Path, text: str | None = RULES) -> AsyncIterator[World]:
    root, user_path = tmp_path / "shop", tmp_path / "config" / "permissions.yaml"
    (root / ".treadle").mkdir(parents=True)
    user_path.parent.mkdir()
    if text is not None:
        (root / ".treadle" / "permissions.yaml").write_text(text)
    async with open_application(tmp_path / "data") as application:
        project = (await open_project(application, root)).project
        session = await application.sessions.create(LOCAL, type="example", project_id=project.id)
        permissions = replace(application.permissions, user_file=UserFile(user_path))
        yield World(application, permissions, root, user_path, session)


@asynchronous
async def test_a_decision_is_answered_and_recorded_with_its_rule(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        denied = await world.check("ls && git push --force", "toolu_1")
        assert denied.verdict.decision == "deny"
        assert denied.verdict.part == "git push --force"
        assert denied.grant.as_json_object == {"tool": "Bash", "command": "ls && git push --force"}
        assert await world.decision("pytest -q", "toolu_2") == "allow"
        assert await world.decision("git push", "toolu_3") == "ask"
        assert await world.decision("ls", "toolu_4") is None
        assert await world.events() == [
            {
                "action": "denied",
                "tool": "Bash",
                "command": "ls && git push --force",
                "tool_use_id": "toolu_1",
                "rule": "command git push --force",
                "file": ".treadle/permissions.yaml",
                "line": 4,
                "part": "git push --force",
                "reason": "Nobody rewrites what others have.",
            },
            {
                "action": "allowed",
                "tool": "Bash",
                "command": "pytest -q",
                "tool_use_id": "toolu_2",
                "rule": "command pytest *",
                "file": ".treadle/permissions.yaml",
                "line": 1,
                "reason": "This is allowed by the rule `command pytest *` in line 1 of .treadle/permissions.yaml.",
            },
        ]


@asynchronous
async def test_a_repeated_call_is_recorded_once_and_without_secrets(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        secret = "ghp_" + "a1B2" * 9
        for _ in range(3):
            assert await world.decision(f"pytest --token {secret}") == "allow"
        (event,) = await world.events()
        assert secret not in str(event)
        assert event["command"].startswith("pytest --token ")


@pytest.mark.requirement("trust.projects-allow")
@asynchronous
async def test_a_projects_allow_lifts_no_deny_of_the_user_whose_file_counts_as_it_is_now(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        assert await world.decision("pytest") == "allow"
        world.user_path.write_text("deny: [pytest]\nallow: [git push]")
        assert await world.decision("pytest") == "deny"
        assert await world.decision("git push") == "ask"
        world.user_path.write_text("deny: [oops")
        assert await world.decision("pytest") == "ask"
        assert await world.decision("ls") == "ask"
        assert await world.decision("git push --force") == "deny"
        world.user_path.unlink()
        assert await world.decision("pytest") == "allow"


@pytest.mark.requirement("trust.projects-allow")
@asynchronous
async def test_rules_of_a_project_count_as_they_were_trusted(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        world.write('allow: ["git *"]')
        assert await world.decision("git push") == "ask"
        await open_project(world.application, world.root, trust=False)
        assert await world.decision("git push") == "ask"
        await world.trust()
        assert await world.decision("git push") == "allow"


@pytest.mark.parametrize("text", ["allow: [", "allow: {}", "alow: [ls]", "\x00"])
@asynchronous
async def test_a_broken_file_of_a_project_lets_it_be_opened_and_everything_be_asked(tmp_path: Path, text: str) -> None:
    async with opened(tmp_path, text) as world:
        checked = await world.check("ls")
        assert checked.verdict.decision == "ask"
        assert ".treadle/permissions.yaml is not valid in line 1" in (checked.verdict.reason or "")


@asynchronous
async def test_without_rules_nothing_is_said_but_of_the_rules_themselves(tmp_path: Path) -> None:
    async with opened(tmp_path, None) as world:
        assert await world.decision("ls") is None
        assert await world.decision("(") is None
        assert await world.decision("cat .treadle/permissions.yaml") is None
        for changing in (
            "echo 'allow: [git]' > .treadle/permissions.yaml",
            f"cp x {world.root}/.treadle/permissions.yaml",
            f"rm {world.user_path}",
            "cd .treadle && mv x permissions.yaml",
        ):
            assert await world.decision(changing) == "ask", changing
        use = ToolUse(
            tool="Write",
            tool_input={"file_path": f"{world.root}/.treadle/permissions.yaml"},
            tool_use_id="t",
            working_directory=str(world.root),
        )
        checked = await world.permissions.check(LOCAL, session_id=world.session.id, interaction_id=None, tool_use=use)
        assert checked.verdict.decision == "ask"
        assert checked.verdict.reason == "Only a person decides what agents may do, and this would change the rules."
        assert await world.events() == []


@asynchronous
async def test_an_answer_for_the_session_allows_the_same_until_it_ends(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        grant = (await world.check("git push")).grant.as_json_object
        ask_id = await _asked(world, {"tool": "Bash", "command": "git push", "grant": grant})
        assert await world.decision("git push") == "ask"
        await _answer(world, ask_id)
        checked = await world.check("git push")
        assert checked.verdict.decision == "allow"
        assert checked.verdict.reason == f"This was allowed until the session ends by the answer to ask {ask_id}."
        assert (await world.events())[-1]["ask_id"] == ask_id
        assert await world.decision("git push origin") == "ask"
        other = await world.application.sessions.create(LOCAL, type="example", project_id=world.session.project_id)
        assert (await world.check("git push", session_id=other.id)).verdict.decision == "ask"


@asynchronous
async def test_nothing_is_granted_but_what_was_shown(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        grant = {"tool": "Bash", "command": "git push"}
        await _answer(world, await _asked(world, {"tool": "Bash", "command": "ls", "grant": grant}))
        await _answer(world, await _asked(world, {"tool": "Bash", "grant": "git push"}))
        await _answer(world, await _asked(world, {}))
        assert await world.decision("git push") == "ask"


@asynchronous
async def test_relative_paths_of_rules_begin_at_the_working_tree(tmp_path: Path) -> None:
    async with opened(tmp_path, "deny: [{path: ./secrets/}]") as world:
        assert (await world.check("cat a", working_directory=f"{world.root}/secrets")).verdict.decision == "deny"
        assert (await world.check("cat secrets/a", working_directory="/elsewhere")).verdict.decision == "deny"
        assert (await world.check("cat secrets/a", working_directory=f"{world.root}/b")).verdict.decision is None


@asynchronous
async def test_what_is_not_there_or_no_path_is_refused(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        with pytest.raises(SessionNotFoundError):
            await world.check("ls", session_id=404)
        with pytest.raises(InteractionNotFoundError):
            await world.check("ls", interaction_id="none")
        with pytest.raises(InvalidValueError):
            await world.check("ls", working_directory="here")
        with pytest.raises(ProjectNotFoundError):
            await world.permissions.in_force(LOCAL, project_id=404)


@asynchronous
async def test_an_explanation_names_the_files_and_records_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as world:
        world.user_path.write_text("ask: [ls]")
        project_id = world.session.project_id
        explained = await world.permissions.explain(
            LOCAL, project_id=project_id, tool="Bash", tool_input={"command": "git push -f --force"}, folder=None
        )
        assert explained.verdict.decision == "ask"
        assert [each.file for each in explained.in_force.rule_sets] == [
            ".treadle/permissions.yaml",
            str(world.user_path),
        ]
        assert explained.in_force.is_trusted
        world.write("deny: [ls]")
        await open_project(world.application, world.root, trust=False)
        assert not (await world.permissions.in_force(LOCAL, project_id=project_id)).is_trusted
        as_it_is = await world.permissions.in_force(LOCAL, project_id=None, root=str(world.root))
        assert [rule.effect for rule in as_it_is.rule_sets[0].rules] == ["deny"]
        assert await world.events() == []


async def _asked(world: World, details: dict[str, object]) -> int:
    options = tuple(AskOption(name=name, title=name) for name in ("allow", ALLOW_SESSION, "deny"))
    wanted = NewAsk(
        session_id=world.session.id,
        interaction_id=None,
        uid=new_uid(),
        kind=AskKind.PERMISSION,
        question="May it?",
        details=details,
        options=options,
        asked_by="an agent",
        expires_at=None,
        default_answer=None,
    )
    return (await world.application.asks.create(LOCAL, wanted=wanted, actor=ACTOR)).id


async def _answer(world: World, ask_id: int) -> None:
    await world.application.asks.answer(LOCAL, ask_id=ask_id, answer=ALLOW_SESSION, comment=None, actor=ACTOR)
