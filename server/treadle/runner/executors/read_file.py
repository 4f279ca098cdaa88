"""Reads a file of the project; whether its content is good is the step's business."""

from treadle.agents.lenient import text
from treadle.domain.result import Result
from treadle.runner import results
from treadle.runner.confinement import OutsideProjectError, inside
from treadle.runner.regular_file import NotAFileError, TooLargeError, read_regular
from treadle.runner.work import Work
from treadle.runner.workbench import Workbench

MAX_BYTES = 2 * 1024 * 1024


def read_file(work: Work, bench: Workbench) -> Result:
    path = text(work.metadata.get("path"))
    if not path:
        return results.failed(bench.new_id(), "The command names no file.")
    try:
        content = read_regular(inside(bench.project_root, path), MAX_BYTES)
    except OutsideProjectError as error:
        return results.failed(bench.new_id(), str(error))
    except NotAFileError:
        return results.failed(bench.new_id(), f"{path} is not a file.")
    except TooLargeError:
        return results.failed(bench.new_id(), f"{path} is larger than {MAX_BYTES} bytes.")
    except FileNotFoundError:
        return results.failed(bench.new_id(), f"{path} does not exist.")
    except OSError as error:
        return results.failed(bench.new_id(), f"{path} cannot be read: {error.strerror}.")
    try:
        decoded = content.decode()
    except UnicodeDecodeError:
        return results.failed(bench.new_id(), f"{path} is not UTF-8 text.")
    return results.ok(bench.new_id(), data={"path": path, "content": decoded}, duration_ms=0)
