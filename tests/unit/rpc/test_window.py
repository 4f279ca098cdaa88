import asyncio

import pytest

from treadle.rpc.window import Window


def test_it_is_full_by_number_or_by_size() -> None:
    window = Window(max_requests=2, max_bytes=100)
    assert not window.is_full
    window.enter(1, 101)
    assert window.is_full
    window.leave(1)
    window.enter(1, 1)
    window.enter("1", 1)
    assert window.is_full
    assert 1 in window
    window.leave("1")
    window.leave("unknown")
    assert not window.is_full


@pytest.mark.parametrize("wait_for", ["has_room", "is_settled"])
def test_waiting_ends_when_a_request_ends(wait_for: str) -> None:
    async def test() -> None:
        window = Window(max_requests=1)
        window.enter(1, 1)
        waiting = asyncio.create_task(getattr(window, wait_for)())
        await asyncio.sleep(0)
        assert not waiting.done()
        window.leave(1)
        async with asyncio.timeout(5):
            await waiting

    asyncio.run(test())
