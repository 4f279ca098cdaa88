"""A command is allowed when each part of it is, as it is written, and nothing of it is unknown."""

import pytest

from tests.unit.permissions.rule_sets import decision, rule_set, verdict
from treadle.permissions.rules import Owner

RULES = rule_set(
    allow=[
        "npm test *",
        "git status",
        "ls *",
        "pytest *",
        "find *",
        "CI=1 npm run build",
        "git commit -m *",
        "make te*",
        {"path": "build/**"},
        {"path": "/var/out.txt"},
    ]
)

ALLOWED = r"""
npm test
npm test --watch
npm test -- --coverage "a b"
git status
ls
ls -la src
ls *.py
ls src/[ab]*.py
/usr/bin/ls
'npm' "test"
git status && npm test
git status; ls
npm test | ls
npm test 2>&1
npm test > /dev/null 2>&1
npm test > build/log.txt
npm test >> build/deep/log.txt 2> build/../build/errors.txt
npm test > /var/out.txt
npm test < input.txt
(git status; ls)
{ git status; }
if git status; then ls; else npm test; fi
for i in a b; do ls; done
! git status
cd src && npm test
cd src/deep/.. && npm test
cd /srv/shop/src && npm test
[ -f package.json ] && npm test
[[ -d src ]] && ls
test -f x && ls
true && ls
time npm test
timeout 60 npm test
nice -n 5 npm test
nohup npm test
sh -c 'npm test'
bash -lc "git status && npm test"
env npm test
command npm test
find . -name x
find . -name '*.py' -exec pytest \;
CI=1 npm run build
git commit -m "All of it: done"
make test
make tests
"""

NOT_ALLOWED = r"""
npm tests
npm
npm install
git status --short
git
/tmp/evil/git status
./npm test
~/bin/npm test
npm test && rm x
npm test; curl example.org
npm test | sh
npm test &  rm x
npm test || rm x
npm test $(rm x)
npm test `rm x`
npm test <(rm x)
npm test "$(rm x)"
npm test $x
npm test "$x"
npm test ${x}
npm test {a,b}
$npm test
npm $x
PATH=/tmp/evil npm test
LD_PRELOAD=x npm test
env PATH=/tmp npm test
export PATH=/tmp; npm test
PATH=/tmp; npm test
sudo npm test
sudo -u root npm test
doas npm test
xargs npm test
ls | xargs rm
find . -exec rm {} \;
find . -exec npm test \; -exec rm x \;
find . -delete -exec sh -c 'rm x' \;
npm test > src/main.py
npm test > ~/.bashrc
npm test > build/../src/main.py
npm test > $x
npm test > build/$x
npm test &> src/x
npm test >| src/x
cd .. && npm test
cd / && npm test
cd $x && npm test
cd && npm test
cd - && npm test
cd ~ && npm test
eval "npm test; rm x"
bash -c 'npm test; rm x'
bash -c "$x"
bash script.sh
f() { rm x; }; f
npm() { rm x; }; npm test
alias npm=rm; npm test
source x && npm test
CI=2 npm run build
npm run build
npm test (
npm test 'unfinished
npm test )
find . -exec pytest {} \;
ls "$(git status)"
make deploy
NPM test
uv run npm test
su -c 'npm test'
strace -f npm test
flock x npm test
"""


@pytest.mark.parametrize("command", ALLOWED.strip("\n").split("\n"))
def test_it_is_allowed(command: str) -> None:
    assert decision(command, RULES) == "allow"


@pytest.mark.parametrize("command", NOT_ALLOWED.strip("\n").split("\n"))
def test_it_is_not_allowed(command: str) -> None:
    assert decision(command, RULES) != "allow"


@pytest.mark.parametrize(
    "command",
    [
        "npm test\nrm x",
        "npm test \\\n && rm x",
        "npm test\0; rm x",
        "npm test\r\nrm x",
        "cat <<EOF\nx\nEOF",
        "npm test <<EOF\n$(rm x)\nEOF",
        "sh <<EOF\nnpm test\nrm x\nEOF",
        "npm test \udcff",
        "npm test\vx",
        "npm test " + "x" * 40_000,
        "npm test; " * 300,
        "(" * 500 + "npm test" + ")" * 500,
    ],
)
def test_what_spans_lines_is_huge_or_is_no_text_is_not_allowed_either(command: str) -> None:
    assert decision(command, RULES) != "allow"


def test_nothing_is_allowed_by_no_rules_and_nothing_said() -> None:
    assert decision("ls") is None
    assert decision("(") is None
    assert decision("ls", rule_set()) is None
    assert decision("", RULES) is None
    assert decision("cd src", RULES) is None


def test_a_rule_for_the_whole_tool_allows_what_can_be_understood() -> None:
    rules = rule_set(allow=[{"tool": "Bash"}])
    assert decision("anything $x", rules) == "allow"
    assert decision("anything (", rules) == "ask"


def test_a_users_ask_or_deny_is_not_lifted_by_a_project() -> None:
    project = rule_set(allow=["git *"], owner=Owner.PROJECT)
    assert decision("git push", project, rule_set(deny=["git push"])) == "deny"
    assert decision("git push", project, rule_set(ask=["git push"])) == "ask"
    assert decision("git pull", project, rule_set(ask=["git push"])) == "allow"


def test_what_is_said_names_the_rule_its_place_and_the_part() -> None:
    rules = rule_set(deny=[{"command": "git push"}], allow=["ls *"])
    denied = verdict("ls && sudo git push -f", rules)
    assert denied.part == "git push -f"
    assert (
        denied.reason
        == "This is denied because of git push -f by the rule `command git push` in line 1 of permissions.yaml."
    )
    assert verdict("ls -a", rules).reason == "This is allowed by the rule `command ls *` in line 1 of permissions.yaml."
    own = rule_set(deny=[{"command": "git push", "reason": "Only people push."}])
    assert verdict("git push", own).reason == "Only people push."
    assert verdict("git $x", own).reason == (
        "What this becomes is known only when it runs, and the rule `command git push` in line 1 of permissions.yaml "
        "may be about it."
    )
