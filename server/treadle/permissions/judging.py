"""Whether one rule fits one call, and how surely."""

import posixpath
from collections.abc import Iterator, Sequence
from functools import partial

from treadle.permissions import files
from treadle.permissions.calls import SHELL, Call
from treadle.permissions.files import Access
from treadle.permissions.matching import ANY_NUMBER, Match, glob, matches, star
from treadle.permissions.paths import is_below, path_match
from treadle.permissions.rules import Effect, Rule
from treadle.permissions.shell_parts import Part
from treadle.permissions.words import Gap, Piece, Word
from treadle.permissions.wrappers import Standing

SYSTEM_FOLDERS = frozenset({"/bin", "/usr/bin", "/sbin", "/usr/sbin", "/usr/local/bin", "/opt/homebrew/bin"})
"""Where a program is the one of its name."""
GIT_VALUED = frozenset(
    {"-C", "-c", "--git-dir", "--work-tree", "--namespace", "--super-prefix", "--config-env", "--attr-source"}
)
WITHOUT_EFFECT = frozenset({"[", "[[", "test", "true", "false", ":", "pwd"})


def forbidding(rule: Rule, call: Call) -> tuple[Match, Part | None]:
    """Of a rule that denies or asks: the surest match, and the part of the command that it is about."""
    if call.command is None:
        return _of_tool(rule, call), None
    if rule.command is None and rule.path is None:
        return _tool_match(rule, call), None
    if rule.tool is not None and rule.command is not None and _tool_match(rule, call) is Match.NO:
        return Match.NO, None
    best: tuple[Match, Part | None] = (_of_tool(rule, call) if call.path is not None else Match.NO, None)
    for part, touched in call.touched:
        match = Match.SURE if rule.command is None else _command_match(rule, part)
        if match and rule.path is not None:
            match = min(match, _touches(rule, call, touched))
        if match > best[0]:
            best = match, part
        if match is Match.SURE:
            break
    return best


def _of_tool(rule: Rule, call: Call) -> Match:
    if rule.command is not None or _tool_match(rule, call) is Match.NO:
        return Match.NO
    if rule.path is None:
        return Match.SURE
    if call.path is None:
        return Match.NO
    return path_match(rule.path, _call_path(call), call.place, anywhere=rule.effect is not Effect.ALLOW)


def _call_path(call: Call) -> Word:
    return Word.of(call.path or "")


def _tool_match(rule: Rule, call: Call) -> Match:
    return Match.SURE if rule.tool is None or glob(rule.tool).fullmatch(call.tool) else Match.NO


def _command_match(rule: Rule, part: Part) -> Match:
    """The pattern is the beginning of the command, however its program is named and whatever stands before it."""
    pattern = [*(rule.command or "").split(), ANY_NUMBER]
    compiled = partial(star, ignore_case=False)
    return max(
        (matches(pattern, words, any_number=ANY_NUMBER, compiled=compiled) for words in _namings(part, pattern[0])),
        default=Match.NO,
    )


def _namings(part: Part, program: str) -> Iterator[Sequence[Word]]:
    words = part.words
    if _is_another(part, program):
        return
    if not words:
        yield part.assignments
        return
    yield words
    if part.assignments:
        yield (*part.assignments, *words)
    name = part.program
    if name is None:
        yield (_last_segment(words[0]), *words[1:])
        return
    # To file systems without capitals, they are the same program.
    known = Word.of(program if name.casefold() == program.casefold() else name)
    yield (known, *words[1:])
    if name.casefold() == "git":
        yield (known, *_without_options(words[1:]))


def _last_segment(word: Word) -> Word:
    """Of a path that is known in part."""
    pieces: list[Piece] = []
    for piece in word.pieces:
        if not isinstance(piece, Gap) and "/" in piece:
            pieces = [piece.rpartition("/")[2]]
        else:
            pieces.append(piece)
    return Word(tuple(piece for piece in pieces if piece) or word.pieces)


def _is_another(part: Part, program: str) -> bool:
    """Most commands are of other programs than a rule's, which is seen at once."""
    name = part.program
    if name is None or part.assignments or "*" in program:
        return False
    return program not in (part.words[0].text, name) and program.casefold() != name.casefold()


def _without_options(words: Sequence[Word]) -> Sequence[Word]:
    """Of git, which has some before the name of what it does."""
    at = 0
    while at < len(words) and (words[at].text or "").startswith("-"):
        at += 2 if words[at].text in GIT_VALUED else 1
    return words[at:]


def _touches(rule: Rule, call: Call, touched: Sequence[Access]) -> Match:
    """Whether a part of the command reads or writes a path that the rule is about."""
    best = Match.NO
    for access in touched:
        if _is_about(rule, call, access):
            found = (path_match(rule.path or "", access.path, place, anywhere=True) for place in call.places)
            best = max(best, *found)
        if best is Match.SURE:
            break
    return best


def _is_about(rule: Rule, call: Call, access: Access) -> bool:
    if rule.tool is None or rule.command is not None:
        return True
    return any(glob(rule.tool).fullmatch(tool) for tool in (call.tool, *access.tools))


def allowing(rules: Sequence[Rule], call: Call) -> Rule | None:
    """One of the rules by which all of the call is allowed; None when some of it is not."""
    if call.command is None or call.tool != SHELL:
        found = (rule for rule in rules if call.command is None or rule.tool is not None)
        return next((rule for rule in found if _of_tool(rule, call) is Match.SURE), None)
    if not call.parts.is_clear or not call.parts.top:
        return None
    whole = next((rule for rule in rules if _is_for_all(rule, call)), None)
    if whole is not None:
        return whole
    found_rules: list[Rule] = []
    for part in call.parts.top:
        if not _is_allowed(rules, call, part, found_rules):
            return None
    return found_rules[0] if found_rules else None


def _is_for_all(rule: Rule, call: Call) -> bool:
    return rule.command is None and rule.path is None and _tool_match(rule, call) is Match.SURE


def _is_allowed(rules: Sequence[Rule], call: Call, part: Part, found: list[Rule]) -> bool:
    """With the rule noted by which it is."""
    for access in files.writes(part):
        rule = next((rule for rule in rules if _allows_writing(rule, call, access)), None)
        if rule is None:
            return False
        found.append(rule)
    if not part.words and not part.assignments:
        return True  # redirections of what follows
    if _is_harmless(part, call):
        return True
    rule = next((rule for rule in rules if rule.command is not None and _allows_command(rule, call, part)), None)
    if rule is not None:
        found.append(rule)
    inside = bool(part.children) and all(_is_allowed(rules, call, child, found) for child in part.children)
    if part.standing is Standing.BOTH:
        return rule is not None and (inside or not part.children)
    return rule is not None or (inside and part.standing is Standing.EITHER)


def _allows_writing(rule: Rule, call: Call, access: Access) -> bool:
    if rule.path is None or rule.command is not None:
        return False
    is_known = access.path.is_known and _is_about(rule, call, access)
    return is_known and path_match(rule.path, access.path, call.place, anywhere=False) is Match.SURE


def _allows_command(rule: Rule, call: Call, part: Part) -> bool:
    """The whole command as it is written; of its unknown parts only names of files may be."""
    if rule.path is not None or _tool_match(rule, call) is Match.NO:
        return False
    words = (*part.assignments, *part.words)
    if not all(word.is_names for word in words):
        return False
    text = part.words[0].text if part.words else None
    if not part.assignments and text is not None and posixpath.dirname(text) in SYSTEM_FOLDERS:
        shortened = (Word.of(posixpath.basename(text)), *part.words[1:])
        return _covers(rule, words) or _covers(rule, shortened)
    return _covers(rule, words)


def _covers(rule: Rule, words: Sequence[Word]) -> bool:
    pattern = (rule.command or "").split()
    return matches(pattern, words, any_number=ANY_NUMBER, compiled=star) is Match.SURE


def _is_harmless(part: Part, call: Call) -> bool:
    """What changes nothing, but for what its substitutions run, which are parts of their own."""
    if part.assignments:
        return False
    if part.program in WITHOUT_EFFECT and part.words[0].text == part.program:
        return True
    is_move = part.words[0].text == "cd" and len(part.words) == 2 and not (part.words[1].text or "-").startswith("-")
    return is_move and is_below(part.words[1], call.place)
