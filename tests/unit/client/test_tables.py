from treadle.client.tables import printable, table


def test_columns_are_aligned_and_numbers_to_the_right() -> None:
    text = table(["ID", "NAME", "COUNT"], [[1, "a", 5], [10, "long", None]])
    assert text.splitlines() == ["ID  NAME  COUNT", " 1  a         5", "10  long"]


def test_a_line_is_cut_at_the_width() -> None:
    assert table(["NAME"], [["x" * 50]], width=10).splitlines()[1] == "x" * 9 + "…"


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert printable("a\x1b[31mb\nc\x07") == "a [31mb c "
