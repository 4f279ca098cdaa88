import pytest

from tests.unit.workflows.definition.drawings import ALL, RUN, approval, hostile, loop, straight, workflow
from treadle.workflows.definition.flow import edges
from treadle.workflows.definition.graph import MAX_TITLE, Way, graph, shown
from treadle.workflows.definition.model import WorkflowDefinition


def ways(definition: WorkflowDefinition) -> list[tuple[str, str, str]]:
    return [(way.origin, way.label, way.target) for way in graph(definition).ways]


def test_what_anybody_expects_has_no_label() -> None:
    drawn = graph(straight())
    assert [box.name for box in drawn.boxes] == ["initialize", "lint", "build", "finalize", "finish"]
    assert [(box.title, box.subtitle) for box in drawn.boxes][1:4] == [
        ("lint", "run"),
        ("Build the wheel", "run · build"),
        ("Finalize", ""),
    ]
    assert ways(straight()) == [
        ("initialize", "", "lint"),
        ("lint", "", "build"),
        ("build", "", "finalize"),
        ("finalize", "", "finish"),
    ]
    assert drawn.has_plain_errors


def test_a_loop_says_how_often_it_goes_round() -> None:
    assert ways(loop())[1:-1] == [
        ("test", "ok", "finalize"),
        ("test", "error, at most 5 ×", "fix"),
        ("fix", "ok", "test"),
    ]


def test_the_ways_of_a_question_are_named_by_its_answers() -> None:
    assert ways(approval()) == [
        ("review", "", "approve"),
        ("review", "error, at most 3 ×", "review"),
        ("approve", "approve, later", "ship"),
        ("approve", "revise", "review"),
        ("approve", "reject", "fail"),
        ("ship", "", "finish"),
        ("ship", "error", "fail"),
    ]
    assert [way.is_error for way in graph(approval()).ways] == [False, True, False, False, True, False, True]


def test_results_that_lead_to_one_step_share_an_arrow() -> None:
    definition = workflow({"a": {**RUN, "on": {"ok": "b", "error": "b"}}, "b": {**RUN, "on": {"warning": "fail"}}})
    assert graph(definition).ways == (
        Way("a", "b", "ok, error", False),
        Way("b", "finish", "", False),
        Way("b", "fail", "warning", False),
    )


def test_attempts_are_told_only_where_there_is_a_loop() -> None:
    definition = workflow({"a": {**RUN, "max_attempts": 3, "on": {"error": "c"}}, "b": RUN, "c": RUN})
    assert ("a", "error", "c") in ways(definition)


def test_an_answer_that_nobody_can_give_has_no_arrow() -> None:
    definition = workflow({"a": {"ask": "?", "answers": {"yes": "ok", "sure": "ok"}, "on": {"error": "a"}}})
    assert ways(definition) == [("a", "yes, sure", "finish")]
    assert not graph(definition).has_plain_errors


@pytest.mark.parametrize("definition", ALL.values(), ids=ALL)
def test_every_other_result_of_a_step_has_its_arrow_and_no_two_boxes_have_two(definition: WorkflowDefinition) -> None:
    drawn = [(way.origin, way.target) for way in graph(definition).ways]
    assert len(drawn) == len(set(drawn))
    kept = {"finish": "finalize" if definition.commit else "finish"}
    for edge in edges(definition):
        is_plain = edge.target == "fail" and not edge.is_written
        asks = definition.steps[edge.origin].kind == "ask"
        assert is_plain or asks or (edge.origin, kept.get(edge.target, edge.target)) in drawn
    names = [box.name for box in graph(definition).boxes]
    assert len(names) == len(set(names))
    assert {name for pair in drawn for name in pair} <= set(names)


def test_a_title_is_one_line_of_visible_characters() -> None:
    assert shown("first\nsecond\r\n third\u2028fourth", 100) == "first second third fourth"
    assert shown("\u202eevil\u0000\ufffe\ud800 x", 100) == "evil x"
    assert shown("👩\u200d💻", 100) == "👩\u200d💻"
    assert shown("one two", 5) == "one…"
    assert shown("12345", 5) == "12345"
    assert all(len(box.title) <= MAX_TITLE for box in graph(hostile()).boxes)


def test_a_title_without_anything_to_see_is_the_name() -> None:
    assert graph(workflow({"a": {**RUN, "title": "\u200b\u2060"}})).boxes[0].title == "a"
