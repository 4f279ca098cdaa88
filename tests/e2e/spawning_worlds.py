"""A project of two components, and a session whose step spawns one session for each."""

import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.agent_fixtures import IDENTITY, calculator_project_in
from tests.e2e.treadle_runs import World
from tools.scripted_model.script import SCRIPTS_FOLDER, Script
from treadle.agents.lenient import objects

PLUGINS = Path(__file__).with_name("plugins")
ENTRY_POINT = "[treadle.session_types]\nspawning = spawning_type:SPAWNING\n"
CONVERTER = """\
  - name: Converter
    kind: module
    paths: {code: src/converter.py, tests: tests/test_converter.py}
"""
CONVERTER_TESTS = """\
from converter import to_feet


def test_a_mile():
    assert to_feet(1609.344) == 5280
"""
PARENT, CALCULATOR, CONVERTER_SESSION = 1, 2, 3


def scripts() -> dict[str, Script]:
    """Both components' tests by one address; and the same, but no answer comes after the file was written."""
    written = (SCRIPTS_FOLDER / "component_test" / "test_calculator.py.txt").read_text()
    calculator, converter = _write("test_calculator", written), _write("test_converter", CONVERTER_TESTS)
    done, key = {"say": "I wrote the tests."}, "tests/test_converter.py"
    return {
        "both": Script("both", [calculator, done, done], {key: [converter, done, done]}),
        "both_hang": Script("both_hang", [calculator, {"hang": True}], {key: [converter, {"hang": True}]}),
        "quarrel": Script(
            "quarrel", [_shared("calculator"), calculator, done], {key: [_shared("converter"), converter, done]}
        ),
    }


def _write(name: str, content: str) -> dict[str, Any]:
    written = {"file_path": f"{{{{cwd}}}}/tests/{name}.py", "content": content}
    return {"say": "I write the tests.", "calls": [{"tool": "Write", "input": written}]}


def _shared(text: str) -> dict[str, Any]:
    """A file that both sessions write."""
    return {"calls": [{"tool": "Write", "input": {"file_path": "{{cwd}}/tests/shared.txt", "content": f"{text}\n"}}]}


def spawning_world(folder: Path, data_dir: Path, environment: Mapping[str, str]) -> World:
    """Trusted, clean, and with the plug-in's type; the parent's folder has a space in its name."""
    project = calculator_project_in(folder).rename(folder / "two parts")
    settings = project / ".treadle" / "project.yaml"
    settings.write_text(settings.read_text() + CONVERTER)
    (project / ".gitignore").write_text(".venv/\n/.venv\n__pycache__/\n.pytest_cache/\n")
    for words in (("add", "--all"), ("commit", "--quiet", "--message=Converter")):
        subprocess.run(["git", *IDENTITY, *words], cwd=project, check=True, capture_output=True, timeout=30)
    described = folder / "site" / "spawning_type-1.dist-info"
    described.mkdir(parents=True)
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: spawning_type\nVersion: 1\n")
    (described / "entry_points.txt").write_text(ENTRY_POINT)
    paths = f"{described.parent}:{PLUGINS}"
    world = World(project, data_dir, {**environment, "PYTHONPATH": paths})
    assert world.treadle("project", "--trust").code == 0
    return world


def create_family(world: World, *, environment: str = "local", max_parallel: int = 2) -> None:
    """The sessions 1, and below it 2 and 3."""
    with world.connection() as connection:
        (project,) = objects(connection.call("project/list")["data"])
        components = objects(connection.call("component/list", {"projectId": project["id"]})["data"])
        common = {"projectId": project["id"], "environment": environment, "executionMode": "agentic"}
        options = {"child_session_ids": [CALCULATOR, CONVERTER_SESSION], "max_parallel": max_parallel}
        connection.call("session/create", {**common, "type": "spawning", "options": options})
        for component in components:
            child = {"type": "component_test", "componentId": component["id"], "title": component["name"]}
            connection.call("session/create", {**common, **child, "parentSessionId": PARENT})


def with_script(world: World, url: str, name: str) -> World:
    return replace(world, environment={**world.environment, "ANTHROPIC_BASE_URL": f"{url}/{name}"})


def git(world: World, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=world.project, check=True, capture_output=True, text=True, timeout=30)
    return done.stdout.strip()
