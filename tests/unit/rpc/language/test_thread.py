import asyncio
import threading
from functools import partial

import pytest

from tests.factories import asynchronous
from treadle.rpc.language.thread import LanguageThread


@asynchronous
async def test_all_runs_in_one_thread_in_the_order_in_which_it_came() -> None:
    thread = LanguageThread()
    done: list[int] = []
    names = await asyncio.gather(*(thread.run(partial(_note, done, number)) for number in range(20)))
    thread.close()
    assert done == list(range(20))
    assert len(set(names)) == 1
    assert threading.current_thread().name not in names


@asynchronous
async def test_what_goes_wrong_is_told_to_who_asked() -> None:
    thread = LanguageThread()
    with pytest.raises(ZeroDivisionError):
        await thread.run(lambda: 1 // 0)
    assert await thread.run(lambda: 1) == 1
    thread.close()


def _note(done: list[int], number: int) -> str:
    done.append(number)
    return threading.current_thread().name
