import pytest

from treadle.workflows.design_headings import comparable


@pytest.mark.parametrize(
    "heading",
    [
        "Public API",
        "public api",
        "PUBLIC  API:",
        "1. Public API",
        "1.2 Public API",
        "(3) Public API.",
        "4) **Public API**",
        "_Public API_",
        "`Public API`…",
        "— Public API —",
        " Public\tAPI ",
    ],
)
def test_these_name_one_section(heading: str) -> None:
    assert comparable(heading) == "public api"


@pytest.mark.parametrize(
    ("heading", "known_as"), [("3D models", "3d models"), ("2.", "2"), ("C#", "c#"), ("Maße", "masse")]
)
def test_what_belongs_to_a_name_stays(heading: str, known_as: str) -> None:
    assert comparable(heading) == known_as


@pytest.mark.parametrize("heading", ["", "  ", "**", "…", "#"])
def test_a_heading_without_a_word_is_none(heading: str) -> None:
    assert comparable(heading) == ""
