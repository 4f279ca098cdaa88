from decimal import Decimal

import pytest

from timesheet.entries import TimesheetError, hours_by_project, read_entries

HEAD = "day,project,hours"


def test_hours_are_added_for_each_project_in_order() -> None:
    entries = read_entries([HEAD, "2026-03-02,website,4.5", "2026-03-02,garden,2", "2026-03-03,website,7.75"])
    assert list(hours_by_project(entries).items()) == [("garden", Decimal("2")), ("website", Decimal("12.25"))]


def test_blank_lines_are_no_entries() -> None:
    assert read_entries([HEAD, "", ""]) == []


@pytest.mark.parametrize("line", ["2026-03-02,website", "2026-03-02,website,many", "1,2,3,4"])
def test_a_wrong_line_is_named(line: str) -> None:
    with pytest.raises(TimesheetError, match=rf"Line 2 is no entry: {line}\."):
        read_entries([HEAD, line])


def test_the_columns_must_be_named() -> None:
    with pytest.raises(TimesheetError, match=r"Line 1 must be day,project,hours\."):
        read_entries(["2026-03-02,website,4.5"])
