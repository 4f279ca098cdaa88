"""Secrets in the events that clients report: found by the shape of their kind, never by guessing at randomness.

Domain contract, section 2. RE2 looks at a whole batch in one pass, in linear time whatever the text is. The pattern
works on raw JSON: a match holds no quotation mark and no half of an escape but at its edges, which are kept, so that
what is left is JSON as before.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import re2

from treadle.domain.event import IncomingEvent

_EDGE = r"(?:\b|\\[bfnrt]|\\u[0-9A-Fa-f]{4})"
"""Where a word begins; in raw JSON the character before it may be the last one of an escape."""

KINDS: dict[str, str] = {
    "anthropic_key": r"sk-ant-[A-Za-z0-9_-]{20,}",
    "openai_key": r"sk-(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,}|[A-Za-z0-9]{48,})",
    "github_token": r"(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})",
    "gitlab_token": r"glpat-[A-Za-z0-9_-]{20,}",
    "aws_key": r"(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "slack_token": r"xox[abeoprs]-[A-Za-z0-9-]{10,}",
    "google_key": r"AIza[A-Za-z0-9_-]{35}",
    "stripe_key": r"[rs]k_(?:live|test)_[A-Za-z0-9]{16,}",
    "npm_token": r"npm_[A-Za-z0-9]{36}",
    "pypi_token": r"pypi-[A-Za-z0-9_-]{60,}",
    "hugging_face_token": r"hf_[A-Za-z0-9]{30,}",
    "json_web_token": r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
}
"""Words that are secrets as they stand."""

SURROUNDED: dict[str, str] = {
    # A clipped one has no end.
    "private_key": r"(?P<private_key>-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----"
    r"(?:[A-Za-z0-9+/=:,. ]|-[A-Za-z0-9]|\\[nrt])*(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----)?)",
    "aws_secret": r"(?i:aws_secret_access_key)[\\\"' :=]{1,8}(?P<aws_secret>[A-Za-z0-9/+]{40})\b",
    "credential": r"(?i:authorization)[\\\"' :=]{1,8}(?i:bearer|basic|token) (?P<credential>[A-Za-z0-9._~+/=-]{8,})",
    "password": r"://[^\s/:@\"\\]{1,100}:(?P<password>[^\s/@\"\\]{1,200})@",
}
"""Secrets that are known by what stands around them, which is kept."""

_WORDS = "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in KINDS.items())
_PATTERN = re2.compile("|".join([f"{_EDGE}(?:{_WORDS})", *SURROUNDED.values()]))


def redacted_batch(events: Sequence[IncomingEvent]) -> Sequence[IncomingEvent]:
    """The batch with a marker in the place of each secret in `data` and `metadata`; the same one when it has none."""
    texts = [event.data for event in events] + [event.metadata for event in events if event.metadata is not None]
    if not has_secret("\n".join(texts)):
        return events
    return [
        replace(event, data=redacted(event.data), metadata=None if event.metadata is None else redacted(event.metadata))
        for event in events
    ]


def has_secret(text: str) -> bool:
    return _PATTERN.search(text) is not None


def redacted(text: str) -> str:
    """The text with `[redacted:KIND]` in the place of each secret."""
    result: str = _PATTERN.sub(_marked, text)
    return result


def _marked(match: Any) -> str:
    kind = next(kind for kind, secret in match.groupdict().items() if secret is not None)
    whole: str = match[0]
    start, end = (place - match.start() for place in match.span(_PATTERN.groupindex[kind]))
    return f"{whole[:start]}[redacted:{kind}]{whole[end:]}"
