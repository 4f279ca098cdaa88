"""Makes the recordings of terminals anew: `python -m tests.unit.agents.record_terminal [NAME …]`.

Each is a run of the pinned Claude Code's own terminal against the scripted model: what its hooks posted and what its
transcripts hold, one JSON object in each line with the time at which it came. Paths and ids are made-up ones.
"""

import json
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.agent_fixtures import agent_environment_in, calculator_project_in
from tests.e2e.claude_terminal import ClaudeTerminal, on_a_terminal, seed
from tests.e2e.hook_posts import SESSION_START, TOKEN, decision, posts
from tests.unit.agents.record import PYTHON, RECORDINGS, TURNS, anonymous, bash
from tests.unit.agents.scenes import END
from tests.unit.agents.scenes import SCENES as BACKGROUND
from tools import claude_code_cli
from tools.scripted_model.script import Script
from tools.scripted_model.server import start
from treadle.agents.claude_code_command import ClaudeCodeOptions, PermissionMode, allowed_command_rules
from treadle.agents.terminal_settings import settings_document, terminal_argv, terminal_environment

KEPT_LINES = ("user", "assistant", "system", "queue-operation", "attachment")
KEPT_ATTACHMENTS = ("hook_", "queued_command")
DROPPED = frozenset(
    {"cwd", "version", "gitBranch", "userType", "entrypoint", "slug", "parentUuid", "requestId", "effort", "session_id"}
    | {"requestRef", "requestedModel", "promptCacheRequested", "perTurnEffort", "madeBy", "apiBlockIndex", "rendered"}
)
FOLDER = RECORDINGS / "terminal"

Json = dict[str, Any]
Act = Callable[[ClaudeTerminal, Path], None]


def works(terminal: ClaudeTerminal, _: Path) -> None:
    terminal.wait_for("That is all.")


def lets_both_work(terminal: ClaudeTerminal, _: Path) -> None:
    terminal.wait_for('Agent "Reader" finished')
    terminal.wait_for('Agent "Writeer" finished')


def is_done(terminal: ClaudeTerminal, _: Path) -> None:
    terminal.wait_for('Writeer" finished')


def speaks(terminal: ClaudeTerminal, project: Path) -> None:
    """In every way that a person has."""
    terminal.wait_for("I wait.")
    terminal.say("And that too.")
    terminal.wait_for("And that too.")
    (project / "go").touch()
    terminal.wait_for("All of it.")
    terminal.type("!echo from the shell")
    terminal.wait_for("echo from the shell")
    terminal.press("enter")
    terminal.wait_for("I saw that.")
    terminal.say("/compact")
    terminal.wait_for("Compacted")
    terminal.say("/clear")
    terminal.wait_gone("Compacted")
    terminal.say("Once more.")
    terminal.wait_for("All of it.")  # the script begins anew with the conversation


def breaks_off(terminal: ClaudeTerminal, _: Path) -> None:
    terminal.wait_for("This takes long.")
    terminal.wait_for("ctrl+b")
    terminal.press("escape")
    terminal.wait_for("Interrupted")
    terminal.say("Something else.")
    terminal.wait_for("API Error")


@dataclass(frozen=True)
class TerminalScene:
    script: Json
    act: Act
    allowed: tuple[str, ...] = ()
    own_hook: str = ""


WAITS = bash("while ! test -e go; do sleep 0.1; done")
SCENES = {
    "files_and_commands": TerminalScene(TURNS["files_and_commands"], works),
    "subagent": TerminalScene(
        {**TURNS["subagent"], "turns": [*TURNS["subagent"]["turns"][:-1], {"say": "That is all."}]}, works
    ),
    "background_command": TerminalScene(
        {"turns": [*TURNS["background_command"]["turns"][:-1], {"say": "That is all."}]}, works
    ),
    "two_subagents": TerminalScene(BACKGROUND["two_subagents"].script, lets_both_work),
    "subagent_with_hooks": TerminalScene(
        {**BACKGROUND["subagent_with_hooks"].script, "turns": [*BACKGROUND["subagent_with_hooks"].turns, END]}, is_done
    ),
    "speaks": TerminalScene(
        {
            "turns": [
                {"say": "I wait.", "calls": [WAITS]},
                {"say": "All of it.\n\n* one\n* two"},
                {"say": "I saw that."},
                {"say": "A summary."},
            ]
        },
        speaks,
        ("Bash",),
        "echo looked at it",
    ),
    "breaks_off": TerminalScene(
        {
            "turns": [
                {"say": "This takes long.", "calls": [bash(f"{PYTHON} -c 'import time; time.sleep(600)'")]},
                {"error": {"status": 400, "type": "invalid_request_error", "message": "Too much."}},
            ]
        },
        breaks_off,
    ),
}


def denies(said: Json) -> Json:
    asked = said.get("hook_event_name") == "PermissionRequest"
    return decision(said, behavior="deny", message="Nobody is here to allow this.") if asked else {}


def transcripts(config: Path) -> Iterator[Json]:
    for path in sorted((config / "projects").rglob("*")):
        if path.name.endswith(".meta.json"):
            meta = json.loads(path.read_text())
            told = {"type": "subagent", "agentId": path.name.removeprefix("agent-").removesuffix(".meta.json"), **meta}
            yield {"source": "transcript", "at": datetime.now(UTC).isoformat(), "said": told}
        elif path.suffix == ".jsonl":
            for line in path.read_text("utf-8").splitlines():
                said = json.loads(line)
                if said["type"] in KEPT_LINES and is_kept(said.get("attachment", {}).get("type", "hook_")):
                    kept = {key: value for key, value in said.items() if key not in DROPPED}
                    yield {"source": "transcript", "at": said["timestamp"], "said": kept}


def is_kept(attachment: str) -> bool:
    return attachment.startswith(KEPT_ATTACHMENTS)


def filmed(name: str, scene: TerminalScene, folder: Path, url: str) -> list[Json]:
    project = calculator_project_in(folder)
    home = folder / "home"
    environment = agent_environment_in(home, f"{url}/{name}", claude_code_cli.pinned())
    seed(home / "claude", project)
    if scene.own_hook:
        hooks = {"UserPromptSubmit": [{"hooks": [{"type": "command", "command": scene.own_hook}]}]}
        (home / "claude" / "settings.json").write_text(json.dumps({"hooks": hooks}))
    options = ClaudeCodeOptions(
        conversation_id=str(uuid.uuid4()),
        permission_mode=PermissionMode.ACCEPT_EDITS,
        allowed_tools=(*allowed_command_rules((PYTHON,)), *scene.allowed),
    )
    with posts(denies) as server:
        start_hook = [sys.executable, "-I", "-c", SESSION_START, f"{server.url}/hook"]
        settings = folder / "settings.json"
        document = settings_document(hook_url=f"{server.url}/hook", session_start=start_hook)
        settings.write_text(json.dumps(document))
        argv = terminal_argv(environment["TREADLE_CLAUDE"], options, settings_file=str(settings), prompt="Do it.")
        environment = terminal_environment(environment, session_uid="recorded", token=TOKEN, receiver_url=server.url)
        with on_a_terminal(argv, environment, project) as terminal:
            scene.act(terminal, project)
            terminal.say("/exit")
            terminal.end()
        told = [
            {"source": "hook", "at": each["at"], "said": each["said"]} for each in server.told if each["path"] == "hook"
        ]
    heard = [*told, *transcripts(home / "claude")]
    return sorted(heard, key=lambda each: datetime.fromisoformat(each["at"]))


def main() -> None:
    wanted = sys.argv[1:] or sorted(SCENES)
    FOLDER.mkdir(exist_ok=True)
    with start({name: Script.parse(name, scene.script) for name, scene in SCENES.items()}) as server:
        for name in wanted:
            with tempfile.TemporaryDirectory() as temporary:
                folder = Path(temporary).resolve()
                lines = list(anonymous(filmed(name, SCENES[name], folder, server.url), folder))
                (FOLDER / f"{name}.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")
                print(name, len(lines))  # noqa: T201


if __name__ == "__main__":
    main()
