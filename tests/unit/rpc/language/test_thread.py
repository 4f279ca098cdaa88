import asyncio
import subprocess
import sys
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


def test_a_process_ends_while_something_is_under_way() -> None:
    """As a daemon does that is told to stop while somebody's file is analysed."""
    program = """
import asyncio, threading
from treadle.rpc.language.thread import LanguageThread

async def main():
    thread, begun = LanguageThread(), threading.Event()
    def for_ever():
        begun.set()
        threading.Event().wait()
    waiting = [asyncio.create_task(thread.run(each)) for each in (for_ever, print)]
    await asyncio.to_thread(begun.wait)
    for task in waiting:
        task.cancel()
    thread.close()

asyncio.run(main())
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, timeout=20)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")


@asynchronous
async def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    thread = LanguageThread()
    begun, ending, done = threading.Event(), threading.Event(), list[int]()

    def wait() -> None:
        begun.set()
        ending.wait()

    holding = asyncio.create_task(thread.run(wait))
    await asyncio.to_thread(begun.wait)
    given_up = asyncio.create_task(thread.run(partial(_note, done, 1)))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.wait((given_up,))
    ending.set()
    await holding
    await thread.run(partial(_note, done, 2))
    thread.close()
    assert done == [2]
