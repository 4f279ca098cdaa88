from pathlib import Path

import pytest

from timesheet.command import main

MARCH = "day,project,hours\n2026-03-02,website,4.5\n2026-03-02,garden,2\n"


@pytest.fixture
def march(tmp_path: Path) -> str:
    file = tmp_path / "march.csv"
    file.write_text(MARCH)
    return str(file)


def test_the_report_names_each_project_and_the_total(march: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", march]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "garden      2.00",
        "website     4.50",
        "total       6.50",
    ]


def test_a_file_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "nowhere.csv"]) == 1
    assert "nowhere.csv" in capsys.readouterr().err
