from collections.abc import Callable
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from treadle.domain.errors import UnknownSessionTypeError
from treadle.workflows.component_coding import COMPONENT_CODING
from treadle.workflows.component_test import COMPONENT_TEST, FixTests, GenerateTests
from treadle.workflows.contract import SessionType
from treadle.workflows.options import SessionOptions
from treadle.workflows.registry import GROUP, Load, Registry


class Package:
    """What an entry point knows of the package that declares it."""

    def __init__(self, name: str) -> None:
        self.name = name


def entry_point(package: str, name: str, value: str) -> EntryPoint:
    found = EntryPoint(name, value, GROUP)
    vars(found)["dist"] = Package(package)
    return found


class MuteError(Exception):
    def __str__(self) -> str:
        raise ValueError("not even that")


def raising(error: BaseException) -> Load:
    def load(entry_point: EntryPoint) -> object:
        raise error

    return load


OWN = entry_point("treadle", "component_test", "treadle.workflows.component_test:COMPONENT_TEST")
STRANDED = SessionType(
    id="stranded", title="", description="", version=1, line=(GenerateTests(),), detours=(FixTests(),)
)


class Unshowable(SessionOptions):
    """What it takes is no JSON."""

    hook: Callable[[], None] | None = None


class BadlyNamed(GenerateTests):
    name = 3  # type: ignore[assignment]


def broken(**fields: Any) -> SessionType:
    defaults: dict[str, Any] = {"id": "broken", "title": "", "description": "", "version": 1}
    return SessionType(**{**defaults, "line": (GenerateTests(),), **fields})


UNSHOWABLE = broken(options=Unshowable)
NO_OPTIONS = broken(options=dict)
AN_INSTANCE = broken(options=Unshowable())
NO_TITLE = broken(title=None)
NO_CAPS = broken(caps=5)
NO_STEP_NAME = broken(line=(BadlyNamed(),))
NOTHING_TO_DO = broken(line=())


@pytest.mark.requirement("session-type.one-door")
def test_the_built_in_types_come_through_the_entry_points() -> None:
    registry = Registry.installed()
    assert registry.problems == ()
    assert registry.get("component_test") is COMPONENT_TEST
    assert registry.get("component_coding") is COMPONENT_CODING


@pytest.mark.requirement("session.type-is-known")
def test_an_unknown_type_is_refused_and_the_known_ones_are_named() -> None:
    with pytest.raises(
        UnknownSessionTypeError, match=r"no session type nonsense\. Known types: component_test\."
    ) as caught:
        Registry.of(COMPONENT_TEST).get("nonsense")
    assert caught.value.details == {"type": "nonsense"}
    with pytest.raises(UnknownSessionTypeError, match="Known types: none"):
        Registry.of().get("component_test")


@pytest.mark.requirement("session-type.duplicate")
def test_a_duplicate_id_names_both_owners_and_keeps_the_built_in() -> None:
    other = entry_point("acme-types", "component_test", "treadle.workflows.component_test:COMPONENT_TEST")
    registry = Registry.from_entry_points([other, OWN])
    assert registry.types == (COMPONENT_TEST,)
    (problem,) = registry.problems
    assert problem == (
        "The session type component_test is in both treadle (treadle.workflows.component_test:COMPONENT_TEST) "
        "and acme-types (treadle.workflows.component_test:COMPONENT_TEST); the first is used."
    )


@pytest.mark.requirement("session-type.broken")
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("acme_is_not_installed:TYPE", "ModuleNotFoundError: No module named 'acme_is_not_installed'"),
        ("treadle.workflows.component_test:NOPE", "AttributeError: "),
        ("treadle.workflows.contract:SessionType", "TypeError: it is a type, not a SessionType."),
        (f"{__name__}:STRANDED", "ValueError: no route leads on from its detour fix_tests with the result ok."),
        (f"{__name__}:UNSHOWABLE", "ValueError: its options have no JSON Schema: "),
        (f"{__name__}:NO_OPTIONS", "TypeError: its options are <class 'dict'>, no pydantic model."),
        (f"{__name__}:AN_INSTANCE", "TypeError: its options are Unshowable(hook=None), no pydantic model."),
        (f"{__name__}:NO_TITLE", "TypeError: the title of "),
        (f"{__name__}:NO_CAPS", "TypeError: the caps of "),
        (f"{__name__}:NO_STEP_NAME", "TypeError: the name of "),
        (f"{__name__}:NOTHING_TO_DO", "ValueError: the session type broken has no steps."),
    ],
)
def test_a_broken_plug_in_is_reported_and_skipped(value: str, reason: str) -> None:
    registry = Registry.from_entry_points([entry_point("acme-types", "acme", value), OWN])
    assert registry.types == (COMPONENT_TEST,)
    (problem,) = registry.problems
    assert problem.startswith(f"The session type acme of acme-types ({value}) was skipped: {reason}")


@pytest.mark.requirement("session-type.broken")
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (SystemExit(3), "SystemExit: 3"),
        (KeyboardInterrupt(), "KeyboardInterrupt:"),
        (TimeoutError("it was not loaded within 10 seconds."), "TimeoutError: it was not loaded within 10 seconds."),
        (MuteError(), "MuteError: it cannot say why."),
    ],
)
def test_whatever_a_plug_in_does_at_its_import_the_others_are_there(error: BaseException, reason: str) -> None:
    foreign = entry_point("acme-types", "acme", "acme:TYPE")
    registry = Registry.from_entry_points([foreign, OWN], raising(error))
    assert registry.types == (COMPONENT_TEST,)
    assert registry.problems == (f"The session type acme of acme-types (acme:TYPE) was skipped: {reason}",)


@pytest.mark.requirement("session-type.broken")
def test_a_package_without_a_name_spoils_nothing() -> None:
    nameless = entry_point("", "acme", "acme_is_not_installed:TYPE")
    vars(nameless)["dist"].name = None
    named = entry_point("acme-types", "acme", "acme_is_not_installed:TYPE")
    registry = Registry.from_entry_points([nameless, named, OWN])
    assert registry.types == (COMPONENT_TEST,)
    assert [problem.split(" (")[0] for problem in registry.problems] == [
        "The session type acme of acme-types",
        "The session type acme of an unknown package",
    ]


def test_two_given_types_of_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="one id"):
        Registry.of(COMPONENT_TEST, COMPONENT_TEST)
