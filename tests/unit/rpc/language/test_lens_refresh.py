import asyncio

import pytest

from tests.factories import asynchronous
from treadle.rpc.language.lens_refresh import LensRefresh


class Client:
    def __init__(self, *, seconds: float = 60.0) -> None:
        self.asked = asyncio.Queue[asyncio.Future[None]]()
        self.refresh = LensRefresh(self._ask, seconds=seconds)

    async def _ask(self) -> None:
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.asked.put_nowait(answer)
        await answer


@asynchronous
async def test_what_becomes_due_before_the_answer_is_asked_for_once_after_it() -> None:
    client = Client()
    client.refresh.due()
    answer = await client.asked.get()
    for _ in range(3):
        client.refresh.due()
    assert client.asked.empty()
    answer.set_result(None)
    (await client.asked.get()).set_result(None)
    client.refresh.due()
    (await client.asked.get()).set_result(None)
    assert client.asked.empty()


@asynchronous
async def test_a_client_that_does_not_answer_is_asked_the_next_time_all_the_same() -> None:
    client = Client(seconds=0.01)
    client.refresh.due()
    unanswered = await client.asked.get()
    client.refresh.due()
    await client.asked.get()
    assert unanswered.cancelled(), "nobody waits for it any more"
    client.refresh.close()


@asynchronous
async def test_who_refuses_is_asked_the_next_time(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    client = Client()
    client.refresh.due()
    (await client.asked.get()).set_exception(ValueError("a secret"))
    client.refresh.due()
    await client.asked.get()
    client.refresh.close()
    assert "were not refreshed: ValueError" in caplog.text
    assert "a secret" not in caplog.text
