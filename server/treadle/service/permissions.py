"""What the rules say to what an agent wants to do: a project's, of its trusted folder, and the user's own."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath

from treadle.agents.lenient import an_object
from treadle.domain.errors import InvalidValueError, ProjectNotFoundError
from treadle.domain.event import EventSource, EventType, IncomingEvent
from treadle.domain.project import Project
from treadle.domain.scope import Scope
from treadle.domain.times import microseconds
from treadle.permissions.calls import Call
from treadle.permissions.evaluation import Verdict, evaluate
from treadle.permissions.paths import Place, literal
from treadle.permissions.rules import Effect, Grant, RuleSet
from treadle.service import treadle_folder
from treadle.service.event_handler import EventHandler
from treadle.service.lookups import require_interaction, require_session
from treadle.service.permission_files import PROJECT_FILE, UserFile, project_rules
from treadle.service.project_texts import PERMISSIONS, kept
from treadle.service.session_checks import untrusted
from treadle.storage import asks as ask_rows
from treadle.storage import interactions as interaction_rows
from treadle.storage import projects as project_rows
from treadle.storage.connections import Cursor
from treadle.storage.database import Database
from treadle.storage.project_texts import StoredTexts
from treadle.storage.values import json_text

RECORDED = {Effect.ALLOW: "allowed", Effect.DENY: "denied"}
"""The `action` of the event, where rules or a grant decided. An ask is recorded when it is opened."""
MAX_RECORDED = 32 * 1024
"""Characters of a command in the event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolUse:
    """A call of a tool that an agent is about to make."""

    tool: str
    tool_input: Mapping[str, object]
    tool_use_id: str
    parent_tool_use_id: str | None = None
    working_directory: str
    root: str | None = None
    """Of the working tree; None: the project's, or the working directory where that is outside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    verdict: Verdict
    grant: Grant
    """What a person would grant by allowing it until the session ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The rules that hold somewhere."""

    rule_sets: tuple[RuleSet, ...]
    """Of the files that are there."""
    project: Project | None = None
    is_trusted: bool = True
    """Whether the project's folder is trusted as it is now; if not, the rules are those that were trusted last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    verdict: Verdict
    in_force: InForce


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    database: Database
    event_handler: EventHandler
    clock: Callable[[], datetime]
    home: str
    user_file: UserFile | None
    """None: nobody has rules of their own."""
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    _evaluating: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def check(self, scope: Scope, *, session_id: int, interaction_id: str | None, tool_use: ToolUse) -> Checked:
        """What the rules and the grants of the session say. What they decide is recorded; a repeated call is not again.

        :raises SessionNotFoundError, InteractionNotFoundError:
        :raises InvalidValueError: a folder is no absolute path
        """
        _require_absolute("workingDirectory", tool_use.working_directory)
        _require_absolute("root", tool_use.root)

        def look(rows: Cursor) -> tuple[Project | None, RuleSet | None, Sequence[Grant]]:
            session = require_session(rows, scope, session_id)
            if interaction_id is not None and not interaction_rows.exists(rows, session_id, interaction_id):
                require_interaction(rows, session_id, interaction_id)
            project = None if session.project_id is None else project_rows.find(rows, scope, session.project_id)
            return project, _stored_rules(rows, project), _grants(rows, session_id)

        project, own, grants = await self.database.read(look)
        rule_sets = await self._with_users(own)
        call = Call.of(tool_use.tool, tool_use.tool_input, self._place(project, tool_use))
        verdict = await self._evaluated(call, rule_sets, grants, project)
        if verdict.decision in RECORDED:
            await self._record(scope, session_id, interaction_id, tool_use, call, verdict)
        return Checked(verdict=verdict, grant=call.grant)

    async def explain(
        self, scope: Scope, *, project_id: int | None, tool: str, tool_input: Mapping[str, object], folder: str | None
    ) -> Explained:
        """The same for a person who wonders; nothing is recorded, and no session's grants count.

        :raises ProjectNotFoundError:
        :raises InvalidValueError: the folder is no absolute path
        """
        _require_absolute("workingDirectory", folder)
        in_force = await self.in_force(scope, project_id=project_id)
        root = None if in_force.project is None else in_force.project.root
        here = folder or root or self.home
        use = ToolUse(tool=tool, tool_input=tool_input, tool_use_id="", working_directory=here)
        call = Call.of(tool, tool_input, self._place(in_force.project, use))
        verdict = await self._evaluated(call, in_force.rule_sets, (), in_force.project)
        return Explained(verdict=verdict, in_force=in_force)

    async def in_force(self, scope: Scope, *, project_id: int | None, root: str | None = None) -> InForce:
        """`root`: a folder whose file counts instead of the project's, as it is now; nobody need trust it.

        :raises ProjectNotFoundError:
        :raises ProjectInvalidError, InvalidValueError: the folder cannot be read
        """
        seen = None if root is None else await asyncio.to_thread(_rules_in, root)

        def look(rows: Cursor) -> tuple[Project | None, bool, RuleSet | None]:
            wanted = scope.project_id if project_id is None else project_id
            project = None if wanted is None else project_rows.find(rows, scope, wanted)
            if wanted is not None and project is None:
                raise ProjectNotFoundError(f"There is no project {wanted}.", projectId=wanted)
            is_trusted = project is None or untrusted(rows, scope, project, None) is None
            return project, is_trusted, _stored_rules(rows, project) if root is None else seen

        project, is_trusted, own = await self.database.read(look)
        return InForce(rule_sets=await self._with_users(own), project=project, is_trusted=is_trusted)

    async def _evaluated(
        self, call: Call, rule_sets: Sequence[RuleSet], grants: Sequence[Grant], project: Project | None
    ) -> Verdict:
        """In a thread: a command may be large. One after the other: so is what the parser takes of memory."""
        files = [PROJECT_FILE, *([f"{literal(project.root)}/{PROJECT_FILE}"] if project is not None else [])]
        if self.user_file is not None:
            files.append(literal(str(self.user_file.path)))
        async with self._evaluating:
            return await asyncio.to_thread(evaluate, call, rule_sets, grants, rule_files=files)

    async def _with_users(self, own: RuleSet | None) -> tuple[RuleSet, ...]:
        if self.user_file is None:
            return () if own is None else (own,)
        async with self._reading:
            users = await asyncio.to_thread(self.user_file.read)
        return tuple(each for each in (own, users) if each is not None)

    def _place(self, project: Project | None, tool_use: ToolUse) -> Place:
        folder, root = tool_use.working_directory, tool_use.root
        if root is None and project is not None and PurePosixPath(folder).is_relative_to(project.root):
            root = project.root
        return Place(root=root or folder, folder=folder, home=self.home)

    async def _record(
        self,
        scope: Scope,
        session_id: int,
        interaction_id: str | None,
        tool_use: ToolUse,
        call: Call,
        verdict: Verdict,
    ) -> None:
        rule, grant = verdict.rule, verdict.grant
        assert verdict.decision is not None  # noqa: S101
        data = {
            "action": RECORDED[verdict.decision],
            "tool": call.tool,
            "command": None if call.command is None else call.command[:MAX_RECORDED],
            "path": call.absolute_path,
            "tool_use_id": tool_use.tool_use_id,
            "parent_tool_use_id": tool_use.parent_tool_use_id,
            "rule": None if rule is None else rule.shown,
            "file": None if rule is None else rule.file,
            "line": None if rule is None else rule.line,
            "part": verdict.part,
            "ask_id": None if grant is None else grant.ask_id,
            "reason": verdict.reason,
        }
        event = IncomingEvent(
            uid=f"permission-{tool_use.tool_use_id}",
            event_type=EventType.SESSION_STATUS_CHANGED,
            sent_at=microseconds(self.clock()),
            data=json_text({name: value for name, value in data.items() if value is not None}),
            source=EventSource.DAEMON,
            interaction_id=interaction_id,
        )
        await self.event_handler.handle_events(scope, session_id=session_id, events=[event])


def _stored_rules(rows: Cursor, project: Project | None) -> RuleSet | None:
    return None if project is None else project_rules(StoredTexts(rows, project.id).get(PERMISSIONS))


def _grants(rows: Cursor, session_id: int) -> Sequence[Grant]:
    """What a person allowed until the session ends: nothing but the command that was shown."""
    found: list[Grant] = []
    for ask_id, details in ask_rows.granting(rows, session_id):
        grant = Grant.read(an_object(details.get("grant")), ask_id)
        if grant is not None and (grant.tool, grant.command) == (details.get("tool"), details.get("command")):
            found.append(grant)
    return found


def _rules_in(root: str) -> RuleSet | None:
    files = treadle_folder.read(treadle_folder.require_root(root), only=frozenset({PERMISSIONS}))
    return project_rules(kept(PERMISSIONS, files[PERMISSIONS])) if PERMISSIONS in files else None


def _require_absolute(field_name: str, path: str | None) -> None:
    if path is not None and (not path.startswith("/") or "\0" in path):
        raise InvalidValueError(f"It must be an absolute path, not {path!r:.200}.", field=field_name)
