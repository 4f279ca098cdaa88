import pytest

from treadle.domain.component_rules import name_problem, path_problem


@pytest.mark.parametrize("name", ["Cart", "Shop.Cart", "Größe 2", "a/b"])
def test_names(name: str) -> None:
    assert name_problem(name) is None


@pytest.mark.parametrize("name", ["", " ", "a\tb", "a\nb", "\x1b[1m", "a\x7f"])
def test_what_is_no_name(name: str) -> None:
    assert name_problem(name) == "it must not be blank or hold control characters"


@pytest.mark.parametrize("path", ["a", "src/a.py", "./a", "a..b/c", ".github/a", "a\\b", "."])
def test_paths(path: str) -> None:
    assert path_problem(path) is None


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("", "a path must be relative and stay in the project"),
        ("/etc/passwd", "a path must be relative and stay in the project"),
        ("\\\\host\\share", "a path must be relative and stay in the project"),
        ("C:\\a", "a path must be relative and stay in the project"),
        ("src/../../a", "a path must be relative and stay in the project"),
        ("src\\..\\..\\a", "a path must be relative and stay in the project"),
        ("-rf", "a path must not look like an option, and not lead into .git"),
        (".git/hooks/a", "a path must not look like an option, and not lead into .git"),
        ("a/.git", "a path must not look like an option, and not lead into .git"),
        ("a\0b", "it must not be blank or hold control characters"),
        (" ", "it must not be blank or hold control characters"),
    ],
)
def test_what_is_no_path_of_a_component(path: str, problem: str) -> None:
    assert path_problem(path) == problem
