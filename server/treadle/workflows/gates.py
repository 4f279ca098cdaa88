"""The project's gate: a check that an agent must pass before it may stop, at the stages that the project names."""

from collections.abc import Mapping

from treadle.agents.lenient import amount, count, texts
from treadle.workflows.contract import StepContext
from treadle.workflows.stages import Stage

DEFAULT_STAGES: tuple[Stage, ...] = ("code", "integration", "task")
"""Those after which the whole project should be in order; tests that come before their code are not meant to pass."""
DEFAULT_MAX_RUNS = 3
MAX_RUNS = 20
DEFAULT_TIMEOUT_S = 300
MAX_TIMEOUT_S = 3_600


def gate_of(context: StepContext, stage: Stage) -> dict[str, object] | None:
    """`metadata.gate` of an agent's command; None where its project has no gate for the stage."""
    settings = context.project.settings.get("gate") if context.project is not None else None
    if not isinstance(settings, Mapping) or stage not in texts(settings.get("stages")):
        return None
    return {
        "argv": texts(settings.get("command")),
        "timeout_s": amount(settings.get("timeout_s")) or DEFAULT_TIMEOUT_S,
        "max_runs": count(settings.get("max_runs")) or DEFAULT_MAX_RUNS,
    }
