import asyncio

from treadle.rpc.window import Window


def test_it_is_full_by_number_or_by_size() -> None:
    window = Window(max_requests=2, max_bytes=100)
    fullness = []
    for request_id, size in ((1, 101), (None, 0), (1, 1), ("1", 1), (None, 0)):
        if request_id is None:
            window.leave(1)
            window.leave("unknown")
        else:
            window.enter(request_id, size)
        fullness.append(window.is_full)
    assert fullness == [True, False, False, True, False]
    assert "1" in window
    assert 1 not in window


def test_waiting_ends_when_the_last_request_ends() -> None:
    async def test() -> None:
        window = Window(max_requests=1)
        window.enter(1, 1)
        waiting = asyncio.create_task(window.is_settled())
        await asyncio.sleep(0)
        assert not waiting.done()
        window.leave(1)
        async with asyncio.timeout(5):
            await waiting

    asyncio.run(test())
