"""What all steps of a workflow file have in common: their templates, what they keep, and where a result leads."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace

from treadle.domain import caps
from treadle.domain.command import NOOP, Command
from treadle.domain.errors import ProjectInvalidError, TreadleError
from treadle.domain.result import Result, ResultStatus, clipped
from treadle.domain.session import SessionStatus
from treadle.workflows.component_files import is_inside
from treadle.workflows.contract import Step, StepContext, StepOutcome, failure_after
from treadle.workflows.definition import rendering
from treadle.workflows.definition.flow import target_of
from treadle.workflows.definition.model import FAIL, FINISH, AskDefinition, StepBase, WorkflowDefinition
from treadle.workflows.definition.snapshot import Snapshot, result_values, snapshot
from treadle.workflows.prompt_values import Values
from treadle.workflows.stages import Stage

SAVED_BYTES = 4 * 1024
"""Of each end of a text that is kept."""
PROBLEM = "problem"
"""In the metadata of a command that does nothing: why the step's own could not be made."""


class DefinedStep(Step):
    stage: Stage = "task"

    def __init__(self, definition: WorkflowDefinition, name: str) -> None:
        self.name = name
        self.definition = definition
        step: StepBase = definition.steps[name]
        # Of a loop without a limit here, that of all steps ends it: the check of the file has found another cap.
        ends = "max_attempts" in step.model_fields_set or target_of(definition, name, ResultStatus.ERROR) == FAIL
        self.max_attempts = step.max_attempts if ends else definition.max_steps
        self._step = step

    def get_command(self, context: StepContext) -> Command:
        try:
            return self.planned(context)
        except TreadleError as error:
            # The definition is kept, so raising would leave the session here for ever: it is an error like others.
            return self.command(context, NOOP, **{PROBLEM: error.message})

    @abstractmethod
    def planned(self, context: StepContext) -> Command:
        """:raises TreadleError: with the values as they are there is no such command"""

    def handle_result(self, context: StepContext, result: Result) -> StepOutcome:
        if result.is_final:
            problem = _problem(context)
            result = self.judged(context, result) if problem is None else self.failed(result, problem)
        return self.concluded(context, result) if result.is_final else StepOutcome(result=result)

    def judged(self, context: StepContext, result: Result) -> Result:
        """What a client reported as the end, as the step reads it; pending when it is none."""
        del context
        return result

    def failed(self, result: Result, message: str) -> Result:
        return result.as_error(message)

    def timeout(self) -> float | None:
        return self._step.timeout_s or self.definition.timeout_s

    def snapshot(self, context: StepContext) -> Snapshot:
        return snapshot(self.definition, context, self.stage)

    def text(self, template: str, values: Values, what: str) -> str:
        return rendering.text(template, values, where=self._where(what))

    def words(self, templates: Sequence[str], values: Values, what: str) -> list[str]:
        return rendering.words(templates, values, where=self._where(what))

    def path(self, template: str, values: Values, what: str) -> str:
        path = self.text(template, values, what).strip()
        if not is_inside(path):
            raise ProjectInvalidError(
                f"The {what} of the step {self.name} must be relative and inside the project: {path!r:.200}."
            )
        return path

    def concluded(self, context: StepContext, result: Result) -> StepOutcome:
        """What a final result comes to by the file: what is kept, and whether the session ends with it."""
        state: dict[str, object] = {}
        if result.succeeded:
            try:
                state = self._saved(context, result)
            except TreadleError as error:
                result = self.failed(result, error.message)
        reason = self._failure(context, result)
        if reason is not None:
            return StepOutcome(result=result, state=state, status=SessionStatus.FAILED, failure_reason=reason)
        is_over = target_of(self.definition, self.name, result.status) == FINISH and not self.definition.commit
        return StepOutcome(result=result, state=state, status=SessionStatus.COMPLETE if is_over else None)

    def _where(self, what: str) -> str:
        return f"the {what} of the step {self.name}"

    def _saved(self, context: StepContext, result: Result) -> dict[str, object]:
        save = self._step.save
        if not save:
            return {}
        step = self.definition.steps[self.name]
        values = self.snapshot(replace(context, last_results={**context.last_results, self.name: result}))
        values["result"] = result_values(step, result)
        # Every answer holds the state: a long text stays in the result.
        texts = ((name, self.text(template, values, f"value {name}")) for name, template in save.items())
        return {name: clipped(text, SAVED_BYTES) for name, text in texts}

    def _failure(self, context: StepContext, result: Result) -> str | None:
        """Why the session fails with this result, or None."""
        if target_of(self.definition, self.name, result.status) == FAIL:
            return failure_after(self.name, result)
        if result.status is ResultStatus.ERROR and self._is_spent(context):
            attempts = caps.attempts(context.attempt)
            return f"The step {self.name} did not succeed in {attempts}: {result.error_message}"
        return None

    def _is_spent(self, context: StepContext) -> bool:
        """The way on leads back here, where no attempt is left: whoever is on it would work for nothing."""
        if self.max_attempts is None or context.attempt < self.max_attempts:
            return False
        seen: set[str] = set()
        name = target_of(self.definition, self.name, ResultStatus.ERROR)
        while name != self.name:
            step = self.definition.steps.get(name)
            if step is None or name in seen or isinstance(step, AskDefinition):
                return False
            seen.add(name)
            name = target_of(self.definition, name, ResultStatus.OK)
        return True


def _problem(context: StepContext) -> str | None:
    """Why the pending command does nothing; None when it is the step's own, or a person has changed it."""
    pending = context.session.pending_interaction
    if pending is None or pending.command.command != NOOP:
        return None
    problem = pending.command.metadata.get(PROBLEM)
    return problem if isinstance(problem, str) and problem else None
