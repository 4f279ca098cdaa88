from enum import StrEnum
from typing import Any

import pytest

from treadle.cli.session_options import require_given, session_options
from treadle.client.errors import ClientError, ExitCode
from treadle.workflows.options import AgentOptions, options_schema


class Colour(StrEnum):
    RED = "red"


class Choices(AgentOptions):
    description: str
    longest: int = 100
    ratio: float | None = None
    strict: bool = False
    colour: Colour | None = None
    paths: tuple[str, ...] = ()
    files: list[str] | None = None
    sizes: tuple[int, ...] = ()
    anything: Any = None


TYPE = {"id": "painting", "optionsSchema": options_schema(Choices)}


@pytest.mark.parametrize(
    ("word", "name", "value"),
    [
        ("description=A sentence = two halves", "description", "A sentence = two halves"),
        ("description=12", "description", "12"),
        ("description=null", "description", "null"),
        ("description=", "description", ""),
        ("longest=-7", "longest", -7),
        ("ratio=3", "ratio", 3),
        ("ratio=0.5", "ratio", 0.5),
        ("ratio=null", "ratio", None),
        ("strict=true", "strict", True),
        ("strict=false", "strict", False),
        ("colour=red", "colour", "red"),
        ("colour=null", "colour", "null"),
        ("model=null", "model", "null"),
        ("strict=True", "strict", True),
        ("files=a", "files", ["a"]),
        ('files=["a"]', "files", ["a"]),
        ("files=null", "files", ["null"]),
        ('paths=["a", "b"]', "paths", ["a", "b"]),
        ("paths=[]", "paths", []),
        ("paths=a, b", "paths", ["a, b"]),
        ("paths=[a", "paths", ["[a"]),
        ("paths=3", "paths", ["3"]),
        ("sizes=[1, 2]", "sizes", [1, 2]),
        ('anything={"a": 1}', "anything", {"a": 1}),
    ],
)
def test_a_value_is_read_by_the_schema_of_its_option(word: str, name: str, value: object) -> None:
    chosen = session_options([word], {}, TYPE)
    assert chosen == {name: value}
    assert type(chosen[name]) is type(value)


def test_options_of_their_own_and_named_ones_come_together() -> None:
    chosen = session_options(["strict=true", "longest=3"], {"model": "small", "max_turns": None}, TYPE)
    assert chosen == {"model": "small", "strict": True, "longest": 3}


def test_a_list_is_given_word_by_word() -> None:
    assert session_options(["paths=a", "strict=true", "paths=b"], {}, TYPE) == {"strict": True, "paths": ["a", "b"]}
    assert session_options(["files=a", "files=b"], {}, TYPE) == {"files": ["a", "b"]}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["longest"], "--param needs NAME=VALUE, not longest."),
        (["=3"], "--param needs NAME=VALUE, not =3."),
        (["strict=true", "strict=true"], "The option strict is given twice."),
        (["model=other"], "The option model is given twice."),
        (
            ["size=3"],
            f"The session type painting has no option size; there are: {', '.join(Choices.model_fields)}.",
        ),
        (["longest=three"], "The option longest takes a whole number, not three."),
        (["longest=1.5"], "The option longest takes a whole number, not 1.5."),
        (["ratio=\x1b[31mhalf"], "The option ratio takes a number or null, not  [31mhalf."),
        (["ratio=nan"], "The option ratio takes a number or null, not nan."),
        (["strict=yes"], "The option strict takes true or false, not yes."),
        (['paths=["a"]', "paths=b"], "The option paths is given twice."),
        (
            ["paths=a", 'paths=["b"]'],
            "The option paths is given word by word and as a whole list: choose one of them.",
        ),
        (["sizes=1, 2"], "The option sizes takes JSON, not 1, 2."),
        (["anything={"], "The option anything takes JSON, not {."),
    ],
)
def test_what_is_no_option_is_refused_in_one_sentence(words: list[str], sentence: str) -> None:
    with pytest.raises(ClientError) as refused:
        session_options(words, {"model": "small"}, TYPE)
    assert (refused.value.message, refused.value.exit_code) == (sentence, ExitCode.USAGE)


def test_a_definition_that_leads_back_to_itself_is_followed_once() -> None:
    tree = {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/Tree"}}, {"$ref": "#/$defs/Tree"}]}
    schema = {"properties": {"tree": {"$ref": "#/$defs/Tree"}}, "$defs": {"Tree": tree}}
    assert session_options(["tree=[[]]"], {}, {"id": "t", "optionsSchema": schema}) == {"tree": [[]]}


@pytest.mark.parametrize(
    ("required", "sentence"),
    [
        (["who"], "greet needs --param who=VALUE: Whom to greet."),
        (["who", "n"], "greet needs --param who=VALUE --param n=VALUE."),
        (["n"], "greet needs --param n=VALUE."),
    ],
)
def test_what_is_needed_and_not_given_is_named_with_what_it_is(required: list[str], sentence: str) -> None:
    schema = {"properties": {"who": {"description": "Whom to greet."}, "n": {}}, "required": required}
    greet = {"id": "greet", "optionsSchema": schema}
    with pytest.raises(ClientError) as refused:
        require_given({}, greet)
    assert (refused.value.message, refused.value.exit_code) == (sentence, ExitCode.USAGE)
    require_given({"who": "a", "n": None}, greet)
