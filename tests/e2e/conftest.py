"""A failing test of Claude Code's contract says which version it met."""

from collections.abc import Generator

import pytest

from tools import claude_code_cli

PROVEN_WITH = "2.1.329"
"""The Claude Code with which all that docs/claude-code.md lists was tried."""
CONTRACT = "test_claude_code_contract"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and item.path.name.startswith(CONTRACT):
        told = f"Found: {claude_code_cli.VERSION}. Proven with: {PROVEN_WITH}. See docs/claude-code.md."
        report.sections.append(("Claude Code", told))
    return report
