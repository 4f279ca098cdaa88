"""Lists of words that give a shell its commands as a text, such as `[sh, -c, "ls | wc -l"]`."""

from collections.abc import Sequence

SHELLS = frozenset({"sh", "bash", "dash", "zsh"})
ENVIRONMENT = "env"
TAKES_A_WORD = frozenset({"-u", "-C", "--unset", "--chdir", "--rcfile", "--init-file"})
"""Options of env and of shells behind which a word stands that belongs to them."""


def script_index(words: Sequence[str]) -> int | None:
    """Which word a shell reads as commands; None: there is no shell, or it reads a file."""
    start = 0
    if _program(words, start) == ENVIRONMENT:
        start = _behind_env(words)
    return _script(words, start + 1) if _program(words, start) in SHELLS else None


def _program(words: Sequence[str], index: int) -> str:
    return words[index].rpartition("/")[2] if index < len(words) else ""


def _behind_env(words: Sequence[str]) -> int:
    index = 1
    while index < len(words) and (words[index].startswith("-") or "=" in words[index]):
        index += 2 if words[index] in TAKES_A_WORD else 1
    return index


def _script(words: Sequence[str], index: int) -> int | None:
    """Options may stand before and behind `-c`, and be written as one: `-euo pipefail -c`, `-lc`."""
    has_commands = False
    while index < len(words) and words[index][:1] in ("-", "+"):
        word = words[index]
        index += 1
        if word in ("-", "--"):
            break
        if word.startswith("--"):
            index += int(word in TAKES_A_WORD)
        else:
            has_commands = has_commands or (word.startswith("-") and "c" in word)
            index += word.count("o") + word.count("O")
    return index if has_commands and index < len(words) else None
