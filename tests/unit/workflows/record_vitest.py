"""Records what vitest reports of the cases of tests/vitest_cases.py.

    .venv/bin/python -m tests.unit.workflows.record_vitest FOLDER [CASE …]

FOLDER is one where vitest and happy-dom are installed; its reports go to vitest_reports/ with the major version.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.vitest_cases import CASES, PACKAGE, TESTS
from treadle.workflows.project_tests import REPORT_NAME, RUN_ENVIRONMENT, VITEST_REPORTERS

REPORTS = Path(__file__).parent / "vitest_reports"
HOME = "/home/ada/slugs"


def record(folder: Path, files: dict[str, str]) -> dict[str, object]:
    """Where the project was is told as somebody's home, and when as nothing."""
    with tempfile.TemporaryDirectory() as scratch:
        root, reports = Path(scratch, "slugs").resolve(), Path(scratch, "reports")
        for name, text in {"package.json": PACKAGE, **files}.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        reports.mkdir()
        shutil.copytree(folder / "node_modules", root / "node_modules", symlinks=True)
        flags = [flag.replace("{reports}", str(reports)) for flag in VITEST_REPORTERS]
        done = subprocess.run(
            ["npx", "--no", "vitest", "run", TESTS, *flags],
            cwd=root,
            env={**_environment(), **RUN_ENVIRONMENT},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        found = reports / REPORT_NAME
        texts = {"report": found.read_text() if found.exists() else None, "stdout": done.stdout, "stderr": done.stderr}
        return {"code": done.returncode, **{name: _told(text, root) for name, text in texts.items()}}


def _environment() -> dict[str, str]:
    import os

    return {key: value for key, value in os.environ.items() if key in ("PATH", "HOME")}


def _told(text: str | None, root: Path) -> str | None:
    if text is None:
        return None
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    text = text.replace(str(root.parent), HOME.rpartition("/")[0]).replace("\u2068", "")
    text = re.sub(r' (?:time|timestamp|hostname)="[^"]*"', "", text)
    return re.sub(r"(Start at|Duration) .*|\.timestamp-[\w-]+", r"\1", text)


def main() -> None:
    folder = Path(sys.argv[1])
    version = json.loads((folder / "node_modules" / "vitest" / "package.json").read_text())["version"]
    for name in sys.argv[2:] or CASES:
        case = CASES[name]
        path = REPORTS / version.partition(".")[0] / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        recorded = {"vitest": version, **record(folder, dict(case.files))}
        path.write_text(json.dumps(recorded, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
