"""Every session type of a component and of a context, along each of its branches, by the real agent."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.agent_fixtures import agent_environment_in, commit_all_in
from tests.e2e.shop_project import ALL_STAGES, BEGUN, FILES, PYTEST, shop_project_in, shop_script, turns
from tests.e2e.terminals import Terminal
from tests.e2e.treadle_runs import World
from tools.scripted_model.server import ScriptedModelServer, start

CART_TESTS, CART_CODE = "tests/shop/test_cart.py", "src/shop/cart.py"
PRICES_CODE = "src/shop/prices.py"
SHOP_TESTS = "tests/integration/test_shop.py"
WRONG_CART = {CART_CODE: "def total(prices: list[int]) -> int:\n    return 0\n"}
UNGATED = "def total(prices):\n    return sum(prices)\n"
"""Passes its tests, but not the gate below."""
WRONG_SHOP = {SHOP_TESTS: "def test() -> None:\n    assert 1 == 2\n"}
RIGHT_CART = {CART_CODE: FILES[CART_CODE]}
RIGHT_SHOP = {SHOP_TESTS: FILES[SHOP_TESTS]}
NO_TESTS = {CART_TESTS: "# nothing yet\n"}
ELSEWHERE = {"pyproject.toml": PYTEST.replace('["tests"]', '["tests/shop"]')}
"""The suite does not find the new tests any more."""
TEST_CART = "Write the tests of the `module` component `Cart`"
CODE_CART = "Implement the `module` component `Cart`"
CODE_PRICES = "Implement the `module` component `Prices`"
TEST_SHOP = "Write integration tests of `Shop`"
DESIGN_CART = "Write the design document of the `module` component `Cart`"
NEVER: list[dict[str, str]] = [{}] * 6
"""A fix that changes nothing, again and again."""

SCRIPTS: dict[str, dict[str, list[dict[str, Any]]]] = {
    "usual": {},
    "tests_revised": {TEST_CART: turns(NO_TESTS, {CART_TESTS: FILES[CART_TESTS]})},
    "tests_never": {TEST_CART: turns(NO_TESTS, *NEVER)},
    "code_revised": {CODE_CART: turns(WRONG_CART, RIGHT_CART)},
    "code_mended": {CODE_CART: turns(*[RIGHT_CART] * 20)},
    "code_never": {CODE_CART: turns(WRONG_CART, *NEVER)},
    "integration_revised": {TEST_SHOP: turns(WRONG_SHOP, {**RIGHT_SHOP, **ELSEWHERE}, {"pyproject.toml": PYTEST})},
    "integration_never": {TEST_SHOP: turns(WRONG_SHOP, *NEVER)},
    "gated": {CODE_CART: turns({CART_CODE: UNGATED}, RIGHT_CART)},
    "gated_never": {CODE_CART: turns({CART_CODE: UNGATED}, *NEVER, *NEVER, *NEVER)},
    "conflict": {
        CODE_CART: turns({CART_CODE: FILES[CART_CODE], "src/shop/__init__.py": "# of the cart\n"}),
        CODE_PRICES: turns({PRICES_CODE: FILES[PRICES_CODE], "src/shop/__init__.py": "# of the prices\n"}),
    },
    "design_never": {DESIGN_CART: turns({"docs/design/shop/cart.md": "# Cart\n"}, *NEVER)},
}
GATE = "gate: [grep, -q, 'list.int.. -> int', src/shop/cart.py]\n"
TESTS = ("component_test", "Cart")
CODE = ("component_coding", "Cart")
INTEGRATION = ("integration", "Shop")


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedModelServer]:
    with start({name: shop_script(name, instead) for name, instead in SCRIPTS.items()}) as server:
        yield server


class Shop:
    """The project with some of its files, and a Treadle that runs sessions on it."""

    def __init__(self, world: World, model: ScriptedModelServer) -> None:
        self.world = world
        self._model = model

    def declare(self, text: str) -> None:
        """Further settings of the project."""
        with (self.world.project / ".treadle" / "project.yaml").open("a", encoding="utf-8") as file:
            file.write(text)
        commit_all_in(self.world.project, "Settings")

    def run(self, kind: str, component: str, *words: str, script: str = "usual") -> int:
        words = (kind, "--component", component, "--trust", *words)
        return self._done(*words, script=script)

    def go_on(self, session: int, *, script: str = "usual") -> int:
        return self._done("--session", str(session), script=script)

    def _done(self, *words: str, script: str) -> int:
        done = self.world.treadle("run", *words, ANTHROPIC_BASE_URL=f"{self._model.url}/{script}")
        self.said = done.stdout + done.stderr
        return done.code

    def steps(self, session: int = 1) -> str:
        """Such as `initialize, run_tests!, fix, run_tests`: one that ended with an error has a mark."""
        marks = {"ok": "", "error": "!", "pending": "?"}
        return ", ".join(f"{step}{marks[status]}" for step, status in self.world.steps(session))

    def shown(self, session: int = 1) -> Any:
        return self.world.json("show", str(session))

    def git(self, *words: str) -> list[str]:
        done = subprocess.run(["git", *words], cwd=self.world.project, check=True, capture_output=True, text=True)
        return done.stdout.splitlines()


@pytest.fixture
def shop(
    request: pytest.FixtureRequest, tmp_path: Path, data_dir: Path, model: ScriptedModelServer, claude_executable: Path
) -> Iterator[Shop]:
    files = getattr(request, "param", ())
    environment = agent_environment_in(tmp_path / "home", f"{model.url}/usual", claude_executable)
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    world = World(shop_project_in(tmp_path, *files), data_dir, environment)
    yield Shop(world, model)
    assert world.treadle("stop").code == 0


def with_files(*paths: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("shop", [paths], indirect=True, ids=[""])


AT_ONCE = "initialize, generate_tests, run_tests, finalize"
CODED_AT_ONCE = "initialize, generate_implementation, run_tests, finalize"
INTEGRATED_AT_ONCE = "initialize, generate_integration_tests, run_integration_tests, run_suite, finalize"

INTEGRATED_IN_THE_END = (
    "initialize, generate_integration_tests, run_integration_tests!, fix, run_integration_tests, run_suite!, "
    "fix, run_integration_tests, run_suite, finalize"
)


@pytest.mark.requirement("routing.tests")
@pytest.mark.parametrize("environment", ["local", "vscode"])
@pytest.mark.parametrize(
    ("shop", "kind", "script", "steps"),
    [
        (BEGUN, TESTS, "usual", AT_ONCE),
        (BEGUN, TESTS, "tests_revised", "initialize, generate_tests, run_tests!, fix_tests, run_tests, finalize"),
        ((*BEGUN, CART_TESTS), CODE, "usual", CODED_AT_ONCE),
        (
            (*BEGUN, CART_TESTS),
            CODE,
            "code_revised",
            "initialize, generate_implementation, run_tests!, fix_failures, run_tests, finalize",
        ),
        (ALL_STAGES, INTEGRATION, "usual", INTEGRATED_AT_ONCE),
        (
            ALL_STAGES,
            INTEGRATION,
            "integration_revised",
            INTEGRATED_IN_THE_END,
        ),
    ],
    indirect=["shop"],
    ids=["tests", "tests-revised", "code", "code-revised", "integration", "integration-revised"],
)
def test_to_its_end(shop: Shop, kind: tuple[str, str], script: str, steps: str, environment: str) -> None:
    assert shop.run(*kind, "--environment", environment, script=script) == 0, shop.said
    assert shop.steps() == steps
    assert shop.shown()["session"]["status"] == "complete"
    changes = shop.git("status", "--porcelain")
    if environment == "local":
        assert changes == []
        assert len(shop.git("log", "--format=%s", "main..HEAD")) == 1
    else:
        assert shop.git("branch", "--show-current") == ["main"]
        assert {line[:2] for line in changes} <= {"A ", "M "}
        assert changes


@pytest.mark.parametrize(
    ("shop", "kind", "script", "judge"),
    [
        (BEGUN, TESTS, "tests_never", "run_tests"),
        ((*BEGUN, CART_TESTS), CODE, "code_never", "run_tests"),
        (ALL_STAGES, INTEGRATION, "integration_never", "run_integration_tests"),
    ],
    indirect=["shop"],
    ids=["tests", "code", "integration"],
)
def test_to_its_cap(shop: Shop, kind: tuple[str, str], script: str, judge: str) -> None:
    """Five runs of the tests, and the session has failed; nothing is committed, nothing is lost."""
    assert shop.run(*kind, script=script) == 1, shop.said
    assert shop.steps().count(f"{judge}!") == 5
    session = shop.shown()["session"]
    assert (session["status"], judge in session["failureReason"]) == ("failed", True)
    assert shop.git("log", "--format=%s", "main..HEAD") == []
    assert shop.git("status", "--porcelain") != []


STORY = ("context_design", "context_components_design", "context_testing", "context_coding", "integration")


@pytest.mark.requirement("design.upserts-components")
def test_a_context_from_its_design_to_integrated_code(shop: Shop) -> None:
    """The design declares the parts; designs, tests and code of each by sessions side by side, and then together."""
    for kind in STORY:
        assert shop.run(kind, "Shop") == 0, shop.said
    sessions = {session["id"]: session for session in shop.world.json("sessions")}
    parents = [session for session in sessions.values() if session["parentSessionId"] is None]
    assert {session["status"] for session in sessions.values()} == {"complete"}
    assert [session["type"] for session in reversed(parents)] == list(STORY)
    for parent in parents[1:4]:
        children = [each for each in sessions.values() if each["parentSessionId"] == parent["id"]]
        assert {child["executionMode"] for child in children} == {"agentic"}
        assert [child["title"] for child in sorted(children, key=lambda each: each["id"])] == ["Cart", "Prices"]
    assert shop.steps(parents[3]["id"]) == "initialize, spawn_designs, review, finalize"
    assert shop.steps(parents[2]["id"]) == "initialize, spawn_tests, finalize"
    assert shop.steps(parents[1]["id"]) == "initialize, spawn_coding, finalize"
    for path, content in FILES.items():
        assert (shop.world.project / path).read_text(encoding="utf-8") == content
    assert shop.git("status", "--porcelain") == []
    assert len(shop.git("worktree", "list")) == 1
    assert not [branch for branch in shop.git("branch", "--format=%(refname:short)") if "-component-" in branch]
    spawned = shop.shown(parents[1]["id"])["interactions"][1]["result"]["data"]["children"]
    assert [(child["title"], child["status"], child["merged"]) for child in spawned] == [
        ("Cart", "complete", True),
        ("Prices", "complete", True),
    ]
    assert all(child["cost_usd"] > 0 for child in spawned)


def test_a_context_by_hand_step_by_step(shop: Shop) -> None:
    """In mode manual a person says yes to each step; the sessions below run by themselves."""
    for kind in STORY:
        words = ("run", kind, "--component", "Shop", "--trust", "--mode", "manual", "--plain")
        terminal = Terminal(shop.world, *words)
        assert terminal.answer_each("Run it? [Y/n/?]", "y\n") == 0, terminal.text
        session = next(each for each in shop.world.json("sessions") if each["type"] == kind)
        assert (session["status"], session["executionMode"]) == ("complete", "manual")
        assert terminal.text.count("Run it?") == session["interactionCount"]
    for path, content in FILES.items():
        assert (shop.world.project / path).read_text(encoding="utf-8") == content


@with_files("tests/shop/test_cart.py", "tests/shop/test_prices.py")
def test_in_the_persons_checkout_children_run_one_after_another(shop: Shop) -> None:
    assert shop.run("context_coding", "Shop", "--environment", "vscode") == 0, shop.said
    assert shop.steps() == "initialize, spawn_coding, finalize"
    assert sorted(shop.git("status", "--porcelain")) == ["A  src/shop/cart.py", "A  src/shop/prices.py"]


@pytest.mark.requirement("spawn.retry-runs-only-those")
@with_files("tests/shop/test_cart.py", "tests/shop/test_prices.py")
def test_a_child_that_failed_is_named_and_only_that_one_runs_again(shop: Shop) -> None:
    assert shop.run("context_coding", "Shop", script="code_never") == 1, shop.said
    assert "Cart" in shop.said
    assert "Only sessions that did not complete run again" in shop.said
    assert shop.steps() == "initialize, spawn_coding!"
    failed, done = (shop.shown(number) for number in (2, 3))
    assert (failed["session"]["status"], done["session"]["status"]) == ("failed", "complete")
    assert (shop.world.project / PRICES_CODE).is_file()
    assert not (shop.world.project / CART_CODE).exists()
    listed = shop.world.treadle("show", "1").stdout
    assert "Cart" in listed
    assert "failed" in listed
    assert shop.go_on(1, script="code_mended") == 0, shop.said
    assert len(shop.shown(3)["interactions"]) == len(done["interactions"])
    assert (shop.world.project / CART_CODE).read_text(encoding="utf-8") == FILES[CART_CODE]
    assert [json.dumps(shop.git("status", "--porcelain")), len(shop.git("worktree", "list"))] == ["[]", 1]


@with_files("tests/shop/test_cart.py", "tests/shop/test_prices.py")
def test_a_conflict_is_said_and_nothing_is_lost_until_the_cap(shop: Shop) -> None:
    assert shop.run("context_coding", "Shop", script="conflict") == 3, shop.said
    assert "conflicts in src/shop/__init__.py" in shop.said
    branches = shop.git("branch", "--format=%(refname:short)", "--no-merged")
    assert [branch for branch in branches if branch.startswith("treadle/3-component-coding")] == branches
    assert shop.git("show", f"{branches[0]}:src/shop/__init__.py") == ["# of the prices"]
    assert (shop.world.project / "src/shop/__init__.py").read_text(encoding="utf-8") == "# of the cart\n"
    assert shop.git("status", "--porcelain") == []
    for _ in range(4):
        assert shop.go_on(1, script="conflict") == 3, shop.said
    assert shop.go_on(1, script="conflict") == 1, shop.said
    assert shop.steps() == "initialize" + ", spawn_coding!" * 5
    session = shop.shown()["session"]
    assert (session["status"], "spawn_coding" in session["failureReason"]) == ("failed", True)
    assert [shop.shown(number)["session"]["status"] for number in (2, 3)] == ["complete", "complete"]
    assert shop.git("branch", "--format=%(refname:short)", "--no-merged") == branches


@with_files("tests/shop/test_cart.py", "tests/shop/test_prices.py")
def test_a_conflict_that_a_person_resolved_lets_the_session_go_on(shop: Shop) -> None:
    assert shop.run("context_coding", "Shop", script="conflict") == 3, shop.said
    (branch,) = shop.git("branch", "--format=%(refname:short)", "--no-merged")
    identity = ("-c", "user.name=Person", "-c", "user.email=person@treadle.invalid")
    shop.git(*identity, "merge", "--quiet", "--strategy-option=ours", branch)
    assert shop.go_on(1, script="conflict") == 0, shop.said
    assert shop.steps() == "initialize, spawn_coding!, spawn_coding, finalize"
    assert shop.git("branch", "--format=%(refname:short)", "--no-merged") == []


@with_files(CART_TESTS)
def test_a_gate_that_failed_and_then_passed(shop: Shop) -> None:
    shop.declare(GATE)
    assert shop.run(*CODE, script="gated") == 0, shop.said
    assert shop.steps() == CODED_AT_ONCE
    gate = shop.shown()["interactions"][1]["result"]["data"]["gate"]
    assert (gate["passed"], gate["runs"]) == (True, 2)


@with_files(CART_TESTS)
def test_a_gate_that_never_passed(shop: Shop) -> None:
    shop.declare(GATE)
    assert shop.run(*CODE, script="gated_never") == 1, shop.said
    assert shop.steps() == "initialize" + ", generate_implementation!" * 5
    session = shop.shown()["session"]
    assert (session["status"], "generate_implementation" in session["failureReason"]) == ("failed", True)
    assert len({each["result"]["data"]["conversation_id"] for each in shop.shown()["interactions"][1:]}) == 1
