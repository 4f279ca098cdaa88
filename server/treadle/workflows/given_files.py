"""Files that are given to a session: what judges its work is not its work, whatever an agent is told or does.

The client says with a result which content some files have (`fingerprints`: SHA-256 by path, null where there is
none). The first step keeps that of the given files in the session's state; each test run compares.
"""

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from treadle.domain.project import Component
from treadle.domain.result import Result
from treadle.workflows.component_files import is_inside
from treadle.workflows.contract import StepContext

STATE_KEY = "given"


ROLES = ("code", "tests", "design")


def paths_of(component: Component, roles: Iterable[str]) -> list[str]:
    paths = (component.paths.get(role) for role in roles)
    return [path for path in paths if path and is_inside(path)]


def given_paths(component: Component, roles: tuple[str, ...]) -> list[str]:
    """Without those that hold, or lie in, what the session is to write: its own work changes them."""
    own = paths_of(component, [role for role in ROLES if role not in roles])
    return [path for path in paths_of(component, roles) if not any(_overlap(path, mine) for mine in own)]


def _overlap(one: str, other: str) -> bool:
    first, second = PurePosixPath(one), PurePosixPath(other)
    return first.is_relative_to(second) or second.is_relative_to(first)


def fingerprints(result: Result) -> dict[str, str | None]:
    """Empty when the client does not look."""
    found = result.data.get("fingerprints")
    if not isinstance(found, Mapping):
        return {}
    return {str(path): value if isinstance(value, str) else None for path, value in found.items()}


def given(context: StepContext) -> dict[str, str | None]:
    kept = context.session.state.get(STATE_KEY)
    return dict(kept) if isinstance(kept, Mapping) else {}


def altered(context: StepContext, result: Result) -> list[str]:
    """The given files that are not as they were."""
    now = fingerprints(result)
    return [path for path, before in given(context).items() if path in now and now[path] != before]


def altered_problem(paths: list[str], before: Mapping[str, str | None]) -> str | None:
    if not paths:
        return None
    path = paths[0]
    if before[path] is None:
        return f"{path} was made, although it is not this session's work: remove it."
    return f"{path} was changed, although it is given: put it back exactly as it was."
