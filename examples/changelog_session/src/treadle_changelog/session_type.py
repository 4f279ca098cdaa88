from treadle.domain.result import ResultStatus
from treadle.workflows.contract import SessionType
from treadle.workflows.working_copy import Finalize, Initialize
from treadle_changelog.steps import ChangelogOptions, Check, Look, Revise, Write

CHANGELOG_ENTRY = SessionType(
    id="changelog_entry",
    title="Changelog entry",
    description="Adds one entry to the project's changelog and checks it before it is committed.",
    version=1,
    line=(Initialize(), Look(), Write(), Check(), Finalize()),
    detours=(Revise(),),
    routes={
        ("check", ResultStatus.ERROR): "revise",
        ("revise", ResultStatus.OK): "check",
        ("revise", ResultStatus.WARNING): "check",
    },
    options=ChangelogOptions,
)
