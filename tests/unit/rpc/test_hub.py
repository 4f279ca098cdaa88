import asyncio
import json
from collections.abc import Sequence

import pytest

from tests.factories import COLLEAGUE, STRANGER, asynchronous
from treadle.domain.scope import LOCAL, Scope
from treadle.protocol.framing import FrameBuffer
from treadle.protocol.notices import (
    SessionDidAppendEventsNotification,
    SessionDidCreateNotification,
    SessionDidLoseNoticesNotification,
    SessionNotification,
)
from treadle.rpc import hub as hub_module
from treadle.rpc.hub import Hub
from treadle.rpc.notice_queue import framed
from treadle.rpc.peer import Peer
from treadle.service.notices import Owner

OURS = Owner(1, 1)
NOTICE = SessionDidAppendEventsNotification(session_id=1, count=2, last_id=3)


class FakeMember:
    def __init__(self, scope: Scope | None = LOCAL, *, subscribed: bool = True) -> None:
        self.peer = None
        if scope is not None:
            self.peer = Peer(scope=scope, client_id="c", client_name=None, subscribed=subscribed)
        self.told: list[SessionNotification] = []
        self.frames: list[bytes] = []
        self.losses = 0

    def lose_notices(self) -> None:
        self.losses += 1

    def tell(self, notices: Sequence[SessionNotification], frames: bytes) -> None:
        self.told += notices
        self.frames.append(frames)


def hub_of(*members: FakeMember) -> Hub:
    hub = Hub()
    for member in members:
        hub.join(member)
    return hub


async def a_turn() -> None:
    await asyncio.sleep(0)


def created(session_id: int) -> SessionNotification:
    return SessionDidCreateNotification(session_id=session_id, project_id=None)


@pytest.mark.requirement("notices.to-the-owner")
@pytest.mark.requirement("defect.foreign-subscription")
@asynchronous
async def test_only_subscribers_of_the_same_account_and_user_are_told() -> None:
    told = [FakeMember(), FakeMember()]
    others = [
        FakeMember(None),
        FakeMember(subscribed=False),
        FakeMember(STRANGER),
        FakeMember(COLLEAGUE),
        FakeMember(Scope(2, 1)),
    ]
    hub = hub_of(*told, *others)
    hub.publish(OURS, NOTICE)
    await a_turn()
    assert [member.told for member in told] == [[NOTICE], [NOTICE]]
    assert [member.frames for member in others] == [[]] * len(others)


@pytest.mark.requirement("scope.other-project-is-absent")
@asynchronous
async def test_a_connection_of_a_project_is_told_of_its_sessions_alone() -> None:
    everywhere, inside, outside = FakeMember(), FakeMember(LOCAL.narrowed(5)), FakeMember(LOCAL.narrowed(6))
    hub = hub_of(everywhere, inside, outside)
    hub.publish(Owner(1, 1, 5), created(1))
    hub.publish(Owner(1, 1, None), created(2))
    hub.publish(Owner(1, 1, 7), created(3))
    await a_turn()
    assert everywhere.told == [created(1), created(2), created(3)]
    assert inside.told == [created(1)]
    assert outside.frames == []


@asynchronous
async def test_a_notice_goes_by_its_name_and_is_encoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[SessionNotification] = []

    def counted(notice: SessionNotification) -> bytes:
        encoded.append(notice)
        return framed(notice)

    monkeypatch.setattr(hub_module, "framed", counted)
    members = [FakeMember(), FakeMember(), FakeMember(LOCAL.narrowed(5))]
    hub = hub_of(*members)
    hub.publish(Owner(1, 1, 5), NOTICE)
    await a_turn()
    assert encoded == [NOTICE]
    frames = FrameBuffer()
    frames.add(members[0].frames[0])
    assert json.loads(frames.take() or b"") == {
        "jsonrpc": "2.0",
        "method": "session/didAppendEvents",
        "params": {"sessionId": 1, "count": 2, "lastId": 3},
    }
    assert members[0].frames == members[1].frames == members[2].frames


@asynchronous
async def test_what_one_turn_publishes_is_merged_and_told_together_in_the_next() -> None:
    member = FakeMember()
    hub = hub_of(member)
    hub.publish(OURS, created(1))
    for last_id in (3, 4):
        hub.publish(OURS, SessionDidAppendEventsNotification(session_id=1, count=1, last_id=last_id))
    assert member.frames == []
    await a_turn()
    assert member.told == [created(1), SessionDidAppendEventsNotification(session_id=1, count=2, last_id=4)]
    assert len(member.frames) == 1
    hub.publish(OURS, created(2))
    await a_turn()
    assert member.told[2:] == [created(2)]


@asynchronous
async def test_who_owns_too_much_that_changed_is_told_to_read_again_instead() -> None:
    everywhere, inside, elsewhere = FakeMember(), FakeMember(LOCAL.narrowed(5)), FakeMember(LOCAL.narrowed(6))
    strangers = [FakeMember(COLLEAGUE), FakeMember(STRANGER), FakeMember(subscribed=False)]
    hub = hub_of(everywhere, inside, elsewhere, *strangers)
    for _ in range(2):
        hub.publish(Owner(1, 1, 5), SessionDidLoseNoticesNotification())
    hub.publish(OURS, created(1))
    hub.publish(Owner(1, 1, 6), created(2))
    await a_turn()
    assert [member.losses for member in (everywhere, inside, elsewhere)] == [1, 1, 0]
    assert [member.losses for member in strangers] == [0, 0, 0]
    assert (everywhere.told, elsewhere.told) == ([], [created(2)])
    hub.publish(OURS, created(3))
    await a_turn()
    assert (everywhere.told, everywhere.losses) == ([created(3)], 1)


@asynchronous
async def test_a_notice_is_told_before_who_waits_for_the_commit_goes_on() -> None:
    """As the writer does it: publish, then set the answer."""
    member = FakeMember()
    hub = hub_of(member)
    answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def acknowledge() -> None:
        hub.publish(OURS, NOTICE)
        answer.set_result(None)

    asyncio.get_running_loop().call_soon(acknowledge)
    await answer
    assert member.told == [NOTICE]


@asynchronous
async def test_who_has_left_or_unsubscribed_is_not_told() -> None:
    leaving, unsubscribing = FakeMember(), FakeMember()
    hub = hub_of(leaving, unsubscribing)
    hub.publish(OURS, NOTICE)
    hub.leave(leaving)
    hub.leave(leaving)
    assert unsubscribing.peer is not None
    unsubscribing.peer.subscribed = False
    await a_turn()
    assert (leaving.frames, unsubscribing.frames) == ([], [])
    assert len(hub) == 1


@asynchronous
async def test_without_anybody_nothing_is_kept() -> None:
    hub = Hub()
    hub.publish(OURS, NOTICE)
    late = FakeMember()
    hub.join(late)
    await a_turn()
    assert late.frames == []
