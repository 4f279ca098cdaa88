"""One process of Claude Code: its lines in, its messages out, and an orderly end."""

import contextlib
import queue
import subprocess
import threading
from collections.abc import Mapping
from time import monotonic

from treadle.agents.agent_outcome import AgentOutcome
from treadle.agents.claude_code_command import ClaudeCodeOptions, claude_code_argv
from treadle.agents.claude_code_events import Normaliser
from treadle.agents.claude_code_protocol import (
    AgentRequest,
    Message,
    agent_request,
    cost_request,
    encode,
    initialize_request,
    noted,
    parse_line,
    unsupported,
    user_message,
)
from treadle.agents.event_draft import EventDraft
from treadle.domain.event import EventSource
from treadle.runner.agent_permissions import HOOK_SECONDS
from treadle.runner.agent_stall import AgentStall
from treadle.runner.agent_talk import AgentTalk
from treadle.runner.gate import Gate
from treadle.runner.live_output import LiveOutput
from treadle.runner.processes import end_child, start_group
from treadle.runner.pump import Ending, drain, pump
from treadle.runner.time_limit import TimeLimit
from treadle.runner.work import Work
from treadle.runner.workbench import Workbench

EXIT_SECONDS = 10.0
"""For an agent that is done to end by itself, once its input is closed."""
BACKGROUND_SECONDS = 120.0
"""For a command that an idle agent has left in the background, such as a test run, to end."""
MAX_STDERR_BYTES = 32 * 1024


class AgentProcess:
    def __init__(
        self,
        executable: str,
        options: ClaudeCodeOptions,
        *,
        work: Work,
        bench: Workbench,
        environ: Mapping[str, str],
        talk: AgentTalk,
        gate: Gate | None = None,
    ) -> None:
        """`environ`: the agent's own, whole; `talk`: with people; `gate`: what it must pass before it may stop.

        :raises OSError: it cannot be started
        """
        self._normaliser = Normaliser(project_root=str(bench.project_root), resumed=options.resume)
        self._live_output = LiveOutput(self._normaliser)
        self._options = options
        self._work = work
        self._bench = bench
        self._talk = talk
        self._gate = gate
        self._line = bytearray()
        self._stderr = bytearray()
        self._idle_since: float | None = None
        self._waits_since: float | None = None
        self._is_over = False
        argv = claude_code_argv(executable, options)
        self._process = start_group(argv, cwd=bench.project_root, env=environ, stdin=subprocess.PIPE)
        self._writer = InputWriter(self._process)
        self._stall = AgentStall(work, talk.book, self._emit, pid=self._process.pid)
        talk.process_begins(self._normaliser)

    @property
    def was_ended_as_stalled(self) -> bool:
        return self._stall.must_end

    def run(self, prompt: str | None, *, limit: TimeLimit) -> tuple[Ending, AgentOutcome]:
        """`prompt` None: what people have said to it is all that it has to do."""
        interaction_id, conversation_id = self._work.interaction_id, self._options.conversation_id
        with self._bench.leftovers.recorded(interaction_id, self._process.pid, conversation_id=conversation_id):
            try:
                gate_seconds = self._gate.answer_seconds if self._gate else None
                hooks = initialize_request("initialize", stop_hook_seconds=gate_seconds, tool_hook_seconds=HOOK_SECONDS)
                self._send(hooks)
                if self._options.resume:
                    self._send(cost_request("cost"))
                self._send(*([] if prompt is None else [user_message(prompt)]))
                ending = pump(
                    self._process,
                    on_chunk=self._take,
                    on_tick=lambda: self._tick(limit),
                    is_overdue=lambda: self._is_overdue(limit),
                    stop=self._bench.stop,
                )
            finally:
                code = self._end()
        if ending is Ending.TIMED_OUT and self._idle_since is not None:
            ending, code = Ending.EXITED, 0  # it was done, and only slow to leave
        if ending is Ending.TIMED_OUT and self._normaliser.login_is_refused:
            ending = Ending.EXITED
        stderr, interrupted = self._stderr.decode("utf-8", "replace"), ending is Ending.STOPPED
        for event in self._normaliser.finish(code, stderr=stderr, interrupted=interrupted):
            self._emit(event)
        return ending, self._normaliser.outcome

    def _emit(self, event: EventDraft) -> None:
        self._stall.happened(event)
        self._bench.emit(event, EventSource.STREAM)

    def _end(self) -> int:
        self._is_over = True
        try:
            self._stall.end()
            if self._gate:
                self._gate.end()
        finally:
            # One that waits for an answer takes a closed input for a no, and goes on by itself.
            if not self._talk.book.are_waiting:
                self._writer.close()
            code = end_child(self._process)
            self._writer.close()
            drain(self._process, self._take)
            self._writer.join()
        return code

    def _send(self, *messages: Message) -> None:
        for message in messages:
            self._writer.send(encode(message))

    def _take(self, stream: str, chunk: bytes) -> None:
        if stream == "stderr":
            self._stderr += chunk
            del self._stderr[:-MAX_STDERR_BYTES]
            return
        start = len(self._line)
        self._line += chunk
        if b"\n" not in chunk:
            return
        end = self._line.rindex(b"\n", start) + 1
        lines = bytes(self._line[:end]).splitlines()
        del self._line[:end]
        for line in lines:
            self._read(line)

    def _read(self, line: bytes) -> None:
        message = parse_line(line)
        if message is None:
            self._normaliser.unreadable(line)
            return
        self._stall.said(message)
        request = agent_request(message)
        if request is not None:
            self._send(*([] if self._is_over else self._answers(request)))
            return
        self._talk.read(message)
        if self._gate and message.get("type") == "assistant":
            self._gate.agent_went_on()
        for event in (*self._live_output.read(message), *self._normaliser.feed(message)):
            self._emit(event)

    def _answers(self, request: AgentRequest) -> list[Message]:
        """None yet where a gate must run or a person be asked first."""
        if self._gate and request.asks_to_stop:
            return self._gate.ask(request)
        if request.tells_after_tool:
            self._normaliser.hook_called(request.tool_input)
            return [noted(request.request_id)]
        answers = self._talk.answers(request)
        return [unsupported(request.request_id)] if answers is None else answers

    def _tick(self, limit: TimeLimit) -> None:
        limit.tick(is_person_awaited=self._talk.is_person_awaited)
        self._bench.progress.writing(self._normaliser.text_so_far)
        gate_runs = False
        if self._gate:
            self._send(*self._gate.tick())
            gate_runs = self._gate.is_running
        if self._idle_since is not None:
            return
        waits = gate_runs or self._talk.is_person_awaited or self._waits_since is not None
        self._send(*self._stall.tick(waits=waits))
        if gate_runs:
            return
        self._send(*self._live_output.tick(), *self._talk.tick(is_idle=self._normaliser.is_idle))
        if self._is_done():
            self._idle_since = monotonic()
            self._writer.close()

    def _is_done(self) -> bool:
        """What it has left running in the background may give it more to do, but a server never ends."""
        if not self._normaliser.is_idle or self._talk.is_open:
            self._waits_since = None
            return False
        self._waits_since = self._waits_since or monotonic()
        return not self._normaliser.background_commands or monotonic() > self._waits_since + BACKGROUND_SECONDS

    def _is_overdue(self, limit: TimeLimit) -> bool:
        if self._normaliser.login_is_refused or limit.is_over or self._stall.must_end:
            return True
        return self._idle_since is not None and monotonic() > self._idle_since + EXIT_SECONDS


class InputWriter:
    """Writes in a thread: an agent that does not read must not hold up the one who watches it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._input = process.stdin
        self._waiting: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write_all, name="agent-input", daemon=True)
        self._thread.start()

    def send(self, line: bytes) -> None:
        self._waiting.put(line)

    def close(self) -> None:
        self._waiting.put(None)

    def join(self) -> None:
        self._thread.join(EXIT_SECONDS)

    def _write_all(self) -> None:
        assert self._input is not None  # noqa: S101 - it was asked for as a pipe
        try:
            while (line := self._waiting.get()) is not None:
                self._input.write(line)
                self._input.flush()
        except OSError:
            pass  # it has ended; its exit code says why
        finally:
            with contextlib.suppress(OSError):
                self._input.close()
