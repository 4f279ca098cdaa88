"""What the clients send."""

import random
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tests.torture.ledger import Json
from treadle.workflows.project_tests import REPORT_NAME

SETTINGS = """\
components:
  - name: Calculator
    kind: module
    paths: {code: calculator.py, tests: tests/test_calculator.py}
"""
TYPES = ("component_test", "component_coding")
EVENT_TYPES = ("tool_called", "tool_result", "conversation_message_received", "file_modified", "hook_triggered")
BATCHES = ((1, 1), (1, 1), (2, 10), (11, 100))
"""From and to how many events; one is the usual."""
PASSED = '<testsuite tests="1"><testcase classname="tests" name="test_it"/></testsuite>'
FAILED = (
    '<testsuite tests="1"><testcase classname="tests" name="test_it"><failure message="no"/></testcase></testsuite>'
)


def new_id() -> str:
    return str(uuid.uuid4())


def make_project(root: Path) -> None:
    (root / ".treadle").mkdir(parents=True)
    (root / ".treadle" / "project.yaml").write_text(SETTINGS, encoding="utf-8")


def events(chance: random.Random, interaction_id: str | None) -> list[Json]:
    lowest, highest = chance.choice(BATCHES)
    return [_event(chance, interaction_id) for _ in range(chance.randint(lowest, highest))]


def _event(chance: random.Random, interaction_id: str | None) -> Json:
    return {
        "uid": new_id(),
        "eventType": chance.choice(EVENT_TYPES),
        "sentAt": datetime.now(UTC).isoformat(),
        "data": {"path": "a.py", "text": "x" * chance.choice((10, 200, 200, 2_000))},
        "interactionId": interaction_id,
    }


def result(chance: random.Random, status: str | None = None) -> Json:
    status = status or chance.choices(("ok", "warning", "error"), (8, 1, 1))[0]
    report = chance.choice((PASSED, FAILED))
    told: Json = {"id": new_id(), "status": status, "code": 0, "data": {"reports": {REPORT_NAME: report}}}
    if status in ("warning", "error"):
        told |= {"errorMessage": "It did not go well.", "code": 1}
    return told


def pieces(chance: random.Random) -> Sequence[bytes]:
    """An output in one piece or in several."""
    return [chance.randbytes(chance.choice((1_000, 60_000))) for _ in range(chance.randint(1, 4))]
