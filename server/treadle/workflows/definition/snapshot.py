"""What the templates of a workflow may name, as it is when a step runs. `values` has the table for people."""

from collections.abc import Iterable, Mapping

from treadle.domain.result import Result, clipped
from treadle.workflows.contract import StepContext
from treadle.workflows.definition.model import Step, WorkflowDefinition
from treadle.workflows.prompt_bounds import Budget
from treadle.workflows.prompt_values import Values, prompt_values
from treadle.workflows.stages import Stage

GIT_STATE = ("branch", "base", "commit")
"""What the steps around a workflow's own keep."""
NOTHING: Mapping[str, Mapping[str, object]] = {
    "run": {"digest": ""},
    "agent": {"text": ""},
    "spawn": {"children": []},
    "ask": {"answer": "", "comment": ""},
    "read_file": {"content": "", "path": ""},
}
"""By the kind of a step: what its result tells besides, before it has run."""
OF_A_CHILD = ("session_id", "title", "status", "reason", "cost_usd")


class Snapshot(Values):
    """The values of all templates of a step, which have one budget."""

    def __init__(self, values: Mapping[str, object]) -> None:
        super().__init__(values)
        self.budget = Budget()


def snapshot(definition: WorkflowDefinition, context: StepContext, stage: Stage = "task") -> Snapshot:
    known = prompt_values(context, stage)
    del known["description"]  # a parameter of this name says it
    results = {name: result_values(step, context.last_results.get(name)) for name, step in definition.steps.items()}
    return Snapshot(
        {
            **known,
            "project": {"name": "" if context.project is None else context.project.name},
            "parameters": parameters(definition, context),
            "state": _state(definition, context),
            "results": results,
        }
    )


def parameters(definition: WorkflowDefinition, context: StepContext) -> Values:
    options = context.session.options
    return {name: options.get(name, each.default) for name, each in definition.parameters.items()}


def saved_names(definition: WorkflowDefinition) -> Iterable[str]:
    return dict.fromkeys(name for step in definition.steps.values() for name in step.save)


def _state(definition: WorkflowDefinition, context: StepContext) -> Values:
    return {name: context.session.state.get(name, "") for name in (*GIT_STATE, *saved_names(definition))}


def result_values(step: Step, result: Result | None) -> Values:
    """Of a step's last result; of none, all names are there with nothing in them."""
    own = NOTHING[step.kind]
    if result is None:
        texts: Values = {"status": None, "code": None, "stdout": "", "stderr": "", "error_message": ""}
        return {**texts, "duration_ms": None, **own}
    data = {name: _own(name, nothing, result.data.get(name)) for name, nothing in own.items()}
    return {
        "status": result.status.value,
        "code": result.code,
        "stdout": _short(result.stdout),
        "stderr": _short(result.stderr),
        "error_message": _short(result.error_message),
        "duration_ms": result.duration_ms,
        **data,
    }


def _own(name: str, nothing: object, value: object) -> object:
    """As clients report it, it may be anything."""
    if name == "children":
        children = value if isinstance(value, list) else []
        return [{key: each.get(key) for key in OF_A_CHILD} for each in children if isinstance(each, Mapping)]
    return _short(value) if isinstance(value, str) else nothing


def _short(text: str | None) -> str:
    """A template can name several long ones, and is no longer than a prompt may be."""
    return clipped(text or "")
