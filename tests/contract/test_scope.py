"""Nothing of another account, another user, another project or of what is deleted can be read, changed, subscribed to,
or told apart from what does not exist.

Two daemons hold the same of the asker's own, and one of them what is another's besides. The same request goes to both:
in the one it names what is foreign, in the other what has never existed. The answers must be the same, byte for byte.
"""

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.contract import scope_worlds
from tests.contract.scope_cases import REQUESTS, Params, Things
from tests.contract.scope_worlds import Party, Rows, World, peer
from tests.factories import BOUND_SECONDS
from treadle.domain.scope import LOCAL
from treadle.protocol.methods import METHODS
from treadle.protocol.notices import SessionNotification
from treadle.rpc.peer import Peer

KINDS: Mapping[str, Callable[[World], Awaitable[Things]]] = {
    "stranger": scope_worlds.add_stranger,
    "colleague": scope_worlds.add_colleague,
    "another project": scope_worlds.add_another_project,
    "deleted": scope_worlds.add_deleted,
    "being deleted": scope_worlds.add_being_deleted,
}
BY_KIND = pytest.mark.parametrize("kind", KINDS)
LAST = ("project/open", "daemon/shutdown")
"""They change what is the asker's own."""


@dataclass(frozen=True, slots=True)
class Outcome:
    params: Params
    answer: Mapping[str, Any]
    answer_where_there_is_nothing: Mapping[str, Any]
    before: Rows
    after: Rows
    told: Sequence[object]


Outcomes = Mapping[tuple[str, str], Sequence[Outcome]]


@pytest.fixture(scope="module")
def outcomes() -> Iterator[Outcomes]:
    """Of every request, by kind and method."""
    with tempfile.TemporaryDirectory(prefix="treadle-") as folder:
        yield asyncio.run(asyncio.wait_for(_outcomes(Path(folder)), BOUND_SECONDS * 3))


async def _outcomes(folder: Path) -> Outcomes:
    found: dict[tuple[str, str], list[Outcome]] = {}
    async with AsyncExitStack() as held:
        for kind, add in KINDS.items():
            world = await held.enter_async_context(scope_worlds.opened(folder / kind / "with"))
            empty = await held.enter_async_context(scope_worlds.opened(folder / kind / "without"))
            own = await Party(world, "own", LOCAL).settle()
            assert await Party(empty, "own", LOCAL).settle() == _moved(own, world, empty)
            other = await add(world)
            told: list[object] = []
            world.daemon.application.notices.subscribe(lambda _, notice, told=told: told.append(notice))  # type: ignore[misc]
            for asker in _askers(kind, own):
                for method in sorted(REQUESTS, key=lambda name: name in LAST):
                    for params in REQUESTS[method](own, other):
                        outcome = await _asked(world, empty, asker, method, params, told)
                        found.setdefault((kind, method), []).append(outcome)
    return found


def _moved(things: Things, world: World, empty: World) -> Things:
    root = things.root.replace(str(world.folder), str(empty.folder))
    return Things(**{name: getattr(things, name) for name in Things.__slots__ if name != "root"}, root=root)


def _askers(kind: str, own: Things) -> list[Peer]:
    bound = peer(LOCAL.narrowed(own.project_id), "own's client")
    return [bound] if kind == "another project" else [peer(LOCAL, "own's client"), bound]


async def _asked(world: World, empty: World, asker: Peer, method: str, params: Params, told: list[object]) -> Outcome:
    before = await world.rows()
    answer = await world.answer(asker, method, params)
    after = await world.rows()
    heard = tuple(told)
    told.clear()
    nothing = await empty.answer(asker, method, _elsewhere(params, world, empty))
    return Outcome(params, answer, nothing, before, after, heard)


def _elsewhere(value: Any, world: World, empty: World) -> Any:
    """With the folders of the other world."""
    return json.loads(json.dumps(value).replace(str(world.folder), str(empty.folder)))


def test_every_method_of_the_table_is_tried() -> None:
    assert REQUESTS.keys() == {method.name for method in METHODS}


@pytest.mark.requirement("scope.foreign-is-absent", "scope.other-project-is-absent", "get-events.unknown-session")
@pytest.mark.parametrize("method", REQUESTS)
@BY_KIND
def test_what_is_foreign_is_answered_like_what_does_not_exist(outcomes: Outcomes, kind: str, method: str) -> None:
    for outcome in outcomes[kind, method]:
        expected = outcome.answer_where_there_is_nothing
        if method == "project/open":
            assert _without_ids(outcome.answer) == _without_ids(expected), outcome.params
        else:
            assert outcome.answer == expected, outcome.params


def _without_ids(value: Any) -> Any:
    """A new project's number says only how many there are."""
    if isinstance(value, dict):
        return {key: _without_ids(item) for key, item in value.items() if key not in ("id", "projectId")}
    return [_without_ids(item) for item in value] if isinstance(value, list) else value


@pytest.mark.requirement("scope.foreign-is-absent", "scope.other-project-is-absent")
@pytest.mark.parametrize("method", REQUESTS)
@BY_KIND
def test_nothing_foreign_is_changed_and_nobody_is_told(outcomes: Outcomes, kind: str, method: str) -> None:
    for outcome in outcomes[kind, method]:
        for table, rows in outcome.before.items():
            kept = rows - outcome.after[table]
            assert not kept, (outcome.params, table)
            assert method in LAST or rows == outcome.after[table], (outcome.params, table)
        assert outcome.told == (), outcome.params


class Listener:
    """A connection that is told everything that its scope holds."""

    def __init__(self, asker: Peer) -> None:
        self.peer = asker
        self.told: list[SessionNotification] = []

    def tell(self, notices: Sequence[SessionNotification], frames: bytes) -> None:
        self.told += notices

    def lose_notices(self) -> None:
        raise AssertionError("there is nothing to lose")


@pytest.mark.requirement("defect.foreign-subscription", "notices.to-the-owner", "scope.other-project-is-absent")
@pytest.mark.parametrize("kind", ["stranger", "colleague", "another project"])
def test_nobody_hears_of_what_is_foreign(tmp_path: Path, kind: str) -> None:
    async def heard() -> Sequence[SessionNotification]:
        async with scope_worlds.opened(tmp_path) as world:
            own = await Party(world, "own", LOCAL).settle()
            listeners = [Listener(asker) for asker in _askers(kind, own)]
            unsubscribe = world.daemon.application.notices.subscribe(world.daemon.hub.publish)
            for listener in listeners:
                await world.answer(listener.peer, "session/subscribe", {})
                world.daemon.hub.join(listener)
            await KINDS[kind](world)
            unsubscribe()
            await asyncio.sleep(0)
            return [notice for listener in listeners for notice in listener.told]

    assert asyncio.run(asyncio.wait_for(heard(), BOUND_SECONDS)) == []
