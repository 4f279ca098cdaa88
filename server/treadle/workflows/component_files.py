"""Where the files of a session's component are: relative to the project's root, as the project declares them."""

from pathlib import PurePosixPath

from treadle.domain.errors import InvalidValueError, ProjectInvalidError
from treadle.domain.project import Component
from treadle.workflows.contract import StepContext


def session_component(context: StepContext) -> Component:
    if context.component is None:
        raise InvalidValueError("A session of this type needs a component.", field="componentId")
    return context.component


def surrounding_context(context: StepContext, component: Component) -> Component | None:
    """The component that it is a part of."""
    return next((each for each in context.components if each.id == component.parent_component_id), None)


def parts_of(context: StepContext, component: Component) -> tuple[Component, ...]:
    """The components of a context, by name."""
    return tuple(each for each in context.components if each.parent_component_id == component.id)


def path_of_code(component: Component) -> str:
    return declared_path(component, "code")


def path_of_tests(component: Component) -> str:
    return declared_path(component, "tests")


def path_of_design(component: Component) -> str | None:
    """A component may have no design document."""
    return optional_path(component, "design")


def optional_path(component: Component, role: str) -> str | None:
    return declared_path(component, role) if component.paths.get(role) else None


def declared_path(component: Component, role: str) -> str:
    """:raises ProjectInvalidError: there is none for this role, or it leads out of the project"""
    path = component.paths.get(role)
    if not path:
        raise ProjectInvalidError(
            f"The component {component.name} has no path for its {role}: "
            f"add paths.{role} to it in .treadle/project.yaml.",
            component=component.name,
        )
    if not is_inside(path):
        raise ProjectInvalidError(
            f"The {role} path of the component {component.name} must be relative and inside the project: {path!r}.",
            component=component.name,
        )
    return path


def is_inside(path: str) -> bool:
    """Relative, without a way out of the folder; a word that a program could take for an option is refused too."""
    return bool(path.strip()) and not path.startswith(("/", "-")) and ".." not in PurePosixPath(path).parts
