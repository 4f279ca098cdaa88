"""Texts with a cursor, written `‸`."""

from tests.unit.workflows.definition.surroundings import SURROUNDINGS
from treadle.workflows.definition.analysis import Analysis, analyse
from treadle.workflows.definition.completion import Completion, complete

CURSOR = "‸"

WORKFLOW = """\
name: fix_it
parameters:
  test: {type: string, description: Which test}
  deep: {type: boolean, default: false}
  way: {type: string, choices: [here, there]}
steps:
  test:
    run: [pytest, "{{ parameters.test }}"]
    max_attempts: 5
    on: {ok: finish, error: fix}
    save: {said: "{{ result.stdout }}"}
  fix:
    title: Mend it
    agent: |
      Grüße 😀 {{ results.test.stdout }}
      {{ state.said }}
    on: {ok: test}
"""


def analysed(text: str) -> tuple[Analysis, int]:
    """The analysis, and where the cursor is."""
    offset = text.index(CURSOR)
    return analyse(text.replace(CURSOR, ""), SURROUNDINGS), offset


def completions(text: str, *, before: str = WORKFLOW) -> dict[str, Completion]:
    """`before`: what stood there when the file could be read last."""
    analysis, offset = analysed(text)
    return {each.label: each for each in complete(analysis, offset, whole=analyse(before, SURROUNDINGS))}


def with_completion(text: str, label: str) -> str:
    """The text after it was chosen."""
    chosen = completions(text)[label]
    plain = text.replace(CURSOR, "")
    return plain[: chosen.span.start] + chosen.text + plain[chosen.span.end :]
