"""The types that work on all components of a context: each gets a session of its own."""

from treadle.workflows.agent_step import AgentStep
from treadle.workflows.component_files import declared_path
from treadle.workflows.contract import SessionType, StepContext
from treadle.workflows.spawn_step import SpawnForParts, SpawnOptions, require_parts
from treadle.workflows.working_copy import Finalize, Initialize


class InitializeContext(Initialize):
    """`needs` here are the paths of each component of the context, whose sessions would miss them."""

    def require(self, context: StepContext) -> None:
        for part in require_parts(context):
            for role in self.needs:
                declared_path(part, role)
        self.require_tests(context)


class SpawnDesigns(SpawnForParts):
    name = "spawn_designs"
    session_type = "component_design"


class SpawnTests(SpawnForParts):
    name = "spawn_tests"
    session_type = "component_test"


class SpawnCoding(SpawnForParts):
    name = "spawn_coding"
    session_type = "component_coding"


class Review(AgentStep):
    """Reads the designs of all components together: each was written without the others."""

    name = "review"
    template = "context_components_design/review.md"
    stage = "design"


CONTEXT_COMPONENTS_DESIGN = SessionType(
    id="context_components_design",
    title="Designs of a context's components",
    description="Designs every component of a context, several at once, and then reviews the designs together.",
    version=1,
    line=(InitializeContext(needs=("design",)), SpawnDesigns(), Review(), Finalize()),
    needs_component=True,
    options=SpawnOptions,
)

CONTEXT_TESTING = SessionType(
    id="context_testing",
    title="Tests of a context's components",
    description="Writes the tests of every component of a context, several at once.",
    version=1,
    line=(InitializeContext(needs=("code", "tests"), runs_tests=True), SpawnTests(), Finalize()),
    needs_component=True,
    options=SpawnOptions,
)

CONTEXT_CODING = SessionType(
    id="context_coding",
    title="Code of a context's components",
    description="Writes the code of every component of a context until its tests pass, several at once.",
    version=1,
    line=(InitializeContext(needs=("code", "tests"), runs_tests=True), SpawnCoding(), Finalize()),
    needs_component=True,
    options=SpawnOptions,
)
