"""What a run puts into the environment of all that it starts; a daemon that is started below a run outlives it."""

import os

from treadle.agents.claude_code_command import AGENT_SESSION

PROCESS = "TREADLE_PROCESS"
"""Names the process of a run that it is below of, after those that this one is below of itself: `RUN.NUMBER:…`."""


def unmarked_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in (PROCESS, AGENT_SESSION)}
