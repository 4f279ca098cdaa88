import json

from treadle.domain.scope import LOCAL, Scope
from treadle.protocol.framing import FrameBuffer
from treadle.protocol.notices import SessionDidAppendEventsNotification
from treadle.rpc.hub import Hub
from treadle.rpc.peer import Peer

NOTICE = SessionDidAppendEventsNotification(session_id=1, count=2, last_id=3)


class FakeMember:
    def __init__(self, peer: Peer | None) -> None:
        self.peer = peer
        self.sent: list[bytes] = []

    def send_frame(self, framed: bytes) -> None:
        self.sent.append(framed)


def peer(scope: Scope = LOCAL, *, subscribed: bool = True) -> Peer:
    return Peer(scope=scope, client_id="c", client_name=None, subscribed=subscribed)


def test_only_subscribers_of_the_same_account_and_user_are_told() -> None:
    hub = Hub()
    told = [FakeMember(peer()), FakeMember(peer(LOCAL.narrowed(5)))]
    others = [
        FakeMember(None),
        FakeMember(peer(subscribed=False)),
        FakeMember(peer(Scope(2, 1))),
        FakeMember(peer(Scope(1, 2))),
    ]
    for member in (*told, *others):
        hub.join(member)
    hub.publish(1, 1, NOTICE)
    assert [len(member.sent) for member in told] == [1, 1]
    assert [len(member.sent) for member in others] == [0, 0, 0, 0]


def test_a_notice_is_encoded_once_by_its_name() -> None:
    hub = Hub()
    first, second = FakeMember(peer()), FakeMember(peer())
    hub.join(first)
    hub.join(second)
    hub.publish(1, 1, NOTICE)
    assert first.sent[0] is second.sent[0]
    frames = FrameBuffer()
    frames.add(first.sent[0])
    assert json.loads(frames.take() or b"") == {
        "jsonrpc": "2.0",
        "method": "session/didAppendEvents",
        "params": {"sessionId": 1, "count": 2, "lastId": 3},
    }


def test_who_has_left_is_not_told() -> None:
    hub = Hub()
    member = FakeMember(peer())
    hub.join(member)
    hub.leave(member)
    hub.leave(member)
    hub.publish(1, 1, NOTICE)
    assert member.sent == []
    assert len(hub) == 0
