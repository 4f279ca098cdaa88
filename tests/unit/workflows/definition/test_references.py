"""Where a workflow speaks of its steps, parameters and saved texts."""

from treadle.workflows.definition.references import chain_at, references
from treadle.workflows.definition.template_places import template_at
from treadle.workflows.definition.yaml_tree import read

TEXT = """\
name: example
parameters:
  file: {}
environment: {FILE: "{{ parameters.file }}"}
steps:
  test:
    run: [pytest, "é {{ parameters.file }}"]
    max_attempts: 3
    save: {last: "{{ result.stdout }}"}
    on: {ok: finish, error: fix}
  fix:
    agent: >
      Mend, please,
      {{ results.test.stdout }}

      {{ state.last }} {{ results['test'].code }} {{ results.fix
    on: {ok: test}
"""


def found(text: str) -> list[tuple[str, str, int, bool]]:
    """Kind, name, line and whether it is the definition; each lies where its name stands."""
    listed = []
    for each in references(text, read(text).root):
        assert text[each.span.start : each.span.end] == each.name
        line = text.count("\n", 0, each.span.start) + 1
        listed.append((each.kind, each.name, line, each.is_definition))
    return sorted(listed)


def test_all_references_are_found_also_in_a_template_that_is_not_finished() -> None:
    assert found(TEXT) == [
        ("parameter", "file", 3, True),
        ("parameter", "file", 4, False),
        ("parameter", "file", 7, False),
        ("state", "last", 9, True),
        ("state", "last", 16, False),
        ("step", "fix", 10, False),
        ("step", "fix", 11, True),
        ("step", "fix", 16, False),
        ("step", "test", 6, True),
        ("step", "test", 14, False),
        ("step", "test", 16, False),
        ("step", "test", 17, False),
    ]


def test_they_are_found_with_windows_line_ends() -> None:
    assert len(found(TEXT.replace("\n", "\r\n"))) == len(found(TEXT))


def test_a_file_that_breaks_off_has_references_too() -> None:
    assert ("step", "fix", 10, False) in found(TEXT + "  last: [\n")


def test_the_part_of_a_chain_under_the_cursor() -> None:
    root = read(TEXT).root
    offset = TEXT.index("stdout }}\n")
    place = template_at(root, offset)
    assert place is not None
    assert (place.step, place.key) == ("fix", "agent")
    at = chain_at(TEXT, place, offset + 2)
    assert at is not None
    placed, part = at
    assert (placed.chain.parts, part) == (("results", "test", "stdout"), 2)
    start, end = placed.span(part)
    assert TEXT[start:end] == "stdout"
    assert chain_at(TEXT, place, TEXT.index("please")) is None
    assert template_at(root, TEXT.index("example")) is None


def test_a_template_in_save_may_look_at_its_own_result() -> None:
    root = read(TEXT).root
    place = template_at(root, TEXT.index("result.stdout"))
    assert place is not None
    assert place.saving == "test"
