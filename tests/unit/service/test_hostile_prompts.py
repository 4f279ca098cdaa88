"""A template that a project was trusted with, and that is a mistake or worse: the session waits, and others go on."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.factories import EXAMPLE, asynchronous, hand_in, make_result, new_session, next_command, open_application
from treadle.domain.command import Command
from treadle.domain.errors import StepFailedError
from treadle.workflows.agent_step import AgentStep
from treadle.workflows.contract import SessionType, StepContext
from treadle.workflows.working_copy import Finalize

LOOP, END = "{% for a in 'a sentence' %}", "{% endfor %}"
GOOD = "Write {{ session.id }}."


def prompted_by(template: Callable[[], str]) -> SessionType:
    class Prompted(AgentStep):
        name = "prompted"
        template = "prompted.md"
        stage = "task"

        def get_command(self, context: StepContext) -> Command:
            return super().get_command(replace(context, texts={"prompts/prompted.md": template()}))

    return SessionType(id="prompted", title="P", description="P", version=1, line=(Prompted(), Finalize()))


@pytest.mark.timeout(30)
@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("{{ session.id.__class__ }}", "access to attribute '__class__' of 'int' object is unsafe"),
        ("{{ 'x' * 999999999 }}", "the operator * is not allowed here"),
        (f"{LOOP * 8}x{END * 8}", "it takes too long: too many loops, or too much text in them"),
        ("{% include 'prompted.md' %}{% include 'prompted.md' %}", "maximum recursion depth"),
        ("\n{% macro m() %}{% endmacro %}", "in line 2: a macro is not allowed in a prompt"),
    ],
)
@asynchronous
async def test_the_step_waits_with_a_sentence_and_goes_on_when_the_template_is_mended(
    tmp_path: Path, wrong: str, reason: str
) -> None:
    templates = [wrong]
    async with open_application(tmp_path, EXAMPLE, prompted_by(lambda: templates[0])) as application:
        session = await new_session(application, type_id="prompted")
        other = await new_session(application)
        for _ in range(2):
            with pytest.raises(StepFailedError, match=r"^The prompt prompted\.md is wrong.*\.$") as failed:
                await next_command(application, session.id)
            assert reason in failed.value.message
        await next_command(application, other.id)

        templates[0] = GOOD
        following = await next_command(application, session.id)
        assert following.interaction is not None
        assert following.interaction.attempt == 1
        assert following.interaction.command.metadata["prompt"] == f"Write {session.id}."
        handled = await hand_in(application, following, make_result())
        assert handled.session.interaction_count == 1
