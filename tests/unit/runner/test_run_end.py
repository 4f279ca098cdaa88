"""A run that ends before a step, since only one is wanted, or since nobody is there any more."""

from pathlib import Path
from typing import Any

import pytest

from tests.daemon_fixtures import DaemonProcess
from tests.unit.client.scripted_peer import ScriptedPeer
from tests.unit.runner.test_loop import Daemon, runner, steps
from treadle.client.connection import Connection
from treadle.client.locations import Locations
from treadle.runner.run_end import AfterOneStep, RunEnd, WithoutEditor
from treadle.runner.stop import Stop, StopReason
from treadle.runner.work import Work
from treadle.runner.workbench import StoppedError

GRACE_SECONDS = 1.0
STEP = ["session/nextCommand", "interaction/claim", "session/handleResult"]


class Ran:
    """A session of two steps, `i1` and `i2`, as far as a run went."""

    def __init__(self, folder: Path, run_end: RunEnd) -> None:
        self.stop, self.daemon = Stop(), Daemon()
        self.was_stopped = False
        with (
            ScriptedPeer(folder / "s", self.daemon.answer) as peer,
            Connection(peer.connect, client_name="test", timeout=5) as connection,
        ):
            try:
                runner(connection, folder, stop=self.stop, run_end=run_end).run()
            except StoppedError:
                self.was_stopped = True
            self.methods = steps(peer)

    @property
    def taken(self) -> list[Any]:
        return [result["interactionId"] for result in self.daemon.results]


def test_one_step_is_taken_and_the_next_one_waits(tmp_path: Path) -> None:
    ran = Ran(tmp_path, AfterOneStep())
    assert ran.taken == ["i1"]
    assert ran.methods == [*STEP, "session/nextCommand"]
    assert (ran.was_stopped, ran.stop.reason) == (True, StopReason.STEP_TAKEN)


@pytest.mark.parametrize(
    ("only", "taken", "reason"),
    [("i1", ["i1"], StopReason.STEP_TAKEN), ("i0", [], StopReason.STEP_PAST), ("", [], StopReason.STEP_PAST)],
)
def test_only_the_step_that_is_meant_is_taken(tmp_path: Path, only: str, taken: list[str], reason: StopReason) -> None:
    """Somebody else may have taken it before this run began; then the one after it is not meant."""
    ran = Ran(tmp_path, AfterOneStep(only))
    assert ran.taken == taken
    assert "interaction/claim" not in ran.methods[len(STEP) :]
    assert (ran.was_stopped, ran.stop.reason) == (True, reason)


def test_the_last_step_ends_the_run_as_ever(tmp_path: Path) -> None:
    ends = iter([None, None, StopReason.STEP_TAKEN])
    ran = Ran(tmp_path, lambda _: next(ends))
    assert ran.taken == ["i1", "i2"]
    assert (ran.was_stopped, ran.stop.reason) == (False, None)


def next_work() -> Work:
    return Work.read(Daemon().next_command())


def after_step(connection: Connection, stop: Stop, grace_seconds: float = GRACE_SECONDS) -> StopReason | None:
    end = WithoutEditor(connection, stop, grace_seconds=grace_seconds)
    assert end(next_work()) is None, "The first step is taken whoever is there."
    return end(next_work())


def test_a_run_goes_on_while_an_editor_is_there(shared_daemon: DaemonProcess) -> None:
    locations = Locations.find(str(shared_daemon.data_dir))
    with (
        Connection.to_daemon(locations, client_name="run") as connection,
        shared_daemon.client(clientName="vscode"),
    ):
        assert after_step(connection, Stop()) is None


def test_a_run_ends_once_no_editor_has_been_there_for_a_while(shared_daemon: DaemonProcess) -> None:
    locations = Locations.find(str(shared_daemon.data_dir))
    with Connection.to_daemon(locations, client_name="run") as connection:
        assert after_step(connection, Stop()) is StopReason.NO_EDITOR


def test_who_stops_the_run_meanwhile_does_not_wait_for_an_editor(shared_daemon: DaemonProcess) -> None:
    stop = Stop()
    stop.request(StopReason.INTERRUPTED)
    locations = Locations.find(str(shared_daemon.data_dir))
    with Connection.to_daemon(locations, client_name="run") as connection:
        assert after_step(connection, stop, grace_seconds=60.0) is None
