"""Everybody who is connected, and what they are told after a commit."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from treadle.domain.scope import Scope
from treadle.protocol.notices import SessionNotification
from treadle.protocol.wire import Notification
from treadle.rpc.merged_notices import MergedNotices
from treadle.rpc.notice_queue import framed
from treadle.rpc.peer import Peer
from treadle.service.notices import Owner


class Member(Protocol):
    """A connection, as far as notices go."""

    @property
    def peer(self) -> Peer | None: ...

    def tell(self, notices: Sequence[SessionNotification], frames: bytes) -> None:
        """`frames` are the same notices, as they go over the wire."""

    def lose_notices(self) -> None:
        """It is told to read again what it shows."""


class Hub:
    """What one turn of the loop publishes, say a commit of many requests, is told together and merged.

    It is told before the answers of that turn's requests are sent: they wait for a turn of their own.
    """

    def __init__(self) -> None:
        self._members: dict[Member, None] = {}
        self._notices = MergedNotices()
        self._owners: dict[int, Owner] = {}
        self._losers: set[Owner] = set()

    def __len__(self) -> int:
        return len(self._members)

    def count_named(self, client_name: str) -> int:
        return sum(member.peer is not None and member.peer.client_name == client_name for member in self._members)

    def join(self, member: Member) -> None:
        self._members[member] = None

    def leave(self, member: Member) -> None:
        self._members.pop(member, None)

    def publish(self, owner: Owner, notice: Notification) -> None:
        """Tell every subscriber whose scope holds the session; on the loop, after the commit.

        What is not about one session is about so many of the owner's that they are not told one by one.
        """
        if not self._members:
            return
        if not self._notices and not self._losers:
            asyncio.get_running_loop().call_soon(self._tell)
        if isinstance(notice, SessionNotification):
            self._notices.add(notice)
            self._owners[notice.session_id] = owner
        else:
            self._losers.add(owner)

    def _tell(self) -> None:
        notices, owners, losers = self._notices.take(), self._owners, self._losers
        self._owners, self._losers = {}, set()
        listeners = self._listeners()
        if not listeners:
            return
        frames = [framed(notice) for notice in notices]
        for scope, members in listeners.items():
            if any(owner.is_seen_by(scope) for owner in losers):
                for member in members:
                    member.lose_notices()
                continue
            seen = [index for index, notice in enumerate(notices) if owners[notice.session_id].is_seen_by(scope)]
            if not seen:
                continue
            seen_notices = tuple(notices[index] for index in seen)
            seen_frames = b"".join(frames[index] for index in seen)
            for member in members:
                member.tell(seen_notices, seen_frames)

    def _listeners(self) -> dict[Scope, list[Member]]:
        """Those of one scope are told the same."""
        listeners: dict[Scope, list[Member]] = {}
        for member in self._members:
            peer = member.peer
            if peer is not None and peer.subscribed:
                listeners.setdefault(peer.scope, []).append(member)
        return listeners
