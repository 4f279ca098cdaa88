"""Sessions below a session that work in worktrees of a real repository."""

import threading
from pathlib import Path

from tests.integration.worktree_worlds import PARENT, World
from tests.unit.runner.families import Family
from treadle.client.worktrees import worktrees
from treadle.domain.result import Result

BOUND_SECONDS = 30


class LocalFamily(Family):
    """Each child makes its branch and a commit in the folder where it is run."""

    def __init__(self, folder: Path, world: World, **options: object) -> None:
        super().__init__(folder, self._works, environment="local", **options)  # type: ignore[arg-type]
        self.world = world
        self.files: dict[int, dict[str, str]] = {number: {f"c{number}": "c\n"} for number in self.numbers}
        self.at_once: threading.Barrier | None = None
        self.last: list[int] = []
        self.heads[1]["state"] = {"branch": PARENT}

    def _works(self, number: int, root: Path, *_: object) -> None:
        branch = self.world.branch(number, root)
        self.ends(number, "active", state={"branch": branch})
        if self.at_once is not None:
            self.at_once.wait(BOUND_SECONDS)
        if not self.files[number]:
            self.ends(number, "failed", failureReason="no idea")
            return
        commit = self.world.commit(root, **self.files[number])
        self.ends(number, state={"branch": branch, "commit": commit})

    def run(self, *, max_parallel: int = 3) -> Result:
        return self.spawn(max_parallel=max_parallel, project=self.world.root)


def merges(world: World) -> list[str]:
    return world.git("log", "--reverse", "--merges", "--first-parent", "--format=%s").splitlines()


def places(world: World) -> list[str]:
    return [each.path.name for each in worktrees(world.repository)][1:]
