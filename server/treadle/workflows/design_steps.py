"""The agent's steps that the two design types have in common."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from treadle.domain.project import Component
from treadle.domain.result import ResultStatus
from treadle.workflows.agent_step import AgentStep, FixStep
from treadle.workflows.component_files import session_component
from treadle.workflows.component_layout import layout_of
from treadle.workflows.contract import StepContext
from treadle.workflows.design_headings import comparable
from treadle.workflows.design_sections import CONTENT
from treadle.workflows.options import AgentOptions
from treadle.workflows.prompt_values import Values, described
from treadle.workflows.validate_design import ValidateDesign

MAX_DESCRIPTION = 20_000
MAX_NEIGHBOURS = 30
EXAMPLE = "LineItem"
ROUTES: Mapping[tuple[str, ResultStatus], str] = {
    ("validate_design", ResultStatus.ERROR): "revise_design",
    ("revise_design", ResultStatus.OK): "validate_design",
    ("revise_design", ResultStatus.WARNING): "validate_design",
}


class DesignOptions(AgentOptions):
    description: str | None = Field(default=None, min_length=1, max_length=MAX_DESCRIPTION, pattern=r"\S")
    """What is to be designed, in a person's words; null: what the project says already must do."""


class DesignStep(AgentStep):
    """Knows what the document will be held against (`judged_by`)."""

    stage = "design"
    judged_by: ClassVar[ValidateDesign]

    def values(self, context: StepContext) -> Values:
        """`sections`: those that are required, with what belongs into each, or null; `neighbours`: other designs of the
        same level; `example`: a component of a context, with the files that it has unless the document names others."""
        component = session_component(context)
        return {
            **super().values(context),
            "sections": [
                {"name": name, "content": CONTENT.get(comparable(name))} for name in self.judged_by.required(context)
            ],
            "neighbours": [described(each) for each in _neighbours(context, component)][:MAX_NEIGHBOURS],
            "example": {"name": EXAMPLE, "paths": layout_of(context.project).paths(EXAMPLE, component)},
        }


class GenerateDesign(DesignStep):
    name = "generate_design"


class ReviseDesign(DesignStep, FixStep):
    name = "revise_design"
    judges = ("validate_design",)


def _neighbours(context: StepContext, component: Component) -> list[Component]:
    return [
        each
        for each in context.components
        if each.parent_component_id == component.parent_component_id
        and each.id != component.id
        and each.paths.get("design")
    ]
