"""The commands as a table. A command's module is imported only when it is the one that runs.

Each module has `add_arguments(parser)` and `run(arguments) -> int`, the exit code.
"""

from typing import NamedTuple


class CommandEntry(NamedTuple):
    name: str
    summary: str
    group: str | None
    """None hides it from the overview."""
    is_intermixed: bool = False
    """Options may stand between its words, of which some may be left out."""

    @property
    def module(self) -> str:
        return f"treadle.cli.{self.name}"


SESSIONS = "Sessions"
STEPS = "What sessions ask, and their steps"
PROJECTS = "Projects"
DAEMON = "The daemon (started by whoever needs it first)"

COMMANDS: tuple[CommandEntry, ...] = (
    CommandEntry("run", "Run a session, or go on with one", SESSIONS, is_intermixed=True),
    CommandEntry("sessions", "List the sessions, newest first", SESSIONS),
    CommandEntry("show", "One session with its steps", SESSIONS),
    CommandEntry("events", "What happened in a session, in order", SESSIONS),
    CommandEntry("pause", "Let no further step of a session begin", SESSIONS),
    CommandEntry("resume", "Let a paused session go on", SESSIONS),
    CommandEntry("cancel", "End a session that nobody goes on with", SESSIONS),
    CommandEntry("reopen", "Take the end of a session back", SESSIONS),
    CommandEntry("delete", "Delete a session with its record, and those below it", SESSIONS),
    CommandEntry("redact", "Take secrets out of what is stored already", SESSIONS),
    CommandEntry("mode", "Say who carries out a session's steps: you, or the runner by itself", SESSIONS),
    CommandEntry("rename", "Give a session a title", SESSIONS),
    CommandEntry("types", "List the session types that are installed", SESSIONS),
    CommandEntry("asks", "List what sessions ask you, oldest first", STEPS),
    CommandEntry("answer", "Answer what is asked", STEPS, is_intermixed=True),
    CommandEntry("say", "Tell the agent that works on a step something", STEPS, is_intermixed=True),
    CommandEntry("edit", "Change the command of the step that waits", STEPS),
    CommandEntry("skip", "Go on without the step that waits", STEPS),
    CommandEntry("done", "Say that you have done the step that waits", STEPS),
    CommandEntry("rerun", "Run a step again that has a result", STEPS),
    CommandEntry("init", "Write .treadle/project.yaml with what is found by looking", PROJECTS),
    CommandEntry("project", "Show or trust the project here, list all, delete one", PROJECTS, is_intermixed=True),
    CommandEntry("prompts", "Show the prompts that a project may replace", PROJECTS),
    CommandEntry("workflow", "Check, draw or begin a workflow of the project", PROJECTS, is_intermixed=True),
    CommandEntry("permissions", "Explain, list or check what agents may do here", PROJECTS, is_intermixed=True),
    CommandEntry("status", "Say whether the daemon runs, and where", DAEMON),
    CommandEntry("serve", "Run the daemon in the foreground", DAEMON),
    CommandEntry("connect", "Bridge stdin and stdout to the daemon, for editors", DAEMON),
    CommandEntry("stop", "Stop the daemon", DAEMON),
    CommandEntry("git", "The git work of a session's first and last step", None),
    CommandEntry("gate", "The check that an agent in a terminal must pass before it may stop", None),
)

EXAMPLES = """Examples:
  treadle init
  treadle run task "add a --json flag to the report command"
  treadle run component_test --component Calculator
  treadle run --session 3           go on with session 3
  treadle events 3 --follow
  treadle sessions --json"""


def overview() -> str:
    width = max(len(entry.name) for entry in COMMANDS)
    lines = ["Usage: treadle COMMAND [options]", "", "Durable, step-by-step AI-assisted development sessions."]
    for group in dict.fromkeys(entry.group for entry in COMMANDS if entry.group):
        lines += ["", f"{group}:"]
        lines += [f"  {entry.name.ljust(width)}  {entry.summary}" for entry in COMMANDS if entry.group == group]
    lines += ["", EXAMPLES, "", "treadle COMMAND --help explains a command; treadle --version names the version."]
    return "\n".join(lines)
