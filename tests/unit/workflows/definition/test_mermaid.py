import re

import pytest

from tests.unit.workflows.definition.drawings import (
    ALL,
    HOSTILE_TITLES,
    RUN,
    approval,
    crossings,
    hostile,
    loop,
    workflow,
)
from treadle.workflows.definition.graph import graph, shown
from treadle.workflows.definition.mermaid import mermaid
from treadle.workflows.definition.model import WorkflowDefinition

TEXT = r'"(?:[^\W]|[ ,_.\-·×…]|[^\x00-\x7f°¶]|#\d+;|<br/>)*"'
ID = r"[a-z][a-z0-9_]*"
BRACKETS = (r"\[", r"\]"), (r"\(", r"\)"), (r"\[\[", r"\]\]"), (r"\{\{", r"\}\}"), (r"\[/", r"/\]"), (r"\(\[", r"\]\)")
NODE = re.compile("|".join(f"  {ID}{opening}{TEXT}{closing}" for opening, closing in BRACKETS))
LINK = re.compile(rf"  {ID} (?:-->|-\.->)(?:\|{TEXT}\|)? {ID}")


def test_a_loop() -> None:
    assert mermaid(loop()).splitlines() == [
        "flowchart TD",
        "  accTitle: example",
        "  accDescr: An error that has no arrow fails the session.",
        '  initialize(["Initialize"])',
        '  step_test["test<br/>run"]',
        '  step_fix("fix<br/>agent")',
        '  finalize(["Finalize"])',
        '  finish(["Finished"])',
        "  initialize --> step_test",
        '  step_test -->|"ok"| finalize',
        '  step_test -.->|"error, at most 5 ×"| step_fix',
        '  step_fix -->|"ok"| step_test',
        "  finalize --> finish",
    ]


def test_a_question_and_its_answers() -> None:
    lines = mermaid(approval()).splitlines()
    assert '  step_approve{{"approve<br/>ask"}}' in lines
    assert '  fail(["Failed"])' in lines
    assert '  step_approve -->|"approve, later"| step_ship' in lines
    assert '  step_approve -.->|"reject"| fail' in lines


def test_each_kind_of_step_has_its_shape() -> None:
    lines = mermaid(crossings()).splitlines()
    assert {
        '  step_notes[/"notes<br/>read_file"/]',
        '  step_parts[["parts<br/>spawn"]]',
        '  step_publish["publish<br/>run"]',
    } < set(lines)


@pytest.mark.parametrize("definition", ALL.values(), ids=ALL)
def test_nothing_but_nodes_and_links(definition: WorkflowDefinition) -> None:
    """Of texts only letters and few other characters stand as they are: checked against the real Mermaid 11."""
    drawn = graph(definition)
    lines = [line for line in mermaid(definition).splitlines()[1:] if not line.startswith(("  accTitle", "  accDescr"))]
    assert [bool(NODE.fullmatch(line)) for line in lines] == [True] * len(drawn.boxes) + [False] * len(drawn.ways)
    assert all(LINK.fullmatch(line) for line in lines[len(drawn.boxes) :])


@pytest.mark.parametrize("title", HOSTILE_TITLES, ids=ascii)
def test_a_title_says_the_same_after_it_was_decoded(title: str) -> None:
    node = next(line for line in mermaid(workflow({"a": {**RUN, "title": title}})).splitlines() if "step_a[" in line)
    text = node[len('  step_a["') : node.index("<br/>")]
    decoded = re.sub(r"#(\d+);", lambda code: chr(int(code[1])), text).replace("\u2060", "")
    assert decoded == shown(title, 60)


def test_the_title_of_the_workflow_breaks_nothing() -> None:
    [title] = [line for line in mermaid(hostile()).splitlines() if "accTitle" in line]
    assert title == "  accTitle: #34;#93;#45;#45;#62;#60;script#62;alert#40;1#41;#60;#47;script#62; #37;#37;"
    assert len(mermaid(ALL["hundred"])) < 50_000, "more than Mermaid draws"
