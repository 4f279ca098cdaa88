"""Values in a text for the shell, held against real shells."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import TemplateError

from treadle.workflows.definition.shell_text import EVALUATED, MAX_DEPTH, READ_AGAIN, filled, unsafe_places

SHELLS = [shell for shell in ("/bin/sh", "/bin/dash", "/bin/bash") if Path(shell).exists()]
CANARY = "canary"
WRITE = f": >{CANARY}"
"""Whoever makes a shell do this has got out of the quotes."""
ESCAPES = (
    f"$({WRITE})",
    f"`{WRITE}`",
    f"\n{WRITE}\n",
    f"'\n{WRITE}\n'",
    f"';{WRITE};'",
    f'"\n{WRITE}\n"',
    f"\\\n{WRITE}\n",
    f")\n{WRITE}\n",
    f"}}\n{WRITE};esac\n",
    f"E\n{WRITE}\n",
    f"a[$({WRITE})]",
    f"2>{CANARY}",
    f"x'\"`{WRITE}`$({WRITE})\n{WRITE}\nE\n{WRITE}\n;;)\n{WRITE}\n}}\n{WRITE};fi;done;esac;{WRITE}'\n{WRITE}\n\"\n{WRITE}\n",
)
TOKENS = (
    *("{{x}}", "{{x}}", "{{x}}", " {{x}} ", " ", " ", "\n", "\t", "a", "b ", "1", "=", "~", "*", "!", "^", "%", "-eq"),
    *("'", '"', "\\", "$", "`", "#", "\n#", "$'", '$"', "''", '""', "\\'", '\\"', "\\\n", "\x0b", "\xa0"),
    *("(", ")", "((", "))", "$(", "$((", "$[", "${a", "${a:-", "{", "}", "[", "]", "[[ ", " ]]", "$a", "$#", "<", ">"),
    *("<<E", "<<'E'", "<<<", "E\n", "case x in ", "esac", ";;", ";", "if :;then ", "fi", "for i in ", "do ", "done"),
    *("echo ", "{ ", " }"),
)
SAFE = (
    ("printf '%s\\0' {{x}}", "{}"),
    ("printf '%s\\0' --name={{x}}", "--name={}"),
    ("cd . && printf '%s\\0' a{{x}}b | cat", "a{}b"),
    ('A={{x}} sh -c \'printf "%s\\0" "$A"\'', "{}"),
    ("if [ {{x}} = {{x}} ]; then printf '%s\\0' {{x}}; fi", "{}"),
    ("case {{x}} in {{x}}) printf '%s\\0' {{x}};; esac", "{}"),
    ("n=$(printf '%s' \"one\" | wc -c)\nprintf '%s\\0' {{x}}  # it's so\nexit 0", "{}"),
    ("printf '%s\\0' \\\n  {{x}}", "{}"),
    ("for each in {{x}}; do printf '%s\\0' \"$each\"; done", "{}"),
    ("( printf '%s\\0' {{x}} )", "{}"),
    ("f() { printf '%s\\0' \"$@\"; }; f {{x}}$((1 + 1))`echo a`", "{}2a"),
)


def run(shell: str, text: str, folder: Path) -> bytes:
    done = subprocess.run(
        [shell, "-c", text], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False
    )
    return done.stdout


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("echo '{{x}}'", "inside quotes"),
        ('echo "{{x}}"', "inside quotes"),
        ('echo "$HOME/{{x}}"', "inside quotes"),
        ("# {{x}}\n", "in a comment"),
        ("true;# {{x}}\n", "in a comment"),
        ("echo ${{x}}", "right after $"),
        ("echo \\{{x}}", "right after a backslash"),
        ("cat <<E\n{{x}}\nE\n", "here-document"),
        ("cat <<'E' {{x}}\nE\n", "here-document"),
        ("echo `ls {{x}}`", "`…`"),
        ("echo $(ls {{x}})", "inside $(…)"),
        ('echo "$(ls {{x}})"', "inside $(…)"),
        ("echo $(ls '{{x}}')", "inside quotes"),
        ("echo $(case a in a) echo;; esac) {{x}}", "$(…)"),
        ("echo ${a:-{{x}}}", "${…}"),
        ("echo ${a:-'} {{x}} '}", "${…}"),
        ("echo $(({{x}} + 1))", "$((…))"),
        ("(( {{x}} ))", "(("),
        ("echo $[{{x}}]", "$["),
        ("a=(< {{x}}", "=("),
        ("a[{{x}}]=1", "behind ["),
        ("echo $'a\\'' {{x}}", "$'"),
        ("echo a\\\n{{x}}", "goes on in the next line"),
        ("echo a$\\\n{{x}}", "$\\"),
        ("echo a\x0b#'\n {{x}} #'", "take for a blank"),
        ("eval echo {{x}}", "alias or eval"),
        ("alias a=b\na {{x}}", "alias or eval"),
        ("true;eval {{x}}", "alias or eval"),
        ("if :;then eval\t{{x}}; fi", "alias or eval"),
        ("time command -p eval {{x}}", "alias or eval"),
        ("{ eval echo {{x}}; }", "alias or eval"),
        ("(alias a=b) {{x}}", "alias or eval"),
        ("{% if x %}{{x}}{% endif %}", "only {{ … }}"),
        ("echo {# no #} {{x}}", "only {{ … }}"),
        ("echo {{- x }}", "minus or plus"),
        ("echo {{ x -}} a", "minus or plus"),
        ("echo {{x}}\r\n", "control character"),
    ],
)
def test_a_value_stands_only_where_quotes_hold(text: str, reason: str) -> None:
    places = unsafe_places(text)
    assert len(places) == 1
    assert reason in places[0][1]
    with pytest.raises(TemplateError):
        filled(text, lambda _: "value")


@pytest.mark.parametrize("text", ["a --eval {{x}}", "a-eval b {{x}}", "./eval {{x}}", "evaluate {{x}}", "_alias {{x}}"])
def test_a_word_that_only_holds_eval_or_alias_is_another(text: str) -> None:
    assert unsafe_places(text) == []


@pytest.mark.parametrize("depth", [MAX_DEPTH - 1, MAX_DEPTH, 500, 20_000])
def test_a_value_behind_nested_substitutions_is_refused_at_any_depth(depth: int) -> None:
    ((span, reason),) = unsafe_places("x " + "$(" * depth + " {{x}}")
    assert span == (2 + 2 * depth + 1, 2 + 2 * depth + 6)
    assert "$(…)" in reason


@pytest.mark.parametrize(("depth", "is_safe"), [(MAX_DEPTH, True), (MAX_DEPTH + 1, False), (20_000, False)])
def test_substitutions_that_are_closed_hide_nothing_behind_them_to_a_bounded_depth(depth: int, is_safe: bool) -> None:
    text = "x " + "$(a " * depth + ")" * depth
    assert (unsafe_places(f"{text} {{{{x}}}}") == []) == is_safe


def test_many_substitutions_behind_each_other_are_not_nested() -> None:
    assert unsafe_places("x $(a) " * (5 * MAX_DEPTH) + "{{x}}") == []


def test_many_lines_are_looked_through_once() -> None:
    """Of blanks in a row, a repetition before the word would be tried anew at each of them."""
    assert not set("*+") & set(READ_AGAIN.pattern)
    lines = "\n" * 40_000
    assert unsafe_places(f"x {{{{x}}}}{lines}y") == []
    assert [reason for _, reason in unsafe_places(f"x {{{{x}}}}{lines}eval y")] == [EVALUATED]


def test_each_unsafe_place_is_told_where_it_is() -> None:
    text = "echo {{ 'a}}' }} '{{ b }}' # {{c}}"
    assert [text[span.start : span.end] for span, _ in unsafe_places(text)] == ["{{ b }}", "{{c}}"]


def test_what_is_no_template_has_no_places_and_cannot_be_filled() -> None:
    assert unsafe_places("echo {{ x") == []
    with pytest.raises(TemplateError):
        filled("echo {{ x", lambda _: "value")


def test_a_list_is_several_words_and_never_a_part_of_one() -> None:
    assert filled("ls {{ x }};", lambda _: ["a b", "it's", 3]) == "ls 'a b' 'it'\"'\"'s' '3';"
    assert filled("ls {{ x }} -l", lambda _: []) == "ls  -l"
    for text in ("ls --all={{x}}", "ls {{x}}#", "ls {{x}}{{x}}", "ls {{x}}2>a"):
        with pytest.raises(TemplateError, match="as a part of a word"):
            filled(text, lambda _: [])


def test_a_null_character_is_refused() -> None:
    with pytest.raises(TemplateError, match="null character"):
        filled("echo {{x}}", lambda _: "a\0b")


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(("text", "printed"), SAFE)
@settings(max_examples=15, deadline=None)
@given(value=st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])) | st.sampled_from(ESCAPES))
def test_a_value_arrives_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, text: str, printed: str, shell: str, value: str
) -> None:
    folder = tmp_path_factory.mktemp("shell")
    made = filled(text, lambda _: value)
    assert run(shell, made, folder) == f"{printed.replace('{}', value)}\0".encode()
    shutil.rmtree(folder)


@pytest.mark.parametrize("shell", SHELLS)
@settings(max_examples=150, deadline=None)
@given(tokens=st.lists(st.sampled_from(TOKENS), min_size=2, max_size=14), value=st.sampled_from(ESCAPES))
def test_whatever_the_text_is_a_value_never_becomes_a_command(
    tmp_path_factory: pytest.TempPathFactory, shell: str, tokens: list[str], value: str
) -> None:
    text = "".join(tokens)
    if "{{x}}" not in text or unsafe_places(text):
        return
    try:
        made = filled(text, lambda _: value)
    except TemplateError:
        return
    folder = tmp_path_factory.mktemp("shell")
    run(shell, made, folder)
    assert not (folder / CANARY).exists()
    shutil.rmtree(folder)
