"""Whether what a JavaScript or TypeScript test could not import is the component itself, in the words of vitest."""

import posixpath
import re

ENDINGS = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
"""TypeScript imports `slug.ts` as `slug`, `slug.js` or `slug.ts`."""
INDEX = "index"
MAX_LINE = 4_000
"""Characters; two paths and a sentence are shorter."""
ALIASES = ("@/", "~/", "#", "$")
"""How projects say where their code begins, in an import that is not relative."""
MISSING_IMPORTS = (
    re.compile(r"Cannot find (?:module|package) '(?P<wanted>[^']+)' imported from '?(?P<by>.+?)'?\.?"),
    re.compile(r'Failed to resolve import "(?P<wanted>[^"]+)" from "(?P<by>[^"]+)"\. Does the file exist\?'),
    re.compile(r"Failed to load url (?P<wanted>\S+) \(resolved id: [^)]*\) in (?P<by>.+)\. Does the file exist\?"),
)
MISSING_NAMES = (
    re.compile(r"The requested module '(?P<wanted>[^']+)' does not provide an export named '[^']+'"),
    re.compile(r'\[vitest\] No "[^"]+" export is defined on the "(?P<wanted>[^"]+)" mock\..*'),
)


def is_own_import(message: str, code_path: str, *, code_exists: bool | None) -> bool:
    """The message says that the component's file, or a name in it, is missing.

    That something is no function tells nothing of where it should have come from: it is no absence. A file that is
    reported missing although it exists is a wrong import.
    """
    line = message[:MAX_LINE].partition("\n")[0].strip()
    for pattern in MISSING_IMPORTS:
        if (found := pattern.fullmatch(line)) is not None:
            return not code_exists and is_own_path(found["wanted"], found["by"], code_path)
    names = (found for pattern in MISSING_NAMES if (found := pattern.fullmatch(line)) is not None)
    return any(is_own_path(found["wanted"], "", code_path) for found in names)


def is_own_path(wanted: str, by: str, code_path: str) -> bool:
    """`wanted`: as it stands in the import; `by`: the importing file, from the file system's root or the project's."""
    own = _parts(code_path)
    if wanted.startswith("."):
        parts = _parts(posixpath.normpath(posixpath.join(posixpath.dirname(by), wanted)))
        return _ends_with(parts, own) or (not by and _ends_with(own, [part for part in parts if part != ".."]))
    if wanted.startswith("/"):
        return _ends_with(_parts(wanted), own)
    parts = _parts(wanted.lstrip("@~#$"))
    is_alias = wanted.startswith(ALIASES)
    return bool(parts) and (is_alias or len(parts) > 1) and _ends_with(own, parts)


def _parts(path: str) -> list[str]:
    """Without what an import may leave out: the ending, and `index` of a folder."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    if parts and parts[-1].endswith(ENDINGS):
        parts[-1] = posixpath.splitext(parts[-1])[0]
    return parts[:-1] if len(parts) > 1 and parts[-1] == INDEX else parts


def _ends_with(parts: list[str], end: list[str]) -> bool:
    return bool(end) and parts[-len(end) :] == end
