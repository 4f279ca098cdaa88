import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.workflows.factories import make_project
from treadle.domain.project import Component
from treadle.workflows.component_files import is_inside
from treadle.workflows.component_layout import layout_of

BARE = Component(id=1, project_id=3, name="Shop", kind="context")
OWN = Component(
    id=1,
    project_id=3,
    name="Shop",
    kind="context",
    paths={"design": "docs/shop.md", "code": "lib/shop", "tests": "spec/shop.test.ts"},
)


@pytest.mark.parametrize(
    ("settings", "context", "name", "paths"),
    [
        (
            {"test_tool": "pytest"},
            BARE,
            "LineItem",
            ("docs/design/shop/line_item.md", "src/shop/line_item.py", "tests/shop/test_line_item.py"),
        ),
        (
            {"language": "typescript"},
            BARE,
            "Shop.LineItem",
            ("docs/design/shop/line-item.md", "src/shop/line-item.ts", "tests/shop/line-item.test.ts"),
        ),
        (
            {"language": "python", "folders": {"code": "app", "tests": "t", "design": "d"}},
            BARE,
            "HTTPCache",
            ("d/shop/http_cache.md", "app/shop/http_cache.py", "t/shop/test_http_cache.py"),
        ),
        (
            {"language": "javascript"},
            OWN,
            "Cart",
            ("docs/shop/cart.md", "lib/shop/cart.js", "spec/shop/cart.test.js"),
        ),
    ],
)
def test_the_files_of_a_part(
    settings: dict[str, object], context: Component, name: str, paths: tuple[str, ...]
) -> None:
    found = layout_of(make_project(**settings)).paths(name, context)
    assert tuple(found[role] for role in ("design", "code", "tests")) == paths


def test_without_a_language_only_the_document_has_a_place() -> None:
    layout = layout_of(make_project(test_tool="cargo"))
    assert layout.paths("Cart", BARE) == {"design": "docs/design/shop/cart.md"}
    assert layout.integration_tests("Shop") is None


def test_integration_tests_have_a_folder_of_their_own() -> None:
    assert layout_of(make_project(language="python")).integration_tests("Shop") == "tests/integration/test_shop.py"
    assert layout_of(make_project(language="typescript")).integration_tests("Shop") == "tests/integration/shop.test.ts"


@given(st.text(), st.text(), st.sampled_from(["python", "typescript", None]))
def test_every_place_is_inside_the_project(name: str, folder: str, language: str | None) -> None:
    project = make_project(language=language, folders={"code": folder, "tests": folder, "design": folder})
    paths = layout_of(project).paths(name, BARE)
    assert all(is_inside(path) for path in paths.values())
