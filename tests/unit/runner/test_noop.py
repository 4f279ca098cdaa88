from pathlib import Path

import pytest

from tests.unit.runner.benches import Kept, bench, work
from treadle.domain.result import ResultStatus
from treadle.runner.executors.noop import noop


@pytest.mark.requirement("command.noop")
def test_nothing_is_done_and_that_is_ok(tmp_path: Path) -> None:
    kept = Kept()
    result = noop(work("noop"), bench(tmp_path, kept))
    assert (result.status, result.data, result.stdout, kept.events) == (ResultStatus.OK, {}, None, [])
