"""What holds of all commands: a deny is not lost by wrapping, an allow is not gained by adding, and nothing raises."""

import shlex

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.permissions.rule_sets import PLACE, decision, rule_set
from treadle.permissions.calls import Call
from treadle.permissions.evaluation import evaluate
from treadle.permissions.rules import Grant, Owner, RuleSet

DENYING = rule_set(deny=["git push"], allow=["echo *", "git *", "bash *", "sudo *", "env *"])
ALLOWING = rule_set(allow=["npm test *", "ls *"])
SLOW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])

spelled = st.sampled_from(
    ["git push", "'git' push", 'git "push"', r"g\it push", "/usr/bin/git push", "git -C x push", "git push --force"]
)
wrappings = st.sampled_from(
    [
        "sh -c {quoted}",
        "bash -lc {quoted}",
        "eval {quoted}",
        "env A=1 sh -c {quoted}",
        "sudo -u ada bash -c {quoted}",
        "xargs -n1 sh -c {quoted}",
        "timeout 5 sh -c {quoted}",
        "nohup nice -n 3 sh -c {quoted}",
        "find . -exec sh -c {quoted} \\;",
        "echo $( {command} )",
        'echo "$( {command} )"',
        "( {command} )",
        "{{ {command}; }}",
        "ls; {command}",
        "{command} | ls",
        "if ls; then {command}; fi",
        "f() {{ {command}; }}",
        "x=$( {command} )",
        "cat <({command})",
        "for i in a; do {command}; done",
        "{command} > log 2>&1",
    ]
)
pieces = st.sampled_from(
    [
        *"abc{}()[]<>|&;$\"'`\\*?!#~=-\n\t\r\0",
        " ",
        "git",
        " push",
        "$(",
        "<<EOF",
        "EOF",
        "sh -c ",
        "&&",
        "\udcff",
        "é",
        "${",
        "$'",
    ]
)
noise = st.lists(pieces, max_size=25).map("".join) | st.text(max_size=30)


@SLOW
@given(spelled, st.lists(wrappings, max_size=4))
def test_a_deny_is_not_lost_by_any_nesting(command: str, wrapped: list[str]) -> None:
    for wrapping in wrapped:
        command = wrapping.format(command=command, quoted=shlex.quote(command))
    assert decision(command, DENYING) == "deny"


@SLOW
@given(noise, st.sampled_from(["git push; {}", "git push && {}", "git push\n{}"]))
def test_a_deny_is_not_lost_by_what_follows(rest: str, form: str) -> None:
    assert decision(form.format(rest), DENYING) in ("deny", "ask")


@SLOW
@given(noise)
def test_an_allow_is_not_gained_by_appending_anything_to_what_is_not_allowed(rest: str) -> None:
    for start in ("rm -r x ", "rm;", "rm\n", "PATH=x npm test ", "sudo npm test "):
        assert decision(start + rest, ALLOWING) != "allow"


@SLOW
@given(noise, st.sampled_from([";rm x", "&&rm x", "||rm x", "|rm x", "&rm x", "\nrm x", "$(rm x)", "`rm x`", ">x.sh"]))
def test_an_allow_does_not_cover_what_is_added(rest: str, added: str) -> None:
    assert decision(f"npm test{added}", ALLOWING) != "allow"
    assert decision(f"npm test{added} {rest}", ALLOWING) != "allow"


@SLOW
@given(st.text(), noise, st.text(), st.dictionaries(st.text(), st.none() | st.integers() | st.text()))
def test_nothing_raises(pattern: str, command: str, path: str, tool_input: dict[str, object]) -> None:
    rules = rule_set(
        deny=[pattern or "x", {"path": path or "x"}, {"tool": pattern or "x"}], allow=["a *", {"path": "b"}]
    )
    for given_input in ({"command": command}, {"file_path": path}, {**tool_input, "command": command, "path": path}):
        evaluate(Call.of("Bash", given_input, PLACE), [rules])


def test_a_grant_allows_the_very_same_and_no_more() -> None:
    def asked(command: str, *grants: Grant) -> str | None:
        rules = rule_set(ask=["git push"], deny=["git push --force"])
        found = evaluate(Call.of("Bash", {"command": command}, PLACE), [rules], grants).decision
        return None if found is None else found.value

    granted = Grant(tool="Bash", command="git push origin main", ask_id=7)
    assert asked("git push origin main") == "ask"
    assert asked("git push origin main", granted) == "allow"
    assert asked("git push origin main ", granted) == "ask"
    assert asked("git push origin other", granted) == "ask"
    assert asked("git push --force", Grant(tool="Bash", command="git push --force")) == "deny"
    assert asked("git push x", Grant(tool="Bash")) == "ask"


def test_a_grant_of_a_file_is_for_one_tool_and_one_path() -> None:
    rules = rule_set(ask=[{"path": "secrets/"}])

    def asked(tool: str, path: str, grant: Grant) -> str | None:
        found = evaluate(Call.of(tool, {"file_path": path}, PLACE), [rules], [grant])
        return None if found.decision is None else found.decision.value

    grant = Call.of("Edit", {"file_path": "secrets/./a.txt"}, PLACE).grant
    assert grant.as_json_object == {"tool": "Edit", "path": "/srv/shop/secrets/a.txt"}
    assert asked("Edit", "/srv/shop/secrets/a.txt", grant) == "allow"
    assert asked("Write", "/srv/shop/secrets/a.txt", grant) == "ask"
    assert asked("Edit", "/srv/shop/secrets/b.txt", grant) == "ask"


def test_a_broken_file_allows_nothing_and_has_everything_asked() -> None:
    broken = RuleSet(owner=Owner.PROJECT, file=".treadle/permissions.yaml", problem="it is not UTF-8", line=3)
    user = rule_set(allow=["ls *"], deny=["git push"])
    assert decision("ls", broken, user) == "ask"
    assert decision("git push", broken, user) == "deny"
    assert decision("anything", broken) == "ask"
    call = Call.of("Bash", {"command": "ls"}, PLACE)
    assert evaluate(call, [broken], [Grant(tool="Bash", command="ls")]).decision == "allow"
    assert evaluate(call, [broken]).reason == (
        ".treadle/permissions.yaml is not valid in line 3, so that everything is asked about: it is not UTF-8."
    )
