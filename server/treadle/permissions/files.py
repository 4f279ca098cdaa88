"""Which files a command reads and writes, as far as its words tell."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from treadle.permissions.shell_parts import Part
from treadle.permissions.words import Gap, Word

READ, EDIT, WRITE = "Read", "Edit", "Write"
CHANGED = frozenset({EDIT, WRITE})
"""By the names of the tools that do the same."""
_WRITERS = """
rm rmdir mv cp ln tee touch truncate chmod chown chgrp mkdir install dd patch rsync unlink shred mkfifo setfacl xattr
trash
"""
WRITERS = frozenset(_WRITERS.split())
READING_WRITERS = frozenset({"mv", "cp", "ln", "install", "dd", "rsync"})
_WITHOUT_FILES = """
echo printf cd pushd popd pwd export declare typeset local readonly unset true false : exit return break continue shift
set read kill wait sleep jobs let expr seq [ [[ test
"""
WITHOUT_FILES = frozenset(_WITHOUT_FILES.split())
"""Their words are texts, or files of which nothing is read."""
IN_PLACE = re.compile(r"-[a-zA-Z]*i|--in-place")
NOWHERE = frozenset({"/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/stdin"})
OWN_DESCRIPTOR = re.compile(r"\d*-?|/dev/fd/\d+")


@dataclass(frozen=True, slots=True)
class Access:
    path: Word
    tools: frozenset[str]
    """Those that do the same."""
    is_redirect: bool = False


def accesses(part: Part) -> Iterator[Access]:
    yield from redirected(part)
    if part.program in WITHOUT_FILES or not part.words:
        return
    tools = _tools(part)
    for word in part.words:
        for path in _paths(word):
            yield Access(path, tools)


def redirected(part: Part) -> Iterator[Access]:
    for redirect in part.redirects:
        target = redirect.target.text
        if target is not None and (target in NOWHERE or (redirect.operator.endswith("&") and _is_descriptor(target))):
            continue
        is_read = redirect.operator == "<"
        yield Access(redirect.target, frozenset({READ}) if is_read else CHANGED, is_redirect=True)


def writes(part: Part) -> Iterator[Access]:
    """What is written by redirection alone."""
    return (each for each in redirected(part) if WRITE in each.tools)


def _is_descriptor(target: str) -> bool:
    return OWN_DESCRIPTOR.fullmatch(target) is not None


def _tools(part: Part) -> frozenset[str]:
    if part.program in WRITERS:
        return CHANGED | {READ} if part.program in READING_WRITERS else CHANGED
    if part.program in ("sed", "perl", "ruby") and any(IN_PLACE.match(word.text or "") for word in part.words[1:]):
        return CHANGED | {READ}
    return frozenset({READ})


def _paths(word: Word) -> Iterator[Word]:
    """The word, and what stands behind `=` or `@` in it: `--file=PATH`, `of=PATH`, `@PATH`, `HEAD:PATH`."""
    yield word
    first = word.pieces[0]
    if isinstance(first, Gap):
        return
    for sign in ("=", "@", ":"):
        _, found, rest = first.partition(sign)
        if found and (rest or len(word.pieces) > 1):
            yield Word((rest, *word.pieces[1:]) if rest else word.pieces[1:])
    if re.match(r"-[a-zA-Z].", first):  # -fPATH
        yield Word((first[2:], *word.pieces[1:]))
