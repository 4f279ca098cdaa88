import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from treadle.runner.leftovers import Leftovers
from treadle.runner.process_table import start_token
from treadle.runner.processes import start_group

INTERACTION = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def child() -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as child:
        yield child
        child.kill()


@pytest.fixture
def dead_pid() -> int:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    return process.pid


def left(folder: Path, pid: int, **changes: object) -> Leftovers:
    """As a runner leaves it that was killed while its child ran."""
    leftovers = Leftovers(folder, client_id="dead-client")
    path = folder / f"{INTERACTION}.json"
    with leftovers.recorded(INTERACTION, pid):
        record = json.loads(path.read_text())
    path.write_text(json.dumps({**record, **changes}))
    return leftovers


def test_a_record_lasts_as_long_as_the_child(tmp_path: Path, child: "subprocess.Popen[bytes]") -> None:
    with Leftovers(tmp_path / "runs").recorded(INTERACTION, child.pid):
        (record,) = (tmp_path / "runs").iterdir()
        assert record.stat().st_mode & 0o777 == 0o600
        child.kill()
        child.wait()
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_full_disk_costs_the_record_and_not_the_child(tmp_path: Path, child: "subprocess.Popen[bytes]") -> None:
    (tmp_path / f"{INTERACTION}.new").symlink_to("/dev/full")
    with Leftovers(tmp_path).recorded(INTERACTION, child.pid):
        assert child.poll() is None
        child.kill()
        child.wait()
    assert list(tmp_path.iterdir()) == []


def test_a_conversation_is_known_before_its_agent_runs_and_forgotten_after(
    tmp_path: Path, child: "subprocess.Popen[bytes]"
) -> None:
    leftovers = Leftovers(tmp_path)
    leftovers.announce(INTERACTION, "conversation")
    assert Leftovers(tmp_path).conversation(INTERACTION) == "conversation"
    with leftovers.recorded(INTERACTION, child.pid, conversation_id="conversation"):
        assert Leftovers(tmp_path).conversation(INTERACTION) == "conversation"
        child.kill()
        child.wait()
    assert leftovers.conversation(INTERACTION) is None


def test_what_still_runs_is_ended(tmp_path: Path, child: "subprocess.Popen[bytes]") -> None:
    assert left(tmp_path, child.pid).end(INTERACTION)
    assert child.wait(10) < 0
    assert list(tmp_path.iterdir()) == []


def test_a_check_beside_an_agent_has_a_record_of_its_own(tmp_path: Path, child: "subprocess.Popen[bytes]") -> None:
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as check:
        leftovers = left(tmp_path, child.pid)
        with leftovers.recorded_beside(INTERACTION, check.pid):
            record = (tmp_path / f"{INTERACTION}.gate.json").read_text()
            check.kill()
            check.wait()
        assert [path.name for path in tmp_path.iterdir()] == [f"{INTERACTION}.json"]
        assert json.loads(record)["group"] == check.pid
        assert child.poll() is None


def test_a_check_that_still_runs_is_ended_with_or_without_its_agent(
    tmp_path: Path, child: "subprocess.Popen[bytes]"
) -> None:
    leftovers = left(tmp_path, child.pid)
    (tmp_path / f"{INTERACTION}.json").rename(tmp_path / f"{INTERACTION}.gate.json")
    assert leftovers.end(INTERACTION)
    assert child.wait(10) < 0
    assert list(tmp_path.iterdir()) == []


def test_what_a_dead_leader_left_in_its_group_is_ended_too(tmp_path: Path) -> None:
    script = "exec 3>&1; sleep 60 >/dev/null & echo $!; read -r _"
    with subprocess.Popen(
        ["sh", "-c", script], start_new_session=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as leader:
        assert leader.stdout is not None
        member = int(leader.stdout.readline())
        leftovers = left(tmp_path, leader.pid)
        leader.kill()
        leader.wait()
        assert start_token(member) is not None
        assert leftovers.end(INTERACTION)
        assert start_token(member) is None
    assert list(tmp_path.iterdir()) == []


def test_the_record_of_what_cannot_be_ended_is_kept(
    tmp_path: Path, child: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    leftovers = left(tmp_path, child.pid)
    monkeypatch.setattr("treadle.runner.leftovers.end_group", lambda _: None)
    assert leftovers.end(INTERACTION)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_record_from_before_the_machine_was_started_means_nothing(
    tmp_path: Path, child: "subprocess.Popen[bytes]"
) -> None:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    leftovers = left(tmp_path, child.pid)
    path = tmp_path / f"{INTERACTION}.json"
    path.write_text(path.read_text().replace(boot, "an-earlier-boot"))
    assert not leftovers.end(INTERACTION)
    assert child.poll() is None


def test_a_process_that_only_has_the_same_id_is_left_alone(tmp_path: Path, child: "subprocess.Popen[bytes]") -> None:
    for start in ("9" * 18, "1"):  # whoever gets a number again has started later
        assert not left(tmp_path, child.pid, start=start).end(INTERACTION)
        assert child.poll() is None


def test_a_process_of_another_place_is_left_alone(tmp_path: Path, child: "subprocess.Popen[bytes]") -> None:
    leftovers = left(tmp_path, child.pid, place="another machine")
    assert leftovers.client_of_dead_runner(INTERACTION) is None
    assert not leftovers.end(INTERACTION)
    assert child.poll() is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"group": "x"}', '{"group": 0, "start": null}'])
def test_a_broken_record_is_thrown_away(tmp_path: Path, text: str) -> None:
    (tmp_path / f"{INTERACTION}.json").write_text(text)
    leftovers = Leftovers(tmp_path)
    assert leftovers.client_of_dead_runner(INTERACTION) is None
    assert not leftovers.end(INTERACTION)
    assert list(tmp_path.iterdir()) == []


def test_a_name_cannot_lead_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "victim.json").write_text("{}")
    Leftovers(tmp_path / "runs").end("../victim")
    assert (tmp_path / "victim.json").exists()


def test_the_client_of_a_runner_that_lives_is_not_told(tmp_path: Path, child: "subprocess.Popen[bytes]") -> None:
    assert left(tmp_path, child.pid).client_of_dead_runner(INTERACTION) is None


def test_the_client_of_a_dead_runner_is_told(tmp_path: Path, child: "subprocess.Popen[bytes]", dead_pid: int) -> None:
    leftovers = left(tmp_path, child.pid, runner=dead_pid)
    assert leftovers.client_of_dead_runner(INTERACTION) == "dead-client"


def test_a_start_token_tells_processes_apart(child: "subprocess.Popen[bytes]", dead_pid: int) -> None:
    assert start_token(dead_pid) is None
    assert start_token(child.pid) is not None
    assert start_token(os.getpid()) == start_token(os.getpid()) != start_token(child.pid)


def test_what_only_its_mark_leads_to_is_ended_too(tmp_path: Path) -> None:
    """Its leader and the leader's group have gone; it has a session of its own."""
    below_it = "setsid sh -c 'echo $$; exec >/dev/null; sleep 60; true' &"
    leader = start_group(["sh", "-c", below_it], cwd=tmp_path, env=os.environ)
    assert leader.stdout is not None
    assert leader.stderr is not None
    below = int(leader.stdout.readline())
    leftovers = left(tmp_path, leader.pid)
    leader.wait(10)
    leader.stdout.close()
    leader.stderr.close()
    assert start_token(below) is not None
    assert leftovers.end(INTERACTION)
    assert start_token(below) is None
    assert list(tmp_path.iterdir()) == []
