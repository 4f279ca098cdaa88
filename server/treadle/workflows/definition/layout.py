"""Where everything of a drawing stands: the boxes below each other, the ways beside them.

What is written stands where nothing else may: in its box, or above its own line between the box and the first lane.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from treadle.workflows.definition.graph import PLAIN_ERROR, Box, Graph, Way, shown
from treadle.workflows.definition.lanes import SIDES, Lane, Lanes, Port, Side

MARGIN = 20.0
HEADING, FOOTING = 36.0, 28.0
GAP = 36.0
"""Between two boxes."""
LANE = 14.0
PORT = 20.0
"""Between two lines at the side of a box: room for a label."""
JOINING = 12.0
PADDING = 14.0
MIN_WIDTH, STEP_HEIGHT, END_HEIGHT = 150.0, 48.0, 32.0
TITLE_SIZE, TEXT_SIZE = 14.0, 12.0
MAX_SHOWN = 36
"""Characters of a title or a label; what a pointer shows has all."""
WIDE = frozenset("mwMW@%—…")


class Point(NamedTuple):
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class PlacedBox:
    box: Box
    left: float
    top: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.left + self.width / 2

    @property
    def bottom(self) -> float:
        return self.top + self.height


@dataclass(frozen=True, slots=True)
class PlacedWay:
    way: Way
    points: tuple[Point, ...]
    joins: bool
    """It ends where it comes into a lane in which another way goes on to the same box."""
    label: Point
    """Where the text begins; of a way on the left, where it ends."""
    side: Side


@dataclass(frozen=True, slots=True)
class Layout:
    width: float
    height: float
    boxes: tuple[PlacedBox, ...]
    ways: tuple[PlacedWay, ...]


def layout(graph: Graph) -> Layout:
    lanes = Lanes(graph)
    ports = {(place, side): lanes.ports(place, side) for place in range(len(graph.boxes)) for side in SIDES}
    width = max(MIN_WIDTH, *(_box_width(box) for box in graph.boxes))
    beside = {side: _labels_width(lanes, side, width) for side in SIDES}
    outside = {side: MARGIN + beside[side] + LANE * lanes.count(side) for side in SIDES}
    boxes: list[PlacedBox] = []
    top = MARGIN + HEADING
    for place, box in enumerate(graph.boxes):
        lines = max(len(ports[place, side]) for side in SIDES)
        height = max(STEP_HEIGHT if box.is_step else END_HEIGHT, PORT * (lines + 0.5))
        boxes.append(PlacedBox(box, outside["left"], top, width, height))
        top += height + GAP
    ways = [_straight(way, boxes[place], boxes[place + 1]) for place, way in lanes.straight.items()]
    for lane in lanes.ways:
        ways.extend(_around(lane, lanes, ports, boxes, beside[lane.side]))
    written = max(text_width(graph.title, TITLE_SIZE), text_width(PLAIN_ERROR, TEXT_SIZE)) + 2 * MARGIN
    return Layout(max(written, width + sum(outside.values())), top - GAP + FOOTING + MARGIN, tuple(boxes), tuple(ways))


def text_width(text: str, size: float) -> float:
    """At most, in the usual fonts: a drawing cannot know which one it will get."""
    return size * sum(_character_width(character) for character in text)


def _character_width(character: str) -> float:
    if unicodedata.combining(character):
        return 0.0
    if unicodedata.east_asian_width(character) in "WF" or character in WIDE:
        return 1.1
    return 0.8 if character.isupper() else 0.65


def label_of(way: Way) -> str:
    return shown(way.label, MAX_SHOWN)


def title_of(box: Box) -> str:
    return shown(box.title, MAX_SHOWN)


def _box_width(box: Box) -> float:
    return max(text_width(title_of(box), TITLE_SIZE), text_width(box.subtitle, TEXT_SIZE)) + 2 * PADDING


def _labels_width(lanes: Lanes, side: Side, box_width: float) -> float:
    """Of the room between the boxes and the first lane."""
    beside = [way for lane, ways in lanes.ways.items() if lane.side == side for way in ways.values()]
    widths = [text_width(label_of(way), TEXT_SIZE) + 2 * PADDING for way in beside]
    if side == "right":
        below = (text_width(label_of(way), TEXT_SIZE) + PADDING for way in lanes.straight.values())
        widths += [width - box_width / 2 for width in below]
    return max([0.0, *widths])


def _straight(way: Way, upper: PlacedBox, lower: PlacedBox) -> PlacedWay:
    points = (Point(upper.middle, upper.bottom), Point(lower.middle, lower.top))
    return PlacedWay(way, points, False, Point(upper.middle + 8, (upper.bottom + lower.top) / 2 + 2), "right")


def _around(
    lane: Lane,
    lanes: Lanes,
    ports: dict[tuple[int, Side], list[Port]],
    boxes: list[PlacedBox],
    beside: float,
) -> Iterator[PlacedWay]:
    outwards = -1 if lane.side == "left" else 1
    edge = boxes[0].left + (boxes[0].width if lane.side == "right" else 0)
    lane_x = edge + outwards * (beside + LANE * (lanes.depths[lane] - 0.5))

    def height(place: int, port: Port) -> float:
        found = ports[place, lane.side]
        box = boxes[place]
        return box.top + box.height / 2 + PORT * (found.index(port) - (len(found) - 1) / 2) + 3

    end = Point(edge, height(lane.target, Port(lane, None)))
    farthest = max(lanes.ways[lane], key=lambda origin: abs(origin - lane.target))
    for origin, way in lanes.ways[lane].items():
        begin = Point(edge, height(origin, Port(lane, origin)))
        corner = Point(lane_x, begin.y)
        rest = [Point(lane_x, end.y), end] if origin == farthest else [Point(lane_x, begin.y - outwards * JOINING)]
        label = Point(edge + outwards * PADDING / 2, begin.y - 5)
        yield PlacedWay(way, (begin, corner, *rest), origin != farthest, label, lane.side)
