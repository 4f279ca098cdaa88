"""The published protocol is only added to, unless its version is raised."""

import copy
from pathlib import Path

import pytest

from tools import protocol_baseline
from tools.protocol_baseline import baseline, current, problems


def test_the_protocol_is_only_added_to() -> None:
    found = problems(baseline(), current())
    assert not found, "\n".join(["raise PROTOCOL_VERSION, or keep what older clients know:", *found])


def test_a_raised_version_may_break_and_none_may_be_lowered() -> None:
    old, new = current(), copy.deepcopy(current())
    del new["methods"]["session/get"]
    assert problems(old, new) == ["session/get: the method is gone."]
    assert problems(old, {**new, "protocolVersion": old["protocolVersion"] + 1}) == []
    assert problems({**old, "protocolVersion": old["protocolVersion"] + 1}, old) != []


def test_renewing_refuses_what_breaks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "protocol.baseline.json"
    monkeypatch.setattr(protocol_baseline, "PATH", path)
    assert protocol_baseline.main() == 0
    published = path.read_text()
    assert protocol_baseline.main() == 0
    broken = copy.deepcopy(current())
    broken["errorCodes"]["claimed"] += 1
    monkeypatch.setattr(protocol_baseline, "current", lambda: broken)
    assert protocol_baseline.main() == 1
    assert path.read_text() == published
    assert "error claimed: its number was" in capsys.readouterr().err
