"""What is wrong with a document, as editors show it."""

from lsprotocol import types

from treadle.rpc.language.documents import Document
from treadle.rpc.positions import Positions
from treadle.workflows.definition.diagnostics import Diagnostic, Severity
from treadle.workflows.definition.file_rules import MAX_BYTES

SOURCE = "treadle"
_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
}


def published(
    document: Document, diagnostics: tuple[Diagnostic, ...], positions: Positions
) -> types.PublishDiagnosticsParams:
    shown = [_shown(diagnostic, positions) for diagnostic in diagnostics]
    return types.PublishDiagnosticsParams(uri=document.uri, version=document.version, diagnostics=shown)


def too_large(document: Document) -> types.PublishDiagnosticsParams:
    sentence = f"The file is larger than {MAX_BYTES // 1024} KiB, so nothing in it is looked at."
    return _at_the_beginning(document.uri, document.version, "too_large", sentence)


def one_too_many(uri: str, version: int, most: int) -> types.PublishDiagnosticsParams:
    sentence = f"{most} workflow files are open already: close one, and this one is looked at when you change it."
    return _at_the_beginning(uri, version, "too_many_open", sentence)


def nothing(uri: str) -> types.PublishDiagnosticsParams:
    """What was shown of a closed file goes."""
    return types.PublishDiagnosticsParams(uri=uri, diagnostics=[])


def _shown(diagnostic: Diagnostic, positions: Positions) -> types.Diagnostic:
    return types.Diagnostic(
        range=positions.range(diagnostic.span),
        severity=_SEVERITIES[diagnostic.severity],
        code=diagnostic.code,
        source=SOURCE,
        message=diagnostic.message,
    )


def _at_the_beginning(uri: str, version: int, code: str, sentence: str) -> types.PublishDiagnosticsParams:
    beginning = types.Range(types.Position(0, 0), types.Position(0, 0))
    diagnostic = types.Diagnostic(
        range=beginning, severity=types.DiagnosticSeverity.Error, code=code, source=SOURCE, message=sentence
    )
    return types.PublishDiagnosticsParams(uri=uri, version=version, diagnostics=[diagnostic])
