"""What a workflow file may say: the pydantic models are the schema, from which the JSON Schema is generated.

A string marked `Template` may hold `{{ … }}`: what it may name, `values` says.
"""

from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag

from treadle.agents.claude_code_command import MODEL
from treadle.domain.component_rules import MAX_PATH, path_problem
from treadle.workflows.definition.file_rules import NAME
from treadle.workflows.gates import DEFAULT_MAX_RUNS, DEFAULT_TIMEOUT_S, MAX_RUNS, MAX_TIMEOUT_S
from treadle.workflows.options import AgentOptions
from treadle.workflows.stages import Stage

FINISH, FAIL = "finish", "fail"
TARGETS = (FINISH, FAIL)
"""Where a route may lead besides a step."""
RESERVED_STEPS = frozenset({FINISH, FAIL, "next", "retry", "initialize", "finalize"})
RESERVED_PARAMETERS = frozenset({*AgentOptions.model_fields, "max_parallel"})
"""Every session of a workflow has these options anyway."""
RESERVED_STATE = frozenset({"branch", "base", "commit", "pull_request", "given"})
MAX_TEXT = 50_000
MAX_STEPS = 100
MAX_PARAMETERS = 50
MAX_ATTEMPTS = 100
MAX_SECONDS = 86_400
Status = Literal["ok", "warning", "error"]
STATUSES: tuple[Status, ...] = get_args(Status)
YES_OR_NO: dict[str, Status] = {"yes": "ok", "no": "error"}

IDENTIFIER = r"^[a-z][a-z0-9_]{0,63}$"
StepName = Annotated[str, Field(pattern=IDENTIFIER)]
WorkflowName = Annotated[str, Field(pattern=NAME)]
Identifier = Annotated[str, Field(pattern=IDENTIFIER)]
EnvironmentName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,199}$")]
Title = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
Template = Annotated[str, Field(min_length=1, max_length=MAX_TEXT, json_schema_extra={"template": True})]
Target = Annotated[str, Field(min_length=1, max_length=64)]
Seconds = Annotated[float, Field(gt=0, le=MAX_SECONDS)]
Word = Annotated[str, Field(max_length=4_000, json_schema_extra={"template": True})]
Scalar = bool | int | float | str


def _inside(path: str) -> str:
    problem = None if "{{" in path else path_problem(path)
    if problem is not None:
        raise ValueError(problem)
    return path


Path = Annotated[Template, Field(max_length=MAX_PATH), AfterValidator(_inside)]
Words = Annotated[list[Word], Field(min_length=1, max_length=1_000)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


class Parameter(_Part):
    """What a person gives when a session begins: `parameters.NAME` in templates."""

    type: Literal["string", "integer", "number", "boolean", "list"] = "string"
    """`list`: of texts."""
    description: Annotated[str, Field(max_length=2_000)] | None = None
    """Shown to the person who chooses."""
    default: bool | int | float | str | list[str] | None = None
    """Of the parameter's type; without one the parameter must be given."""
    choices: Annotated[list[str], Field(min_length=1, max_length=100)] | None = None
    """The only texts that are taken."""
    minimum: int | float | None = None
    """Of a number: the smallest that is taken."""
    maximum: int | float | None = None
    """Of a number: the largest that is taken."""

    @property
    def is_required(self) -> bool:
        return "default" not in self.model_fields_set


class GateDefinition(_Part):
    """A check that an agent must pass before it may stop; its output goes back into the same conversation."""

    command: Words
    """Its words, each a template; it passes with the exit code 0."""
    max_runs: Annotated[int, Field(ge=1, le=MAX_RUNS)] = DEFAULT_MAX_RUNS
    """So often the agent is sent back; then it may stop all the same."""
    timeout_s: Annotated[float, Field(gt=0, le=MAX_TIMEOUT_S)] = DEFAULT_TIMEOUT_S
    """Seconds that one run may take."""


Gate = Annotated[
    Annotated[GateDefinition, Tag("<mapping>")]
    | Annotated[Words, Tag("<words>")]
    | Annotated[Literal[False], Tag("<switch>")],
    Discriminator(
        lambda value: "<words>" if isinstance(value, list) else "<switch>" if isinstance(value, bool) else "<mapping>"
    ),
]
"""A command alone stands for the mapping that has only that; `false`: no gate, although the project has one."""


class Routes(_Part):
    """Where a result leads: the name of a step, `finish` or `fail`."""

    ok: Target | None = None
    """Without it: the following step, and after the last one `finish`."""
    warning: Target | None = None
    """Without it: as with ok."""
    error: Target | None = None
    """Without it: the same step again as long as it has attempts left, then `fail`."""


class StepBase(_Part):
    title: Title | None = None
    """What people see of the step, in place of its name."""
    description: Annotated[str, Field(max_length=2_000)] | None = None
    """For readers of the file and of the graph."""
    on: Routes = Field(default_factory=Routes)
    """Which step follows, by how this one ended."""
    max_attempts: Annotated[int, Field(ge=1, le=MAX_ATTEMPTS)] = 1
    """How often the step may be tried since it last ended ok or warning; then the session fails."""
    timeout_s: Seconds | None = None
    """Without it: the workflow's; else a command may take an hour, and an agent half of one."""
    save: Annotated[dict[Identifier, Template], Field(max_length=50)] = Field(default_factory=dict)
    """Texts that are kept as `state.NAME` when the step has ended ok or warning; `result` is what it came to. Of a long
    text the first and the last 4 KiB are kept."""

    @property
    def kind(self) -> str:
        """The key that says what the step does."""
        return next(key for key in KINDS if key in type(self).model_fields)


class RunDefinition(StepBase):
    run: Words | Template
    """The words of a command, each a template; or a text for a POSIX shell, in which every `{{ … }}` is quoted."""
    environment: dict[EnvironmentName, Word] = Field(default_factory=dict)
    """Variables of the command, besides those of the workflow."""
    working_directory: Path | None = None
    """Below the project's root."""
    exit_codes: Annotated[dict[int, Status], Field(max_length=50)] = Field(default_factory=dict)
    """What other exit codes than 0 mean; without it they are errors."""


class AgentDefinition(StepBase):
    agent: Template
    """The prompt."""
    conversation: Literal["new", "continue"] = "new"
    """`continue`: the session's own conversation, if there is one."""
    model: Annotated[str, Field(min_length=1, max_length=200, pattern=f"^{MODEL.pattern}$")] | None = None
    """By the name that the agent knows; without it the session's, else the agent's own choice."""
    max_turns: Annotated[int, Field(ge=1, le=1_000)] | None = None
    """At most so many turns of the agent."""
    may_run: Annotated[list[Words], Field(max_length=50)] = Field(default_factory=list)
    """Commands that the agent may run besides the project's tests, each with any arguments."""
    gate: Gate | None = None
    """What the agent must pass before it may stop; without it the workflow's."""
    stage: Stage = "task"
    """Which of the project's rules and gates hold."""


class SpawnDefinition(StepBase):
    spawn: Annotated[str, Field(min_length=1, max_length=200)]
    """A session type, or another workflow of the project."""
    components: Annotated[list[str], Field(min_length=1, max_length=200)] | Literal["parts"] | None = None
    """One session for each of these; `parts`: for each part of the session's own component. Without it: one session."""
    options: Annotated[dict[Identifier, Scalar | list[str]], Field(max_length=60)] = Field(default_factory=dict)
    """Of each session; texts are templates."""
    max_parallel: Annotated[int, Field(ge=1, le=16)] | None = None
    """At most so many sessions at once; without it three."""


class AskDefinition(StepBase):
    ask: Template
    """The question."""
    answers: Annotated[dict[Identifier, Status], Field(min_length=2, max_length=20)] = Field(
        default_factory=lambda: dict(YES_OR_NO)
    )
    """What a person may answer, and what each answer means for the way on."""


class ReadFileDefinition(StepBase):
    read_file: Path
    """Below the project's root; its text is `results.STEP.content`."""


KINDS = ("run", "agent", "spawn", "ask", "read_file")
Step = RunDefinition | AgentDefinition | SpawnDefinition | AskDefinition | ReadFileDefinition


def _kind(value: Any) -> str | None:
    if isinstance(value, StepBase):
        return value.kind
    present = [kind for kind in KINDS if isinstance(value, dict) and kind in value]
    return present[0] if len(present) == 1 else None


StepDefinition = Annotated[
    Annotated[RunDefinition, Tag("run")]
    | Annotated[AgentDefinition, Tag("agent")]
    | Annotated[SpawnDefinition, Tag("spawn")]
    | Annotated[AskDefinition, Tag("ask")]
    | Annotated[ReadFileDefinition, Tag("read_file")],
    Discriminator(_kind),
]


class WorkflowDefinition(_Part):
    """A workflow of a project: `.treadle/workflows/NAME.yaml`."""

    name: WorkflowName
    """What `treadle run` calls it; unique in the project."""
    title: Title | None = None
    """What people see in lists, in place of the name."""
    description: Annotated[str, Field(max_length=2_000)] | None = None
    """In a sentence, for lists."""
    version: Annotated[int, Field(ge=1)] = 1
    """Kept with each session, for people."""
    commit: bool = True
    """As all sessions: locally on a branch of their own with a commit at the end, in an editor `git add` of what
    changed. `false`: the steps work on the files as they are, and git is left alone."""
    needs_component: bool = False
    """Whether each session is about one component of the project."""
    parameters: Annotated[dict[Identifier, Parameter], Field(max_length=MAX_PARAMETERS)] = Field(default_factory=dict)
    """What a person chooses for a session: `treadle run NAME --param KEY=VALUE`."""
    environment: dict[EnvironmentName, Word] = Field(default_factory=dict)
    """Of every command."""
    working_directory: Path | None = None
    """Of every command, below the project's root."""
    timeout_s: Seconds | None = None
    """Of every step."""
    gate: Gate | None = None
    """Of every agent; without it the project's own."""
    max_steps: Annotated[int, Field(ge=1, le=1_000)] = 200
    """Of one session."""
    steps: Annotated[dict[StepName, StepDefinition], Field(min_length=1, max_length=MAX_STEPS)]
    """By name, in the order in which they follow each other."""
