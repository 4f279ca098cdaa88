"""What completion and hover say of keys, steps and values, in Markdown."""

import json
from collections.abc import Mapping

from treadle.workflows.definition.flow import target_of
from treadle.workflows.definition.keys import Key
from treadle.workflows.definition.model import FAIL, FINISH, STATUSES, AskDefinition, Parameter, WorkflowDefinition
from treadle.workflows.definition.values import Value

OF_TARGETS: Mapping[str, str] = {
    FINISH: "The workflow is done.",
    FAIL: "The session fails, with the error of the step as its reason.",
}
_OF_STATUSES: Mapping[str, str] = {
    "ok": "As if all had gone well.",
    "warning": "As if it had gone well, with a remark.",
    "error": "As if it had gone wrong.",
}
OF_FILTERS: Mapping[str, str] = {
    "block": "A fenced block that its content cannot end.",
    "capitalize": "The first letter large, the others small.",
    "code": "One line in backticks.",
    "count": "How many there are.",
    "d": "Another value where it is missing: `value | d('none')`.",
    "default": "Another value where it is missing: `value | default('none', true)`.",
    "first": "The first of a list.",
    "heading": "A Markdown heading: `title | heading(2)`.",
    "join": "A list as one text: `list | join(', ')`.",
    "last": "The last of a list.",
    "length": "How many there are.",
    "lower": "In small letters.",
    "map": "One member of each: `list | map(attribute='title')`.",
    "rejectattr": "Without those that have it: `list | rejectattr('status', 'equalto', 'complete')`.",
    "reverse": "The other way round.",
    "selectattr": "Only those that have it: `list | selectattr('status', 'equalto', 'failed')`.",
    "shell": "The words of a command as one would type them.",
    "sort": "In order.",
    "string": "As a text.",
    "title": "Every Word With A Large Letter.",
    "trim": "Without space at its ends.",
    "unique": "Each only once.",
    "upper": "In large letters.",
}

OF_TESTS: Mapping[str, str] = {
    "defined": "Whether there is such a value.",
    "divisibleby": "Whether the number can be divided: `value is divisibleby 3`.",
    "equalto": "Whether both are the same: `value is equalto 'ok'`.",
    "even": "Whether the number is even.",
    "false": "Whether it is false.",
    "in": "Whether a list or a text holds it: `value is in parameters.names`.",
    "lower": "Whether all its letters are small.",
    "none": "Whether it is null.",
    "number": "Whether it is a number.",
    "odd": "Whether the number is odd.",
    "sequence": "Whether it is a list or a text.",
    "string": "Whether it is a text.",
    "true": "Whether it is true.",
    "upper": "Whether all its letters are large.",
}
"""What may follow `is` and `is not`."""


def of_key(key: Key) -> str | None:
    sentences = [key.description] if key.description else []
    if key.is_required:
        sentences.append("It must be there.")
    if key.default is not None:
        sentences.append(f"Without it: `{key.default}`.")
    return "\n\n".join(sentences) or None


def of_status(status: str) -> str | None:
    return _OF_STATUSES.get(status)


def of_target(outline: WorkflowDefinition | None, name: str) -> str | None:
    if name in OF_TARGETS:
        return OF_TARGETS[name]
    return of_step(outline, name) if outline is not None and name in outline.steps else None


def of_step(outline: WorkflowDefinition, name: str) -> str:
    """What it does, where it leads, and how often it may be tried."""
    step = outline.steps[name]
    title = f": {step.title}" if step.title else ""
    routes = "\n".join(f"- {status} → {_target(outline, name, status)}" for status in STATUSES)
    if isinstance(step, AskDefinition):
        answers = ", ".join(f"`{answer}` ({status})" for answer, status in step.answers.items())
        routes = f"Answers: {answers}.\n\n{routes}"
    tries = "once" if step.max_attempts == 1 else f"at most {step.max_attempts} times"
    return f"**{name}** ({step.kind} step){title}\n\n{routes}\n\nIt may be tried {tries} before the session fails."


def routes_of(outline: WorkflowDefinition, name: str) -> str:
    """In a few words, for a list of steps."""
    step = outline.steps[name]
    written = [(status, getattr(step.on, status)) for status in STATUSES]
    return ", ".join([step.kind, *(f"{status} → {target}" for status, target in written if target is not None)])


def of_parameter(name: str, parameter: Parameter) -> str:
    default = "it must be given" if parameter.is_required else f"without it `{_shown(parameter.default)}`"
    sentences = [f"**{name}** ({parameter.type}; {default})"]
    if parameter.description:
        sentences.append(parameter.description)
    if parameter.choices:
        sentences.append("One of " + ", ".join(f"`{choice}`" for choice in parameter.choices) + ".")
    return "\n\n".join(sentences)


def of_variable(value: Value) -> str:
    return f"{value.description} It may be null." if value.is_optional else value.description


def _target(outline: WorkflowDefinition, name: str, status: str) -> str:
    target = target_of(outline, name, status)
    if target == name and getattr(outline.steps[name].on, status) is None:
        return "the same step again, then `fail`"
    return f"`{target}`"


def _shown(default: object) -> str:
    return json.dumps(default, ensure_ascii=False)
