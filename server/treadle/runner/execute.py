"""Which executor does which command."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from types import MappingProxyType

from treadle.agents.lenient import texts
from treadle.domain.command import ASK, CLAUDE, NOOP, READ_FILE, SPAWN_SESSIONS
from treadle.domain.result import Result
from treadle.runner.executors.agent import agent
from treadle.runner.executors.ask import ask
from treadle.runner.executors.noop import noop
from treadle.runner.executors.read_file import read_file
from treadle.runner.executors.shell import shell
from treadle.runner.executors.spawn import spawn
from treadle.runner.executors.terminal_agent import terminal_agent
from treadle.runner.file_watcher import watched
from treadle.runner.fingerprints import fingerprints
from treadle.runner.work import Work
from treadle.runner.workbench import Executor, Workbench

EXECUTORS: Mapping[str, Executor] = MappingProxyType(
    {CLAUDE: agent, NOOP: noop, READ_FILE: read_file, SPAWN_SESSIONS: spawn, ASK: ask}
)
"""Every other command is one for the shell."""


def execute(work: Work, bench: Workbench) -> Result:
    """Run the command, then say what the files are that the step asks for (`metadata.fingerprints`)."""
    executor = EXECUTORS.get(work.command, shell)
    if executor is agent and bench.in_terminal:
        executor = terminal_agent
    changes_files = executor in (agent, terminal_agent, shell) and not work.is_own_git
    with watched(bench) if changes_files else nullcontext(bench) as at_hand:
        hand_in = at_hand.hand_in
        whole = replace(at_hand, hand_in=lambda result: hand_in(_with_fingerprints(work, bench, result)))
        result = executor(work, whole)
    return _with_fingerprints(work, bench, result)


def _with_fingerprints(work: Work, bench: Workbench, result: Result) -> Result:
    paths = texts(work.metadata.get("fingerprints"))
    if not paths:
        return result
    return replace(result, data={**result.data, "fingerprints": fingerprints(bench.project_root, paths)})
