"""Design sessions with the real agent: the document in the working copy decides, not what the agent says of it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent_fixtures import IDENTITY, agent_environment_in
from tests.e2e.treadle_runs import World
from tools.scripted_model.script import Script, load_scripts
from tools.scripted_model.server import ScriptedModelServer, start

SETTINGS = """\
name: shop
components:
  - name: Shop
    kind: context
    paths: {design: docs/design/shop.md, code: src/shop, tests: tests/shop}
  - name: Cart
    parent: Shop
    paths: {design: docs/design/shop/cart.md, code: src/shop/cart.py, tests: tests/shop/test_cart.py}
"""
CODE = "# The shop\n"
CONTEXT = ("context_design", "--component", "Shop", "--trust")
COMPONENT = ("component_design", "--component", "Cart", "--trust")
BEGUN = [("initialize", "ok"), ("generate_design", "ok")]
REVISED = [("validate_design", "error"), ("revise_design", "ok")]
DONE = [("validate_design", "ok"), ("finalize", "ok")]


def _whole(scripts: dict[str, Script]) -> Script:
    """Its first document is the one that the second prompt makes of it otherwise."""
    read, write, said, edit, _ = scripts["context_design"].turns
    (call,), (change,) = write["calls"], edit["calls"]
    content = call["input"]["content"].replace(change["input"]["old_string"], change["input"]["new_string"])
    return Script("whole", [read, {"calls": [{"tool": "Write", "input": {**call["input"], "content": content}}]}, said])


def _with_code(scripts: dict[str, Script]) -> Script:
    """It also changes code, and puts that back when it is told to."""
    *begun, said = _whole(scripts).turns
    path = "{{cwd}}/src/shop/__init__.py"
    read = {"calls": [{"tool": "Read", "input": {"file_path": path}}]}
    code, before = (
        {"calls": [{"tool": "Write", "input": {"file_path": path, "content": content}}]}
        for content in ("x = 1\n", CODE)
    )
    return Script("with_code", [*begun, read, code, said, before, said])


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedModelServer]:
    scripts = load_scripts()
    scripts["whole"] = _whole(scripts)
    scripts["with_code"] = _with_code(scripts)
    scripts["stubborn"] = Script("stubborn", scripts["context_design"].turns[:3])
    with start(scripts) as server:
        yield server


@pytest.fixture
def world(
    calculator_project: Path, data_dir: Path, model: ScriptedModelServer, claude_executable: Path
) -> Iterator[World]:
    """The example project, in which a context Shop is to be designed."""
    (calculator_project / ".treadle" / "project.yaml").write_text(SETTINGS)
    (calculator_project / "src" / "shop").mkdir(parents=True)
    (calculator_project / "src" / "shop" / "__init__.py").write_text(CODE)
    for words in (("add", "--all"), ("commit", "--quiet", "--message=Shop")):
        subprocess.run(["git", *IDENTITY, *words], cwd=calculator_project, check=True, timeout=30)
    environment = agent_environment_in(calculator_project.parent / "home", f"{model.url}/none", claude_executable)
    world = World(calculator_project, data_dir, environment)
    yield world
    assert world.treadle("stop").code == 0


def results_of(world: World, step: str) -> list[dict[str, object]]:
    return [each["result"] for each in world.json("show", "1")["interactions"] if each["step"] == step]


def committed(world: World) -> list[str]:
    show = ["git", "show", "--name-only", "--format=", "HEAD"]
    return subprocess.run(show, cwd=world.project, check=True, capture_output=True, text=True).stdout.split()


def test_a_design_that_is_valid_at_once(world: World, model: ScriptedModelServer) -> None:
    done = world.treadle("run", *CONTEXT, ANTHROPIC_BASE_URL=f"{model.url}/whole")
    assert done.code == 0, done
    assert world.steps() == BEGUN + DONE
    (result,) = results_of(world, "validate_design")
    data = result["data"]
    assert isinstance(data, dict)
    assert "content" not in data
    assert data["verdict"] == (
        "The design has all 4 required sections and declares 3 components: “Item”, “Cart”, “Discount”."
    )
    assert committed(world) == ["docs/design/shop.md"]


@pytest.mark.requirement("routing.design")
@pytest.mark.parametrize(
    ("words", "script", "path", "problem"),
    [
        (CONTEXT, "context_design", "docs/design/shop.md", "“Dependencies” is missing; it belongs after “Components”"),
        (COMPONENT, "component_design", "docs/design/shop/cart.md", "“Errors” is missing; it belongs after “Public"),
    ],
)
def test_an_invalid_design_is_revised_in_the_same_conversation(
    world: World, model: ScriptedModelServer, words: tuple[str, ...], script: str, path: str, problem: str
) -> None:
    done = world.treadle("run", *words, ANTHROPIC_BASE_URL=f"{model.url}/{script}")
    assert done.code == 0, done
    assert world.steps() == BEGUN + REVISED + DONE
    assert problem in str(results_of(world, "validate_design")[0]["errorMessage"])
    assert problem in done.stdout
    begun = world.json("events", "1", "--type", "conversation_started")
    assert len({event["data"]["conversation_id"] for event in begun}) == 1
    _, told = [event["data"]["text"] for event in world.json("events", "1", "--type", "conversation_message_sent")]
    assert problem in told
    assert committed(world) == [path]


def test_a_design_that_never_becomes_valid_fails_the_session(world: World, model: ScriptedModelServer) -> None:
    done = world.treadle("run", *CONTEXT, ANTHROPIC_BASE_URL=f"{model.url}/stubborn")
    assert done.code == 1, done
    assert world.steps() == BEGUN + REVISED * 5
    assert "The step validate_design did not succeed in 5 attempts." in done.stdout
    assert len({str(each["errorMessage"]) for each in results_of(world, "validate_design")}) == 1
    assert "Dependencies" in done.stdout


def test_a_design_session_writes_no_code(world: World, model: ScriptedModelServer) -> None:
    done = world.treadle("run", *CONTEXT, ANTHROPIC_BASE_URL=f"{model.url}/with_code")
    assert done.code == 0, done
    assert world.steps() == BEGUN + REVISED + DONE
    problem = "src/shop was changed, although it is given: put it back exactly as it was."
    assert results_of(world, "validate_design")[0]["errorMessage"] == problem
    assert committed(world) == ["docs/design/shop.md"]
