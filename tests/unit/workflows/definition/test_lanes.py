from itertools import combinations

import pytest

from tests.unit.workflows.definition.drawings import ALL, RUN, crossings, workflow
from treadle.workflows.definition.graph import graph
from treadle.workflows.definition.lanes import SIDES, Lane, Lanes
from treadle.workflows.definition.model import WorkflowDefinition


def test_ways_of_one_kind_to_one_box_share_a_lane() -> None:
    steps = {f"step_{number}": {**RUN, "on": {"error": "fail"}} for number in range(50)}
    lanes = Lanes(graph(workflow(steps)))
    assert list(lanes.ways) == [Lane("left", 51, True, False)]
    assert list(lanes.ways[Lane("left", 51, True, False)]) == list(range(50))
    assert len(lanes.straight) == 50
    assert (lanes.count("left"), lanes.count("right")) == (1, 0)


def ends(lanes: Lanes, lane: Lane) -> tuple[int, int]:
    places = [lane.target, *lanes.ways[lane]]
    return min(places), max(places)


@pytest.mark.parametrize("definition", ALL.values(), ids=ALL)
def test_two_lanes_are_never_in_one_line_beside_one_box(definition: WorkflowDefinition) -> None:
    lanes = Lanes(graph(definition))
    for first, second in combinations(lanes.ways, 2):
        if (first.side, lanes.depths[first]) == (second.side, lanes.depths[second]):
            (_, end), (begin, _) = sorted([ends(lanes, first), ends(lanes, second)])
            assert end < begin


@pytest.mark.parametrize("definition", ALL.values(), ids=ALL)
def test_every_way_leaves_once_and_every_lane_arrives_once(definition: WorkflowDefinition) -> None:
    drawn = graph(definition)
    lanes = Lanes(drawn)
    ports = [(place, port) for place in range(len(drawn.boxes)) for side in SIDES for port in lanes.ports(place, side)]
    assert len(ports) == len(set(ports))
    assert sum(port.origin is None for _, port in ports) == len(lanes.ways)
    assert sum(port.origin is not None for _, port in ports) + len(lanes.straight) == len(drawn.ways)


def test_a_retry_stands_between_ways_back_and_what_comes_back() -> None:
    lanes = Lanes(graph(crossings()))
    draft = [box.name for box in graph(crossings()).boxes].index("draft")
    ports = lanes.ports(draft, "right")
    assert [(port.lane.is_again, port.origin is not None) for port in ports[:2]] == [(True, True), (True, False)]
    arriving = [lanes.depths[port.lane] for port in ports[2:]]
    assert len(arriving) == 2
    assert arriving == sorted(arriving, reverse=True), "the innermost lane arrives at the bottom"
