"""Any text is a document; what is found in it stands where it says."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadle.workflows.design_document import MAX_CHARACTERS, MAX_LINES, BlockKind, Document, Part, parse


def sections(text: str) -> list[tuple[str, int]]:
    return [(section.heading.text, section.line) for section in parse(text).sections]


def section(text: str) -> Part:
    """The only one of a document."""
    (found,) = parse(f"# T\n\n## S\n\n{text}").sections
    return found


def test_a_whole_document() -> None:
    document = parse(
        "# The *Shop*\n\nHello.\n\n## Purpose\n\nTo sell.\n\n## Components\n\n### `Cart`\n\nHolds.\n\n#### More\n"
    )
    assert [(each.level, each.line, each.text) for each in document.headings] == [
        (1, 1, "The Shop"),
        (2, 5, "Purpose"),
        (2, 9, "Components"),
        (3, 11, "Cart"),
        (4, 15, "More"),
    ]
    assert [each.text for each in document.titles] == ["The Shop"]
    purpose, components = document.sections
    assert [(block.kind, block.line, block.text) for block in purpose.blocks] == [(BlockKind.TEXT, 7, "To sell.")]
    (cart,) = components.parts
    assert (cart.heading.text, cart.line, [block.text for block in cart.blocks]) == ("Cart", 11, ["Holds."])
    assert components.blocks == cart.blocks


@pytest.mark.parametrize(
    "text", ["", " \n\t\n", "\ufeff", "\n" * 500, "```\n## no\n```\n", "<!-- ## no -->", "---\na: 1\n---\n"]
)
def test_a_text_without_headings(text: str) -> None:
    assert parse(text) == Document()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Title\n=====\n\nOne\n---\n\nText\nTwo\n---\n", [("One", 4), ("Text Two", 7)]),
        ("# T\r\n\r\n## One\r\n\r\n## Two\r\n", [("One", 3), ("Two", 5)]),
        ("# T\r\r## One\r", [("One", 3)]),
        ("\ufeff## One\n", [("One", 1)]),
        ("---\ntitle: x\ntags: [a]\n---\n## One\n", [("One", 5)]),
        ("---\n\n## One\n---\n\n## Two\n", [("One", 3), ("Two", 6)]),
        ("---\ntitle: x\n\n## One\n", [("One", 4)]),
        ("> ## no\n\n- ## no\n\n1. ## no\n\n    ## no\n\n~~~\n## no\n~~~\n\n   ## One ##\n", [("One", 13)]),
        ("<!--\n## no\n\n## no\n-->\n## One\n", [("One", 6)]),
        ("<div>\n## no\n</div>\n\n## One\n", [("One", 5)]),
        ("##One\n#\n##\n####### no\n", [("", 3)]),
        ("## a\0b \u2028c\n\x0b\n## One\n", [("a\ufffdb c", 1), ("One", 3)]),
        ("## [One](x) ![two](y) <b>three</b> &amp; \\* <!-- no -->\n", [("One two three & *", 1)]),
        ("## One\n\n# Second title\n\ntext\n\n## One\n", [("One", 1), ("One", 7)]),
    ],
)
def test_what_is_a_section_and_where(text: str, found: list[tuple[str, int]]) -> None:
    assert sections(text) == found


def test_a_section_ends_with_the_next_title() -> None:
    (section,) = parse("## One\n\n# Second title\n\ntext\n").sections
    assert not section.has_content


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n \n",
        "<!-- to do -->",
        "<!--\n\nlong\n\n-->\n",
        "### More\n\n#### Still more\n",
        "<!-- never closed\ntext",
        "---\n",
        "```\n```\n",
        "- \n- <!-- x -->\n",
    ],
)
def test_what_is_no_content(text: str) -> None:
    assert not section(text).has_content


@pytest.mark.parametrize(
    "text",
    [
        "None.",
        "- one",
        "| a |\n|---|\n",
        "```\ncode\n```",
        "    code",
        "> quoted",
        "![](a.png)",
        "a <!-- b -->",
        "### More\n\ntext",
        "```html\n<!-- x -->\n```",
    ],
)
def test_what_is_content(text: str) -> None:
    assert section(text).has_content
    assert not section(text).is_placeholder


@pytest.mark.parametrize(
    "text",
    [
        "TODO",
        "todo: write this",
        "**TBD**",
        "…",
        "...",
        "- TODO\n- tbd.",
        "To be defined",
        "FIXME(me) all of it",
        "| - |\n|---|\n",
        "> TODO",
        "TODO\n\nTBA — soon",
        "?",
    ],
)
def test_what_is_only_a_placeholder(text: str) -> None:
    assert section(text).is_placeholder


@pytest.mark.parametrize(
    "text",
    [
        "TODO items are stored here.",
        "Todolists",
        "TODO: this\n\nBut that is clear.",
        "n/a",
        "tba2",
        "To be defined by `define`, a name needs a value.",
    ],
)
def test_what_only_looks_like_one(text: str) -> None:
    assert not section(text).is_placeholder


def test_tables_and_lists_are_read_line_by_line() -> None:
    (table, items) = section(
        "| a | b |\n|---|---|\n| 1 | `x` <!-- c --> |\n| 2 |\n\n- one\n  - two\n- three\n  more\n"
    ).blocks
    assert (table.kind, [(each.line, each.cells) for each in table.entries]) == (
        BlockKind.TABLE,
        [(5, ("a", "b")), (7, ("1", "`x`")), (8, ("2", ""))],
    )
    assert (items.kind, [(each.line, each.cells) for each in items.entries]) == (
        BlockKind.LIST,
        [(10, ("one\ntwo",)), (12, ("three\nmore",))],
    )


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("```", (1,)),
        ("```\na\n", (1,)),
        ("```\na\n```", ()),
        ("```\n```", ()),
        ("text\n\n~~~\n```\n", (3,)),
        ("````\n```\n````\n\n```\n", (5,)),
        ("- ```\n  a\n\ntext", (1,)),
        ("- ```\n  a\n  ```\n", ()),
        ("> ```\n> a\n> ```\n", ()),
        ("> ```\n> a\ntext\n", (1,)),
        ("    ```\n", ()),
    ],
)
def test_fences_that_nobody_closed(text: str, lines: tuple[int, ...]) -> None:
    assert parse(text).unclosed_fences == lines


@pytest.mark.parametrize(
    "text",
    [
        ">" * 50_000,
        "- " * 50_000,
        "[" * 50_000,
        "1. " * 30_000,
        "".join(" " * i + "- a\n" for i in range(400)),
        "*" * 90_000,
        "## " + "[" * 90_000,
        ("> - " * 20 + "a\n") * 1_000,
        "|a" * 40_000 + "|\n" + "|-" * 9_000 + "|\n",
    ],
)
def test_deep_nesting_has_an_end(text: str) -> None:
    assert not parse(text).is_too_long


@pytest.mark.parametrize("text", ["a" * 2 * 1024 * 1024, "\n" * (MAX_LINES + 1), "# T\n" + "a" * MAX_CHARACTERS])
def test_a_text_that_is_too_long_is_nothing_else(text: str) -> None:
    assert parse(text) == Document(is_too_long=True)


def test_the_markup_of_a_monstrous_heading_stays() -> None:
    assert sections(f"## *a*{'[' * 11}\n## *a*{'b' * 200}\n") == [(f"*a*{'[' * 11}", 1), (f"*a*{'b' * 200}", 2)]


def test_the_longest_text_is_read() -> None:
    assert sections("## One\n" + "a" * (MAX_CHARACTERS - 7)) == [("One", 1)]
    assert sections("\n" * (MAX_LINES - 1) + "## One\n") == [("One", MAX_LINES)]


MARKDOWN = st.lists(
    st.sampled_from(
        [
            "# ",
            "## ",
            "### ",
            "> ",
            "- ",
            "1. ",
            "```",
            "~~~",
            "    ",
            "|",
            "---",
            "===",
            "<!--",
            "-->",
            "a",
            "`",
            "*",
            "[",
            "\n",
            "\r\n",
            "\n\n",
            "\0",
            "\ufeff",
            "\u2028",
        ]
    )
    | st.text(max_size=3)
).map("".join)


@given(MARKDOWN)
def test_every_text_has_an_answer_whose_lines_are_right(text: str) -> None:
    document = parse(text)
    lines = re.split("\r\n|\r|\n", text.removeprefix("\ufeff"))
    assert [each.line for each in document.headings] == sorted({each.line for each in document.headings})
    for heading in document.headings:
        line = lines[heading.line - 1]
        is_marked = re.match(rf" {{0,3}}#{{{heading.level}}}(?!#)", line) is not None
        assert is_marked or any(set(each.strip()) in ({"="}, {"-"}) for each in lines[heading.line :])
    for part in document.sections:
        assert all(part.line < block.line <= len(lines) for block in part.blocks)
    assert all(re.search("`{3}|~{3}", lines[line - 1]) for line in document.unclosed_fences)


@given(MARKDOWN)
def test_an_end_of_line_is_an_end_of_line(text: str) -> None:
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    assert parse(unix.replace("\n", "\r\n")) == parse(unix)
