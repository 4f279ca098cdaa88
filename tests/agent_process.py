"""A conversation with the real Claude Code, as plainly as it goes: for the contract test and for recordings."""

import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from treadle.agents import claude_code_protocol as protocol
from treadle.agents.agent_outcome import AgentOutcome
from treadle.agents.claude_code_command import ENVIRONMENT, ClaudeCodeOptions, claude_code_argv
from treadle.agents.claude_code_events import Normaliser
from treadle.agents.event_draft import EventDraft

DENIAL = "Nobody is here to allow this."
LIMIT_S = 40

When = Callable[[protocol.Message], bool]
OnStop = Callable[[protocol.AgentRequest], protocol.Message | None]
"""The answer to an agent that asks to stop; None leaves it waiting."""


@dataclass
class Conversation:
    messages: list[protocol.Message] = field(default_factory=list)
    events: list[EventDraft] = field(default_factory=list)
    outcome: AgentOutcome = field(default_factory=AgentOutcome)
    stderr: str = ""

    def of_type(self, event_type: str) -> list[dict[str, object]]:
        return [event.data for event in self.events if event.event_type == event_type]


def never(_: protocol.Message) -> bool:
    return False


def converse(
    prompts: Sequence[str],
    options: ClaudeCodeOptions,
    *,
    environment: Mapping[str, str],
    project: Path,
    terminate_when: When = never,
    interrupt_when: When = never,
    on_stop: OnStop | None = None,
    hook_seconds: float = LIMIT_S,
) -> Conversation:
    """Sends the prompts one after the other, refuses whatever is asked, and waits for the end of the process.

    `on_stop`: the agent is to ask before it stops, and waits `hook_seconds` for the answer.
    """
    argv = claude_code_argv(environment["TREADLE_CLAUDE"], options)
    told, normaliser = Conversation(), Normaliser(project_root=str(project), resumed=options.resume)
    process = subprocess.Popen(
        argv,
        cwd=project,
        env={**environment, **ENVIRONMENT},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    alarm = threading.Timer(LIMIT_S, process.kill)
    alarm.start()
    try:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        left = list(prompts)
        _send(process.stdin, *_opening(options, left.pop(0), hook_seconds if on_stop else None))
        for line in process.stdout:
            message = protocol.parse_line(line)
            assert message is not None, line
            told.messages.append(message)
            told.events += normaliser.feed(message)
            if terminate_when(message):
                process.terminate()
            if interrupt_when(message):
                _send(process.stdin, protocol.interrupt_request("interrupt"))
            if request := protocol.agent_request(message):
                answer = on_stop(request) if on_stop and request.asks_to_stop else _answer(request)
                _send(process.stdin, *([answer] if answer else []))
            elif normaliser.is_idle and left:
                _send(process.stdin, protocol.user_message(left.pop(0)))
            elif normaliser.is_idle:
                process.stdin.close()
        told.stderr = process.stderr.read().decode()
        told.events += normaliser.finish(process.wait(), stderr=told.stderr)
    finally:
        alarm.cancel()
        process.kill()
        with suppress(BrokenPipeError), process:
            pass
    told.outcome = normaliser.outcome
    return told


def _opening(options: ClaudeCodeOptions, prompt: str, hook_seconds: float | None) -> list[protocol.Message]:
    cost = [protocol.cost_request("cost")] if options.resume else []
    initialize = protocol.initialize_request("initialize", stop_hook_seconds=hook_seconds)
    return [initialize, *cost, protocol.user_message(prompt)]


def _answer(request: protocol.AgentRequest) -> protocol.Message:
    if request.asks_for_permission:
        return protocol.deny(request.request_id, DENIAL)
    return protocol.unsupported(request.request_id)


def _send(stdin: IO[bytes], *messages: protocol.Message) -> None:
    with suppress(BrokenPipeError):  # a process that ended at once still has something to say on stdout
        for message in messages:
            stdin.write(protocol.encode(message))
            stdin.flush()
