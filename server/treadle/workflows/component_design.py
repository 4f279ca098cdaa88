"""Writes the design of a component, from which its tests and its code can be written."""

from treadle.workflows.contract import SessionType
from treadle.workflows.design_steps import ROUTES, DesignOptions, GenerateDesign, ReviseDesign
from treadle.workflows.validate_design import ValidateDesign
from treadle.workflows.working_copy import Finalize, Initialize

VALIDATE_DESIGN = ValidateDesign()


class GenerateComponentDesign(GenerateDesign):
    template = "component_design/generate_design.md"
    judged_by = VALIDATE_DESIGN


class ReviseComponentDesign(ReviseDesign):
    template = "component_design/revise_design.md"
    judged_by = VALIDATE_DESIGN


COMPONENT_DESIGN = SessionType(
    id="component_design",
    title="Component design",
    description="Writes the design of a component, from which its tests and its code can be written.",
    version=1,
    line=(
        Initialize(given=("code", "tests"), needs=("design",)),
        GenerateComponentDesign(),
        VALIDATE_DESIGN,
        Finalize(),
    ),
    detours=(ReviseComponentDesign(),),
    routes=ROUTES,
    needs_component=True,
    options=DesignOptions,
)
