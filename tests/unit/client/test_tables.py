import os
import shutil

import pytest

from treadle.client.tables import columns, printable, table


def test_columns_are_aligned_and_numbers_to_the_right() -> None:
    text = table(["ID", "NAME", "COUNT"], [[1, "a", 5], [10, "long", None]])
    assert text.splitlines() == ["ID  NAME  COUNT", " 1  a         5", "10  long"]


def test_a_line_is_cut_at_the_width() -> None:
    assert table(["NAME"], [["x" * 50]], width=10).splitlines()[1] == "x" * 9 + "…"


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert printable("a\x1b[31mb\nc\x07") == "a [31mb c "


@pytest.mark.parametrize("told", ["", "40", "0", "-5", "wide"])
def test_the_columns_of_a_terminal_are_those_that_shutil_finds(monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    monkeypatch.setenv("COLUMNS", told)
    monkeypatch.setattr(os, "get_terminal_size", lambda _=None: os.terminal_size((123, 24)))
    assert columns() == shutil.get_terminal_size().columns


def test_without_a_terminal_the_columns_are_the_usual_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_: object = None) -> os.terminal_size:
        raise OSError(25, "Inappropriate ioctl for device")

    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr(os, "get_terminal_size", none)
    assert columns() == shutil.get_terminal_size().columns == 80
