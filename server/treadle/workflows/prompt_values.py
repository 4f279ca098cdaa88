"""What every prompt template may name. A value that a session has not is there all the same, as null or empty."""

from treadle.domain.project import Component
from treadle.workflows.component_files import (
    optional_path,
    parts_of,
    path_of_tests,
    session_component,
    surrounding_context,
)
from treadle.workflows.contract import StepContext
from treadle.workflows.project_tests import agent_argv, has_test_command
from treadle.workflows.rules import rules_for
from treadle.workflows.stages import Stage

Values = dict[str, object]


def prompt_values(context: StepContext, stage: Stage) -> Values:
    """`session`, `component` and its paths, the `context` that it is a part of, its own `parts`, `rules`, and how an
    agent may run the component's tests (`test_command`) and all of the project's (`suite_command`)."""
    component = context.component
    description = context.session.options.get("description")
    surrounding = None if component is None else surrounding_context(context, component)
    return {
        "session": {"id": context.session.id, "title": context.session.title, "attempt": context.attempt},
        "description": description if isinstance(description, str) else None,
        "component": None if component is None else described(component),
        "context": None if surrounding is None else described(surrounding),
        "parts": [] if component is None else [described(part) for part in parts_of(context, component)],
        "design_path": _path(component, "design"),
        "code_path": _path(component, "code"),
        "tests_path": _path(component, "tests"),
        "test_command": _command(context, _path(component, "tests")),
        "suite_command": _command(context, None),
        "rules": rules_for(context.texts, kind=None if component is None else component.kind, stage=stage),
    }


def own_tests(context: StepContext) -> Values:
    """`test_command` of a prompt that cannot do without it.

    :raises ProjectInvalidError: nobody has said how tests are run, or where the component's are
    """
    return {"test_command": agent_argv(context, path_of_tests(session_component(context)))}


def described(component: Component) -> Values:
    paths = {f"{role}_path": optional_path(component, role) for role in ("design", "code", "tests")}
    return {"name": component.name, "kind": component.kind, **paths}


def _path(component: Component | None, role: str) -> str | None:
    return None if component is None else optional_path(component, role)


def _command(context: StepContext, path: str | None) -> list[str] | None:
    return agent_argv(context, path) if has_test_command(context) else None
