"""The steps of the session type: values in, values out."""

from pydantic import Field

from treadle.domain.command import READ_FILE, Command
from treadle.domain.result import Result
from treadle.domain.session import SessionStatus
from treadle.workflows.agent_step import AgentStep, FixStep
from treadle.workflows.contract import Step, StepContext, StepKind, StepOutcome
from treadle.workflows.options import AgentOptions
from treadle_changelog.changelog import new_entries, problems

PACKAGE = "treadle_changelog"


class ChangelogOptions(AgentOptions):
    description: str = Field(min_length=1, max_length=2_000, pattern=r"\S")
    """What has changed, in a person's words."""
    path: str = Field(default="CHANGELOG.md", min_length=1)
    """The changelog, relative to the project's root."""
    longest: int = Field(default=120, ge=20, le=1_000)
    """The most characters of the entry."""


def chosen(context: StepContext) -> ChangelogOptions:
    """A session keeps what a person gave; what they left open gets its default here."""
    return ChangelogOptions.model_validate(dict(context.session.options))


class Look(Step):
    """Keeps the changelog as it was. Without one there is nothing to do, however often it is tried."""

    name = "look"
    kind = StepKind.READ_FILE

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, READ_FILE, path=chosen(context).path)

    def handle_result(self, context: StepContext, result: Result) -> StepOutcome:
        if not result.is_final or result.succeeded:
            return StepOutcome(result=result)
        reason = f"The changelog cannot be read: {result.error_message}"
        return StepOutcome(result=result, status=SessionStatus.FAILED, failure_reason=reason)


class Write(AgentStep):
    name = "write"
    template = "changelog_entry/write.md"
    stage = "task"
    package = PACKAGE

    def values(self, context: StepContext) -> dict[str, object]:
        options = chosen(context)
        return {**super().values(context), "path": options.path, "longest": options.longest}


class Check(Step):
    """Reads the changelog again and judges it, whatever the agent says it did."""

    name = "check"
    kind = StepKind.READ_FILE

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, READ_FILE, path=chosen(context).path)

    def handle_result(self, context: StepContext, result: Result) -> StepOutcome:
        if not result.succeeded:
            return StepOutcome(result=result)
        before, after = _content(context.last_results["look"]), _content(result)
        wrong = problems(before, after, longest=chosen(context).longest)
        if wrong:
            return StepOutcome(result=result.as_error(" ".join(wrong), {}))
        (entry,) = new_entries(before, after)
        return StepOutcome(result=result.as_ok({"verdict": f"Added: {entry}"}), state={"entry": entry})


class Revise(FixStep):
    name = "revise"
    template = "changelog_entry/revise.md"
    stage = "task"
    package = PACKAGE
    judges = ("check",)


def _content(result: Result) -> str:
    return str(result.data.get("content") or "")
