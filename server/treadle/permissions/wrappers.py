"""Programs that run another command, which stands among their words: how to find it there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from treadle.permissions.words import Gap, Word


class Standing(StrEnum):
    """What a rule must allow for a command to be allowed that runs others."""

    EITHER = "either"
    """It or all that it runs: it adds nothing to them."""
    ITSELF = "itself"
    """It: what it runs has other rights by it, or runs elsewhere."""
    BOTH = "both"
    """It and all that it runs: it does something of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapper:
    flags: str = ""
    """Single letters without a value."""
    valued: str = ""
    """Single letters with one: attached, or the next word."""
    long_flags: tuple[str, ...] = ()
    long_valued: tuple[str, ...] = ()
    positionals: int = 0
    """Words of its own before the command."""
    assignments: bool = False
    """Whether `NAME=value` may stand before the command."""
    standing: Standing = Standing.EITHER
    query: str = ""
    """Letters by which nothing is run."""


SHELLS = frozenset(["sh", "bash", "zsh", "dash", "ksh", "ash", "mksh", "rbash", "fish"])
SHELL_OPTIONS = Wrapper(
    flags="abefhiklmnprstuvxBCDEHPTc",
    valued="oO",
    long_flags=("login", "posix", "norc", "noprofile", "verbose", "restricted", "noediting", "debugger"),
    long_valued=("rcfile", "init-file"),
)
SUDO = Wrapper(
    flags="AbEeHiKknPSsVvNB",
    valued="CDghpRrTtUu",
    long_flags=("askpass", "background", "preserve-env", "set-home", "login", "non-interactive", "stdin", "shell"),
    long_valued=("user", "group", "host", "prompt", "chdir", "chroot", "role", "type", "command-timeout"),
    assignments=True,
    standing=Standing.ITSELF,
)
XARGS = Wrapper(
    flags="0eilprtxo",
    valued="adEILnPsJRS",
    long_flags=("null", "no-run-if-empty", "interactive", "verbose", "exit", "open-tty", "eof", "replace"),
    long_valued=("arg-file", "delimiter", "max-args", "max-procs", "max-chars", "max-lines", "process-slot-var"),
)
ENV = Wrapper(
    flags="i0v",
    valued="uCSP",
    long_flags=("ignore-environment", "null", "debug"),
    long_valued=("unset", "chdir", "split-string"),
    assignments=True,
)
WRAPPERS: Mapping[str, Wrapper] = {
    "env": ENV,
    "xargs": XARGS,
    "sudo": SUDO,
    "doas": Wrapper(flags="Lns", valued="aCu", standing=Standing.ITSELF),
    "nohup": Wrapper(),
    "nice": Wrapper(valued="n", long_valued=("adjustment",), flags="0123456789"),
    "ionice": Wrapper(flags="t", valued="cn", long_flags=("ignore",), long_valued=("class", "classdata")),
    "chrt": Wrapper(flags="abfiormRv", valued="DPT", positionals=1),
    "taskset": Wrapper(flags="ac", positionals=1),
    "timeout": Wrapper(
        flags="vf",
        valued="ks",
        long_flags=("preserve-status", "foreground", "verbose"),
        long_valued=("kill-after", "signal"),
        positionals=1,
    ),
    "gtimeout": Wrapper(flags="vf", valued="ks", long_flags=("foreground",), positionals=1),
    "time": Wrapper(
        flags="pvaqlh",
        valued="fo",
        long_flags=("portability", "verbose"),
        long_valued=("format", "output"),
        assignments=True,
    ),
    "command": Wrapper(flags="p", query="vV"),
    "builtin": Wrapper(),
    "exec": Wrapper(flags="cl", valued="a"),
    "stdbuf": Wrapper(valued="ioe", long_valued=("input", "output", "error")),
    "setsid": Wrapper(flags="cfw", long_flags=("ctty", "fork", "wait")),
    "caffeinate": Wrapper(flags="disum", valued="tw"),
    "unbuffer": Wrapper(flags="p"),
    "chroot": Wrapper(long_valued=("userspec", "groups"), positionals=1, standing=Standing.ITSELF),
    "unshare": Wrapper(
        flags="muinpUCTrfc", long_flags=("fork", "net", "user", "pid", "mount"), standing=Standing.ITSELF
    ),
    "strace": Wrapper(flags="cCdfFhikqrtTvVxyzZ", valued="abeEIoOpPsSuX", standing=Standing.BOTH),
    "flock": Wrapper(flags="senuoxF", valued="wE", positionals=1, standing=Standing.BOTH),
    "noglob": Wrapper(),
    "nocorrect": Wrapper(),
    "-": Wrapper(),
    "coproc": Wrapper(assignments=True, standing=Standing.BOTH),
    "busybox": Wrapper(),
    "toybox": Wrapper(),
    # Words of the shell; in places where they are none, programs of these names.
    "!": Wrapper(assignments=True, standing=Standing.BOTH),
    "{": Wrapper(assignments=True, standing=Standing.BOTH),
}
RUNNERS = frozenset(
    {("uv", "run"), ("poetry", "run"), ("pipenv", "run"), ("pdm", "run"), ("hatch", "run"), ("rye", "run")}
)
"""Programs whose sub-command runs the words behind it, once no option stands between."""
RUN = Wrapper(standing=Standing.ITSELF)


@dataclass(frozen=True, slots=True)
class Inner:
    """What is left of the words when the options are read."""

    rest: tuple[Word, ...] = ()
    """Begins with the program."""
    assignments: tuple[Word, ...] = ()
    options: tuple[tuple[str, Word | None], ...] = ()
    is_clear: bool = True
    """Whether each option was known."""


def unwrapped(wrapper: Wrapper, words: Sequence[Word]) -> Inner:
    """`words`: behind the program's own name."""
    options: list[tuple[str, Word | None]] = []
    at = 0
    is_clear = True
    while at < len(words):
        text = words[at].text
        if text is None:
            # An option or the program, who knows.
            return Inner(tuple(words[at:]), (), tuple(options), is_clear=False)
        if text == "--":
            at += 1
            break
        if len(text) < 2 or not text.startswith("-"):
            break
        following = words[at + 1] if at + 1 < len(words) else None
        found, takes_next, known = _option(wrapper, text, following)
        options += found
        is_clear = is_clear and known
        at += 2 if takes_next else 1
    at += wrapper.positionals
    assigned = at
    while wrapper.assignments and assigned < len(words) and _is_assignment(words[assigned]):
        assigned += 1
    return Inner(tuple(words[assigned:]), tuple(words[at:assigned]), tuple(options), is_clear)


def _option(wrapper: Wrapper, text: str, following: Word | None) -> tuple[list[tuple[str, Word | None]], bool, bool]:
    """The options of one word, whether the next word is a value of theirs, and whether they are known."""
    if text.startswith("--"):
        name, equals, value = text[2:].partition("=")
        if name in wrapper.long_valued:
            return [(name, Word.of(value) if equals else following)], not equals, True
        return [(name, Word.of(value) if equals else None)], False, name in wrapper.long_flags
    found: list[tuple[str, Word | None]] = []
    for at, letter in enumerate(text[1:], start=1):
        if letter in wrapper.valued:
            attached = text[at + 1 :]
            found.append((letter, Word.of(attached) if attached else following))
            return found, not attached, True
        found.append((letter, None))
        if letter not in wrapper.flags and letter not in wrapper.query:
            return found, False, False
    return found, False, True


def _is_assignment(word: Word) -> bool:
    first = word.pieces[0]
    if isinstance(first, Gap):
        return False
    name, equals, _ = first.partition("=")
    return bool(equals) and name.isidentifier()
