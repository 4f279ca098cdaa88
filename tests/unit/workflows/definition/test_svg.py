from collections.abc import Iterator
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring

from tests.unit.workflows.definition.drawings import ALL, HOSTILE_TITLES, approval, hostile, loop, straight
from treadle.workflows.definition.graph import graph, shown
from treadle.workflows.definition.layout import MAX_SHOWN
from treadle.workflows.definition.model import WorkflowDefinition
from treadle.workflows.definition.svg import svg

SPACE = "{http://www.w3.org/2000/svg}"
ELEMENTS = {"svg", "title", "desc", "style", "rect", "text", "g", "path"}
each_workflow = pytest.mark.parametrize("definition", ALL.values(), ids=ALL)


def drawn(definition: WorkflowDefinition) -> Element:
    root: Element = fromstring(svg(definition), forbid_dtd=True)
    return root


def groups(root: Element, kind: str) -> Iterator[Element]:
    return (group for group in root.iter(f"{SPACE}g") if group.get("class", "").split()[0] == kind)


def text(parent: Element, name: str) -> str:
    found = parent.find(f"{SPACE}{name}")
    assert found is not None
    return found.text or ""


@each_workflow
def test_it_needs_nothing_from_outside(definition: WorkflowDefinition) -> None:
    root = drawn(definition)
    assert {element.tag.removeprefix(SPACE) for element in root.iter()} == ELEMENTS
    attributes = {name for element in root.iter() for name in element.attrib}
    assert not {name for name in attributes if name.startswith("on") or "href" in name or name == "style"}
    assert "url(" not in text(root, "style")
    assert "@import" not in text(root, "style")


@each_workflow
def test_each_step_and_each_way_once(definition: WorkflowDefinition) -> None:
    root, expected = drawn(definition), graph(definition)
    assert [text(box, "title") for box in groups(root, "box")] == [box.title for box in expected.boxes]
    hints = [text(way, "title").partition(":")[0] for way in groups(root, "way")]
    assert sorted(hints) == sorted(f"{way.origin} → {way.target}" for way in expected.ways)


@each_workflow
def test_no_box_overlaps_another_and_all_are_in_the_view(definition: WorkflowDefinition) -> None:
    root = drawn(definition)
    _, _, width, height = map(float, root.get("viewBox", "").split())
    below = 0.0
    for box in groups(root, "box"):
        rectangle = box.find(f"{SPACE}rect")
        assert rectangle is not None
        left, top, wide, high = (float(rectangle.get(name, "")) for name in ("x", "y", "width", "height"))
        assert top > below
        assert left > 0
        assert left + wide < width
        below = top + high
    assert below < height


def test_a_reader_who_cannot_see_it_is_told_all_of_it() -> None:
    root = drawn(loop())
    assert (root.get("role"), root.get("aria-label"), text(root, "title")) == ("img", "example", "example")
    assert text(root, "desc") == (
        "Initialize – to test. test (run) – ok: to Finalize; error, at most 5 ×: to fix. fix (agent) – ok: to test. "
        "Finalize – to Finished. Finished. An error that has no arrow fails the session."
    )
    assert next(iter(root)).tag == f"{SPACE}title", "what it is comes first"


def test_labels_and_errors() -> None:
    ways = {text(way, "title"): way for way in groups(drawn(approval()), "way")}
    rejected = ways["approve → fail: reject"]
    assert rejected.get("class") == "way error"
    assert text(rejected, "text") == "reject"
    assert ways["ship → finish"].find(f"{SPACE}text") is None


def test_an_arrow_that_comes_into_anothers_line_has_no_head_of_its_own() -> None:
    paths = {text(way, "title"): len(way.findall(f"{SPACE}path")) for way in groups(drawn(approval()), "way")}
    assert paths["approve → fail: reject"] == 2
    assert paths["ship → fail: error"] == 1


def test_hostile_titles_stay_texts() -> None:
    boxes = list(groups(drawn(hostile()), "box"))
    for box, title in zip(boxes, HOSTILE_TITLES, strict=False):
        assert text(box, "title") == shown(title, 60)
        assert text(box, "text") == shown(title, MAX_SHOWN)
    assert "<script" not in svg(hostile())


def test_it_is_readable_in_light_and_dark() -> None:
    light, dark = text(drawn(straight()), "style").split("prefers-color-scheme: dark")
    for name in ("paper", "ink", "soft", "line", "box", "error"):
        assert f"--{name}: #" in light
        assert f"--{name}: #" in dark
