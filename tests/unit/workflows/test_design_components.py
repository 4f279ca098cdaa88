import pytest

from treadle.domain.project import Component, ComponentOrigin, DeclaredComponent
from treadle.workflows.component_layout import Layout
from treadle.workflows.design_components import Designed, Surroundings, components_of
from treadle.workflows.design_document import parse

PYTHON = Layout(code="src", tests="tests", design="docs/design", language="python")
UNKNOWN = Layout(code="src", tests="tests", design="docs/design", language=None)
DESIGNED = ComponentOrigin.DESIGNED
PLATFORM = Component(id=1, project_id=3, name="Platform", kind="context")
SHOP = Component(
    id=2, project_id=3, name="Shop", kind="context", parent_component_id=1, paths={"design": "docs/design/shop.md"}
)
CART = Component(
    id=3,
    project_id=3,
    name="Cart",
    kind="aggregate",
    parent_component_id=2,
    paths={"code": "lib/cart.py", "x": "y"},
    origin=DESIGNED,
)
BILLING = Component(id=4, project_id=3, name="Billing", kind="context", origin=DESIGNED)
INVOICE = Component(
    id=5, project_id=3, name="Invoice", kind="module", parent_component_id=4, paths={"code": "src/billing/invoice.py"}
)
TILL = Component(
    id=6, project_id=3, name="Till", kind="module", parent_component_id=2, paths={"code": "src/till", "tests": "t/till"}
)
LOOSE = Component(id=7, project_id=3, name="Loose", kind="module", paths={"code": "src/loose.py"})
ALL = (PLATFORM, SHOP, CART, BILLING, INVOICE)
ITEM_PATHS = {
    "design": "docs/design/shop/line_item.md",
    "code": "src/shop/line_item.py",
    "tests": "tests/shop/test_line_item.py",
}


def designed(text: str, *, components: tuple[Component, ...] = (SHOP,), layout: Layout = PYTHON) -> Designed:
    document = parse(f"# Shop\n## Components\n{text}")
    return components_of(document, Surroundings(context=SHOP, components=components, layout=layout))


def problems(text: str, components: tuple[Component, ...] = ALL) -> list[tuple[int, str]]:
    found = designed(text, components=components)
    assert (found.components == ()) is bool(found.problems)
    return [(problem.line, problem.message) for problem in found.problems]


def one(text: str, components: tuple[Component, ...] = (SHOP,), layout: Layout = PYTHON) -> DeclaredComponent:
    found = designed(text, components=components, layout=layout)
    assert found.problems == ()
    (component,) = found.components
    return component


def test_a_name_and_a_description_are_enough() -> None:
    assert designed("### LineItem\nOne thing.\n\n### Cart\nMany.\n").components == (
        DeclaredComponent(name="LineItem", kind="module", parent="Shop", paths=ITEM_PATHS),
        DeclaredComponent(
            name="Cart",
            kind="module",
            parent="Shop",
            paths={
                "design": "docs/design/shop/cart.md",
                "code": "src/shop/cart.py",
                "tests": "tests/shop/test_cart.py",
            },
        ),
    )


def test_without_a_known_language_only_the_design_has_a_place() -> None:
    assert one("### LineItem\nIt.\n", layout=UNKNOWN).paths == {"design": ITEM_PATHS["design"]}


@pytest.mark.parametrize(
    "told",
    [
        "- kind: schema\n- code: `lib/__init__.py`\n\nIt.",
        "- **Type**: schema\n- Code:  lib/__init__.py\n- it is small\n\n- and quick",
        "* __kind:__ schema\n* code: **`lib/__init__.py`**\nIt goes on without an empty line.",
        "1. kind: schema\n2. code: lib/__init__.py\n3. tests: –\n\nIt.",
        "| field | value |\n|---|---|\n| type | schema |\n| code | `lib/__init__.py` |\n\nIt.",
        "| kind | schema |\n|---|---|\n| code | lib/__init__.py |\n\nIt.",
        "| kind | code | tests |\n|---|---|---|\n| schema | `lib/__init__.py` | |\n\nIt.",
        "| Kind | Code |\n|---|---|\n| schema | lib/__init__.py |\n\nIt.",
        "\n<!-- a note -->\n- kind: schema\n- code: lib/__init__.py\n\n#### More\n\nIt.",
        "- kind: `schema` (no behaviour)\n- code: `lib/__init__.py` (new), see below\n\nIt.",
        "- kind: schema\n- code: **`` lib/__init__.py ``** – new\n\nIt.",
    ],
)
def test_kind_and_paths_are_said_in_a_list_or_a_table(told: str) -> None:
    component = one(f"### `LineItem`\n{told}\n")
    assert component == DeclaredComponent(
        name="LineItem", kind="schema", parent="Shop", paths={**ITEM_PATHS, "code": "lib/__init__.py"}
    )


def test_a_component_that_is_there_keeps_what_the_document_does_not_say() -> None:
    component = one("### Cart\nIt.\n", components=ALL)
    assert (component.kind, component.paths["code"], component.paths["x"]) == ("aggregate", "lib/cart.py", "y")
    changed = one("### Cart\n- kind: module\n- code: lib/other.py\n\nIt.\n", components=ALL)
    assert (changed.kind, changed.paths["code"], changed.paths["x"]) == ("module", "lib/other.py", "y")


def test_a_component_of_no_context_may_become_one_of_this() -> None:
    assert one("### Billing\nIt.\n", components=ALL).kind == "context"


@pytest.mark.parametrize("told", ["", "- kind: module\n- code: `./src//till`\n- tests: t/till\n\n"])
def test_what_the_settings_file_declares_may_be_named_or_said_again(told: str) -> None:
    component = one(f"### Till\n{told}It.\n", components=(*ALL, TILL))
    assert (component.kind, component.parent) == ("module", "Shop")


FILE = ".treadle/project.yaml"
ADD = "have a person add"
ELSE = f"choose another name, or {ADD}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "### Loose\nIt.\n",
            [
                f"Line 3: “Loose” is declared in {FILE} without “parent: Shop”: {ELSE} that there.",
            ],
        ),
        (
            "### Till\n- kind: schema\n- code: src/shop/till.py\n- tests: t/till\n- design: docs/till.md\n\nIt.\n",
            [
                f"Line 4: the kind of “Till” is “module” in {FILE}: say the same here, or nothing.",
                f"Line 5: the code path of “Till” is “src/till” in {FILE}: say the same here, or nothing.",
                f"Line 7: “Till” is declared in {FILE} without a design path: leave it out here, or {ADD} it there.",
            ],
        ),
    ],
)
def test_what_the_settings_file_declares_cannot_be_said_otherwise(text: str, expected: list[str]) -> None:
    """It would come to nothing, without a word."""
    assert [message for _, message in problems(text, (*ALL, TILL, LOOSE))] == expected


UNDESCRIBED = "the component “Cart” has no description: say below its name what it is responsible for."
OUTSIDE = "is not possible: a path must be relative and stay in the project."
GIT = "is not possible: a path must not look like an option, and not lead into .git."
UNPRINTABLE = "it must not be blank or hold control characters."
SHARED = "give one of them another path."
MORE = "is more than a name: say the rest below it."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Some.\n", [(2, "the section “Components” names no component: give each a heading of level 3 (### Name).")]),
        ("### Cart\n### Item\nIt.\n", [(3, UNDESCRIBED)]),
        ("### Cart\n- kind: module\n", [(3, UNDESCRIBED)]),
        ("### Cart\n- kind: module\n- TODO\n", [(3, "the description of the component “Cart” is only a placeholder.")]),
        (
            "### Item\nIt.\n### item\nIt.\n",
            [
                (5, "the component “item” comes twice; the first is in line 3."),
            ],
        ),
        ("### Shop\nIt.\n", [(3, "no component of “Shop” can be named “Shop”: it is a part of that one.")]),
        ("### platform\nIt.\n", [(3, "no component of “Shop” can be named “platform”: it is a part of that one.")]),
        (
            "### Invoice\nIt.\n",
            [(3, "“Invoice” is a component of another context of this project: choose another name.")],
        ),
        ("### CART\nIt.\n", [(3, "“CART” is known as “Cart”: write it so.")]),
        ("### Item (module)\nIt.\n", [(3, f"“Item (module)” {MORE}")]),
        ("### Item — one thing\nIt.\n", [(3, f"“Item — one thing” {MORE}")]),
        ("### Item: one thing\nIt.\n", [(3, f"“Item: one thing” {MORE}")]),
        ("###\nIt.\n", [(3, f"the name of this component is missing: {UNPRINTABLE}")]),
        (f"### {'a' * 201}\nIt.\n", [(3, "the name of this component is too long.")]),
        (
            "### Item\n- code: ../x.py\n\nIt.\n",
            [
                (4, f"the code path of “Item” {OUTSIDE}"),
            ],
        ),
        (
            "### Item\nIt.\n### Line\n- kind: module\n- tests: .git/hooks/x\n\nIt.\n",
            [
                (7, f"the tests path of “Line” {GIT}"),
            ],
        ),
        (
            f"### Item\n- kind: {'a' * 201}\n- code: {'a' * 1_001}\n\nIt.\n",
            [
                (4, "the kind of “Item” is too long."),
                (5, "the code path of “Item” is too long."),
            ],
        ),
        (
            "### Item\n- kind: a\x1bb\n\nIt.\n",
            [
                (4, f"the kind of “Item” is not possible: {UNPRINTABLE}"),
            ],
        ),
        (
            "### LineItem\nIt.\n### Line_Item\nIt.\n",
            [
                (5, f"“src/shop/line_item.py” is the code path of “Line_Item”, and a file of “LineItem”: {SHARED}"),
                (
                    5,
                    f"“{ITEM_PATHS['design']}” is the design path of “Line_Item”, and a file of “LineItem”: {SHARED}",
                ),
            ],
        ),
        (
            "### Item\n- code: src/x.py\n\nIt.\n### Line\n- code: ./src//x.py\n\nIt.\n",
            [
                (7, f"“./src//x.py” is the code path of “Line”, and a file of “Item”: {SHARED}"),
            ],
        ),
        (
            "### Item\n- code: src/billing/invoice.py\n\nIt.\n",
            [
                (3, f"“src/billing/invoice.py” is the code path of “Item”, and a file of “Invoice”: {SHARED}"),
            ],
        ),
        (
            "### Item\n- design: docs/design/shop.md\n\nIt.\n",
            [
                (3, f"“docs/design/shop.md” is the design path of “Item”, and a file of “Shop”: {SHARED}"),
            ],
        ),
    ],
)
def test_what_cannot_be_components(text: str, expected: list[tuple[int, str]]) -> None:
    assert problems(text) == [(line, f"Line {line}: {message}") for line, message in expected]


@pytest.mark.parametrize(
    "path",
    ["src/`x`.py", "`src/x.py", "src/x.py (new)", "src/x.py – new", "[src/x.py](src/x.py)"],
)
def test_what_is_said_behind_a_path_is_no_part_of_it(path: str) -> None:
    message = f"Line 4: “{path}” is more than a path: say the rest below the list."
    assert problems(f"### Item\n- code: {path}\n\nIt.\n") == [(4, message)]


@pytest.mark.parametrize(
    ("item", "line", "expected"),
    [
        ("code: lib/a.py", "tests: lib/a.py", "“lib/a.py” is the tests path of “Line”, and a file of “Item”"),
        ("tests: lib/a", "code: lib/a", "“lib/a” is the code path of “Line”, and a file of “Item”"),
        ("tests: docs/l.md", "design: docs/l.md", "“docs/l.md” is the design path of “Line”, and a file of “Item”"),
        ("code: lib/a/b.py", "code: lib", "“lib” is the code path of “Line”, around “lib/a/b.py”, a file of “Item”"),
        ("code: ./lib", "code: lib/a", "“lib/a” is the code path of “Line”, which is inside “lib”, a file of “Item”"),
        ("kind: x", "code: .", "“.” is the code path of “Line”, around “src/till”, a file of “Till”"),
        (
            "kind: x",
            "code: src/till/a",
            "“src/till/a” is the code path of “Line”, which is inside “src/till”, a file of “Till”",
        ),
        ("kind: x", "code: t/till", "“t/till” is the code path of “Line”, and a file of “Till”"),
        ("kind: x", "code: lib/a\n- tests: lib/a", "“lib/a” is the tests path of “Line”, and its code path too"),
    ],
)
def test_no_two_components_write_the_same_files(item: str, line: str, expected: str) -> None:
    found = problems(f"### Item\n- {item}\n\nIt.\n### Line\n- {line}\n\nIt.\n", (*ALL, TILL))
    assert found == [(7, f"Line 7: {expected}: give one of them another path.")]


def test_code_may_be_beside_its_tests_and_below_that_of_other_contexts() -> None:
    assert one("### Item\n- code: lib/item\n- tests: lib/item/tests\n\nIt.\n", components=(*ALL, LOOSE))
    outer = Component(id=8, project_id=3, name="Outer", kind="module", paths={"code": "src"})
    assert one("### Item\nIt.\n", components=(*ALL, outer)).paths["code"] == "src/shop/item.py"


def test_tests_may_be_shared() -> None:
    found = designed("### Item\n- tests: tests/shop\n\nIt.\n### Line\n- tests: tests/shop\n\nIt.\n")
    assert [each.paths["tests"] for each in found.components] == ["tests/shop", "tests/shop"]


def test_a_context_of_more_than_a_hundred_components() -> None:
    text = "".join(f"### Part{number}\nIt.\n" for number in range(100))
    assert len(designed(text).components) == 100
    assert problems(text + "### Part100\nIt.\n") == [
        (203, "Line 203: a context has at most 100 components: make several contexts of it.")
    ]


@pytest.mark.parametrize("text", ["", "### Cart\n\n### Item\n", "<!-- ### Cart -->\n"])
def test_an_empty_section_is_the_sections_problem(text: str) -> None:
    assert designed(text) == Designed()


def test_only_the_section_components_counts() -> None:
    document = parse("# Shop\n## Purpose\n### No\nIt.\n## components:\n### Item\nIt.\n> ### No\n")
    found = components_of(document, Surroundings(context=SHOP, components=(SHOP,), layout=PYTHON))
    assert [each.name for each in found.components] == ["Item"]
