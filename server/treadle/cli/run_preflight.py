"""What must be right before a session runs, looked at in order, each with one clear sentence."""

import argparse
import os
import shlex
import sys
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from treadle.agents.lenient import JsonObject, an_object, count, objects, optional_text, text
from treadle.cli.asking import person
from treadle.cli.description import description, require_description
from treadle.cli.hand_over import in_mode, while_patient
from treadle.cli.options import going_on
from treadle.cli.session_options import require_given, session_options
from treadle.cli.session_types import listed_type, makes_branch, wanted_type
from treadle.cli.standard_streams import tell
from treadle.cli.tests_preflight import unchecked_warning
from treadle.client.connection import Connection
from treadle.client.errors import ClientError, ExitCode
from treadle.client.git_repository import GitRepository
from treadle.client.linked_folders import require_no_workspace
from treadle.client.locations import Locations
from treadle.client.own_command import to_type
from treadle.client.pages import every
from treadle.client.project import look, open_project
from treadle.client.session_branch import require_clean, require_commit
from treadle.client.working_copy import WorkingCopyTakenError, alone_in
from treadle.client.worktrees import SessionPlace, found_worktree
from treadle.runner.found_claude import require_claude
from treadle.runner.summary_table import ended_sentence
from treadle.workflows.contract import StepKind

AGENT_OPTIONS = ("model", "max_turns", "permission_mode", "budget_usd")
"""Of a session, that have command line options of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    session: JsonObject
    root: Path
    main_root: Path
    """The project's own folder, when `root` is a worktree of it; else the same."""


def begin(connection: Connection, arguments: argparse.Namespace, held: ExitStack) -> Prepared:
    """A new session; a local one has its working copy to itself as long as `held` is open."""
    locations = Locations.find(arguments.data_dir)
    opened = _open(connection, Path(arguments.project or "."), locations, trust=arguments.trust)
    project = an_object(opened.get("project"))
    root = Path(text(project.get("root")))
    session_type = wanted_type(connection, arguments.type, project, root)
    told = description(arguments.text, session_type)
    own = {"description": told, **{name: getattr(arguments, name) for name in AGENT_OPTIONS}}
    options = session_options(arguments.option or (), own, session_type)
    require_description(options, session_type)
    require_given(options, session_type)
    component = _component(opened, arguments.component, needed=session_type.get("needsComponent") is True)
    environment = arguments.environment or "local"
    if environment == "local":
        held.enter_context(alone_in(root))
        if makes_branch(session_type):
            _require_place_for_a_branch(root)
        if any(step.get("kind") == StepKind.SPAWN for step in objects(session_type.get("steps"))):
            require_no_workspace(root)
    warning = unchecked_warning(session_type, project, root, Path(arguments.project or ".").resolve())
    _require_agent(session_type)
    if warning is not None:
        tell(f"treadle: {warning}")
    answer = connection.call(
        "session/create",
        {
            "type": arguments.type,
            "componentId": component,
            "title": arguments.title or arguments.component,
            "environment": environment,
            "executionMode": arguments.mode or "agentic",
            "projectId": project.get("id"),
            "root": str(root),
            "options": options,
        },
    )
    return Prepared(session=an_object(answer.get("session")), root=root, main_root=root)


def resume(connection: Connection, arguments: argparse.Namespace, held: ExitStack) -> Prepared:
    """A session that is there. Who else runs it, if anybody, its claim says."""
    answer = connection.call("session/get", {"sessionId": arguments.session, "limit": 1})
    session = an_object(answer.get("session"))
    if session.get("status") != "active":
        done = session.get("status") == "complete"
        raise ClientError(ended_sentence(session), ExitCode.DONE if done else ExitCode.SESSION_FAILED)
    if session.get("pausedAt"):
        raise paused(arguments, arguments.session)
    _require_person(session, arguments)
    locations = Locations.find(arguments.data_dir)
    place = Path(arguments.project) if arguments.project else _place(connection, session, locations)
    opened = _open(connection, place, locations, trust=arguments.trust)
    project = an_object(opened.get("project"))
    if session.get("projectId") is not None and project.get("id") != session.get("projectId"):
        message = f"Session {arguments.session} belongs to another project than {project.get('root')}."
        raise ClientError(message, ExitCode.USAGE)
    main_root = Path(text(project.get("root")))
    root = _working_folder(session, main_root, locations)
    _require_session_branch(session, root)
    switched = in_mode(connection, session, arguments.mode)
    if session.get("environment") == "local":
        _take_working_copy(switched, root, held, is_handed_over=switched is not session)
    session = switched
    # A workflow whose file is gone goes on as it was begun.
    _require_agent(listed_type(connection, text(session.get("type")), project.get("id")) or {})
    return Prepared(session=session, root=root, main_root=main_root)


def paused(arguments: argparse.Namespace, session_id: int) -> ClientError:
    """What a run ends with when a person has paused its session."""
    resuming = to_type("resume", str(session_id), data_dir=arguments.data_dir)
    message = f"Session {session_id} is paused: no further step begins. Resume it with: {resuming}"
    return ClientError(f"{message} and go on with: {going_on(arguments, session_id)}", ExitCode.PAUSED)


def _take_working_copy(session: JsonObject, root: Path, held: ExitStack, *, is_handed_over: bool) -> None:
    """`is_handed_over`: another run of the session has given it up, and is ending.

    :raises WorkingCopyTakenError: by the run of another session; who runs this one is said by its claim
    """
    for _ in while_patient() if is_handed_over else ():
        with suppress(WorkingCopyTakenError):
            held.enter_context(alone_in(root))
            return
    try:
        held.enter_context(alone_in(root))
    except WorkingCopyTakenError:
        pending = an_object(session.get("pendingInteraction"))
        if not an_object(pending.get("claim")) or pending.get("interrupted") is True:
            raise


def _working_folder(session: JsonObject, root: Path, locations: Locations) -> Path:
    """The worktree in which a local session works, if it has one: a step of another session may have spawned it."""
    if session.get("environment") != "local":
        return root
    branch = optional_text(an_object(session.get("state")).get("branch"))
    repository = GitRepository(root)
    if branch is not None and repository.branch() == branch:
        return root
    place = SessionPlace(
        session_id=count(session.get("id")),
        session_uid=text(session.get("uid")),
        branch=branch,
        folder=locations.worktrees,
    )
    return found_worktree(repository, place) or root


def _place(connection: Connection, session: JsonObject, locations: Locations) -> Path:
    """The folder here when it is the session's project, else the folder where that was opened last.

    A worktree that Treadle made is no place of a person's, and goes when its work is merged.
    """
    wanted = next(
        (project for project in every(connection, "project/list", {}) if project.get("id") == session.get("projectId")),
        None,
    )
    if wanted is None:
        return Path()
    try:
        here = look(Path())
    except ClientError:
        return _existing(Path(text(wanted.get("root"))))
    same = (here.first_commit, here.remote) == (wanted.get("firstCommit"), wanted.get("remote"))
    same = same and not here.root.is_relative_to(locations.worktrees)
    return here.root if same else _existing(Path(text(wanted.get("root"))))


def _existing(root: Path) -> Path:
    if not root.is_dir():
        message = f"The project's folder {root} is not there any more; name its new place with --project."
        raise ClientError(message, ExitCode.PROJECT_STATE)
    return root


def _open(connection: Connection, place: Path, locations: Locations, *, trust: bool) -> Mapping[str, object]:
    if place.resolve().is_relative_to(locations.worktrees):
        message = (
            f"{place.absolute()} is in a worktree that Treadle made, which goes when its work is merged: "
            "run in the project's own folder, or name that with --project."
        )
        raise ClientError(message, ExitCode.PROJECT_STATE)
    return open_project(connection, place, trust=trust, ask=person())


def _component(opened: Mapping[str, object], wanted: str | None, *, needed: bool) -> int | None:
    components = objects(opened.get("components"))
    known = ", ".join(text(component.get("name")) for component in components)
    there_are = f"there are: {known}." if known else "name it in .treadle/project.yaml (treadle init writes one)."
    if wanted is None:
        if needed:
            raise ClientError(f"This session type needs a component (--component NAME); {there_are}", ExitCode.USAGE)
        return None
    found = next((component for component in components if component.get("name") == wanted), None)
    if found is None:
        raise ClientError(f"The project has no component {wanted}; {there_are}", ExitCode.USAGE)
    return count(found.get("id"))


def _require_place_for_a_branch(root: Path) -> None:
    repository = GitRepository(root)
    require_commit(repository)
    try:
        require_clean(repository)
    except ClientError as error:
        message = f"{error.message} Or run in your checkout as it is, with --environment vscode."
        raise ClientError(message, error.exit_code) from error


def _require_person(session: JsonObject, arguments: argparse.Namespace) -> None:
    mode = arguments.mode or session.get("executionMode")
    if mode == "manual" and (arguments.json or not sys.stdin.isatty()):
        message = (
            f"Session {session.get('id')} is in mode manual, asks before each step and needs a terminal; "
            "--mode agentic runs it by itself."
        )
        raise ClientError(message, ExitCode.USAGE)


def _require_session_branch(session: JsonObject, root: Path) -> None:
    """What its steps write belongs on the branch that the first one made; nobody switches behind a person's back."""
    wanted = text(an_object(session.get("state")).get("branch"))
    if session.get("environment") != "local" or not wanted:
        return
    current = GitRepository(root).branch()
    if current != wanted:
        found = f"{current} is checked out" if current else "no branch is checked out"
        message = (
            f"Session {session.get('id')} works on the branch {wanted}, and in {root} {found}: "
            f"switch with git switch {shlex.quote(wanted)} and try again; the session waits."
        )
        raise ClientError(message, ExitCode.PROJECT_STATE)


def _require_agent(session_type: JsonObject) -> None:
    kinds = (StepKind.AGENT, StepKind.SPAWN)  # what a step spawns has agents' steps
    if any(step.get("kind") in kinds for step in objects(session_type.get("steps"))):
        require_claude(os.environ)
