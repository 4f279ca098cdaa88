"""Lets Claude Code do a step, in a new conversation or going on with one."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import partial
from time import monotonic

from treadle.agents.agent_outcome import AgentFailure, AgentOutcome
from treadle.agents.claude_code_command import ClaudeCodeOptions, agent_environment, is_conversation_id, is_model
from treadle.agents.lenient import an_object, count, optional_text, text, texts
from treadle.client.errors import ClientError, ExitCode
from treadle.client.tables import printable
from treadle.domain.event import EventSource
from treadle.domain.result import Result
from treadle.runner import results
from treadle.runner.agent_process import AgentProcess
from treadle.runner.gate import Gate
from treadle.runner.gate_process import GateRule, InvalidGateError
from treadle.runner.pump import Ending
from treadle.runner.work import Work
from treadle.runner.workbench import StoppedError, Workbench

DEFAULT_TIMEOUT_S = 3_600.0
VERSION_SECONDS = 30.0
MAX_REASON = 300
CONTINUATION = (
    "You were interrupted before you had finished. Look at what is already done in the project's files, "
    "then finish the task that you were given."
)
NOT_FOUND = (
    "Claude Code was not found: install it (npm install --global @anthropic-ai/claude-code), "
    "or name its executable in TREADLE_CLAUDE."
)


def find_claude(environ: Mapping[str, str]) -> str:
    """The executable of Claude Code.

    :raises ClientError: there is none
    """
    named = environ.get("TREADLE_CLAUDE")
    found = shutil.which(named or "claude", path=environ.get("PATH", os.defpath))
    if found is None:
        raise ClientError(
            f"TREADLE_CLAUDE names no program: {named}." if named else NOT_FOUND, ExitCode.AGENT_UNAVAILABLE
        )
    return os.path.abspath(found)  # noqa: PTH100 - started from another folder, and a link stays a link


def require_claude(environ: Mapping[str, str]) -> None:
    """:raises ClientError: there is none, or it cannot be started"""
    executable = find_claude(environ)
    try:
        done = subprocess.run(
            [executable, "--version"],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=VERSION_SECONDS,
            check=False,
        )
    except OSError as error:
        raise _cannot_be_started(executable, error.strerror or str(error)) from error
    except subprocess.TimeoutExpired as error:
        reason = f"it does not say its version within {VERSION_SECONDS:g} s"
        raise _cannot_be_started(executable, reason) from error
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).decode("utf-8", "replace").split("\n")
        said = next((line.strip() for line in lines if line.strip()), "")[:MAX_REASON]
        reason = f"it ended with exit code {done.returncode}{f' and said: {said}' if said else ''}"
        raise _cannot_be_started(executable, reason)


def _cannot_be_started(executable: str, reason: str) -> ClientError:
    message = f"Claude Code cannot be started ({executable}): {reason.removesuffix('.')}."
    return ClientError(message, ExitCode.AGENT_UNAVAILABLE)


def agent(work: Work, bench: Workbench) -> Result:
    begun = monotonic()
    prompt = text(work.metadata.get("prompt"))
    options, first_prompt = _plan(work, bench, prompt)
    if options.model is not None and not is_model(options.model):
        return results.failed(bench.new_id(), f"{options.model[:MAX_REASON]!r} is no name of a model.")
    try:
        rule = GateRule.read(work.metadata)
    except InvalidGateError as error:
        return results.failed(bench.new_id(), str(error))
    gate = _gate(work, bench, rule) if rule else None
    ending, outcome = _run(work, bench, options, first_prompt, begun, gate)
    if options.resume and outcome.failure is AgentFailure.CONVERSATION_NOT_FOUND:
        bench.progress.noted("Claude Code does not know the conversation any more; the step begins anew.")
        ending, outcome = _run(work, bench, replace(options, resume=False), prompt, begun, gate)
    if gate and gate.must_run_at_end and ending is Ending.EXITED and outcome.failure is None:
        ending = _run_gate_at_end(work, bench, gate, begun, conversation_id=options.conversation_id)
    if ending is Ending.STOPPED:
        raise StoppedError
    return _result(work, bench, ending, outcome, options, round((monotonic() - begun) * 1_000), gate)


def _gate(work: Work, bench: Workbench, rule: GateRule) -> Gate:
    return Gate(
        rule,
        project_root=bench.project_root,
        environ=_environment(bench, rule),
        emit=bench.emit,
        recorded=partial(bench.leftovers.recorded_beside, work.interaction_id),
    )


def _run_gate_at_end(work: Work, bench: Workbench, gate: Gate, begun: float, *, conversation_id: str) -> Ending:
    """The agent is gone, but this interaction is not over: a runner that is killed now must find its conversation."""
    bench.progress.noted("Claude Code stopped without asking for the gate; it runs now.")
    bench.leftovers.announce(work.interaction_id, conversation_id)
    try:
        return gate.run_at_end(deadline=_deadline(work, begun), stop=bench.stop)
    finally:
        bench.leftovers.forget(work.interaction_id)


def _environment(bench: Workbench, rule: GateRule | None) -> dict[str, str]:
    return agent_environment(bench.environ, max_blocks=rule.max_runs if rule else 0)


def _deadline(work: Work, begun: float) -> float:
    return begun + (work.timeout_s or DEFAULT_TIMEOUT_S)


def _plan(work: Work, bench: Workbench, prompt: str) -> tuple[ClaudeCodeOptions, str]:
    given = an_object(work.metadata.get("options"))
    options = ClaudeCodeOptions(
        conversation_id=bench.new_id(),
        model=optional_text(given.get("model")),
        max_turns=count(given.get("max_turns")) or None,
        allowed_tools=tuple(texts(given.get("allowed_tools"))),
    )
    if interrupted := _conversation(bench.begun_conversation()):
        return replace(options, conversation_id=interrupted, resume=True), CONTINUATION
    if work.metadata.get("conversation") == "continue":
        latest = _conversation(bench.latest_conversation()) or _conversation(work.conversation_id)
        if latest:
            return replace(options, conversation_id=latest, resume=True), prompt
    return options, prompt


def _conversation(named: str | None) -> str | None:
    """Only an id that Claude Code can have had: events may be anybody's."""
    return named if named and is_conversation_id(named) else None


def _run(
    work: Work, bench: Workbench, options: ClaudeCodeOptions, prompt: str, begun: float, gate: Gate | None
) -> tuple[Ending, AgentOutcome]:
    executable = find_claude(bench.environ)
    # Before it starts: a runner that is killed at once must find the conversation again.
    bench.leftovers.announce(work.interaction_id, options.conversation_id)
    try:
        process = AgentProcess(
            executable,
            options,
            project_root=bench.project_root,
            environ=_environment(bench, gate.rule if gate else None),
            emit=lambda event: bench.emit(event, EventSource.STREAM),
            stop=bench.stop,
            gate=gate,
        )
    except OSError as error:
        bench.leftovers.forget(work.interaction_id)
        raise _cannot_be_started(executable, error.strerror or str(error)) from error
    return process.run(
        prompt,
        deadline=_deadline(work, begun),
        leftovers=bench.leftovers,
        interaction_id=work.interaction_id,
    )


def _result(
    work: Work,
    bench: Workbench,
    ending: Ending,
    outcome: AgentOutcome,
    options: ClaudeCodeOptions,
    duration_ms: int,
    gate: Gate | None,
) -> Result:
    data: dict[str, object] = {
        "conversation_id": outcome.conversation_id or options.conversation_id,
        "text": outcome.result_text,
        "model": outcome.model,
        "agent_version": outcome.agent_version,
        "num_turns": outcome.num_turns,
        "input_tokens": outcome.input_tokens,
        "cached_tokens": outcome.cached_tokens,
        "output_tokens": outcome.output_tokens,
        "cost_usd": outcome.cost_usd,
        "permission_denials": [asdict(denial) for denial in outcome.permission_denials],
        "failure": outcome.failure.value if outcome.failure else None,
    }
    if gate:
        data["gate"] = gate.data()
    if outcome.unknown_messages:
        data["unknown_messages"] = dict(outcome.unknown_messages)
        kinds = ", ".join(printable(kind) for kind in outcome.unknown_messages)
        bench.progress.noted(f"Claude Code sent messages that this Treadle does not know ({kinds}); it may be newer.")
    failed = partial(results.failed, bench.new_id(), code=outcome.exit_code, duration_ms=duration_ms)
    if ending is Ending.TIMED_OUT:
        limit = work.timeout_s or DEFAULT_TIMEOUT_S
        if gate and gate.is_cut_off:  # the agent was done: it goes on in its conversation instead of beginning anew
            message = f"The gate `{gate.rule.shown}` was ended by the time limit of the step, {limit:g} s."
            return failed(printable(message), data={**data, "failure": AgentFailure.GATE_NOT_PASSED.value})
        return failed(f"The agent was ended after {limit:g} s, its time limit.", data={**data, "failure": "timed_out"})
    if outcome.failure is not None:
        return failed(outcome.error or "The agent failed.", data=data)
    if gate and gate.problem:
        return failed(gate.problem, data={**data, "failure": AgentFailure.GATE_NOT_PASSED.value})
    return results.ok(bench.new_id(), code=outcome.exit_code, duration_ms=duration_ms, data=data)
