"""Sessions on the shop: what its agents do in each script, and a Treadle that runs them."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.agent_fixtures import agent_environment_in, commit_all_in
from tests.e2e.shop_project import FILES, PYTEST, shop_project_in, shop_script, turns
from tests.e2e.terminal_worlds import by_hand as person_by_hand
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
}
BY_HAND = {
    "component_design": "initialize, generate_design, validate_design, finalize",
    "component_test": "initialize, generate_tests, run_tests, finalize",
    "component_coding": "initialize, generate_implementation, run_tests, finalize",
    "context_design": "initialize, generate_design, validate_design, finalize",
    "context_components_design": "initialize, spawn_designs, review, finalize",
    "context_testing": "initialize, spawn_tests, finalize",
    "context_coding": "initialize, spawn_coding, finalize",
    "integration": "initialize, generate_integration_tests, run_integration_tests, run_suite, finalize",
}
"""The steps of each type, when all goes well at once."""
AGENTS = ("generate_", "review")
"""How the names of the steps begin that an agent does."""
GATE = "gate: [grep, -q, 'list.int.. -> int', src/shop/cart.py]\n"


@pytest.fixture(scope="session")
def shop_model() -> Iterator[ScriptedModelServer]:
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
    request: pytest.FixtureRequest,
    tmp_path: Path,
    data_dir: Path,
    shop_model: ScriptedModelServer,
    claude_executable: Path,
) -> Iterator[Shop]:
    files = getattr(request, "param", ())
    environment = agent_environment_in(tmp_path / "home", f"{shop_model.url}/usual", claude_executable)
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    world = World(shop_project_in(tmp_path, *files), data_dir, environment)
    yield Shop(world, shop_model)
    assert world.treadle("stop").code == 0


def by_hand(shop: Shop, kind: str, component: str) -> None:
    """A person says yes to each step, and does the agent's steps in its own UI."""
    session = 1 + max((each["id"] for each in shop.world.json("sessions")), default=0)
    words = ("run", kind, "--component", component, "--trust", "--mode", "manual", "--permission-mode", "acceptEdits")
    steps = BY_HAND[kind].split(", ")
    with person_by_hand(shop.world, *words, session=session) as person:
        for step in steps:
            person.begins(step)
            if step.startswith(AGENTS):
                person.is_done(step)
                person.leaves()
        assert person.terminal.end() == 0
    shown = shop.shown(session)
    assert (shown["session"]["status"], shown["session"]["executionMode"]) == ("complete", "manual")
    assert [each["step"] for each in shown["interactions"]] == steps


def with_files(*paths: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("shop", [paths], indirect=True, ids=[""])
