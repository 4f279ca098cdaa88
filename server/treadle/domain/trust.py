"""What a person trusts when they trust a folder."""

import hashlib
import json
from collections.abc import Mapping

HARMLESS_FACTS = frozenset({"language", "folders"})
"""They tell sessions where files belong and make no command run. A session's own work may change them: who was asked
once about a folder is not asked again because it holds a package now."""


def content_hash(files: Mapping[str, bytes], facts: Mapping[str, object]) -> str:
    """Changes whenever anything changes that could make a command run.

    `files`: everything under `.treadle/` by relative path. `facts`: the commands that were found by looking, and more.
    """
    facts = {key: value for key, value in facts.items() if key not in HARMLESS_FACTS}
    digest = hashlib.sha256()
    for path in sorted(files):
        _add(digest, path.encode(errors="surrogateescape"))
        _add(digest, files[path])
    _add(digest, json.dumps(facts, sort_keys=True, separators=(",", ":")).encode())
    return digest.hexdigest()


def _add(digest: "hashlib._Hash", part: bytes) -> None:
    """With its length, so that nothing can be moved between parts."""
    digest.update(len(part).to_bytes(8, "big"))
    digest.update(part)
