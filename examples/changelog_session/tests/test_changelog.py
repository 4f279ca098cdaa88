import pytest

from treadle_changelog.changelog import new_entries, problems, unreleased_entries

BEFORE = """\
# Changes

## [Unreleased]

### Added
- A memory key.

## 1.0.0
- The first version.
"""
ENTRY = "- Division by zero says where it happened.\n"


def with_entry(entry: str) -> str:
    return BEFORE.replace("- A memory key.\n", f"- A memory key.\n{entry}")


def test_the_entries_that_are_not_released_yet() -> None:
    assert unreleased_entries(BEFORE) == ["A memory key."]
    assert unreleased_entries("# Changes\n\n## 1.0.0\n- The first version.\n") is None
    assert new_entries(BEFORE, with_entry(ENTRY)) == ["Division by zero says where it happened."]


def test_one_more_entry_is_right() -> None:
    assert problems(BEFORE, with_entry(ENTRY), longest=80) == []
    assert problems("# Changes\n", f"# Changes\n\n## Unreleased\n{ENTRY}", longest=80) == []


@pytest.mark.parametrize(
    ("after", "problem"),
    [
        (BEFORE, "There must be one new entry below ## Unreleased, and there are 0."),
        (with_entry(2 * ENTRY), "There must be one new entry below ## Unreleased, and there are 2."),
        (BEFORE + ENTRY, "There must be one new entry below ## Unreleased, and there are 0."),
        (BEFORE.replace("memory", "M"), "A line that was there was changed or removed: - A memory key."),
        (with_entry(f"- {'x' * 80}.\n"), "The entry has 81 characters; it may have 80."),
        (with_entry("- No full stop\n"), "The entry does not end with a full stop."),
    ],
)
def test_what_is_wrong_is_said(after: str, problem: str) -> None:
    assert problems(BEFORE, after, longest=80) == [problem]


def test_a_heading_that_is_missing_is_said() -> None:
    before = "# Changes\n\n## 1.0.0\n- The first version.\n"
    assert problems(before, before + ENTRY, longest=80) == ["There is no heading ## Unreleased."]
