"""Every session type of a component, along each of its branches, by the real agent."""

import pytest

from tests.e2e.shop_project import ALL_STAGES, BEGUN, FILES
from tests.e2e.shops import CART_CODE, CART_TESTS, GATE, Shop, by_hand, with_files

TESTS = ("component_test", "Cart")
CODE = ("component_coding", "Cart")
INTEGRATION = ("integration", "Shop")


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


@with_files("docs/design/shop.md")
def test_a_component_by_hand_step_by_step(shop: Shop) -> None:
    for kind in ("component_design", "component_test", "component_coding"):
        by_hand(shop, kind, "Cart")
    for path in ("docs/design/shop/cart.md", CART_TESTS, CART_CODE):
        assert (shop.world.project / path).read_text(encoding="utf-8") == FILES[path]


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
