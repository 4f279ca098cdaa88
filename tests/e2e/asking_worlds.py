"""A world with a session type that asks a person, and what an agent could ask in it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.e2e.spawning_worlds import PLUGINS
from tests.e2e.treadle_runs import World, trusted_world

RUN = ("run", "asking", "--environment", "vscode")
PERMISSION = {
    "uid": "toolu_1",
    "kind": "permission",
    "question": "May I run this?",
    "details": {"tool": "Bash", "command": "git push --force"},
    "options": [
        {"name": "allow", "title": "allow"},
        {"name": "allow_session", "title": "Allow it until the session ends"},
        {"name": "deny", "title": "deny"},
    ],
    "askedBy": "Claude Code, step approve",
    "expiresAt": "2999-01-01T00:00:00Z",
    "defaultAnswer": "deny",
}
ENTRY_POINT = "[treadle.session_types]\nasking = asking_type:ASKING\n"


def asking_world(tmp_path: Path, data_dir: Path) -> Iterator[World]:
    described = tmp_path / "site" / "asking_type-1.dist-info"
    described.mkdir(parents=True)
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: asking_type\nVersion: 1\n")
    (described / "entry_points.txt").write_text(ENTRY_POINT)
    world = trusted_world(tmp_path, data_dir)
    world.treadle("stop")
    world = replace(world, environment={**world.environment, "PYTHONPATH": f"{described.parent}:{PLUGINS}"})
    yield world
    assert world.treadle("stop").code == 0


def create_permission_ask(world: World) -> None:
    interaction_id = world.json("show", "1")["interactions"][0]["id"]
    with world.connection() as connection:
        connection.call("ask/create", {"sessionId": 1, "interactionId": interaction_id, **PERMISSION})
