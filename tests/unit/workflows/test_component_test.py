import pytest

from tests.unit.workflows.factories import COMPONENT, case, collection_error, make_context, make_run, report
from treadle.domain.project import Component
from treadle.domain.result import Result, ResultStatus
from treadle.workflows.component_test import RunNewTests
from treadle.workflows.contract import StepOutcome

CODE = "src/calculator.py"
MISSING = "ModuleNotFoundError: No module named 'calculator'"


def outcome(result: Result) -> StepOutcome:
    return RunNewTests().handle_result(make_context(), result)


@pytest.mark.parametrize(
    ("name", "text", "code", "exists"),
    [
        ("some fail", report(case("a", "failure", "E   assert 1 == 2"), case("b")), 1, {CODE: False}),
        ("all fail, code is there", report(case("a", "failure", "E   assert 1 == 2")), 1, {CODE: True}),
        ("the module is missing", report(collection_error(MISSING)), 2, {CODE: False}),
        ("the client did not look for files", report(collection_error(MISSING)), 2, None),
        (
            "a name is missing in it",
            report(
                collection_error("ImportError: cannot import name 'evaluate' from 'calculator' (/p/src/calculator.py)")
            ),
            2,
            {CODE: True},
        ),
        (
            "an attribute is missing in it",
            report(collection_error("AttributeError: module 'calculator' has no attribute 'CASES'")),
            2,
            {CODE: True},
        ),
        ("a fixture needs the module", report(case("a", "error", f"E       {MISSING}"), case("b", "skipped")), 1, {}),
        ("all pass, code is there", report(case("a")), 0, {CODE: True}),
        ("failures although the exit code is 0", report(case("a", "failure", "E   x")), 0, {CODE: False}),
    ],
)
def test_good_runs(name: str, text: str, code: int, exists: dict[str, bool] | None) -> None:
    result = outcome(make_run(text, code, exists=exists)).result
    assert (result.status, result.error_message) == (ResultStatus.OK, None)


@pytest.mark.parametrize(
    ("name", "text", "code", "exists", "message"),
    [
        (
            "all pass with nothing implemented",
            report(case("a"), case("b")),
            0,
            {CODE: False},
            "All tests pass (2 tests) although src/calculator.py is not implemented: they do not test the component.",
        ),
        ("zero tests", report(), 5, {}, "There are no tests in tests/test_calculator.py."),
        ("zero tests read as success", report(), 0, {}, "There are no tests in tests/test_calculator.py."),
        (
            "no file",
            report(),
            4,
            {"tests/test_calculator.py": False},
            "There are no tests: tests/test_calculator.py does not exist.",
        ),
        ("all skipped", report(case("a", "skipped")), 0, {}, "No test ran: 1 test skipped."),
        (
            "another module is missing",
            report(collection_error("ModuleNotFoundError: No module named 'numpy'")),
            2,
            {CODE: False},
            "1 test cannot run, for another reason than the missing component.",
        ),
        (
            "the module is there but cannot be found",
            report(collection_error(MISSING)),
            2,
            {CODE: True},
            "1 test cannot run, for another reason than the missing component.",
        ),
        (
            "not the only cause",
            report(collection_error(MISSING), collection_error("SyntaxError: invalid syntax")),
            2,
            {CODE: False},
            "1 test cannot run, for another reason than the missing component.",
        ),
        (
            "failures do not excuse a broken fixture",
            report(case("a", "failure", "E   x"), case("b", "error", "E       fixture 'nofix' not found")),
            1,
            {CODE: False},
            "1 test cannot run, for another reason than the missing component.",
        ),
        (
            "green, but the command failed",
            report(case("a")),
            1,
            {CODE: True},
            "No test failed, but the test command ended with exit code 1.",
        ),
    ],
)
def test_bad_runs(name: str, text: str, code: int, exists: dict[str, bool], message: str) -> None:
    result = outcome(make_run(text, code, exists=exists)).result
    assert (result.status, result.error_message) == (ResultStatus.ERROR, message)
    assert str(result.data["digest"]).startswith(message)


ACCOUNT = Component(id=8, project_id=3, name="Account", kind="module", paths={"code": "src/shop/account.py"})
SLUGS = Component(id=9, project_id=3, name="Slugs", kind="module", paths={"code": "src/slugs.ts"})
BESIDE = make_context(components=(COMPONENT, ACCOUNT, SLUGS))
NO_ACCOUNT = collection_error("ModuleNotFoundError: No module named 'shop.account'")
NO_SLUGS = case("a", "error", message="Cannot find module '../src/slugs' imported from /p/tests/calculator.test.ts")


@pytest.mark.parametrize("error", [NO_ACCOUNT, NO_SLUGS])
def test_another_component_may_not_be_written_yet_either(error: str) -> None:
    paths = ("src/shop/account.py", "src/slugs.ts")
    looked_at = RunNewTests().get_command(BESIDE).metadata["fingerprints"]
    assert looked_at == [*(COMPONENT.paths[role] for role in ("code", "tests", "design")), *paths]

    def judged(exists: dict[str, bool] | None) -> str | None:
        run = make_run(report(error), 2, exists=exists)
        return RunNewTests().handle_result(BESIDE, run).result.error_message

    assert judged({CODE: False, **dict.fromkeys(paths, False)}) is None
    unable = "1 test cannot run, for another reason than the missing component."
    assert judged({CODE: False, **dict.fromkeys(paths, True)}) == unable
    assert judged(None) == unable, "only what a client has looked for is known to be missing"


def test_a_wrong_import_is_none_because_another_component_is_missing_from_the_same_package() -> None:
    cart = Component(id=7, project_id=3, name="Cart", kind="module", paths={**COMPONENT.paths, "code": "src/shop/c.py"})
    context = make_context(component=cart, components=(cart, ACCOUNT))
    exists = {"src/shop/c.py": True, "src/shop/account.py": False}
    run = make_run(report(collection_error("ModuleNotFoundError: No module named 'shop'")), 2, exists=exists)
    assert RunNewTests().handle_result(context, run).result.status is ResultStatus.ERROR


def test_the_others_of_its_context_are_looked_for_first_and_not_without_end() -> None:
    far = [
        Component(id=100 + number, project_id=3, name=f"C{number}", kind="module", paths={"code": f"src/c{number}.py"})
        for number in range(150)
    ]
    near = Component(id=300, project_id=3, name="Z", kind="module", parent_component_id=9, paths={"code": "src/z.py"})
    same = Component(id=301, project_id=3, name="Same", kind="module", paths={"code": CODE})
    mine = Component(id=7, project_id=3, name="C", kind="module", parent_component_id=9, paths=COMPONENT.paths)
    context = make_context(component=mine, components=(mine, same, *far, near))
    looked_at = RunNewTests().get_command(context).metadata["fingerprints"]
    assert isinstance(looked_at, list)
    assert looked_at[3] == "src/z.py"
    assert len(looked_at) == len(set(looked_at)) == 3 + 99


def test_the_cause_is_the_last_error_that_was_raised() -> None:
    text = f"{MISSING}\n\nDuring handling of the above exception, another exception occurred:\nE   RuntimeError: no"
    result = outcome(make_run(report(collection_error(text)), 2, exists={CODE: False})).result
    assert result.status is ResultStatus.ERROR


def test_red_is_said_to_be_right() -> None:
    run = make_run(
        report(collection_error("ModuleNotFoundError: No module named 'calculator'")), 2, exists={CODE: False}
    )
    assert outcome(run).result.data["verdict"] == f"The tests fail, as they should: {CODE} does not exist yet."
