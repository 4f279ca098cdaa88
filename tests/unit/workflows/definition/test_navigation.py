import pytest

from tests.unit.workflows.definition.marked import CURSOR, WORKFLOW, analysed
from treadle.workflows.definition.analysis import analyse
from treadle.workflows.definition.model import MAX_TEXT
from treadle.workflows.definition.navigation import RenameRefusedError, renamable, renamed, same_names


def places(text: str) -> list[tuple[int, bool]]:
    """The lines, from 1, in which what is under the cursor is named, and whether it is declared there."""
    analysis, offset = analysed(text)
    return [
        (analysis.source.position(each.span.start).line + 1, each.is_definition)
        for each in same_names(analysis, offset)
    ]


def line(words: str) -> int:
    return WORKFLOW[: WORKFLOW.index(words)].count("\n") + 1


@pytest.mark.parametrize("cursor", ["  ‸test:\n    run", "ok: te‸st}", "results.test‸.stdout"])
def test_a_step_is_found_from_each_of_its_places(cursor: str) -> None:
    expected = [(line("  test:\n"), True), (line("results.test"), False), (line("{ok: test}"), False)]
    assert places(WORKFLOW.replace(cursor.replace(CURSOR, ""), cursor)) == expected


def test_a_parameter_and_a_step_of_one_name_are_two() -> None:
    found = places(WORKFLOW.replace("parameters.test", "parameters.te‸st"))
    assert found == [(line("  test: {type"), True), (line("parameters.test"), False)]


def test_what_a_step_saves() -> None:
    assert places(WORKFLOW.replace("state.said", "state.sa‸id")) == [(line("save:"), True), (line("state.said"), False)]


@pytest.mark.parametrize("cursor", ["na‸me:", "max_att‸empts", "fin‸ish", "Gr‸üße"])
def test_other_words_are_no_names(cursor: str) -> None:
    assert places(WORKFLOW.replace(cursor.replace(CURSOR, ""), cursor)) == []


def rename(text: str, new: str) -> str:
    analysis, offset = analysed(text)
    changed = analysis.source.text
    for span in reversed(renamed(analysis, offset, new)):
        changed = changed[: span.start] + new + changed[span.end :]
    return changed


def test_a_renamed_step_is_called_so_everywhere() -> None:
    changed = rename(WORKFLOW.replace("error: fix", "error: ‸fix"), "mend")
    assert changed == WORKFLOW.replace("error: fix", "error: mend").replace("  fix:", "  mend:")
    assert analyse(changed).diagnostics == analyse(WORKFLOW).diagnostics


@pytest.mark.parametrize("quote", ["'", '"'])
def test_quotes_stay(quote: str) -> None:
    text = WORKFLOW.replace("  fix:", f"  {quote}fix{quote}:").replace("error: fix", f"error: {quote}fi‸x{quote}")
    changed = rename(text, "mend")
    assert f"  {quote}mend{quote}:" in changed
    assert f"error: {quote}mend{quote}" in changed


@pytest.mark.parametrize(
    ("cursor", "new", "sentence"),
    [
        ("error: ‸fix", "test", "There is a step test already, or something that names it."),
        ("error: ‸fix", "Mend", "'Mend' is no name: a small letter"),
        ("error: ‸fix", "", "'' is no name"),
        ("error: ‸fix", "finish", "finish has a meaning of its own."),
        ("parameters.‸test", "model", "model has a meaning of its own."),
        ("ok: fi‸nish", "end", "Only steps, parameters and what steps save can be renamed."),
    ],
)
def test_names_that_cannot_be_taken(cursor: str, new: str, sentence: str) -> None:
    with pytest.raises(RenameRefusedError) as refused:
        rename(WORKFLOW.replace(cursor.replace(CURSOR, ""), cursor, 1), new)
    assert str(refused.value).startswith(sentence)


@pytest.mark.parametrize("new", ["null", "true", "false"])
def test_what_is_no_text_is_no_name(new: str) -> None:
    with pytest.raises(RenameRefusedError, match=f"{new} is no text in YAML"):
        rename(WORKFLOW.replace("error: fix", "error: ‸fix"), new)


@pytest.mark.parametrize(
    "broken", ["  more:\n    run: [x\n", "  test:\n    agent: x\n", "  more:\n    agent: {{ results.fix.text }}\n"]
)
def test_where_not_all_can_be_read_nothing_is_renamed(broken: str) -> None:
    """It may be named there too."""
    analysis, offset = analysed(WORKFLOW.replace("error: fix", "error: ‸fix") + broken)
    for refused in (lambda: renamable(analysis, offset), lambda: renamed(analysis, offset, "mend")):
        with pytest.raises(RenameRefusedError, match=r"^Mend the file first: not all of it can be read\.$"):
            refused()


def test_what_is_not_declared_cannot_be_renamed() -> None:
    analysis, offset = analysed(WORKFLOW.replace("error: fix", "error: fx‸i"))
    assert renamable(analysis, offset) is None


def test_in_a_text_that_is_too_long_nothing_is_looked_for() -> None:
    text = WORKFLOW.replace("Grüße", "Grüße" + "x" * MAX_TEXT)
    assert [number for number, _ in places(text.replace("ok: test}", "ok: te‸st}"))] == [
        line("  test:\n"),
        line("{ok: test}"),
    ]
