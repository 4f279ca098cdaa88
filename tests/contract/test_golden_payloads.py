"""Every message has one real payload, as a daemon says it today.

A change of one of these files is a change of what clients see. `make generate` renews them; read the diff.
"""

import json
from collections.abc import Mapping
from typing import Any

import jsonschema
import pytest

from tools.generators import golden_payloads, protocol_schema
from treadle.protocol.error_codes import NUMBERS
from treadle.protocol.methods import METHODS, NOTICES

SCHEMA: dict[str, Any] = json.loads(protocol_schema.text())
COMMITTED = golden_payloads.committed()


@pytest.fixture(scope="module")
def made() -> Mapping[str, str]:
    return golden_payloads.make()


def test_every_message_has_a_payload_and_every_payload_a_message() -> None:
    assert COMMITTED.keys() == golden_payloads.wanted()


def test_the_payloads_are_what_a_daemon_says_today(made: Mapping[str, str]) -> None:
    folder = golden_payloads.ROOT / golden_payloads.FOLDER
    files = {
        f"{golden_payloads.FOLDER}/{path.relative_to(folder).as_posix()}": path.read_text(encoding="utf-8")
        for path in folder.rglob("*.json")
    }
    changed = sorted(name for name in files.keys() | made.keys() if files.get(name) != made.get(name))
    assert not changed, "run `make generate` and read the diff"


def validate(definition: str, value: object) -> None:
    schema = {"$ref": f"#/definitions/{definition}", "definitions": SCHEMA["definitions"]}
    checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    assert [error.message for error in checker.iter_errors(value)] == []


@pytest.mark.parametrize("method", [one.name for one in METHODS])
def test_params_and_response_are_valid_by_the_schema(method: str) -> None:
    document, types = COMMITTED[method], SCHEMA["methods"][method]
    assert document["method"] == method
    validate(types["params"]["$ref"].rpartition("/")[2], document["params"])
    validate(types["response"]["$ref"].rpartition("/")[2], document["response"])


@pytest.mark.parametrize("notice", [one.name for one in NOTICES])
def test_a_notice_is_valid_by_the_schema(notice: str) -> None:
    validate(SCHEMA["notifications"][notice]["params"]["$ref"].rpartition("/")[2], COMMITTED[notice]["params"])


@pytest.mark.parametrize("code", NUMBERS)
def test_an_error_has_its_number_and_its_code(code: str) -> None:
    error = COMMITTED[f"errors/{code}"]["error"]
    assert (error["code"], error["data"]["code"]) == (NUMBERS[code], code)
    assert error["data"].keys() == {"code", "details"}
    assert error["message"]
    assert "\n" not in error["message"]
