"""The workflow files that a client has open, as they stand in its editor."""

from dataclasses import dataclass, field, replace
from urllib.parse import unquote, urlsplit

from treadle.workflows.definition.file_rules import MAX_BYTES, SUFFIXES

MAX_DOCUMENTS = 64
"""Of one client. Others are not looked at until it closes one, and then changes or opens them again."""
_MAX_REFUSED = 256
"""Of those that are one too many: so many are known, to be looked at when there is room."""

FOLDER = "/.treadle/workflows/"
_MAX_URI = 8 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Every text is another one, and is told apart by identity."""

    uri: str
    """As the client writes it."""
    root: str
    """The folder that holds `.treadle`."""
    path: str
    """Below the root."""
    version: int
    text: str | None
    """None: it is larger than `MAX_BYTES`, and nothing is kept of it but that."""
    is_renewed: bool = field(default=False, compare=False)
    """Nothing in it has changed, but maybe around it."""


@dataclass(frozen=True, slots=True)
class Documents:
    _open: dict[str, Document] = field(default_factory=dict)
    _refused: set[str] = field(default_factory=set)

    def get(self, uri: str) -> Document | None:
        return self._open.get(uri)

    def all(self) -> tuple[Document, ...]:
        return tuple(self._open.values())

    def beside(self, document: Document) -> dict[str, str]:
        """The texts of the others of its root, by their path."""
        others = (each for each in self._open.values() if each.root == document.root and each.path != document.path)
        return {each.path: each.text for each in others if each.text is not None}

    def open(self, uri: str, version: int, text: str) -> Document | None:
        """None: it is no workflow file, or one too many."""
        place = workflow_file(uri)
        if place is None:
            return None
        if uri not in self._open and len(self._open) >= MAX_DOCUMENTS:
            self._refuse(uri)
            return None
        self._refused.discard(uri)
        root, path = place
        document = Document(uri=uri, root=root, path=path, version=version, text=_bounded(text))
        self._open[uri] = document
        return document

    def change(self, uri: str, version: int, text: str) -> Document | None:
        """None: it is not open. What comes last counts, whatever its version."""
        return self.open(uri, version, text) if uri in self._open or uri in self._refused else None

    def renew(self, document: Document) -> Document:
        """The same text as another one: what is around it may have changed."""
        self._open[document.uri] = renewed = replace(document, is_renewed=True)
        return renewed

    def close(self, uri: str) -> bool:
        self._refused.discard(uri)
        return self._open.pop(uri, None) is not None

    def close_all(self) -> None:
        self._open.clear()
        self._refused.clear()

    def _refuse(self, uri: str) -> None:
        if len(self._refused) < _MAX_REFUSED:
            self._refused.add(uri)


def workflow_file(uri: str) -> tuple[str, str] | None:
    """The project's root and the path below it; None of everything else."""
    if len(uri) > _MAX_URI or not uri.lower().startswith("file:"):
        return None
    try:
        parts = urlsplit(uri)
        path = unquote(parts.path, errors="strict")
    except ValueError:
        return None
    root, folder, name = path.rpartition(FOLDER)
    is_file = bool(folder) and "/" not in name and name.endswith(SUFFIXES) and name not in SUFFIXES
    if not is_file or parts.netloc not in ("", "localhost") or "\0" in path:
        return None
    return root or "/", f"{FOLDER[1:]}{name}"


def _bounded(text: str) -> str | None:
    is_small = len(text) <= MAX_BYTES and (text.isascii() or len(text.encode(errors="replace")) <= MAX_BYTES)
    return text if is_small else None
