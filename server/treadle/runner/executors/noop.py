from treadle.domain.result import Result
from treadle.runner import results
from treadle.runner.work import Work
from treadle.runner.workbench import Workbench


def noop(work: Work, bench: Workbench) -> Result:
    """An explicit nothing."""
    del work
    return results.ok(bench.new_id(), duration_ms=0)
