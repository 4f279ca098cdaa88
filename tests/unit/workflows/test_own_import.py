import pytest

from treadle.workflows.own_import import is_own_import, is_own_path

TEST = "/home/ada/shop/tests/slug.test.ts"


@pytest.mark.requirement("tests.inverted-rule")
@pytest.mark.parametrize(
    ("wanted", "by", "path"),
    [
        ("../src/slug", TEST, "src/slug.ts"),
        ("../src/slug", "tests/slug.test.ts", "src/slug.ts"),
        ("../src/slug.js", TEST, "src/slug.ts"),
        ("../src/slug.tsx", TEST, "src/slug.tsx"),
        ("./slug", "/home/ada/shop/src/slug.test.ts", "src/slug.ts"),
        ("../src/slug", TEST, "src/slug/index.ts"),
        ("../src/slug/index.js", TEST, "src/slug/index.ts"),
        ("../src/Slug.vue", TEST, "src/Slug.vue"),
        ("/src/slug", TEST, "src/slug.ts"),
        ("/home/ada/shop/src/slug.ts", TEST, "src/slug.ts"),
        ("@/slug", TEST, "src/slug.ts"),
        ("~/text/slug", TEST, "src/text/slug.ts"),
        ("#slug", TEST, "src/slug.ts"),
        ("$lib/slug", TEST, "src/lib/slug.ts"),
        ("@src/slug", TEST, "src/slug.ts"),
        ("src/slug", TEST, "src/slug.ts"),
    ],
)
def test_own(wanted: str, by: str, path: str) -> None:
    assert is_own_path(wanted, by, path)


@pytest.mark.parametrize(
    ("wanted", "by", "path"),
    [
        ("../src/slugs", TEST, "src/slug.ts"),
        ("../lib/slug", TEST, "src/slug.ts"),
        ("./slug", TEST, "src/slug.ts"),
        ("./tables", "/home/ada/shop/src/slug.ts", "src/slug.ts"),
        ("../src/slug/parts", TEST, "src/slug.ts"),
        ("slug", TEST, "src/slug.ts"),
        ("slug/index.js", TEST, "src/slug.ts"),
        ("@ada/slug", TEST, "src/slug.ts"),
        ("node:slug", TEST, "src/slug.ts"),
        ("@/", TEST, "src/slug.ts"),
        ("", TEST, "src/slug.ts"),
        ("..", "slug.test.ts", "src/slug.ts"),
    ],
)
def test_foreign(wanted: str, by: str, path: str) -> None:
    assert not is_own_path(wanted, by, path)


@pytest.mark.parametrize(
    ("message", "exists", "is_own"),
    [
        (f"Cannot find module '../src/slug' imported from '{TEST}'", False, True),
        (f"Cannot find module '../src/slug' imported from {TEST}", None, True),
        (f"Cannot find module '../src/slug' imported from {TEST}", True, False),
        (f"Cannot find module '../src/other' imported from {TEST}", False, False),
        ("Cannot find module '../src/slug'", False, False),
        ("The requested module '../src/slug' does not provide an export named 'slugify'", True, True),
        ("The requested module '../src/other' does not provide an export named 'slugify'", True, False),
        ('[vitest] No "slugify" export is defined on the "../src/slug" mock. Did you forget it?', True, True),
        ("slugify is not a function", True, False),
        ("", False, False),
    ],
)
def test_what_the_message_must_say(message: str, exists: bool | None, is_own: bool) -> None:
    assert is_own_import(message, "src/slug.ts", code_exists=exists) == is_own


def test_a_huge_message_is_answered_at_once() -> None:
    huge = "Failed to load url " + "x (resolved id: " + ") in " * 400_000
    assert not is_own_import(huge, "src/slug.ts", code_exists=False)
