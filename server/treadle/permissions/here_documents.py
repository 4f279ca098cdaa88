"""Whether the syntax tree ends a here-document where the shell does.

The grammar takes other lines for its end, and other words for its name, than shells do; what a shell then runs would be
text to it.
"""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

NAME = re.compile(rb"(?P<quote>['\"]?)(?P<name>\w+)(?P=quote)")
BEHIND_NAME = re.compile(rb"[ \t\n;|&<>)]")
SUBSTITUTION = re.compile(rb"`|\$[({\[]|\\\n")
"""In the text of a here-document that is not quoted; the grammar does not see each, nor lines that are made one."""


def is_certain(redirect: "Node", content: bytes) -> bool:
    """`redirect`: with its text, which begins in the next line."""
    found = {child.type: child for child in redirect.children}
    start, end = found.get("heredoc_start"), found.get("heredoc_end")
    if start is None or end is None:
        return False
    name = NAME.fullmatch(content, start.start_byte, start.end_byte)
    if name is None or BEHIND_NAME.match(content, start.end_byte) is None:
        return False
    first = content.find(b"\n", start.end_byte) + 1
    body = found.get("heredoc_body")
    if b"<<" in content[start.end_byte : first] or not first <= end.start_byte:
        return False
    if body is not None and content[first : body.start_byte].strip():
        return False  # the line goes on in quotes, or the text of another comes first
    if not name["quote"] and body is not None and SUBSTITUTION.search(_plain(body, content)):
        return False
    return _ends_there(content[first : end.start_byte], name["name"], end, content, with_tabs="<<-" in found)


def _ends_there(text: bytes, name: bytes, end: "Node", content: bytes, *, with_tabs: bool) -> bool:
    """Nothing that any shell could take for the end comes before it."""
    *lines, indent = text.split(b"\n")
    if indent.strip(b"\t") or (indent and not with_tabs) or any(line.lstrip().startswith(name) for line in lines):
        return False
    return content[end.start_byte : end.end_byte + 1].removesuffix(b"\n") == name


def _plain(body: "Node", content: bytes) -> bytes:
    """What is text to the grammar."""
    texts, at = [], body.start_byte
    for child in body.children:
        if child.type != "heredoc_content":
            texts.append(content[at : child.start_byte])
            at = child.end_byte
    return b"\0".join([*texts, content[at : body.end_byte]])
