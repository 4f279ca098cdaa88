from lsprotocol import types

from treadle.rpc.language import diagnostics
from treadle.rpc.language.documents import Documents
from treadle.rpc.positions import Positions
from treadle.workflows.definition.diagnostics import Diagnostic, Severity
from treadle.workflows.definition.file_rules import MAX_BYTES
from treadle.workflows.definition.source import Source, Span

URI = "file:///x/.treadle/workflows/a.yaml"


def test_a_diagnostic_has_its_range_severity_and_code() -> None:
    document = Documents().open(URI, 7, "😀 fxi")
    assert document is not None
    found = Diagnostic(span=Span(2, 5), code="unknown_step", message="No.", severity=Severity.WARNING)
    params = diagnostics.published(document, (found,), Positions(Source("😀 fxi")))
    assert (params.uri, params.version) == (URI, 7)
    assert params.diagnostics == [
        types.Diagnostic(
            range=types.Range(types.Position(0, 3), types.Position(0, 6)),
            severity=types.DiagnosticSeverity.Warning,
            code="unknown_step",
            source="treadle",
            message="No.",
        )
    ]


def test_what_is_not_looked_at_is_told_in_one_sentence() -> None:
    document = Documents().open(URI, 1, "x" * (MAX_BYTES + 1))
    assert document is not None
    (large,) = diagnostics.too_large(document).diagnostics
    assert (large.code, large.message) == (
        "too_large",
        "The file is larger than 256 KiB, so nothing in it is looked at.",
    )
    (many,) = diagnostics.one_too_many(URI, 1, 64).diagnostics
    assert many.code == "too_many_open"
    assert diagnostics.nothing(URI).diagnostics == []
