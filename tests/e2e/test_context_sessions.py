"""Every session type of a context, along each of its branches, by the real agent."""

import pytest

from tests.e2e.shop_project import FILES
from tests.e2e.shops import CART_CODE, PRICES_CODE, Shop, by_hand, with_files

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


def test_a_context_in_the_persons_checkout(shop: Shop) -> None:
    """Nothing is committed, no branch is made, and each session builds on what the one before has staged."""
    for kind in STORY:
        assert shop.run(kind, "Shop", "--environment", "vscode") == 0, shop.said
    assert {session["status"] for session in shop.world.json("sessions")} == {"complete"}
    for path, content in FILES.items():
        assert (shop.world.project / path).read_text(encoding="utf-8") == content
    assert {line[:2] for line in shop.git("status", "--porcelain")} == {"A "}
    assert shop.git("branch", "--format=%(refname:short)") == ["main"]
    assert len(shop.git("worktree", "list")) == 1


def test_a_context_by_hand_step_by_step(shop: Shop) -> None:
    """In mode manual a person says yes to each step; the sessions below run by themselves."""
    for kind in STORY:
        by_hand(shop, kind, "Shop")
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
    assert shop.git("status", "--porcelain") == []
    assert len(shop.git("worktree", "list")) == 1


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
