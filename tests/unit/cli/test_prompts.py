import argparse

import pytest

from treadle.cli import prompts
from treadle.client.errors import ClientError, ExitCode
from treadle.workflows.agent_step import AgentStep
from treadle.workflows.registry import Registry


def shown(capsys: pytest.CaptureFixture[str], name: str | None) -> str:
    assert prompts.run(argparse.Namespace(name=name)) == ExitCode.DONE
    return capsys.readouterr().out


def test_every_template_of_the_built_in_steps_is_listed_and_printed(capsys: pytest.CaptureFixture[str]) -> None:
    listed = shown(capsys, None).splitlines()
    types = Registry.installed().types
    templates = {step.template for each in types for step in each.steps if isinstance(step, AgentStep)}
    assert templates <= set(listed)
    for template in templates:
        assert '{% include "treadle/shared/rules.md" %}' in shown(capsys, template)


@pytest.mark.parametrize("name", ["nothing.md", "../contract.py", "task", "task/../task/work.md", ""])
def test_another_name_is_refused(name: str) -> None:
    with pytest.raises(ClientError, match="treadle prompts lists them") as raised:
        prompts.run(argparse.Namespace(name=name))
    assert raised.value.exit_code == ExitCode.USAGE
