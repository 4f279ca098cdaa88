import re
import textwrap

import pytest

from treadle.workflows.definition.analysis import analyse
from treadle.workflows.definition.keys import keys_at
from treadle.workflows.definition.model import KINDS
from treadle.workflows.definition.snippets import OF_KEYS, OF_STEPS


def filled_in(snippet: str) -> str:
    return re.sub(r"\$\{\d:([^}]*)\}|\$\d", lambda place: place[1] or "x", snippet)


def test_there_is_one_for_each_kind_of_step() -> None:
    assert set(OF_STEPS) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_is_valid_as_it_comes(kind: str) -> None:
    others = "  test: {run: [x]}\n  fix: {run: [x]}\n"
    step = textwrap.indent(filled_in(OF_STEPS[kind][0]).replace("test:", "try:").replace("fix:", "mend:"), "  ")
    found = analyse(f"name: a\nsteps:\n{step}{others}")
    assert [each.message for each in found.errors] == []
    assert found.definition is not None
    assert next(iter(found.definition.steps.values())).kind == kind


def test_those_of_keys_begin_with_their_key() -> None:
    known = {*keys_at((), None), *(key for kind in KINDS for key in keys_at(("steps", "a"), kind))}
    for key, snippet in OF_KEYS.items():
        assert key in known
        assert snippet.startswith(f"{key}:")
