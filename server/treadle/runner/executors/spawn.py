"""Runs the sessions that a step has spawned, side by side, and merges what they made.

Local ones work in a worktree each, since two agents in one checkout would take each other's changes for their own and
commit them; for the same reason those in a person's checkout run one after another.
"""

import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import NamedTuple

from treadle.agents.lenient import an_object, count
from treadle.client.errors import ClientError, ExitCode, RemoteError
from treadle.client.git_repository import GitRepository
from treadle.client.linked_folders import require_no_workspace
from treadle.client.locations import Locations
from treadle.client.merging import catch_up
from treadle.client.own_command import to_type
from treadle.client.session_branch import require_commit
from treadle.client.working_copy import alone_in
from treadle.client.worktrees import found_worktree, open_worktree
from treadle.domain.result import Result
from treadle.runner import results
from treadle.runner.child_progress import ChildProgress
from treadle.runner.children import Child
from treadle.runner.merging_children import merged_children, place_of, require_branch
from treadle.runner.stop import Stop, StopReason
from treadle.runner.work import Work
from treadle.runner.workbench import StoppedError, Workbench

TICK_SECONDS = 0.2
SHORT = 12
"""Characters of a commit that is shown."""
SESSION_GONE = "session_not_found"
OVERTAKEN = (SESSION_GONE, "active")
"""Somebody has deleted or reopened it meanwhile: what it is now is asked anyway."""


class Problem(NamedTuple):
    message: str
    exit_code: int


def spawn(work: Work, bench: Workbench) -> Result:
    """What the children's statuses mean is the daemon's to say; an error here is what only a client can know."""
    begun = monotonic()
    with bench.leftovers.present(work.interaction_id):
        children, problem = SpawnRun(work, bench).run()
    data: dict[str, object] = {"children": [child.as_data() for child in children]}
    duration_ms = round((monotonic() - begun) * 1_000)
    if problem is not None:
        return results.failed(bench.new_id(), problem, data=data, duration_ms=duration_ms)
    return results.ok(bench.new_id(), data=data, duration_ms=duration_ms)


class SpawnRun:
    def __init__(self, work: Work, bench: Workbench) -> None:
        ids = work.metadata.get("child_session_ids")
        self._ids = [number for each in (ids if isinstance(ids, list) else []) if (number := count(each))]
        self._max_parallel = max(1, count(work.metadata.get("max_parallel")))
        self._session_id = work.session_id
        self._bench = bench
        self._repository = GitRepository(bench.project_root)
        self._locations = Locations(bench.data_dir)
        self._display_turn = threading.Lock()
        self._worktree_turn = threading.Lock()
        self._base = ""
        self._branch: str | None = None

    def run(self) -> tuple[list[Child], str | None]:
        """The children as they are now, and what went wrong besides them.

        :raises StoppedError:
        """
        # Each execution is by a person's wish, also the first one of a step whose session was reopened.
        self._reopen([child for child in self._children() if child.has_ended_badly])
        runnable = [child for child in self._children() if child.is_active and not child.is_manual]
        is_in_turn = self._max_parallel == 1 and all(child.is_local for child in runnable)
        problems = self._run_in_turn(runnable) if is_in_turn else self._run_all(runnable)
        if self._bench.stop.is_requested:
            raise StoppedError
        children = [self._judged(child, problems.get(child.session_id)) for child in self._children()]
        if any(child.is_active for child in children):
            return children, None
        children, problem = self._merged([self._placed(child) for child in children])
        return children, problem or _failures(children)

    def _merged(self, children: Sequence[Child]) -> tuple[list[Child], str | None]:
        return merged_children(
            self._repository,
            children,
            branch=self._own_branch(),
            worktrees=self._locations.worktrees,
            stop=self._bench.stop,
            progress=self._bench.progress,
        )

    def _placed(self, child: Child) -> Child:
        if child.is_complete or not child.is_local:
            return child
        with suppress(ClientError):  # what has become of the session is more than where it has worked
            place = found_worktree(self._repository, place_of(child, self._locations.worktrees))
            return replace(child, worktree=None if place is None else str(place))
        return child

    def _children(self) -> list[Child]:
        return [self._child(session_id) for session_id in self._ids]

    def _reopen(self, children: Sequence[Child]) -> None:
        """They go on where they ended, in their conversation and with what they have written."""
        reason = f"The step of session {self._session_id} that it belongs to runs again."
        for child in children:
            try:
                self._bench.ask("session/reopen", {"sessionId": child.session_id, "reason": reason})
            except RemoteError as error:
                if error.code not in OVERTAKEN:
                    raise
                continue
            self._bench.progress.noted(f"Session {child.label} ({child.status}) goes on.")

    def _child(self, session_id: int) -> Child:
        try:
            return Child.read(self._head(session_id))
        except RemoteError as error:
            if error.code != SESSION_GONE:
                raise
            return Child.deleted(session_id)

    def _head(self, session_id: int) -> dict[str, object]:
        answer = self._bench.ask("session/get", {"sessionId": session_id, "limit": 1})
        return dict(an_object(answer.get("session")))

    def _own_branch(self) -> str | None:
        return str(an_object(self._head(self._session_id).get("state")).get("branch") or "") or None

    def _judged(self, child: Child, problem: Problem | None) -> Child:
        if not child.is_active:
            return child
        if problem is not None:
            return child.with_problem(*problem)
        if child.is_manual:
            again = to_type("run", "--session", str(child.session_id))
            return child.with_problem(f"It is in mode manual, step by step by a person: {again}", ExitCode.PAUSED)
        return child.with_problem("It has not ended.", ExitCode.SESSION_FAILED)

    def _run_in_turn(self, children: Sequence[Child]) -> dict[int, Problem]:
        """Each begins with what those before it have made; when that cannot be merged, it waits."""
        problems: dict[int, Problem] = {}
        made = [child for child in self._children() if child.is_complete]
        for child in children:
            _, refusal = self._merged(made)
            if refusal is not None:
                message = f"It begins when what was made before it is merged: {refusal}"
                return {**problems, child.session_id: Problem(message, ExitCode.PROJECT_STATE)}
            problems |= self._run_all([child])
            made = [ended for ended in [self._child(child.session_id)] if ended.is_complete]
        return problems

    def _run_all(self, children: Sequence[Child]) -> dict[int, Problem]:
        """Until all have ended or cannot go on; when this run stops, or one meets a fault, none is left running."""
        if self._bench.stop.is_requested or not children:
            return {}
        are_local = all(child.is_local for child in children)
        if any(child.is_local for child in children):
            require_no_workspace(self._repository.root)
            self._base = require_commit(self._repository)
            self._branch = self._own_branch()
            require_branch(self._repository, self._branch)
        stops = {child.session_id: Stop() for child in children}
        with ThreadPoolExecutor(self._max_parallel if are_local else 1, thread_name_prefix="child") as pool:
            futures = {pool.submit(self._run, child, stops[child.session_id]): child for child in children}
            try:
                return self._followed(futures)
            finally:
                for future in futures:
                    future.cancel()
                for stop in stops.values():
                    stop.request(StopReason.INTERRUPTED)

    def _followed(self, futures: dict[Future[Problem | None], Child]) -> dict[int, Problem]:
        problems: dict[int, Problem] = {}
        running = set(futures)
        while running and not self._bench.stop.is_requested:
            ended, running = wait(running, TICK_SECONDS, return_when=FIRST_COMPLETED)
            for future in ended:
                if (problem := future.result()) is not None:
                    problems[futures[future].session_id] = problem
        return problems

    def _run(self, child: Child, stop: Stop) -> Problem | None:
        """Why it cannot go on; its siblings can."""
        progress = ChildProgress(child.label, self._bench.progress, self._display_turn)
        try:
            with ExitStack() as held:
                root = self._bench.project_root
                if child.is_local:
                    with self._worktree_turn:
                        place = place_of(child, self._locations.worktrees)
                        root = open_worktree(self._repository, place, base=self._base)
                    held.enter_context(alone_in(root))
                    self._catch_up(root, progress)
                self._bench.run_session(child.session_id, root=root, progress=progress, stop=stop)
        except StoppedError:
            return None  # this run stops, or somebody ended the child: its status says so
        except ClientError as error:
            progress.noted(error.message)
            return Problem(error.message, error.exit_code)
        return None

    def _catch_up(self, root: Path, progress: ChildProgress) -> None:
        """A session that goes on has what its siblings made meanwhile, unless its own changes stand against that."""
        if not catch_up(GitRepository(root), self._base, branch=self._branch or self._base[:SHORT]):
            progress.noted(f"What was merged meanwhile is not in {root}, which has changes that are not committed.")


def _failures(children: Sequence[Child]) -> str | None:
    failed = [child for child in children if not child.is_complete]
    if not failed:
        return None
    told = "; ".join(f"{child.label} ({child.status}): {(child.problem or '').removesuffix('.')}" for child in failed)
    return f"{len(failed)} of {len(children)} sessions did not complete: {told}."
