import pytest

from treadle.client.run_marks import PROCESS, unmarked_environment


def test_what_outlives_a_run_does_not_bear_its_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PROCESS, "run.1")
    monkeypatch.setenv("TREADLE_AGENT_SESSION", "a session")
    monkeypatch.setenv("TREADLE_DATA_DIR", "/data")
    kept = unmarked_environment()
    assert kept["TREADLE_DATA_DIR"] == "/data"
    assert {PROCESS, "TREADLE_AGENT_SESSION"}.isdisjoint(kept)
