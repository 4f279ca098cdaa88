"""What a good new entry of a changelog is. Nothing here knows Treadle."""

import re
from collections import Counter

UNRELEASED = re.compile(r"##\s+\[?unreleased\]?\s*", re.IGNORECASE)
VERSION = re.compile(r"##\s")
ENTRY = re.compile(r"[-*] +(\S.*)")


def unreleased_entries(text: str) -> list[str] | None:
    """The entries below the heading Unreleased, without their marks; None when there is no such heading."""
    lines = iter(text.splitlines())
    if not any(UNRELEASED.fullmatch(line) for line in lines):
        return None
    entries = []
    for line in lines:
        if VERSION.match(line):
            break
        if found := ENTRY.fullmatch(line.rstrip()):
            entries.append(found[1])
    return entries


def new_entries(before: str, after: str) -> list[str]:
    return list((Counter(unreleased_entries(after) or []) - Counter(unreleased_entries(before) or [])).elements())


def problems(before: str, after: str, *, longest: int) -> list[str]:
    """What is wrong with a changelog that one entry was to be added to; empty when nothing is."""
    lost = Counter(_filled_lines(before)) - Counter(_filled_lines(after))
    if lost:
        return [f"A line that was there was changed or removed: {next(iter(lost))}"]
    if unreleased_entries(after) is None:
        return ["There is no heading ## Unreleased."]
    added = new_entries(before, after)
    if len(added) != 1:
        return [f"There must be one new entry below ## Unreleased, and there are {len(added)}."]
    (entry,) = added
    found = []
    if len(entry) > longest:
        found.append(f"The entry has {len(entry)} characters; it may have {longest}.")
    if not entry.endswith("."):
        found.append("The entry does not end with a full stop.")
    return found


def _filled_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]
