"""A project's own patterns of secrets: in the text as people see it, harmless to the JSON around it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import make_event
from treadle.domain.errors import ProjectInvalidError, TooLargeError
from treadle.service import own_patterns
from treadle.service.project_settings import parse
from treadle.service.redaction import MAX_SECRETS, Redactor


def redactor(*patterns: tuple[str, str]) -> Redactor:
    return Redactor(own_patterns.compiled(patterns))


ACME = redactor(("acme", r"\bacme-[0-9a-f]{8}\b"))


@pytest.mark.parametrize("is_ascii", [True, False])
@pytest.mark.parametrize("edge", ["", "\n", "\t", '"', "\\", "é", "\x01", "/", "\\n", '\\"', "=", " "])
def test_an_own_secret_goes_whatever_is_escaped_around_it(edge: str, is_ascii: bool) -> None:
    if edge == "\\n":
        # A letter: there is no edge of a word between it and the secret.
        assert ACME.value(f"{edge}acme-0123abcd") == f"{edge}acme-0123abcd"
        edge += " "
    raw = json.dumps({"text": f"{edge}acme-0123abcd{edge}", "acme-0123abcd": 1.50}, ensure_ascii=is_ascii)
    assert json.loads(ACME.text(raw)) == {"text": f"{edge}[redacted:acme]{edge}", "[redacted:acme]": 1.5}


def test_what_holds_none_is_the_same_to_the_byte() -> None:
    raw = '{ "a" : "x\\u00e9\\n\\/" , "b": [1.50, "acme-short"] }'
    assert ACME.text(raw) == raw
    value = {"a": 1}
    assert ACME.value(value) is value


def test_only_the_string_with_a_secret_is_written_anew() -> None:
    raw = '{"a":"\\u00e9\\/","b": "acme-0123abcd \\u00e9","c":1e2}'
    assert ACME.text(raw) == '{"a":"\\u00e9\\/","b": "[redacted:acme] é","c":1e2}'


PATTERNS = st.sampled_from([r"[a-z]{2}", r"[^\w]+x", r"(?s)..."])


@given(
    st.recursive(st.text(max_size=30) | st.integers(), st.lists), st.sampled_from([r"[a-z]{2}", r"[^\w]+x", r"(?s)..."])
)
def test_no_pattern_harms_the_json(value: object, pattern: str) -> None:
    own = own_patterns.compiled((("mine", pattern),))
    assert own is not None
    raw = json.dumps({"value": value})
    assert json.loads(own.redacted(raw)).keys() == json.loads(own.redacted('{"value":1}')).keys()


def test_a_group_is_the_secret_and_what_stands_around_it_stays() -> None:
    found = redactor(("pin", r"(?i)pin(?: code)?: (\d{4})\b|tan=(\w{6})$"))
    assert found.value("PIN: 1234, tan=abcdef\nmore") == "PIN: [redacted:pin], tan=[redacted:pin]\nmore"
    once = found.value("PIN: 1234")
    assert found.value(once) is once


def test_known_kinds_and_own_ones_go_together_and_lines_have_ends() -> None:
    found = redactor(("first", "^ticket [A-Z]{6}$"), ("host", r"[a-z]+\.corp\.example"))
    text = "ticket ABCDEF\nnot ticket ABCDEF\ndb.corp.example ghp_" + "a1B2" * 9
    expected = "[redacted:first]\nnot ticket ABCDEF\n[redacted:host] [redacted:github_token]"
    assert found.value(text) == expected
    assert found.value(expected) == expected


def test_a_secret_does_not_reach_over_two_strings() -> None:
    found = redactor(("any", "a[^z]*z"))
    assert found.value(["xa", "zx", "a b\nz"]) == ["xa", "zx", "[redacted:any]"]


def test_a_batch_has_so_many_at_most() -> None:
    batch = [make_event(data=json.dumps({"text": "acme-0123abcd " * (MAX_SECRETS // 2)})) for _ in range(2)]
    assert "acme-0" not in "".join(event.data for event in ACME.own_of_batch(batch))
    with pytest.raises(TooLargeError):
        ACME.own_of_batch([*batch, make_event(data='{"text": "acme-0123abcd"}')])


def test_a_batch_without_own_secrets_is_the_same_object() -> None:
    batch = [make_event(), make_event(metadata='{"client":"x"}')]
    assert ACME.own_of_batch(batch) is batch
    with_one = [make_event(), make_event(metadata='{"client":"acme-0123abcd"}')]
    assert ACME.own_of_batch(with_one)[1].metadata == '{"client":"[redacted:acme]"}'


def test_a_redactor_that_is_off_does_nothing() -> None:
    off = Redactor(ACME.own, is_on=False)
    assert off.value("acme-0123abcd") == "acme-0123abcd"
    assert off.text('"acme-0123abcd"') == '"acme-0123abcd"'


def test_patterns_in_the_settings_file() -> None:
    parsed = parse(b"redact:\n  - 'acme-[0-9a-f]{8}'\n  - {name: host, pattern: '[a-z]+\\.corp\\.example'}\n")
    kept = [{"name": "project", "pattern": "acme-[0-9a-f]{8}"}, {"name": "host", "pattern": r"[a-z]+\.corp\.example"}]
    assert parsed.settings == {"redact": kept}
    assert own_patterns.declared(kept) == (("project", "acme-[0-9a-f]{8}"), ("host", r"[a-z]+\.corp\.example"))


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("'a('", "RE2 does not take it (missing ): a()"),
        ("'(?<=x)y'", "RE2 does not take it"),
        ("'((x{100}){10}){10}'", "RE2 does not take it"),
        ("'(?:(?:\\pL{100}){10})'", "RE2 does not take it (pattern too large"),
        ("'\\w+'", "it matches ordinary words, or nothing at all"),
        ("'x*'", "it matches ordinary words, or nothing at all"),
        ("'\\Asecret'", "write ^ and $"),
        ("''", "at least 1 character"),
        (f"'{'x' * 1001}'", "at most 1000 characters"),
        ("{name: 'a b', pattern: secret}", "redact.1.name"),
        ("{name: a}", "Field required"),
        ("3", "valid string"),
    ],
)
def test_a_bad_pattern_is_named_with_its_line(entry: str, reason: str) -> None:
    with pytest.raises(ProjectInvalidError) as refused:
        parse(f"redact:\n  - fine-[0-9]+\n  - {entry}\n".encode())
    assert reason in refused.value.message
    assert refused.value.details["line"] == 3


def test_so_many_patterns_at_most() -> None:
    lines = "".join(f"  - secret-{number}\n" for number in range(own_patterns.MAX_PATTERNS + 1))
    with pytest.raises(ProjectInvalidError, match="at most 50"):
        parse(f"redact:\n{lines}".encode())


def test_what_is_kept_with_a_project_and_no_pattern_is_left_out() -> None:
    kept: object = [{"name": "a"}, {"name": "b", "pattern": "("}, {"name": "x y", "pattern": "secret"}, 3, "secret"]
    assert own_patterns.declared(kept) == ()
    assert own_patterns.declared({"name": "secret"}) == own_patterns.declared(3) == ()
