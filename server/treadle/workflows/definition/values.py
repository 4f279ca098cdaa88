"""What the templates of a workflow may name: one table for running, checking, completing and explaining."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from treadle.workflows.definition.model import Parameter, StepBase, WorkflowDefinition

Kind = Literal["text", "number", "true or false", "list", "mapping", "any"]


@dataclass(frozen=True, slots=True)
class Value:
    kind: Kind
    description: str
    members: Mapping[str, "Value"] = field(default_factory=dict)
    """Of a mapping: all that it has. Of a list: what each item has."""
    items: Kind = "text"
    """Of a list: what each item is."""
    is_optional: bool = False
    """Whether it may be null."""

    def member(self, part: str) -> "Value | None":
        """What a part of a chain, such as `name` or `[0]`, stands for."""
        if not part.startswith("["):
            return self.members.get(part) if self.kind == "mapping" else None
        if self.kind == "list":
            return Value(self.items, f"One of these: {self.description}", self.members)
        return self if self.kind == "text" else None


def text(description: str, *, is_optional: bool = False) -> Value:
    return Value("text", description, is_optional=is_optional)


def number(description: str, *, is_optional: bool = False) -> Value:
    return Value("number", description, is_optional=is_optional)


def mapping(description: str, members: Mapping[str, Value], *, is_optional: bool = False) -> Value:
    return Value("mapping", description, members, is_optional=is_optional)


OF_ALL_STEPS: Mapping[str, Value] = {
    "status": text("`ok`, `warning` or `error`; null before the step has run.", is_optional=True),
    "code": number("The exit code of its command, if there was one.", is_optional=True),
    "stdout": text("What its command wrote to standard output."),
    "stderr": text("What its command wrote to standard error."),
    "error_message": text("What went wrong; empty when nothing did."),
    "duration_ms": number("How long it took, in milliseconds.", is_optional=True),
}
CHILD: Mapping[str, Value] = {
    "session_id": number("Its session's id."),
    "title": text("Its session's title.", is_optional=True),
    "status": text("How its session stands."),
    "reason": text("Why its session ended as it did.", is_optional=True),
    "cost_usd": number("What its session cost, in US dollars.", is_optional=True),
}
BY_KIND: Mapping[str, Mapping[str, Value]] = {
    "run": {"digest": text("A short digest of the failure.")},
    "agent": {"text": text("The last message of the agent.")},
    "spawn": {"children": Value("list", "The sessions that it began.", CHILD, items="mapping")},
    "ask": {
        "answer": text("What the person answered."),
        "comment": text("What the person wrote with the answer."),
    },
    "read_file": {
        "content": text("The text of the file."),
        "path": text("The path of the file, below the project's root."),
    },
}
STATE: Mapping[str, Value] = {
    "branch": text("The session's own branch; null where it has none.", is_optional=True),
    "base": text("The commit from which the session began; null where it has no branch.", is_optional=True),
    "commit": text("The commit that the session made; null before.", is_optional=True),
}
"""Besides what steps save; kept by the session's first and last step."""
COMPONENT: Mapping[str, Value] = {
    "name": text("Its name."),
    "kind": text("Its kind, such as module."),
    "design_path": text("Where its design is.", is_optional=True),
    "code_path": text("Where its code is.", is_optional=True),
    "tests_path": text("Where its tests are.", is_optional=True),
}
FIXED: Mapping[str, Value] = {
    "session": mapping(
        "The session that runs this workflow.",
        {
            "id": number("Its id."),
            "title": text("Its title.", is_optional=True),
            "attempt": number("Which attempt of the step this is, from 1."),
        },
    ),
    "project": mapping("The project.", {"name": text("Its name.")}),
    "component": mapping("The component that the session is about, if any.", COMPONENT, is_optional=True),
    "context": mapping("The component that the session's one is a part of, if any.", COMPONENT, is_optional=True),
    "parts": Value("list", "The parts of the session's component.", COMPONENT, items="mapping"),
    "design_path": text("Where the component's design is.", is_optional=True),
    "code_path": text("Where the component's code is.", is_optional=True),
    "tests_path": text("Where the component's tests are.", is_optional=True),
    "test_command": Value("list", "The words of the command that runs the component's tests.", is_optional=True),
    "suite_command": Value("list", "The words of the command that runs all of the project's tests.", is_optional=True),
    "rules": text("The project's rules that hold for this work."),
}
OF_COMPONENT = frozenset({"component", "context", "parts", "design_path", "code_path", "tests_path"})
"""Those of them that are empty in a session without a component."""
_LOOP = re.compile(r"\{%-?\s*for\s+(?P<item>\w+)\s+in\s+(?P<list>[A-Za-z_][\w.]*)")
PARAMETER_KINDS: Mapping[str, Kind] = {
    "string": "text",
    "integer": "number",
    "number": "number",
    "boolean": "true or false",
    "list": "list",
}


def roots(
    definition: WorkflowDefinition, *, saved: Sequence[str] | None = None, saving: str | None = None
) -> dict[str, Value]:
    """All that a template of this workflow may begin with. `saving`: the step in whose `save` it stands; `saved`: the
    names of all that is saved, where that is known better than from the definition."""
    names = saved if saved is not None else [name for step in definition.steps.values() for name in step.save]
    found = {
        "parameters": mapping(
            "What the person gave when the session began.",
            {name: of_parameter(parameter) for name, parameter in definition.parameters.items()},
        ),
        "state": mapping(
            "What steps have saved.",
            {**STATE, **{name: text("Saved by a step; null before.", is_optional=True) for name in names}},
        ),
        "results": mapping(
            "What each step last came to.", {name: of_step(name, step) for name, step in definition.steps.items()}
        ),
        **FIXED,
    }
    if saving in definition.steps:
        found["result"] = mapping("What this step has come to.", of_step(saving, definition.steps[saving]).members)
    return found


def of_parameter(parameter: Parameter) -> Value:
    is_null = not parameter.is_required and parameter.default is None
    description = parameter.description or "A parameter of this workflow."
    return Value(PARAMETER_KINDS[parameter.type], description, is_optional=is_null)


def of_step(name: str, step: StepBase) -> Value:
    what = f" ({step.title})" if step.title else ""
    return mapping(f"The last result of the step {name}{what}.", {**OF_ALL_STEPS, **BY_KIND[step.kind]})


def lookup(found: Mapping[str, Value], parts: Sequence[str]) -> Value | None:
    """The value of a chain such as `results`, `test`, `stdout`."""
    value: Value | None = found.get(parts[0]) if parts else None
    for part in parts[1:]:
        if value is None or value.kind != "mapping":
            return None
        value = value.members.get(part)
    return value


def loop_items(before: str, known: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    """What the loops that begin in this text, which may break off, call the items of lists that are known."""
    for loop in _LOOP.finditer(before):
        value = lookup(known, loop["list"].split("."))
        if value is not None and value.kind == "list":
            yield loop["item"], Value(value.items, f"Each of {loop['list']}.", value.members)
