"""A step of a workflow file that lets other sessions do the work."""

from treadle.domain.command import Command
from treadle.domain.errors import InvalidValueError, TreadleError, UnknownComponentError
from treadle.domain.project import Component
from treadle.domain.result import Result
from treadle.workflows.contract import StepContext, WantedChild
from treadle.workflows.definition.defined_step import DefinedStep
from treadle.workflows.definition.model import SpawnDefinition, WorkflowDefinition
from treadle.workflows.prompt_values import Values
from treadle.workflows.spawn_step import SpawnStep, inherited_options, require_parts


class DefinedSpawn(DefinedStep, SpawnStep):
    tells_children_problem = True

    def __init__(self, definition: WorkflowDefinition, name: str, spawn: SpawnDefinition) -> None:
        super().__init__(definition, name)
        self.spawn = spawn
        self.session_type = spawn.spawn

    def planned(self, context: StepContext) -> Command:
        self._wanted(context)
        if context.children_problem is not None:
            raise InvalidValueError(context.children_problem, field="options")
        return SpawnStep.get_command(self, context)

    def wanted_children(self, context: StepContext) -> tuple[WantedChild, ...]:
        try:
            return self._wanted(context)
        except TreadleError:
            return ()  # `planned` says why

    def max_parallel(self, context: StepContext) -> int:
        return self.spawn.max_parallel or super().max_parallel(context)

    def judged(self, context: StepContext, result: Result) -> Result:
        return SpawnStep.handle_result(self, context, result).result

    def _wanted(self, context: StepContext) -> tuple[WantedChild, ...]:
        """:raises TreadleError:"""
        options = {**inherited_options(context), **self._options(self.snapshot(context))}
        besides = self._of_others(context)
        title = self.spawn.title or self.name.replace("_", " ").capitalize()
        return tuple(
            WantedChild(
                type=self.session_type,
                component_id=None if component is None else component.id,
                title=title if component is None else component.name,
                options=options,
                besides=besides,
            )
            for component in self._components(context)
        )

    def _components(self, context: StepContext) -> tuple[Component | None, ...]:
        """:raises UnknownComponentError, ProjectInvalidError:"""
        if self.spawn.components is None:
            return (None,)
        if self.spawn.components == "parts":
            return require_parts(context)
        known = {component.name: component for component in context.components}
        missing = next((name for name in self.spawn.components if name not in known), None)
        if missing is not None:
            raise UnknownComponentError(f"The project has no component {missing}.")
        return tuple(known[name] for name in self.spawn.components)

    def _options(self, values: Values) -> dict[str, object]:
        return {name: self._option(name, value, values) for name, value in self.spawn.options.items()}

    def _option(self, name: str, value: object, values: Values) -> object:
        if isinstance(value, str):
            return self.text(value, values, f"option {name}")
        return [self._option(name, each, values) for each in value] if isinstance(value, list) else value

    def _of_others(self, context: StepContext) -> frozenset[int]:
        """The sessions of other steps, and this step's own of an earlier time: they have done what they were for."""
        done = [
            result
            for name, result in context.last_results.items()
            if name in self.definition.steps and (name != self.name or result.succeeded)
        ]
        found = (result.data.get("children") for result in done)
        summaries = (each for children in found if isinstance(children, list) for each in children)
        numbers = (each.get("session_id") for each in summaries if isinstance(each, dict))
        return frozenset(number for number in numbers if type(number) is int)
