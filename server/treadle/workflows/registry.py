"""Finds the session types: built-in and third-party ones come through the same entry-point group."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points

from pydantic import BaseModel

from treadle.domain.caps import Caps
from treadle.domain.errors import UnknownSessionTypeError
from treadle.domain.result import ResultStatus
from treadle.workflows.contract import SessionType, Step
from treadle.workflows.options import options_schema

GROUP = "treadle.session_types"
OWN_PACKAGE = "treadle"

Load = Callable[[EntryPoint], object]

_MEMBERS = {"id": str, "title": str, "description": str, "version": int, "needs_component": bool, "caps": Caps}
_STEP_MEMBERS = {"name": str, "kind": str}


@dataclass(frozen=True, slots=True)
class Found:
    types: tuple[SessionType, ...]
    problems: tuple[str, ...] = ()
    """One sentence for each plug-in that was skipped."""


class Registry:
    def __init__(self, find: Callable[[], Found]) -> None:
        """`find` is called by the first who asks. Should others ask meanwhile, they find the same or wait."""
        self._find = find

    @classmethod
    def installed(cls, load: Load = EntryPoint.load) -> "Registry":
        """Nothing is imported yet: a plug-in may bring more than the whole daemon. `load` imports a third-party one."""
        return cls(lambda: _loaded_types(entry_points(group=GROUP), load))

    @classmethod
    def of(cls, *types: SessionType) -> "Registry":
        """A registry of given types.

        :raises TypeError, ValueError: two of one id, or one that could not be shown or walked through
        """
        for session_type in types:
            _require_usable(session_type)
        ids = [session_type.id for session_type in types]
        if len(set(ids)) != len(ids):
            raise ValueError("Two session types have one id.")
        return cls(lambda: Found(types))

    @classmethod
    def from_entry_points(cls, found: Iterable[EntryPoint], load: Load = EntryPoint.load) -> "Registry":
        """What loads is kept; what does not is skipped and named in `problems`."""
        return cls(lambda: _loaded_types(found, load))

    @property
    def is_loaded(self) -> bool:
        return "_found" in self.__dict__

    @cached_property
    def _found(self) -> Found:
        return self._find()

    @property
    def types(self) -> tuple[SessionType, ...]:
        return self._found.types

    @property
    def problems(self) -> tuple[str, ...]:
        return self._found.problems

    def get(self, type_id: str) -> SessionType:
        """The type of this id.

        :raises UnknownSessionTypeError:
        """
        for session_type in self.types:
            if session_type.id == type_id:
                return session_type
        known = ", ".join(session_type.id for session_type in self.types) or "none"
        raise UnknownSessionTypeError(f"There is no session type {type_id}. Known types: {known}.", type=type_id)


def _loaded_types(found: Iterable[EntryPoint], load: Load) -> Found:
    types: list[SessionType] = []
    owners: dict[str, str] = {}
    problems: list[str] = []
    for entry_point in sorted(found, key=_own_first):
        owner = _owner(entry_point)
        try:
            session_type = _loaded(entry_point, load)
        except BaseException as error:  # noqa: BLE001 - foreign code, which may also exit; all others go on without it
            problems.append(f"The session type {entry_point.name} of {owner} was skipped: {_reason(error)}")
            continue
        earlier = owners.get(session_type.id)
        if earlier is not None:
            problems.append(f"The session type {session_type.id} is in both {earlier} and {owner}; the first is used.")
            continue
        owners[session_type.id] = owner
        types.append(session_type)
    return Found(tuple(types), tuple(problems))


def _own_first(entry_point: EntryPoint) -> tuple[bool, str, str]:
    """A third-party type never replaces a built-in one, and the order does not depend on the file system."""
    package = _package(entry_point)
    return package != OWN_PACKAGE, package, entry_point.name


def _package(entry_point: EntryPoint) -> str:
    """One whose metadata are damaged has no name."""
    return (entry_point.dist is not None and entry_point.dist.name) or "an unknown package"


def _owner(entry_point: EntryPoint) -> str:
    return f"{_package(entry_point)} ({entry_point.value})"


def _loaded(entry_point: EntryPoint, load: Load) -> SessionType:
    value = entry_point.load() if _package(entry_point) == OWN_PACKAGE else load(entry_point)
    if not isinstance(value, SessionType):
        raise TypeError(f"it is a {type(value).__name__}, not a SessionType.")
    _require_usable(value)
    return value


def _require_usable(session_type: SessionType) -> None:
    """Else one broken type would spoil the list of all."""
    _require_members(session_type, _MEMBERS)
    for step in session_type.steps:
        if not isinstance(step, Step):
            raise TypeError(f"its step {step!r} is no Step.")
        _require_members(step, _STEP_MEMBERS)
    _require_walkable(session_type)
    _require_options(session_type.options)


def _require_members(value: object, members: Mapping[str, type]) -> None:
    for name, expected in members.items():
        member = getattr(value, name)
        if not isinstance(member, expected):
            raise TypeError(f"the {name} of {value!r:.100} is a {type(member).__name__}, not a {expected.__name__}.")


def _require_options(options: object) -> None:
    if not (isinstance(options, type) and issubclass(options, BaseModel)):
        raise TypeError(f"its options are {options!r}, no pydantic model.")
    try:
        options_schema(options)
    except Exception as error:
        raise ValueError(f"its options have no JSON Schema: {error}") from error


def _require_walkable(session_type: SessionType) -> None:
    if not session_type.line:
        raise ValueError(f"the session type {session_type.id} has no steps.")
    for step in session_type.detours:
        for status in (ResultStatus.OK, ResultStatus.WARNING):
            if (step.name, status) not in session_type.routes:
                raise ValueError(f"no route leads on from its detour {step.name} with the result {status}.")


def _reason(error: BaseException) -> str:
    try:
        said = str(error)
    except Exception:  # noqa: BLE001 - foreign code too
        said = "it cannot say why."
    return " ".join(f"{type(error).__name__}: {said}".split())[:500]
