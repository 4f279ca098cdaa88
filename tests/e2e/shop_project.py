"""A project with a context of two components, and an agent whose script does every kind of work on it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.agent_fixtures import commit_all_in, linked_environment
from tools.scripted_model.script import Script

CONTEXT = """\
name: shop
components:
  - name: Shop
    kind: context
    paths: {design: docs/design/shop.md, code: src/shop, tests: tests/shop}
"""
PARTS = """\
  - name: Cart
    parent: Shop
    paths: {design: docs/design/shop/cart.md, code: src/shop/cart.py, tests: tests/shop/test_cart.py}
  - name: Prices
    parent: Shop
    paths: {design: docs/design/shop/prices.md, code: src/shop/prices.py, tests: tests/shop/test_prices.py}
"""
PYTEST = '[tool.pytest.ini_options]\npythonpath = ["src"]\ntestpaths = ["tests"]\n'
SHOP_DESIGN = """\
# Shop

## Purpose

Adds up what somebody wants to buy.

## Public API

`total(things)` is the sum of the prices of all things.

## Components

### Cart

Adds up prices.

### Prices

Knows what each thing costs.

## Dependencies

None.
"""


def design(name: str, sentence: str) -> str:
    """Complete for a module."""
    return f"""\
# {name}

## Purpose

{sentence}

## Public API

`{name.lower()}` is one function.

## Errors

A thing that nobody knows is a `KeyError`.

## Test assertions

- one case of each kind
"""


FILES = {
    "docs/design/shop.md": SHOP_DESIGN,
    "docs/design/shop/cart.md": design("Cart", "Adds up the prices of things."),
    "docs/design/shop/prices.md": design("Prices", "Knows what each thing costs."),
    "tests/shop/test_cart.py": (
        "from shop.cart import total\n\n\ndef test_a_cart_adds_up() -> None:\n    assert total([1, 2]) == 3\n"
    ),
    "tests/shop/test_prices.py": (
        "from shop.prices import price\n\n\ndef test_an_apple_costs_two() -> None:\n    assert price('apple') == 2\n"
    ),
    "src/shop/cart.py": "def total(prices: list[int]) -> int:\n    return sum(prices)\n",
    "src/shop/prices.py": "PRICES = {'apple': 2}\n\n\ndef price(thing: str) -> int:\n    return PRICES[thing]\n",
    "tests/integration/test_shop.py": (
        "from shop.cart import total\nfrom shop.prices import price\n\n\n"
        "def test_two_apples_cost_four() -> None:\n    assert total([price('apple'), price('apple')]) == 4\n"
    ),
}
BY_PROMPT = {
    "Write the design document of `Shop`, a context": ("docs/design/shop.md",),
    "Write the design document of the `module` component `Cart`": ("docs/design/shop/cart.md",),
    "Write the design document of the `module` component `Prices`": ("docs/design/shop/prices.md",),
    "Write the tests of the `module` component `Cart`": ("tests/shop/test_cart.py",),
    "Write the tests of the `module` component `Prices`": ("tests/shop/test_prices.py",),
    "Implement the `module` component `Cart`": ("src/shop/cart.py",),
    "Implement the `module` component `Prices`": ("src/shop/prices.py",),
    "Write integration tests of `Shop`": ("tests/integration/test_shop.py",),
}
"""What an agent that was given a prompt with these words writes."""
BEGUN = ("docs/design/shop.md",)
ALL_STAGES = (*BEGUN, "tests/shop/test_cart.py", "tests/shop/test_prices.py", "src/shop/cart.py", "src/shop/prices.py")


def shop_project_in(folder: Path, *files: str) -> Path:
    """With those of its files that a session would have made before; its parts are declared unless there are none."""
    project = folder / "shop"
    contents = {".treadle/project.yaml": CONTEXT + (PARTS if files else ""), "pyproject.toml": PYTEST}
    contents |= {".gitignore": ".venv\n__pycache__/\n.pytest_cache/\n", **{path: FILES[path] for path in files}}
    for path, content in contents.items():
        (project / path).parent.mkdir(parents=True, exist_ok=True)
        (project / path).write_text(content, encoding="utf-8")
    linked_environment(project)
    commit_all_in(project)
    return project


def written(path: str, content: str) -> dict[str, Any]:
    return {"tool": "Write", "input": {"file_path": f"{{{{cwd}}}}/{path}", "content": content}}


def turns(*rounds: dict[str, str]) -> list[dict[str, Any]]:
    """For each prompt of a conversation: the files that are written, and a last word."""
    told: list[dict[str, Any]] = []
    for files in rounds:
        calls = [written(path, content) for path, content in files.items()]
        told += [{"say": "I write.", "calls": calls}] if calls else []
        told.append({"say": "Done."})
    return told


def shop_script(name: str, instead: Mapping[str, list[dict[str, Any]]] | None = None) -> Script:
    """`instead`: other turns for the prompts that hold these words."""
    usual = {prompt: turns({path: FILES[path] for path in paths}) for prompt, paths in BY_PROMPT.items()}
    return Script(name, [{"say": "Everything fits."}], {**usual, **(instead or {})})
