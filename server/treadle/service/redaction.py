"""Secrets in the events that clients report: found by the shape of their kind, never by guessing at randomness.

Domain contract, section 2. RE2 looks at a whole batch in one pass, in linear time whatever the text is. The pattern
works on raw JSON: a match holds no quotation mark and no half of an escape but at its edges, which are kept, so that
what is left is JSON as before. Whoever writes JSON may escape what it likes, and what it writes may hold JSON itself,
a file that an agent read, say: so an escape has one backslash or more.
"""

from collections.abc import Sequence
from itertools import islice
from typing import Any

import re2

from treadle.domain.errors import TooLargeError
from treadle.domain.event import IncomingEvent

_EDGE = r"(?:\b|\\[bfnrt]|\\u[0-9A-Fa-f]{4}|\\u001[bB]\[[0-9;]*[A-Za-z]|%[0-9A-Fa-f]{2})"
"""Where a word begins; the character before it may be the last one of an escape: of JSON, of a terminal, of a URL."""

KINDS: dict[str, tuple[str, str]] = {
    "anthropic_key": (r"sk-ant-", r"[A-Za-z0-9_-]{20,}"),
    "openai_key": (r"sk-", r"(?:(?:proj|svcacct|admin)-[A-Za-z0-9_-]{40,}|[A-Za-z0-9]{48,})"),
    "github_token": (r"g[hi]", r"(?:[pousr]_[A-Za-z0-9]{36,}|thub_pat_[A-Za-z0-9_]{22,})"),
    "gitlab_token": (r"glpat-", r"[A-Za-z0-9_-]{20,}"),
    "aws_key": (r"(?:AKIA|ASIA)", r"[A-Z0-9]{16}\b"),
    "slack_token": (r"xox[abeoprs]-", r"[A-Za-z0-9-]{10,}"),
    "google_key": (r"AIza", r"[A-Za-z0-9_-]{35}"),
    "stripe_key": (r"[rs]k_(?:live|test)_", r"[A-Za-z0-9]{16,}"),
    "npm_token": (r"npm_", r"[A-Za-z0-9]{36}"),
    "pypi_token": (r"pypi-", r"[A-Za-z0-9_-]{60,}"),
    "hugging_face_token": (r"hf_", r"[A-Za-z0-9]{30,}"),
    "json_web_token": (r"eyJ", r"[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
}
"""Words that are secrets as they stand: how each begins, which tells the kind, and how it goes on."""

_BASE64 = r"(?:[A-Za-z0-9+/]|\\+/|\\+u002[bBfF])"
_QUOTE = r"""\\+u002[27]|\\+[\"t]|[\"' >]"""
_TO_VALUE = rf"(?:{_QUOTE})*(?:[:=]|\\+u003[dD])(?:{_QUOTE}|[:=]|\\+u003[dDeE])*"
"""Between a name and its value: in JSON, in a header, in a shell, in code."""
_IN_KEY = r"(?:[A-Za-z0-9+/=:,. _|>→]|-(?:[A-Za-z0-9+/ ]|\\+[nr])|\\+[nrt/]|\\+u(?:2192|002[bBfF]|003[dDeE]))"
"""Also what stands before each line where it is shown: its number, the name of its file, the sign of a change."""
_ESCAPED = r"\\+u(?:00(?:2[67bB]|3[cCdDeE]|[89A-Fa-f][0-9A-Fa-f])|0[1-9A-Fa-f][0-9A-Fa-f]{2}|[1-9A-Fa-f][0-9A-Fa-f]{3})"
"""A character in a URL that need not be escaped in JSON, and may be."""

SURROUNDED: dict[str, tuple[str, str]] = {
    "aws_secret": (
        rf"(?i:secret_?access_?key){_TO_VALUE}",
        rf"{_BASE64}{{39}}(?:[A-Za-z0-9]\b|[+/]\B|\\+/|\\+u002[bBfF])",
    ),
    "credential": (rf"(?i:authorization){_TO_VALUE}(?i:bearer|basic|token) ", r"[A-Za-z0-9._~+/=-]{8,}"),
    # Neither a place for one, such as {password}, <password>, $PASSWORD, %s or ***, nor a pattern of URLs.
    "password": (
        rf":(?:/|\\+/|\\+u002[fF]){{2}}(?:[^\s/:@\"\\?(\[{{<]|{_ESCAPED})*:",
        (
            rf"(?:[^\s/@\"\\?(\[{{<'`$*%]|\$[^\s/@\"\\?{{(A-Z_]|\*[^\s/@\"\\?*]|%[0-9A-Fa-f]{{2}}|{_ESCAPED})"
            rf"(?:[^\s/@\"\\?]|{_ESCAPED})*@"
        ),
    ),
    # A clipped one has no end. Without a line of it, it is only named: in code that reads keys, in a text about them.
    # The last one, since nothing stands before it.
    "private_key": (
        "",
        (
            rf"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----{_IN_KEY}*{_BASE64}{{40}}{_IN_KEY}*"
            r"(?:-?-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----)?"
        ),
    ),
}
"""Secrets that are known by what stands around them, which is kept: what is before each, and the secret."""

MAX_SECRETS = 10_000
"""In one batch. Each costs the loop some microseconds, and everybody else waits meanwhile."""

_PATTERN = re2.compile(
    "|".join(
        [f"{_EDGE}(?:{'|'.join(head + rest for head, rest in KINDS.values())})"]
        + [before + secret for before, secret in SURROUNDED.values()]
    )
)
"""Without groups: RE2 needs a microsecond for each byte of a match in which it looks for one."""
_BEGINNING = re2.compile(
    "|".join(
        [f"{_EDGE}(?:{'|'.join(f'(?P<{kind}>{head})' for kind, (head, _) in KINDS.items())})"]
        + [f"{before}(?P<{kind}>)" for kind, (before, _) in SURROUNDED.items()]
    )
)
_KIND_OF_GROUP: dict[int, str] = {index: kind for kind, index in _BEGINNING.groupindex.items()}


def redacted_batch(events: Sequence[IncomingEvent]) -> Sequence[IncomingEvent]:
    """The batch with a marker in the place of each secret in `data` and `metadata`; the same one when it has none.

    :raises TooLargeError: it has too many
    """
    texts = [event.data for event in events] + [event.metadata for event in events if event.metadata is not None]
    found = sum(1 for _ in islice(_PATTERN.finditer("\n".join(texts)), MAX_SECRETS + 1))
    if found == 0:
        return events
    if found > MAX_SECRETS:
        raise TooLargeError(f"The events hold more than {MAX_SECRETS} secrets.", limit=MAX_SECRETS)
    return [
        event._replace(data=redacted(event.data), metadata=None if event.metadata is None else redacted(event.metadata))
        for event in events
    ]


def has_secret(text: str) -> bool:
    return _PATTERN.search(text) is not None


def redacted(text: str) -> str:
    """The text with `[redacted:KIND]` in the place of each secret."""
    result: str = _PATTERN.sub(_marked, text)
    return result


def _marked(match: Any) -> str:
    whole: str = match[0]
    beginning = _BEGINNING.match(whole)
    group: int = beginning.lastindex
    # Only what follows a password is part of the match.
    after = "@" if whole.endswith("@") else ""
    return f"{whole[: beginning.start(group)]}[redacted:{_KIND_OF_GROUP[group]}]{after}"
