"""Components that a step makes out of a design: beside those of the settings file, which has the last word."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.factories import (
    asynchronous,
    make_result,
    new_session,
    next_command,
    open_application,
    open_project,
    take_step,
    write_settings,
)
from tests.stored import stored_session
from treadle.domain.command import NOOP, Command
from treadle.domain.errors import StepFailedError
from treadle.domain.project import Component, DeclaredComponent
from treadle.domain.result import Result, ResultStatus
from treadle.domain.scope import LOCAL
from treadle.domain.session import Session
from treadle.protocol.notices import SessionNotification
from treadle.service.application import Application
from treadle.service.completion import HandledResult
from treadle.service.projects import OpenedProject
from treadle.workflows.contract import SessionType, Step, StepContext, StepKind, StepOutcome


class DesignStep(Step):
    name = "design"
    kind = StepKind.READ_FILE

    def __init__(self) -> None:
        self.designed: Any = ()
        self.parts_of: int | None = None
        self.is_pending = False

    def get_command(self, context: StepContext) -> Command:
        return self.command(context, NOOP)

    def handle_result(self, context: StepContext, result: Result) -> StepOutcome:
        if self.is_pending:
            result = Result(id=result.id, status=ResultStatus.PENDING, timestamp=context.now)
        return StepOutcome(result=result, components=self.designed, parts_of=self.parts_of)


STEP = DesignStep()
DESIGN = SessionType(
    id="design",
    title="D",
    description="D",
    version=1,
    line=(STEP,),
    routes={("design", ResultStatus.OK): "design"},
)


def wanted(name: str, parent: str | None = None, kind: str = "module", **paths: str) -> DeclaredComponent:
    return DeclaredComponent(name=name, kind=kind, parent=parent, paths=paths)


async def opened(application: Application, root: Path, components: str) -> OpenedProject:
    write_settings(root, f"components: {components}\n")
    return await open_project(application, root)


async def started(application: Application, project: OpenedProject, component_id: int | None = None) -> Session:
    return await application.sessions.create(
        LOCAL, type="design", project_id=project.project.id, component_id=component_id
    )


async def design(
    application: Application, session: Session, *components: DeclaredComponent, parts_of: int | None = None
) -> HandledResult:
    STEP.designed, STEP.parts_of, STEP.is_pending = components, parts_of, False
    return await take_step(application, session.id)


async def components_of(application: Application, project: OpenedProject) -> dict[str, Component]:
    found = await application.projects.components(LOCAL, project_id=project.project.id)
    return {each.name: each for each in found.data}


def shape(components: dict[str, Component]) -> dict[str, tuple[str, str | None, dict[str, str]]]:
    names = {each.id: each.name for each in components.values()}
    return {
        each.name: (each.kind, names.get(each.parent_component_id or 0), dict(each.paths))
        for each in components.values()
    }


@pytest.mark.requirement("design.upserts-components")
@asynchronous
async def test_designed_components_stand_beside_the_declared_ones(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data", DESIGN) as application:
        project = await opened(application, tmp_path / "p", "[{name: Shop, kind: context}]")
        session = await started(application, project)
        await design(application, session, wanted("Item", "Cart"), wanted("Cart", "Shop", "context", code="cart.py"))
        expected = {
            "Cart": ("context", "Shop", {"code": "cart.py"}),
            "Item": ("module", "Cart", {}),
            "Shop": ("context", None, {}),
        }
        first = await components_of(application, project)
        assert shape(first) == expected
        again = await opened(application, tmp_path / "p", "[{name: Shop, kind: context}]")
        assert again.components == tuple(first.values()), "opening the project leaves them alone"
        await design(application, session, wanted("Cart", None, "module", code="basket.py"))
        changed = await components_of(application, project)
        assert shape(changed) == {**expected, "Cart": ("module", None, {"code": "basket.py"})}
        assert changed["Cart"].id == first["Cart"].id


@asynchronous
async def test_a_design_never_changes_what_the_settings_file_declares(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data", DESIGN) as application:
        declared = "[{name: Shop}, {name: Cart, parent: Shop, paths: {code: cart.py}}]"
        project = await opened(application, tmp_path / "p", declared)
        session = await started(application, project)
        await design(application, session, wanted("Cart", None, "context", code="x.py"), wanted("Item", "Cart"))
        found = await components_of(application, project)
        assert shape(found)["Cart"] == ("module", "Shop", {"code": "cart.py"})
        assert shape(found)["Item"] == ("module", "Cart", {})


@asynchronous
async def test_the_settings_file_takes_a_designed_one_over_and_with_it_the_right_to_remove_it(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data", DESIGN) as application:
        project = await opened(application, tmp_path / "p", "[]")
        session = await started(application, project)
        await design(application, session, wanted("Cart", code="old.py"), wanted("Item", "Cart"))
        before = await components_of(application, project)
        taken = await opened(application, tmp_path / "p", "[{name: Cart, kind: context}]")
        after = {each.name: each for each in taken.components}
        assert shape(after) == {"Cart": ("context", None, {}), "Item": ("module", "Cart", {})}
        assert after["Cart"].id == before["Cart"].id
        about = await started(application, project, before["Cart"].id)
        await design(application, session, wanted("Cart", None, "module"))
        assert shape(await components_of(application, project))["Cart"][0] == "context"
        gone = await opened(application, tmp_path / "p", "[]")
        assert shape({each.name: each for each in gone.components}) == {"Item": ("module", None, {})}
        assert (await stored_session(application, LOCAL, session_id=about.id)).session.component_id is None


@pytest.mark.requirement("design.upserts-components")
@asynchronous
async def test_a_part_that_leaves_its_contexts_design_goes_with_its_own_parts(tmp_path: Path) -> None:
    """What the settings file declares stays, and so does what belongs to other contexts."""
    async with open_application(tmp_path / "data", DESIGN) as application:
        declared = "[{name: Shop, kind: context}, {name: Till, parent: Shop}, {name: Billing, kind: context}]"
        project = await opened(application, tmp_path / "p", declared)
        ids = {each.name: each.id for each in project.components}
        session = await started(application, project, ids["Shop"])
        parts = (wanted("Cart", "Shop", code="cart.py"), wanted("Item", "Shop"))
        await design(application, session, *parts, parts_of=ids["Shop"])
        below = (wanted("Line", "Cart"), wanted("Coin", "Till"), wanted("Price", "Item"), wanted("Invoice", "Billing"))
        await design(application, session, *below)
        before = await components_of(application, project)
        about = await started(application, project, before["Cart"].id)
        basket = wanted("Basket", "Shop", code="cart.py")
        await design(application, session, basket, wanted("Item", "Shop"), parts_of=ids["Shop"])
        after = await components_of(application, project)
        assert set(after) == {"Shop", "Till", "Billing", "Basket", "Item", "Coin", "Price", "Invoice"}
        assert after["Item"].id == before["Item"].id
        assert (await stored_session(application, LOCAL, session_id=about.id)).session.component_id is None
        await design(application, session, *parts, parts_of=ids["Shop"])
        back = await components_of(application, project)
        assert set(back) == {"Shop", "Till", "Billing", "Cart", "Item", "Coin", "Price", "Invoice"}
        assert (await stored_session(application, LOCAL, session_id=about.id)).session.component_id == back["Cart"].id
        await design(application, session, parts_of=ids["Shop"])
        assert set(await components_of(application, project)) == {"Shop", "Till", "Billing", "Coin", "Invoice"}


@asynchronous
async def test_a_part_that_would_hang_below_one_that_goes_is_the_steps_failure(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data", DESIGN) as application:
        project = await opened(application, tmp_path / "p", "[{name: Shop, kind: context}]")
        shop = project.components[0].id
        session = await started(application, project, shop)
        await design(application, session, wanted("Cart", "Shop"), parts_of=shop)
        before = await components_of(application, project)
        with pytest.raises(StepFailedError, match="Cart is not a component"):
            await design(application, session, wanted("Item", "Cart"), parts_of=shop)
        assert await components_of(application, project) == before


@asynchronous
async def test_sessions_of_a_former_component_come_back_and_are_told(tmp_path: Path) -> None:
    """The session that designs it among them: it is answered and remembered as it is then."""
    async with open_application(tmp_path / "data", DESIGN) as application:
        project = await opened(application, tmp_path / "p", "[{name: Cart}]")
        cart = project.components[0].id
        own, other = await started(application, project, cart), await started(application, project, cart)
        await opened(application, tmp_path / "p", "[]")
        following = await next_command(application, own.id)
        await next_command(application, other.id)
        assert following.session.component_id is None
        heard: list[int] = []

        def hear(_: object, notification: object) -> None:
            assert isinstance(notification, SessionNotification)
            heard.append(notification.session_id)

        application.notices.subscribe(hear)
        handled = await design(application, own, wanted("Cart"))
        back = (await components_of(application, project))["Cart"].id
        assert back != cart
        assert handled.session.component_id == back
        assert set(heard) == {own.id, other.id}
        for session in (own, other):
            page = await stored_session(application, LOCAL, session_id=session.id)
            assert page.session.component_id == back
            assert (await next_command(application, session.id)).session.component_id == back


UNPLACEABLE: list[tuple[Callable[[], Any], str]] = [
    (lambda: (wanted("Cart", "Nobody"),), "Nobody is not a component"),
    (lambda: (wanted("Cart", "Cart"),), "Cart is its own ancestor"),
    (lambda: (wanted("A", "B"), wanted("B", "A")), "is its own ancestor"),
    (lambda: (wanted("Shop", "Item"),), "is its own ancestor"),
    (lambda: (wanted("Cart"), wanted("Cart", "Shop")), "the component Cart comes twice"),
    (lambda: (wanted("Cart", code="../../etc"),), "stay in the project"),
    (lambda: (wanted(" "),), "blank"),
    (lambda: (wanted("Cart", kind=""),), "kind"),
    (lambda: tuple(wanted(f"C{number}") for number in range(2_000)), "more than 2000 components"),
    (lambda: ("Cart",), "AttributeError"),
]


@pytest.mark.parametrize(("designed", "said"), UNPLACEABLE)
@asynchronous
async def test_what_could_not_stand_in_the_settings_file_is_the_steps_failure(
    tmp_path: Path, designed: Callable[[], Any], said: str
) -> None:
    async with open_application(tmp_path / "data", DESIGN) as application:
        project = await opened(application, tmp_path / "p", "[]")
        session = await started(application, project)
        await design(application, session, wanted("Shop"), wanted("Item", "Shop"))
        before = await components_of(application, project)
        with pytest.raises(StepFailedError, match=said):
            await design(application, session, *designed())
        assert await components_of(application, project) == before
        pending = (await next_command(application, session.id)).interaction
        assert pending.is_pending
        assert pending.result is None


@asynchronous
async def test_a_pending_answer_adds_none_yet(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data", DESIGN) as application:
        project = await opened(application, tmp_path / "p", "[]")
        session = await started(application, project)
        STEP.designed, STEP.parts_of, STEP.is_pending = (wanted("Cart"),), None, True
        await take_step(application, session.id)
        assert await components_of(application, project) == {}
        await design(application, session, wanted("Cart"))
        assert (await components_of(application, project)).keys() == {"Cart"}


@asynchronous
async def test_a_session_without_a_project_has_nowhere_to_put_them(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data", DESIGN) as application:
        handled = await design(application, await new_session(application, type_id="design"), wanted("A", "Nobody"))
        assert handled.interaction.is_completed


@asynchronous
async def test_they_go_with_their_project_and_belong_to_it_alone(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data", DESIGN) as application:
        one = await opened(application, tmp_path / "one", "[{name: Cart}]")
        two = await opened(application, tmp_path / "two", "[]")
        await design(application, await started(application, two), wanted("Cart", kind="context"))
        assert shape(await components_of(application, one))["Cart"][0] == "module"
        assert shape(await components_of(application, two))["Cart"][0] == "context"


@asynchronous
async def test_a_result_that_is_handed_in_again_designs_nothing_again(tmp_path: Path) -> None:
    async with open_application(tmp_path / "data", DESIGN) as application:
        project = await opened(application, tmp_path / "p", "[]")
        session = await started(application, project)
        following, result = await next_command(application, session.id), make_result()
        names: dict[str, Any] = {"session_id": session.id, "interaction_id": following.interaction.id}
        STEP.designed, STEP.parts_of, STEP.is_pending = (wanted("Cart"),), None, False
        for _ in range(2):
            await application.result_handler.handle_result(LOCAL, **names, result=result, client_id="c")
            STEP.designed = (wanted("Other"),)
        assert (await components_of(application, project)).keys() == {"Cart"}
