"""Everybody who is connected, and what they are told after a commit."""

from collections.abc import Iterator
from typing import Protocol

from treadle.protocol.framing import frame
from treadle.protocol.methods import NOTICES
from treadle.protocol.wire import Notification
from treadle.rpc.encoding import notice_body
from treadle.rpc.peer import Peer

NOTICE_NAMES: dict[type[Notification], str] = {notice.params: notice.name for notice in NOTICES}


class Member(Protocol):
    """A connection, as far as notices go."""

    @property
    def peer(self) -> Peer | None: ...

    def send_frame(self, framed: bytes) -> None: ...


class Hub:
    def __init__(self) -> None:
        self._members: dict[Member, None] = {}

    def __len__(self) -> int:
        return len(self._members)

    def join(self, member: Member) -> None:
        self._members[member] = None

    def leave(self, member: Member) -> None:
        self._members.pop(member, None)

    def publish(self, account_id: int, user_id: int, notification: Notification) -> None:
        """Tell every subscriber whose scope has this account and user. The frame is made once for all."""
        listeners = list(self._listeners(account_id, user_id))
        if not listeners:
            return
        framed = frame(notice_body(NOTICE_NAMES[type(notification)], notification))
        for member in listeners:
            member.send_frame(framed)

    def _listeners(self, account_id: int, user_id: int) -> Iterator[Member]:
        for member in self._members:
            peer = member.peer
            if peer is None or not peer.subscribed:
                continue
            if (peer.scope.account_id, peer.scope.user_id) == (account_id, user_id):
                yield member
