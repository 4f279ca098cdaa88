"""How a story looks on a terminal and in a pipe."""

from treadle.cli.story_page import PIPE_WIDTH, Mark, Page, Told


def test_who_it_was_is_said_when_it_is_another() -> None:
    page = Page(me="ada@box")
    lines = [
        line
        for who in ("Claude", "Claude", "ada@box", "a long name of a window")
        for line in page.paragraph("12:00:00", Told(who=who, text="x"))
    ]
    assert lines == [
        "12:00:00  Claude     x",
        "12:00:00             x",
        "12:00:00  you        x",
        "12:00:00  a long name of a window  x",
    ]


def test_after_a_heading_it_is_said_again() -> None:
    page = Page()
    told = Told(who="Claude", text="x")
    lines = [*page.heading("A"), *page.paragraph("", told), *page.heading("B"), *page.paragraph("", told)]
    assert lines == ["A", "          Claude     x", "", "B", "          Claude     x"]


def test_a_terminal_wraps_words_and_cuts_output() -> None:
    page = Page(width=64)
    told = Told(who="Claude", text="word " * 12, mark=Mark.DONE, below=("x" * 90,))
    lines = list(page.paragraph("12:00:00", told))
    assert lines[0] == "12:00:00  Claude     ✓ " + " ".join(["word"] * 8)
    assert lines[1] == " " * 23 + " ".join(["word"] * 4)
    assert (len(lines[2]), lines[2][-1]) == (64, "…")


def test_a_pipe_gets_long_lines_cut() -> None:
    (line,) = Page().paragraph("12:00:00", Told(who="Claude", text="x" * 500))
    assert line.endswith("x…")
    assert len(line) == len("12:00:00  Claude     ") + PIPE_WIDTH


def test_nothing_steers_the_terminal_but_our_own_colours() -> None:
    told = Told(who="\x1b[2J", text="a\x1b[31m\tb", mark=Mark.FAILED, below=("\x1b[0m",))
    assert "\x1b" not in "".join(Page().paragraph("12:00:00", told))
    coloured = "".join(Page(colours=True).paragraph("12:00:00", told))
    assert "\x1b[31m✗\x1b[0m" in coloured
    assert "\x1b[2J" not in coloured
