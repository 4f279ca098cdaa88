"""The loop: next command, claim, execute, result; until the workflow is finished or the run must stop."""

import os
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from treadle.agents.event_draft import EventDraft
from treadle.agents.lenient import an_object, text
from treadle.client.connection import Connection
from treadle.client.errors import RemoteError
from treadle.client.linked_folders import environment_in
from treadle.client.locations import Locations
from treadle.domain.command import ASK, CLAUDE
from treadle.domain.event import EventSource
from treadle.domain.result import Result
from treadle.domain.transitions import TERMINAL_CODES
from treadle.runner import claim, history
from treadle.runner.agent_inbox import WITNESSED, followed
from treadle.runner.execute import execute
from treadle.runner.leftovers import Leftovers
from treadle.runner.outbox import Outbox
from treadle.runner.outputs import upload, with_outputs
from treadle.runner.persons_part import (
    children_need_person,
    consent_needed,
    not_taken,
    person_needed,
    tests_need_person,
)
from treadle.runner.progress import Progress
from treadle.runner.reporting import OVERTAKEN, Reporting
from treadle.runner.run_end import RunEnd, never
from treadle.runner.stop import Stop, StopReason
from treadle.runner.work import Work
from treadle.runner.workbench import (
    AnsweredElsewhereError,
    DoneElsewhereError,
    ModeSwitchedError,
    PersonNeededError,
    SessionDeletedError,
    StoppedError,
    Workbench,
)

SESSION_GONE = "session_not_found"


class Runner:
    """Runs one session. `consent`: a person asked for exactly this session, so an interrupted step may run again.

    `in_terminal`: that person does the agents' steps with them, in the terminal here.

    `run_end`: why it ends before a step, at which the session then waits.

    `asks_wait`: what agents ask waits for a person; else nobody can be asked.

    `main_root`: the project's own folder, when `project_root` is a worktree of it.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        session_id: int,
        project_root: Path,
        locations: Locations,
        progress: Progress,
        stop: Stop,
        consent: bool,
        manual: bool = False,
        in_terminal: bool = False,
        asks_wait: bool = False,
        run_end: RunEnd = never,
        environ: Mapping[str, str] = os.environ,
        main_root: Path | None = None,
    ) -> None:
        self._connection = connection
        self._session_id = session_id
        self._project_root = project_root
        self._locations = locations
        self._progress = progress
        self._stop = stop
        self._consent = consent
        self._manual = manual
        self._in_terminal = in_terminal
        self._asks_wait = asks_wait
        self._run_end = run_end
        self._main_root = main_root or project_root
        self._environ = environment_in(project_root, environ, main=self._main_root)
        self._mode: str | None = None
        self._leftovers = Leftovers(locations.runs, client_id=connection.client_id)
        self._outbox = Outbox(
            connection,
            session_id,
            client=connection.client_name,
            last_sent_at=history.last_sent_at(connection, session_id),
            stop=stop,
        )
        self._reporting = Reporting(connection, self._outbox, progress=progress, stop=stop)

    def run(self) -> None:
        """Returns when the session has ended, whichever way.

        :raises StoppedError: the run was asked to stop; the session waits at its pending step
        :raises SessionDeletedError: by somebody else
        :raises ModeSwitchedError: by somebody else; the step that was under way has ended
        :raises ClientError: it cannot go on
        """
        is_deleted = False
        try:
            self._take_steps()
        except RemoteError as error:
            is_deleted = error.code == SESSION_GONE
            if is_deleted:
                raise SessionDeletedError(self._session_id) from error
            raise
        finally:
            lost = self._outbox.close()
            if lost and not is_deleted:
                self._progress.noted(f"{lost} of this run's events did not reach the daemon; they are lost.")

    def _take_steps(self) -> None:
        trouble: PersonNeededError | None = None
        while (work := self._next_work()) is not None:
            if trouble is not None:
                raise trouble
            if end := self._run_end(work):
                self._stop.request(end)
            if self._stop.is_requested:
                self._stopped()
            trouble = self._step(work)

    def _next_work(self) -> Work | None:
        if self._stop.is_requested:
            self._stopped()
        try:
            answer = self._connection.call("session/nextCommand", {"sessionId": self._session_id})
        except RemoteError as error:
            if error.code in TERMINAL_CODES:
                return None
            raise
        work = Work.read(answer)
        if work.waits_for_tests and work.claimed_by is None:
            # Its command is from before a person has mended what was missing: the settings may name another one now.
            answer = self._connection.call("session/nextCommand", {"sessionId": self._session_id, "regenerate": True})
            work = replace(Work.read(answer), renews=work.interaction_id)
        if self._mode not in (None, work.execution_mode):
            raise ModeSwitchedError(self._session_id, work.execution_mode)
        self._mode = work.execution_mode
        if work.interrupted and not self._consent and work.claimed_by != self._connection.client_id:
            raise consent_needed(work)
        return work

    def _step(self, work: Work) -> PersonNeededError | None:
        """Why the run must not go on by itself, although the step may be tried again."""
        if work.command == ASK:
            self._asked(work)
            return None
        try:
            work = self._claimed(work)
        except RemoteError as error:
            if error.code not in OVERTAKEN:
                raise
            return None
        try:
            in_terminal = self._in_terminal and work.command == CLAUDE
            with claim.kept_alive(self._connection, work, stop=self._stop, outlives_step=in_terminal) as keeper:
                result = self._executed(work, keeper)
                keeper.reporting.set()
                judged = self._reporting.report(work, result)
            needed = children_need_person(work, result, judged) or tests_need_person(work, judged)
            if stuck := needed or not_taken(work, judged):
                raise stuck
        except DoneElsewhereError as error:
            self._progress.noted(str(error))
            return None
        except BaseException as error:
            claim.give_back(self._connection, work, interrupted=isinstance(error, ModeSwitchedError))
            raise
        return person_needed(work, result)

    def _asked(self, work: Work) -> None:
        """Without a claim, so that others may answer while the person here thinks."""
        try:
            result = self._executed(work)
        except AnsweredElsewhereError as error:
            self._progress.noted(str(error))
            return
        self._reporting.report(work, result)

    def _claimed(self, work: Work) -> Work:
        """The work that is this runner's now. A person who is asked before each step has seen its command."""
        while True:
            if self._manual and not self._progress.confirms(work):
                self._stop.request(StopReason.INTERRUPTED)
                self._stopped()
            claimed = self._taken(work)
            if not self._manual or claimed == work:
                return claimed
            claim.give_back(self._connection, claimed)
            self._progress.noted(f"The command of {work.step} was changed meanwhile.")
            work = claimed

    def _taken(self, work: Work) -> Work:
        if self._consent and (dead := self._leftovers.client_of_dead_runner(work.interaction_id)):
            with self._connection.as_client(dead) as in_its_name:
                claim.give_back(in_its_name, work, interrupted=True)
        answer = claim.take(self._connection, work, stop=self._stop, progress=self._progress)
        claimed = work.as_claimed(an_object(answer.get("interaction")))
        died = an_object(answer.get("takenOver"))
        if died and died.get("clientId") != self._connection.client_id:
            if not self._consent:
                # Nothing has been executed yet: it stays as its holder left it.
                claim.give_back(self._connection, claimed, interrupted=True)
                raise consent_needed(work)
            holder = text(died.get("clientName")) or "Another client"
            self._progress.noted(f"{holder} was interrupted in the step {work.step}; it runs again.")
        return claimed

    def _executed(self, work: Work, keeper: claim.Keeper | None = None) -> Result:
        bench = self._workbench(work, self._leftovers.conversation(work.interaction_id), keeper)
        if self._leftovers.end(work.interaction_id):
            self._progress.noted("What an earlier run had left running was ended.")
        self._progress.step_begun(work)
        try:
            result = execute(work, bench)
        except StoppedError:
            self._stopped()
        self._outbox.flush()
        return result

    def _workbench(self, work: Work, announced: str | None, keeper: claim.Keeper | None) -> Workbench:
        """`announced`: the agent's conversation that a killed runner was about to begin."""

        def emit(event: EventDraft, source: EventSource) -> None:
            self._progress.happened(event)
            sent = with_outputs(self._connection, work.session_id, event, stop=self._stop)
            self._outbox.add(sent, interaction_id=work.interaction_id, source=source)

        return Workbench(
            project_root=self._project_root,
            data_dir=self._locations.data_dir,
            environ=self._environ,
            stop=self._stop,
            leftovers=self._leftovers,
            progress=self._progress,
            emit=emit,
            upload=lambda content: upload(self._connection, work.session_id, content, stop=self._stop),
            begun_conversation=lambda: history.begun_conversation(
                self._connection, work.session_id, work.interaction_id, announced=announced
            ),
            latest_conversation=lambda: history.latest_conversation(self._connection, work.session_id),
            followed=lambda: followed(self._connection, work.session_id),
            witnessed=lambda: followed(self._connection, work.session_id, WITNESSED),
            heard=lambda _: None,
            unread_sayings=lambda: history.unread_sayings(self._connection, work.session_id, work.interaction_id),
            own_events=lambda types: history.events_of(self._connection, work.session_id, work.interaction_id, types),
            asks_wait=self._asks_wait,
            new_id=lambda: str(uuid.uuid4()),
            ask=self._ask,
            connect=self._connection.as_client,
            hand_in=lambda result: self._reporting.hand_in(work, result, keeper),
            in_terminal=self._in_terminal,
            run_session=self._run_other,
        )

    def _ask(self, method: str, params: Mapping[str, object]) -> Mapping[str, object]:
        """What the daemon then records, such as an ask, comes after what led to it."""
        self._outbox.flush()
        return self._connection.call(method, params)

    def _run_other(self, session_id: int, *, root: Path, progress: Progress, stop: Stop) -> None:
        """In the name of a client of its own: a claim is one client's."""
        with self._connection.as_client() as connection:
            Runner(
                connection,
                session_id=session_id,
                project_root=root,
                locations=self._locations,
                progress=progress,
                stop=stop,
                consent=True,
                asks_wait=self._asks_wait,
                environ=self._environ,
                main_root=self._main_root,
            ).run()

    def _stopped(self) -> NoReturn:
        error = self._stop.error
        if isinstance(error, ModeSwitchedError):
            raise error
        if isinstance(error, RemoteError) and error.code == SESSION_GONE:
            raise error
        if self._stop.reason is StopReason.CLAIM_LOST and isinstance(error, RemoteError):
            holder = text(error.details.get("clientName")) or "another client"
            raise claim.ClaimedByAnotherError(self._session_id, holder)
        raise StoppedError
