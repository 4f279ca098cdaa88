from itertools import combinations, pairwise

import pytest

from tests.unit.workflows.definition.drawings import ALL, crossings, loop
from treadle.workflows.definition.graph import graph
from treadle.workflows.definition.layout import (
    MARGIN,
    TEXT_SIZE,
    TITLE_SIZE,
    Layout,
    PlacedWay,
    label_of,
    layout,
    text_width,
    title_of,
)

LAYOUTS = {name: layout(graph(definition)) for name, definition in ALL.items()}
each_layout = pytest.mark.parametrize("placed", LAYOUTS.values(), ids=LAYOUTS)
Rectangle = tuple[float, float, float, float]


def label_rectangle(way: PlacedWay) -> Rectangle:
    width = text_width(label_of(way.way), TEXT_SIZE)
    left = way.label.x if way.side == "right" else way.label.x - width
    return left, way.label.y - TEXT_SIZE, left + width, way.label.y + 3


def label_rectangles(placed: Layout) -> list[Rectangle]:
    return [label_rectangle(way) for way in placed.ways if way.way.label]


def overlap(first: Rectangle, second: Rectangle) -> bool:
    return first[0] < second[2] and second[0] < first[2] and first[1] < second[3] and second[1] < first[3]


@each_layout
def test_boxes_stand_below_each_other_and_are_as_wide_as_their_titles(placed: Layout) -> None:
    for upper, lower in pairwise(placed.boxes):
        assert upper.bottom < lower.top
        assert (upper.left, upper.width) == (lower.left, lower.width)
    assert all(text_width(title_of(box.box), TITLE_SIZE) < box.width for box in placed.boxes)


@each_layout
def test_no_label_stands_on_a_box_or_on_another_label(placed: Layout) -> None:
    labels = label_rectangles(placed)
    boxes = [(box.left, box.top, box.left + box.width, box.bottom) for box in placed.boxes]
    assert not [pair for pair in combinations(labels, 2) if overlap(*pair)]
    assert not [(label, box) for label in labels for box in boxes if overlap(label, box)]


@each_layout
def test_no_label_stands_on_a_line_that_goes_down_or_up(placed: Layout) -> None:
    lines = [
        (begin.x, min(begin.y, end.y), begin.x, max(begin.y, end.y))
        for way in placed.ways
        for begin, end in pairwise(way.points)
        if begin.x == end.x
    ]
    assert not [(label, line) for label in label_rectangles(placed) for line in lines if overlap(label, line)]


@each_layout
def test_everything_is_inside(placed: Layout) -> None:
    points = [tuple(point) for way in placed.ways for point in way.points]
    for left, top, right, bottom in label_rectangles(placed):
        points += [(left, top), (right, bottom)]
    assert all(MARGIN <= x <= placed.width - MARGIN and MARGIN <= y <= placed.height - MARGIN for x, y in points)
    assert placed.boxes[-1].bottom < placed.height


@each_layout
def test_a_way_begins_and_ends_at_its_boxes(placed: Layout) -> None:
    boxes = {box.box.name: box for box in placed.boxes}
    lanes = {(way.points[2].x, way.way.target) for way in placed.ways if len(way.points) == 4}
    for way in placed.ways:
        origin, target = boxes[way.way.origin], boxes[way.way.target]
        assert origin.top <= way.points[0].y <= origin.bottom
        if way.joins:
            assert (way.points[-1].x, way.way.target) in lanes
        else:
            assert target.top <= way.points[-1].y <= target.bottom
        assert all(begin.x == end.x or begin.y == end.y for begin, end in pairwise(way.points))


def test_ways_back_are_on_the_right_and_ways_ahead_on_the_left() -> None:
    placed = layout(graph(loop()))
    box = placed.boxes[0]
    sides = {(way.way.origin, way.way.target): way.points[1].x for way in placed.ways if len(way.points) == 4}
    assert sides["test", "finalize"] < box.left
    assert sides["fix", "test"] > box.left + box.width


def test_beside_a_box_no_line_crosses_another() -> None:
    """Of two lines that leave or reach one side of a box, neither goes up or down through the other."""
    placed = layout(graph(crossings()))
    for box in placed.boxes:
        for side in ("left", "right"):
            lines = []
            for way in placed.ways:
                if len(way.points) == 4 and way.side == side:
                    begin, corner, turn, end = way.points
                    lines += [(begin, corner, turn)] if way.way.origin == box.box.name else []
                    lines += [(end, turn, corner)] if way.way.target == box.box.name else []
            for (_, corner, turn), (begin, bend, _) in combinations(lines, 2):
                assert not (begin.x < corner.x < bend.x and corner.y < begin.y < turn.y)
                assert not (bend.x < corner.x < begin.x and turn.y < begin.y < corner.y)


def test_wide_characters_have_their_room() -> None:
    assert text_width("日本", 10) == pytest.approx(22)
    assert text_width("e\u0301", 10) == text_width("e", 10)
    assert text_width("W", 10) > text_width("A", 10) > text_width("a", 10)
