from typing import Any

from treadle.cli.options import local_time
from treadle.cli.terminal_sources import sources_text

LAST = "2026-01-02T03:04:05.000006Z"


def source(name: str, state: str, **more: Any) -> dict[str, Any]:
    return {"terminalId": 1, "source": name, "state": state, "count": 0, "lastHeardAt": None, "reason": None, **more}


def test_a_session_without_a_terminal_says_nothing() -> None:
    assert sources_text([]) == ""


def test_nothing_may_have_happened_yet() -> None:
    waiting = [source("hooks", "waiting"), source("output", "waiting")]
    assert sources_text(waiting) == "its terminal is recorded from: nothing yet"


def test_what_is_missing_is_said() -> None:
    sources = [
        source("hooks", "silent", lastHeardAt=LAST),
        source("transcript", "live", count=3, lastHeardAt=LAST),
        source("status", "live", count=1, lastHeardAt=LAST),
        source("output", "silent"),
        source("telemetry", "off", reason="It goes\x1b[2J elsewhere."),
    ]
    first, second = sources_text(sources).splitlines()
    assert first == "its terminal is recorded from: transcript, status"
    assert second.startswith(f"not heard: hooks (silent since {local_time(LAST)}); output (silent); telemetry (It goes")
    assert "\x1b" not in second
