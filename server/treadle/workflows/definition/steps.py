"""The steps that a workflow file can have, as the engine takes them."""

from collections.abc import Mapping
from dataclasses import replace

from treadle.agents.claude_code_command import allowed_command_rules
from treadle.domain.command import ASK, READ_FILE, RESERVED, SHELL_ARGV, Command
from treadle.domain.errors import InvalidValueError
from treadle.domain.result import Result, ResultStatus
from treadle.workflows.agent_step import TIMEOUT_S, AgentStep
from treadle.workflows.contract import Step, StepContext, StepKind
from treadle.workflows.definition import rendering
from treadle.workflows.definition.defined_step import DefinedStep
from treadle.workflows.definition.model import (
    AgentDefinition,
    AskDefinition,
    GateDefinition,
    ReadFileDefinition,
    RunDefinition,
    SpawnDefinition,
    WorkflowDefinition,
)
from treadle.workflows.definition.snapshot import Snapshot
from treadle.workflows.definition.spawning import DefinedSpawn
from treadle.workflows.failure_digest import digest_of_output

SHELL = ("/bin/sh", "-c")


def step_of(definition: WorkflowDefinition, name: str) -> Step:
    match definition.steps[name]:
        case RunDefinition() as run:
            return DefinedRun(definition, name, run)
        case AgentDefinition() as agent:
            return DefinedAgent(definition, name, agent)
        case SpawnDefinition() as spawn:
            return DefinedSpawn(definition, name, spawn)
        case AskDefinition() as ask:
            return DefinedAsk(definition, name, ask)
        case ReadFileDefinition() as read_file:
            return DefinedReadFile(definition, name, read_file)


class DefinedRun(DefinedStep):
    kind = StepKind.SHELL

    def __init__(self, definition: WorkflowDefinition, name: str, run: RunDefinition) -> None:
        super().__init__(definition, name)
        self.run = run

    def planned(self, context: StepContext) -> Command:
        values = self.snapshot(context)
        metadata = self._surroundings(values)
        if isinstance(self.run.run, list):
            return self.command(context, SHELL_ARGV, argv=self.words(self.run.run, values, "command"), **metadata)
        text = rendering.shell(self.run.run, values, where=self._where("command"))
        if text.strip() in RESERVED:
            return self.command(context, SHELL_ARGV, argv=[*SHELL, text], **metadata)
        return self.command(context, text, **metadata)

    def failed(self, result: Result, message: str) -> Result:
        digest = digest_of_output(message, result.stdout, result.stderr)
        return result.as_error(message, {**result.data, "digest": digest})

    def _surroundings(self, values: Snapshot) -> dict[str, object]:
        templates = {**self.definition.environment, **self.run.environment}
        env = {key: self.text(value, values, f"environment value {key}") for key, value in templates.items()}
        folder = self.run.working_directory or self.definition.working_directory
        seconds = self.timeout()
        return {
            **({"env": env} if env else {}),
            **({"working_directory": self.path(folder, values, "working directory")} if folder else {}),
            **({"timeout_s": seconds} if seconds else {}),
        }

    def judged(self, context: StepContext, result: Result) -> Result:
        """The exit code is the verdict, where there is one."""
        del context
        status = result.status
        if result.code is not None:
            usual = status if result.code == 0 else ResultStatus.ERROR
            status = ResultStatus(self.run.exit_codes.get(result.code, usual))
        if status is ResultStatus.OK:
            return result.as_ok(result.data)
        problem = result.error_message or f"The command ended with exit code {result.code}."
        return replace(self.failed(result, problem), status=status)


class DefinedAgent(DefinedStep, AgentStep):
    def __init__(self, definition: WorkflowDefinition, name: str, agent: AgentDefinition) -> None:
        super().__init__(definition, name)
        self.agent = agent
        self.stage = agent.stage
        self.conversation = agent.conversation
        self.timeout_s = self.timeout() or TIMEOUT_S

    def planned(self, context: StepContext) -> Command:
        return AgentStep.get_command(self, context)

    def prompt(self, context: StepContext) -> str:
        return self.text(self.agent.agent, self.snapshot(context), "prompt")

    def gate(self, context: StepContext) -> Mapping[str, object] | None:
        own = self.definition.gate if self.agent.gate is None else self.agent.gate
        if own is None:
            return super().gate(context)
        if own is False:
            return None
        gate = own if isinstance(own, GateDefinition) else GateDefinition(command=own)
        argv = self.words(gate.command, self.snapshot(context), "gate")
        return {"argv": argv, "timeout_s": gate.timeout_s, "max_runs": gate.max_runs}

    def limits(self, context: StepContext) -> dict[str, object]:
        """What the step says goes before what a person has chosen for the session."""
        own = {"model": self.agent.model, "max_turns": self.agent.max_turns}
        return {**super().limits(context), **{key: value for key, value in own.items() if value is not None}}

    def more_rules(self, context: StepContext) -> list[str]:
        if not self.agent.may_run:
            return []
        values = self.snapshot(context)
        allowed = (self.words(command, values, "list may_run") for command in self.agent.may_run)
        return [rule for argv in allowed for rule in allowed_command_rules(argv)]


class DefinedAsk(DefinedStep):
    kind = StepKind.ASK

    def __init__(self, definition: WorkflowDefinition, name: str, ask: AskDefinition) -> None:
        super().__init__(definition, name)
        self.ask = ask

    def planned(self, context: StepContext) -> Command:
        question = self.text(self.ask.ask, self.snapshot(context), "question").strip()
        answers = [{"name": name, "status": status} for name, status in self.ask.answers.items()]
        return self.command(context, ASK, question=question, answers=answers)

    def judged(self, context: StepContext, result: Result) -> Result:
        """
        :raises InvalidValueError: nothing was answered; the question stands
        """
        if result.status is ResultStatus.ERROR:
            return result
        answer, comment = result.data.get("answer"), result.data.get("comment")
        if not isinstance(answer, str):
            message = (
                f"The step {self.name} asks a person: its result needs an answer, one of {', '.join(self.ask.answers)}."
            )
            raise InvalidValueError(message, field="data.answer")
        status = self.ask.answers.get(answer)
        if status is None:
            verdict = f"{answer!r:.100} is no answer; the answers are {', '.join(self.ask.answers)}."
            return result.as_pending({**result.data, "verdict": verdict})
        data = {**result.data, "answer": answer, "comment": comment if isinstance(comment, str) else None}
        said = None if status == "ok" else f"The answer was {answer}{f': {comment}' if comment else '.'}"
        return replace(result, status=ResultStatus(status), error_message=said, data=data)


class DefinedReadFile(DefinedStep):
    kind = StepKind.READ_FILE

    def __init__(self, definition: WorkflowDefinition, name: str, read_file: ReadFileDefinition) -> None:
        super().__init__(definition, name)
        self.read_file = read_file

    def planned(self, context: StepContext) -> Command:
        path = self.path(self.read_file.read_file, self.snapshot(context), "path")
        return self.command(context, READ_FILE, path=path)
