import pytest

from treadle.rpc.language.documents import MAX_DOCUMENTS, Documents, workflow_file
from treadle.workflows.definition.file_rules import MAX_BYTES

URI = "file:///srv/shop/.treadle/workflows/fix.yaml"


@pytest.mark.parametrize(
    ("uri", "root", "path"),
    [
        (URI, "/srv/shop", ".treadle/workflows/fix.yaml"),
        ("file:///.treadle/workflows/a.yml", "/", ".treadle/workflows/a.yml"),
        ("file://localhost/x/.treadle/workflows/a.yml", "/x", ".treadle/workflows/a.yml"),
        ("FILE:///x/.treadle/workflows/a.yml", "/x", ".treadle/workflows/a.yml"),
        ("file:///gr%C3%B6%C3%9Fe%20x/.treadle/workflows/%F0%9F%98%80.yml", "/größe x", ".treadle/workflows/😀.yml"),
        (
            "file:///a/.treadle/workflows/b/.treadle/workflows/c.yml",
            "/a/.treadle/workflows/b",
            ".treadle/workflows/c.yml",
        ),
    ],
)
def test_workflow_files_are_known_by_their_place(uri: str, root: str, path: str) -> None:
    assert workflow_file(uri) == (root, path)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "fix.yaml",
        "untitled:/x/.treadle/workflows/fix.yaml",
        "file:///srv/shop/.treadle/project.yaml",
        "file:///srv/shop/.treadle/workflows/deep/fix.yaml",
        "file:///srv/shop/.treadle/workflows/fix.json",
        "file:///srv/shop/.treadle/workflows/.yaml",
        "file://elsewhere/x/.treadle/workflows/fix.yaml",
        "file:///x/.treadle/workflows/%FF.yaml",
        "file:///x/.treadle/workflows/%00.yaml",
        "file://[x/.treadle/workflows/fix.yaml",
        "file:///" + "x" * 10_000 + "/.treadle/workflows/fix.yaml",
    ],
)
def test_everything_else_is_none(uri: str) -> None:
    assert workflow_file(uri) is None
    assert Documents().open(uri, 1, "a") is None


def test_the_newest_text_counts_whatever_its_version() -> None:
    documents = Documents()
    assert documents.change(URI, 1, "early") is None, "it is not open"
    documents.open(URI, 5, "a")
    documents.change(URI, 3, "b")
    changed = documents.get(URI)
    assert changed is not None
    assert (changed.text, changed.version) == ("b", 3)
    assert documents.close(URI)
    assert not documents.close(URI)
    assert documents.change(URI, 4, "late") is None
    assert documents.all() == ()


def test_every_text_is_another_document() -> None:
    documents = Documents()
    first = documents.open(URI, 1, "a")
    assert first is not None
    renewed = documents.renew(first)
    assert renewed is documents.get(URI)
    assert renewed is not first
    assert renewed == first


def test_beside_a_document_are_the_others_of_its_root() -> None:
    documents = Documents()
    one = documents.open(URI, 1, "a")
    assert one is not None
    documents.open(URI.replace("file:", "FILE:"), 1, "the same file")
    documents.open(URI.replace("fix", "two"), 1, "b")
    documents.open(URI.replace("fix", "large"), 1, "x" * (MAX_BYTES + 1))
    documents.open(URI.replace("shop", "other"), 1, "c")
    assert documents.beside(one) == {".treadle/workflows/two.yaml": "b"}


@pytest.mark.parametrize("text", ["x" * (MAX_BYTES + 1), "é" * (MAX_BYTES // 2 + 1)])
def test_of_a_large_text_nothing_is_kept(text: str) -> None:
    documents = Documents()
    document = documents.open(URI, 1, text)
    assert document is not None
    assert document.text is None
    small = documents.change(URI, 2, text[: MAX_BYTES // 2])
    assert small is not None
    assert small.text is not None


def test_only_so_many_are_kept() -> None:
    documents = Documents()
    uris = [f"file:///x/.treadle/workflows/{number}.yaml" for number in range(MAX_DOCUMENTS + 1)]
    opened = [documents.open(uri, 1, "a") for uri in uris]
    assert opened[-1] is None
    assert None not in opened[:-1]
    assert documents.open(uris[0], 2, "again") is not None
    documents.close(uris[0])
    assert documents.open(uris[-1], 1, "a") is not None
    documents.close_all()
    assert documents.all() == ()


def test_one_that_was_too_many_is_kept_from_its_next_change_on_when_there_is_room() -> None:
    documents = Documents()
    uris = [f"file:///x/.treadle/workflows/{number}.yaml" for number in range(MAX_DOCUMENTS + 2)]
    for uri in uris:
        documents.open(uri, 1, "a")
    first, one, other = uris[0], uris[-2], uris[-1]
    assert documents.change(one, 2, "b") is None
    documents.close(first)
    changed = documents.change(one, 3, "c")
    assert changed is not None
    assert (changed.text, documents.get(one)) == ("c", changed)
    documents.close(other)
    documents.close(one)
    assert documents.change(other, 2, "b") is None, "it is not open any more"
