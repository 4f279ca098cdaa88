"""Small session types for the examples, and for what no good type ever does."""

from treadle.domain.caps import Caps
from treadle.domain.command import CLAUDE, NOOP, SHELL_ARGV, Command
from treadle.domain.result import ResultStatus
from treadle.workflows.contract import SessionType, Step, StepContext, StepKind


class Write(Step):
    name = "write"
    kind = StepKind.AGENT

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, CLAUDE, prompt="Write greeting.txt.", options={"max_turns": 20})


class Check(Step):
    name = "check"
    kind = StepKind.SHELL

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, SHELL_ARGV, argv=["grep", "--quiet", "Hello", "greeting.txt"], timeout_s=60)


class Fix(Step):
    name = "fix"
    kind = StepKind.AGENT

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, CLAUDE, prompt="The greeting has no Hello. Mend it.")


class Nothing(Step):
    name = "nothing"
    kind = StepKind.SHELL

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, NOOP)


class Broken(Step):
    name = "broken"
    kind = StepKind.SHELL

    def get_command(self, context: StepContext) -> Command:
        raise LookupError(f"no such thing as {context.session.type}")


GREETING = SessionType(
    id="greeting",
    title="Greeting",
    description="Writes a greeting and checks it.",
    version=1,
    line=(Write(), Check()),
    detours=(Fix(),),
    routes={
        ("check", ResultStatus.ERROR): "fix",
        ("fix", ResultStatus.OK): "check",
        ("fix", ResultStatus.WARNING): "check",
    },
)
ONCE = SessionType(
    id="once",
    title="Once",
    description="Has room for one attempt and two steps.",
    version=1,
    line=(Nothing(),),
    routes={("nothing", ResultStatus.OK): "nothing"},
    caps=Caps(max_attempts=1, max_steps=2),
)
BROKEN = SessionType(id="broken", title="Broken", description="Cannot make its command.", version=1, line=(Broken(),))
