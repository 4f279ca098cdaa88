"""Writes the design of a context: what it is for, and which components it consists of."""

from treadle.workflows.contract import SessionType
from treadle.workflows.design_steps import ROUTES, DesignOptions, GenerateDesign, ReviseDesign
from treadle.workflows.validate_design import ValidateContextDesign
from treadle.workflows.working_copy import Finalize, Initialize

VALIDATE_DESIGN = ValidateContextDesign()


class GenerateContextDesign(GenerateDesign):
    template = "context_design/generate_design.md"
    judged_by = VALIDATE_DESIGN


class ReviseContextDesign(ReviseDesign):
    template = "context_design/revise_design.md"
    judged_by = VALIDATE_DESIGN


CONTEXT_DESIGN = SessionType(
    id="context_design",
    title="Context design",
    description="Writes the design of a context: what it is for, and which components it consists of.",
    version=1,
    line=(
        Initialize(given=("code", "tests"), needs=("design",)),
        GenerateContextDesign(),
        VALIDATE_DESIGN,
        Finalize(),
    ),
    detours=(ReviseContextDesign(),),
    routes=ROUTES,
    needs_component=True,
    options=DesignOptions,
)
