"""`treadle git` in a folder of a test's own."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.integration.git_folders import git

UID = "6a1ff3a5-30c5-4b8c-9a53-6a46ae8b3f0e"
OTHER_UID = "0f1ff3a5-30c5-4b8c-9a53-6a46ae8b3f0e"


@dataclass
class Folder:
    path: Path
    environment: Mapping[str, str]

    def git(self, *arguments: str) -> str:
        return git(self.path, self.environment, *arguments)

    def write(self, name: str, text: str = "x\n") -> None:
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        (self.path / name).write_text(text)

    def run(self, *arguments: str, directory: Path | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "treadle", "git", *arguments],
            cwd=directory or self.path,
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def report(self, *arguments: str, directory: Path | None = None) -> dict[str, object]:
        done = self.run(*arguments, directory=directory)
        assert (done.returncode, done.stderr) == (0, ""), done
        value = json.loads(done.stdout.splitlines()[-1])
        assert isinstance(value, dict)
        return value

    def refusal(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert (done.returncode, done.stdout) == (1, ""), done
        assert done.stderr.count("\n") == 1
        return done.stderr.removeprefix("treadle: ").strip()

    def branch(self, uid: str = UID) -> dict[str, object]:
        return self.report("branch", "--session-id", "12", "--session-uid", uid, "--slug", "tests-calculator")


BRANCH = ("branch", "--session-id", "12", "--session-uid", UID, "--slug", "tests-calculator")
NAME = "treadle/12-tests-calculator"
