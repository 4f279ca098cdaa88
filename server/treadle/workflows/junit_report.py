"""Reads a JUnit XML report. The text is whatever a project's test tool wrote: any text gets a defined answer."""

import re
from dataclasses import dataclass
from enum import StrEnum
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

MAX_REPORT_CHARACTERS = 4 * 1024 * 1024
ROOTS = ("testsuites", "testsuite")
ESCAPE_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|#x1B\[[0-9;]*m")
CONTROL_CHARACTER = re.compile(r"[^\n\t\x20-\x7e\u00a0-\ud7ff\ue000-\U0010ffff]")


class ReportError(Exception):
    """The report cannot be read; the message is one sentence."""


class Ending(StrEnum):
    PASSED = "passed"
    FAILED = "failure"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test, or one file that could not be collected."""

    name: str
    ending: Ending
    message: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    cases: tuple[Case, ...]

    def ended(self, *endings: Ending) -> tuple[Case, ...]:
        return tuple(case for case in self.cases if case.ending in endings)

    @property
    def broken(self) -> tuple[Case, ...]:
        """Failures and errors."""
        return self.ended(Ending.FAILED, Ending.ERROR)

    @property
    def ran(self) -> int:
        return len(self.cases) - len(self.ended(Ending.SKIPPED))


def read_report(text: str) -> Report:
    """Counts come from the single tests, never from the totals that a tool wrote.

    :raises ReportError:
    """
    if len(text) > MAX_REPORT_CHARACTERS:
        raise ReportError(f"The test report is too large to read ({len(text)} characters).")
    try:
        root = fromstring(text, forbid_dtd=True)
    except DefusedXmlException as error:
        raise ReportError("The test report is refused: it defines entities or a document type.") from error
    except (ParseError, ValueError, LookupError) as error:
        raise ReportError(f"The test report is no XML: {plain(str(error))[:200]}.") from error
    if root.tag not in ROOTS:
        raise ReportError(f"The test report is no JUnit report: it begins with <{plain(root.tag)[:60]}>.")
    return Report(tuple(_case(element) for element in root.iter("testcase")))


def plain(text: str) -> str:
    """Without escape sequences and control characters."""
    return CONTROL_CHARACTER.sub("", ESCAPE_SEQUENCE.sub("", text))


def _case(element: Element) -> Case:
    name = "::".join(part for part in (element.get("classname"), element.get("name")) if part)
    for ending in (Ending.ERROR, Ending.FAILED, Ending.SKIPPED):
        found = element.find(ending)
        if found is not None:
            return Case(
                name=plain(name) or "a test without a name",
                ending=ending,
                message=plain(found.get("message") or ""),
                text=plain(found.text or ""),
            )
    return Case(name=plain(name) or "a test without a name", ending=Ending.PASSED)
