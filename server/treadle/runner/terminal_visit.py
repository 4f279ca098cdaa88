"""One visit of the person's to Claude Code: it is started in their terminal, watched, and what is seen is told."""

import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

from treadle.agents.claude_code_command import ClaudeCodeOptions, agent_environment
from treadle.agents.event_draft import draft
from treadle.agents.lenient import JsonObject, count, optional_text, text
from treadle.agents.terminal_settings import (
    TOKEN_VARIABLE,
    settings_document,
    tells_cost,
    terminal_argv,
    terminal_environment,
)
from treadle.client.daemon import treadle_command
from treadle.client.errors import ClientError
from treadle.domain.event import EventSource, EventType
from treadle.domain.result import Result
from treadle.domain.session import ExecutionMode
from treadle.runner.agent_inbox import FOLLOWED, Deed, Inbox
from treadle.runner.agent_plan import USED
from treadle.runner.foreground import Foreground, terminal_lent
from treadle.runner.found_claude import cannot_be_started, find_claude
from treadle.runner.gate import ANSWER_SECONDS
from treadle.runner.gate_process import GateRule
from treadle.runner.gate_record import GateOutcome, GateRecord
from treadle.runner.hook_stand_in import HookStandIn
from treadle.runner.patience import with_patience
from treadle.runner.pump import TICK_SECONDS
from treadle.runner.stop import StopReason
from treadle.runner.terminal_folder import TerminalFolder
from treadle.runner.terminal_gate import GateFile, gate_state
from treadle.runner.terminal_reporter import TerminalReporter
from treadle.runner.terminal_sources import Outputs, Status, Transcript, config_folder, transcript_of
from treadle.runner.terminal_turn import IDLE, TerminalTurn
from treadle.runner.work import Work
from treadle.runner.workbench import DoneElsewhereError, ModeSwitchedError, Workbench

RETRY_SECONDS = 1.0
SETTLE_SECONDS = 2.0
"""For the end of a turn to be heard of, by a person who leaves at once."""
CLOSE_PATIENCE_SECONDS = 10.0
ENDINGS = {"skipped": "skipped", "marked_done": "marked done"}
OPENS = "Claude Code opens here. Leave it with /exit when the step is done; the run goes on then."
READS_PROMPT = "Read(/{})"
TELEMETRY_OFF = "Your own telemetry settings stay as they are."


class TerminalVisit:
    def __init__(
        self,
        options: ClaudeCodeOptions,
        *,
        work: Work,
        bench: Workbench,
        folder: TerminalFolder,
        inbox: Inbox,
        rule: GateRule | None,
    ) -> None:
        """Tells the daemon of it.

        :raises ClientError: the daemon is lost, or refuses it
        """
        self._options = options
        self._work = work
        self._bench = bench
        self._folder = folder
        self._inbox = inbox
        self._rule = rule
        self._config = config_folder(bench.environ, bench.project_root)
        self._state_file = folder.path / "gate-state.json"
        self.conversation_id = options.conversation_id
        """The present one: `/clear` begins another."""
        self.result: Result | None = None
        """Handed in already."""
        self.model = options.model
        opened = self._open()
        self._terminal_id = count(opened.get("terminalId"))
        self._url = text(opened.get("url"))
        self.turn = TerminalTurn(self._terminal_id)
        self.environment = self._environment(text(opened.get("token")))
        self._made: Result | None = None
        self._exit_code = 0
        self._was_open = False
        self._done_elsewhere: str | None = None
        self._switched_to: str | None = None
        self._next_attempt = 0.0

    @property
    def knows_conversation(self) -> bool:
        """Of one that was killed there may be a transcript in which nothing is: it is refused, and nothing opens."""
        was_refused = self._options.resume and self._exit_code > 0 and not self._was_open
        return not was_refused and transcript_of(self._config, self.conversation_id) is not None

    @property
    def gate_state(self) -> JsonObject:
        return gate_state(self._state_file)

    @property
    def gate_record(self) -> GateRecord | None:
        if self._rule is None:
            return None
        record = GateRecord(self._rule, self._bench.emit)
        record.restore(self.gate_state)
        return record

    @property
    def has_ended(self) -> bool:
        """The turn; one that the gate has blocked goes on."""
        return self.turn.has_ended and self.gate_state.get("outcome") != GateOutcome.BLOCKED

    @property
    def gate_is_final(self) -> bool:
        return self.gate_state.get("outcome") in (GateOutcome.PASSED, GateOutcome.GIVEN_UP)

    def run(self, prompt: str | None, *, result: Callable[["TerminalVisit"], Result]) -> None:
        """Until the person leaves, or it must end. `result`: makes that of the step, when it is done.

        :raises DoneElsewhereError, ModeSwitchedError:
        :raises ClientError: it cannot be started
        """
        try:
            argv = self._argv(find_claude(self._bench.environ), prompt)
        except (ClientError, OSError):
            self._close(interrupted=True)
            raise
        transcript = Transcript(self._config, self.conversation_id)
        # Before it starts: a runner that is killed at once must find the conversation again.
        self._bench.leftovers.announce(self._work.interaction_id, self.conversation_id)
        self._bench.progress.noted(OPENS)
        with self._bench.progress.aside(), terminal_lent():
            try:
                process = Foreground(argv, cwd=self._bench.project_root, env=self.environment)
            except OSError as error:
                self._bench.leftovers.forget(self._work.interaction_id)
                self._close(interrupted=True)
                raise cannot_be_started(argv[0], error.strerror or str(error)) from error
            recorded = self._bench.leftovers.recorded(
                self._work.interaction_id, process.pid, conversation_id=self.conversation_id
            )
            with recorded:
                self._watched(process, transcript, result)
        if self._switched_to is not None:
            raise ModeSwitchedError(self._work.session_id, self._switched_to)
        if self._done_elsewhere is not None and not self._bench.stop.is_requested:
            raise DoneElsewhereError(self._done_elsewhere)

    def _watched(
        self, process: Foreground, transcript: Transcript, result: Callable[["TerminalVisit"], Result]
    ) -> None:
        status = Status(self._config, process.pid, self.conversation_id)
        reporter = TerminalReporter(
            self._bench.connect(),
            session_id=self._work.session_id,
            terminal_id=self._terminal_id,
            conversation_id=self.conversation_id,
            transcript=transcript,
            outputs=Outputs(self._bench.environ),
        )
        stand_in = HookStandIn(urlsplit(self._url).port or 0)
        is_ended_here = False
        try:
            while process.poll() is None and not is_ended_here:
                is_ended_here = self._bench.stop.wait(TICK_SECONDS) or self._switched_to is not None
                self._look(status, reporter)
                (stand_in.end if self._inbox.is_connected else stand_in.begin)()
                if not is_ended_here and self._is_over(reporter):
                    self._hand_in(result)
        finally:
            self._exit_code = process.end()
            stand_in.close()
            reporter.close()
            self._close(interrupted=is_ended_here)
        if not is_ended_here:
            self._settle(status)

    def _look(self, status: Status, reporter: TerminalReporter) -> None:
        news = status.news()
        self._was_open |= status.name is not None
        if news is not None:
            self.conversation_id = text(news.get("conversationId")) or self.conversation_id
            reporter.status(news)
        for deed in self._inbox.take():
            self._heard(deed)
        self.turn.look(status.name, monotonic())

    def _heard(self, deed: Deed) -> None:
        if deed.event_type not in [each.value for each in FOLLOWED]:
            if deed.source != EventSource.WATCHER:
                self._bench.heard(draft(EventType(deed.event_type), **deed.data))
            return
        self.turn.heard(deed, monotonic())
        if deed.action == USED:
            self.model = optional_text(deed.data.get("model")) or self.model
        elif deed.action == "cancelled":
            error = ClientError(f"Session {self._work.session_id} was cancelled; Claude Code was ended.")
            self._bench.stop.request(StopReason.SESSION_ENDED, error)
        elif deed.takes_over_in is not None:
            self._switched_to = None if deed.takes_over_in == ExecutionMode.MANUAL else deed.takes_over_in
        elif deed.action in ENDINGS and deed.interaction_id == self._work.interaction_id and self.result is None:
            self._done_elsewhere = f"The step {self._work.step} was {ENDINGS[deed.action]} elsewhere."

    def _is_over(self, reporter: TerminalReporter) -> bool:
        if self.result is not None or self._done_elsewhere or monotonic() < self._next_attempt:
            return False
        if self._rule is not None and not self.gate_is_final:
            return False
        usage_comes = reporter.sources.get("telemetry", "off") != "off"
        return self.turn.is_over(monotonic(), usage_comes=usage_comes)

    def _hand_in(self, result: Callable[["TerminalVisit"], Result]) -> None:
        """The daemon may be away: then it is tried again. The first one that gets there counts, by its id."""
        try:
            self._made = self._made or result(self)
            self._bench.hand_in(self._made)
        except ClientError:
            self._next_attempt = monotonic() + RETRY_SECONDS
            return
        self.result = self._made

    def _settle(self, status: Status) -> None:
        """They have left: what the turn came to may still be on its way."""
        deadline = monotonic() + SETTLE_SECONDS
        while not self.turn.has_ended and status.name in (None, IDLE) and monotonic() < deadline:
            if self._bench.stop.wait(TICK_SECONDS):
                return
            for deed in self._inbox.take():
                self._heard(deed)

    def _open(self) -> Mapping[str, object]:
        params = {
            **self._work.key,
            "uid": self._bench.new_id(),
            "conversationId": self._options.conversation_id,
            "resumed": self._options.resume,
            "root": str(self._bench.project_root),
        }
        if not tells_cost(self._bench.environ):
            params["off"] = [{"source": "telemetry", "reason": TELEMETRY_OFF}]
        ask = partial(self._bench.ask, "terminal/open", params)
        return with_patience(ask, gives_up=lambda: self._bench.stop.is_requested)

    def _close(self, *, interrupted: bool) -> None:
        of_terminal = {"sessionId": self._work.session_id, "terminalId": self._terminal_id}
        params = {**of_terminal, "exitCode": self._exit_code, "interrupted": interrupted}
        ask = partial(self._bench.ask, "terminal/close", params)
        with suppress(ClientError):  # the daemon notices that nothing comes any more
            with_patience(ask, gives_up=lambda: self._bench.stop.is_requested, seconds=CLOSE_PATIENCE_SECONDS)

    def _environment(self, token: str) -> dict[str, str]:
        session_uid, max_blocks = self._work.session_uid, self._rule.max_runs if self._rule else 0
        given = agent_environment(self._bench.environ, session_uid=session_uid, max_blocks=max_blocks)
        return terminal_environment(given, session_uid=session_uid, token=token, receiver_url=self._url)

    def _argv(self, executable: str, prompt: str | None) -> list[str]:
        options = self._options
        if prompt is not None:
            words = self._folder.prompt(prompt)
            if words != prompt:
                reads = READS_PROMPT.format(self._folder.path / "prompt.md")
                options = replace(options, allowed_tools=(*options.allowed_tools, reads))
            prompt = words
        return terminal_argv(executable, options, settings_file=str(self._settings()), prompt=prompt)

    def _settings(self) -> Path:
        relay = [sys.executable, "-P", "-m", "treadle.runner.hook_relay", f"{self._url}/hook"]
        settings = settings_document(
            hook_url=f"{self._url}/hook",
            token_variable=TOKEN_VARIABLE,
            session_start=relay,
            gate=self._gate() if self._rule else None,
            gate_timeout_s=self._rule.timeout_s + ANSWER_SECONDS if self._rule else None,
        )
        return self._folder.write("settings.json", settings)

    def _gate(self) -> list[str] | None:
        if self._rule is None:
            return None
        left = GateFile(
            rule=self._rule,
            session_id=self._work.session_id,
            interaction_id=self._work.interaction_id,
            project_root=str(self._bench.project_root),
            data_dir=str(self._bench.data_dir),
            state=str(self._state_file),
        )
        return [*treadle_command(), "gate", str(self._folder.write("gate.json", left.as_content()))]
