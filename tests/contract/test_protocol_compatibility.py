"""Each kind of change of the protocol, and whether an older client stumbles over it."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tools.protocol_compatibility import breaking

Document = dict[str, Any]
Change = Callable[[Document], object]

OLD: Document = {
    "protocolVersion": 1,
    "methods": {
        "thing/ask": {
            "params": {"$ref": "#/definitions/ThingAskParams"},
            "response": {"$ref": "#/definitions/ThingAskResponse"},
        },
        "thing/drop": {
            "params": {"$ref": "#/definitions/ThingAskParams"},
            "response": {"$ref": "#/definitions/ThingAskResponse"},
        },
    },
    "notifications": {"thing/didAsk": {"params": {"$ref": "#/definitions/ThingDidAskNotification"}}},
    "errorCodes": {"odd": -1, "even": -2},
    "definitions": {
        "Colour": {"type": "string", "enum": ["red", "blue"]},
        "Part": {
            "type": "object",
            "properties": {
                "size": {"type": "integer"},
                "inner": {"anyOf": [{"$ref": "#/definitions/Part"}, {"type": "null"}]},
            },
            "required": ["size", "inner"],
        },
        "JsonValue": {},
        "ThingAskParams": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": 10},
                "count": {"type": "integer", "minimum": 0, "maximum": 9, "default": 1},
                "colour": {"anyOf": [{"$ref": "#/definitions/Colour"}, {"type": "null"}], "default": None},
                "names": {"type": "array", "items": {"type": "string"}, "maxItems": 5, "default": []},
                "data": {
                    "type": "object",
                    "additionalProperties": {"$ref": "#/definitions/JsonValue"},
                    "default": {},
                },
                "content": {"type": "string", "format": "base64", "default": ""},
            },
            "required": ["name"],
        },
        "ThingAskResponse": {
            "type": "object",
            "properties": {
                "colour": {"$ref": "#/definitions/Colour"},
                "at": {"type": "string", "format": "date-time"},
                "part": {"$ref": "#/definitions/Part"},
                "parts": {"type": "array", "items": {"$ref": "#/definitions/Part"}},
                "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            },
            "required": ["colour", "at", "part", "parts", "labels", "note"],
        },
        "ThingDidAskNotification": {
            "type": "object",
            "properties": {"id": {"type": "integer"}},
            "required": ["id"],
        },
    },
}


def asked(name: str) -> Callable[[Document], Document]:
    return lambda document: document["definitions"]["ThingAskParams"]["properties"][name]


def told(name: str) -> Callable[[Document], Document]:
    return lambda document: document["definitions"]["ThingAskResponse"]["properties"][name]


def params(document: Document) -> Document:
    found: Document = document["definitions"]["ThingAskParams"]
    return found


def response(document: Document) -> Document:
    found: Document = document["definitions"]["ThingAskResponse"]
    return found


def changed(change: Change) -> list[str]:
    new = copy.deepcopy(OLD)
    change(new)
    return breaking(OLD, new)


BREAKING: dict[str, tuple[Change, str]] = {
    "a method goes": (lambda new: new["methods"].pop("thing/drop"), "thing/drop: the method is gone."),
    "a notice goes": (lambda new: new["notifications"].clear(), "thing/didAsk: the notice is gone."),
    "an error code goes": (lambda new: new["errorCodes"].pop("odd"), "error odd: the code is gone."),
    "an error gets another number": (
        lambda new: new["errorCodes"].update(odd=-3),
        "error odd: its number was -1 and is -3.",
    ),
    "a new member is required": (
        lambda new: (params(new)["properties"].update(why={"type": "string"}), params(new)["required"].append("why")),
        "thing/ask params.why: is now required.",
    ),
    "a known member becomes required": (
        lambda new: params(new)["required"].append("count"),
        "thing/ask params.count: is now required.",
    ),
    "a member is not taken any more": (
        lambda new: params(new)["properties"].pop("count"),
        "thing/ask params.count: the member is gone.",
    ),
    "a member is of another type": (
        lambda new: asked("name")(new).update(type="integer"),
        "thing/ask params.name: does not take string any more.",
    ),
    "null is not taken any more": (
        lambda new: asked("colour")(new)["anyOf"].pop(),
        "thing/ask params.colour: does not take null any more.",
    ),
    "any JSON becomes text": (
        lambda new: asked("data")(new).update(additionalProperties={"type": "string"}),
        "thing/ask params.data{}: does not take any any more.",
    ),
    "an enum value is not taken any more": (
        lambda new: new["definitions"]["Colour"]["enum"].remove("blue"),
        "thing/ask params.colour: does not take 'blue' any more.",
    ),
    "text becomes an enum": (
        lambda new: asked("names")(new).update(items={"$ref": "#/definitions/Colour"}),
        "thing/ask params.names[]: does not take string any more.",
    ),
    "an upper limit comes down": (
        lambda new: asked("count")(new).update(maximum=8),
        "thing/ask params.count: maximum was 9 and is 8.",
    ),
    "a lower limit goes up": (
        lambda new: asked("name")(new).update(minLength=2),
        "thing/ask params.name: minLength was 1 and is 2.",
    ),
    "a limit comes": (
        lambda new: asked("names")(new).update(minItems=1),
        "thing/ask params.names: minItems was not limited and is 1.",
    ),
    "a pattern comes": (
        lambda new: asked("name")(new).update(pattern="[a-z]+"),
        "thing/ask params.name: its pattern was any and is [a-z]+.",
    ),
    "a default changes": (
        lambda new: asked("count")(new).update(default=2),
        "thing/ask params.count: the default was 1 and is 2.",
    ),
    "a member is not told any more": (
        lambda new: response(new)["properties"].pop("note"),
        "thing/ask response.note: the member is gone.",
    ),
    "a member may be left out": (
        lambda new: response(new)["required"].remove("note"),
        "thing/ask response.note: may now be left out.",
    ),
    "a member may be null": (
        lambda new: response(new)["properties"].update(at={"anyOf": [told("at")(OLD), {"type": "null"}]}),
        "thing/ask response.at: may now be null.",
    ),
    "a told member is of another type": (
        lambda new: new["definitions"]["Part"]["properties"].update(size={"type": "string"}),
        "thing/ask response.part.size: may now be string.",
    ),
    "a told integer becomes any number": (
        lambda new: new["definitions"]["Part"]["properties"].update(size={"type": "number"}),
        "thing/ask response.part.size: may now be number.",
    ),
    "a told enum becomes any text": (
        lambda new: response(new)["properties"].update(colour={"type": "string"}),
        "thing/ask response.colour: may now be string.",
    ),
    "a told time loses its shape": (
        lambda new: told("at")(new).pop("format"),
        "thing/ask response.at: its format was date-time and is any.",
    ),
    "told labels become any JSON": (
        lambda new: told("labels")(new).update(additionalProperties={}),
        "thing/ask response.labels{}: may now be any.",
    ),
    "a notice loses a member": (
        lambda new: new["definitions"]["ThingDidAskNotification"]["properties"].clear(),
        "thing/didAsk.id: the member is gone.",
    ),
}

ADDITIVE: dict[str, Change] = {
    "nothing changes": lambda new: None,
    "a method comes": lambda new: new["methods"].update({"thing/new": new["methods"]["thing/ask"]}),
    "a notice comes": lambda new: new["notifications"].update({"thing/didNew": new["notifications"]["thing/didAsk"]}),
    "an error code comes": lambda new: new["errorCodes"].update(new=-3),
    "a member with a default comes": lambda new: params(new)["properties"].update(
        why={"type": "string", "default": ""}
    ),
    "a member need not be given any more": lambda new: params(new)["required"].clear(),
    "an enum value comes": lambda new: new["definitions"]["Colour"]["enum"].append("green"),
    "a limit is loosened": lambda new: (asked("count")(new).update(maximum=10), asked("name")(new).update(minLength=0)),
    "a limit goes": lambda new: asked("names")(new).pop("maxItems"),
    "a shape is not asked for any more": lambda new: asked("content")(new).pop("format"),
    "an integer may be any number": lambda new: asked("count")(new).update(type="number"),
    "an enum takes any text": lambda new: params(new)["properties"].update(
        colour={"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}
    ),
    "a member takes null too": lambda new: params(new)["properties"].update(
        name={"anyOf": [asked("name")(OLD), {"type": "null"}]}
    ),
    "a told member comes": lambda new: (
        response(new)["properties"].update(more={"type": "string"}),
        response(new)["required"].append("more"),
    ),
    "a told member is never null any more": lambda new: told("note")(new)["anyOf"].pop(),
    "a told time gets a shape": lambda new: told("note")(new)["anyOf"][0].update(format="date-time"),
    "a type gets another name": lambda new: (
        new["definitions"].update(Hue=new["definitions"]["Colour"]),
        response(new)["properties"].update(colour={"$ref": "#/definitions/Hue"}),
    ),
    "a description changes": lambda new: asked("name")(new).update(description="What it is called."),
}


@pytest.mark.parametrize("name", BREAKING)
def test_a_breaking_change_is_named(name: str) -> None:
    change, sentence = BREAKING[name]
    assert sentence in changed(change)


@pytest.mark.parametrize("name", ADDITIVE)
def test_an_additive_change_is_none(name: str) -> None:
    assert changed(ADDITIVE[name]) == []


def test_what_is_renamed_is_gone() -> None:
    def rename(new: Document) -> None:
        response(new)["properties"]["remark"] = response(new)["properties"].pop("note")
        response(new)["required"][-1] = "remark"

    assert "thing/ask response.note: the member is gone." in changed(rename)


def test_every_place_is_named() -> None:
    assert sorted(changed(lambda new: new["definitions"]["Part"]["properties"].pop("size"))) == [
        f"thing/{verb} response.{place}.size: the member is gone."
        for verb in ("ask", "drop")
        for place in ("part", "parts[]")
    ]
