"""A session that nobody gave a title is called after what it shall do."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.factories import EXAMPLE, asynchronous, next_command, open_application
from tests.unit.service.families import children_of, family
from treadle.domain.scope import LOCAL
from treadle.workflows.contract import WantedChild
from treadle.workflows.options import SessionOptions


class Described(SessionOptions):
    description: str | list[str] = "by default"


DESCRIBED = replace(EXAMPLE, id="described", options=Described)
WORDS = "Make the calculator divide, and let it say what is wrong when it divides by zero"
assert len(WORDS) == 80


@pytest.mark.requirement("session.title")
@pytest.mark.parametrize(
    ("description", "title"),
    [
        ("Fix the sum", "Fix the sum"),
        ("\n  \n\t Fix \t the   sum \r\nand the difference", "Fix the sum"),
        (WORDS, WORDS),
        (WORDS + ".", WORDS.removesuffix(" zero") + "…"),
        (WORDS[:79] + " and more", WORDS[:79] + "…"),
        ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 79 + "…"),
        ("See " + "x" * 90, "See " + "x" * 75 + "…"),
        ("", None),
        (" \n\n ", None),
        (["a"], None),
    ],
)
@asynchronous
async def test_it_is_the_first_line_of_the_description(tmp_path: Path, description: object, title: str | None) -> None:
    async with open_application(tmp_path, DESCRIBED) as application:
        options = {"description": description}
        session = await application.sessions.create(LOCAL, type="described", options=options)
        assert (session.title, session.options) == (title, options)


@asynchronous
async def test_a_title_that_was_given_stays_and_no_description_makes_none(tmp_path: Path) -> None:
    async with open_application(tmp_path, DESCRIBED) as application:
        options = {"description": "Fix the sum"}
        for given in ("Mine", ""):
            session = await application.sessions.create(LOCAL, type="described", title=given, options=options)
            assert session.title == given
        assert (await application.sessions.create(LOCAL, type="described")).title is None


@asynchronous
async def test_a_child_is_called_so_too(tmp_path: Path) -> None:
    wanted = WantedChild(type="described", options={"description": "Fix the sum"})
    kind, _ = family(lambda _: (wanted,))
    async with open_application(tmp_path, kind, DESCRIBED) as application:
        parent = await application.sessions.create(LOCAL, type="family")
        await next_command(application, parent.id)
        assert [child.title for child in await children_of(application, parent.id)] == ["Fix the sum"]
