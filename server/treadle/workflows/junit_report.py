"""Reads a JUnit XML report. The text is whatever a project's test tool wrote: any text gets a defined answer."""

import re
from dataclasses import dataclass
from enum import StrEnum
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from treadle.workflows.own_import import ENDINGS

MAX_REPORT_CHARACTERS = 4 * 1024 * 1024
ROOTS = ("testsuites", "testsuite")
ESCAPE_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|#x1B\[[0-9;]*m")
LEFT_OF_COLOURS = re.compile(r"\[\d{1,3}(?:;\d{1,3})*m")
RESET = "[0m"
"""A sure sign that only the escape characters of colours were taken out, as vitest does in an attribute."""
NO_TESTS = "No test suite found in file "
"""How vitest reports a file without tests, as if it were a failed test."""
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
    suites = frozenset(element.get("name") or "" for element in root.iter("testsuite"))
    cases = (_case(element, suites) for element in root.iter("testcase"))
    return Report(tuple(case for case in cases if not case.message.startswith(NO_TESTS)))


def plain(text: str) -> str:
    """Without escape sequences and control characters."""
    return CONTROL_CHARACTER.sub("", ESCAPE_SEQUENCE.sub("", text))


def _case(element: Element, suites: frozenset[str]) -> Case:
    group, title = element.get("classname") or "", element.get("name") or ""
    # Vitest names a file that could not be run like a test in it, and counts it as a failure. Other tools may give a
    # test and its group one name, but not that of a file.
    is_file = group == title and title in suites and title.endswith(ENDINGS)
    name = plain(title if is_file else "::".join(part for part in (group, title) if part)) or "a test without a name"
    for ending in (Ending.ERROR, Ending.FAILED, Ending.SKIPPED):
        found = element.find(ending)
        if found is not None:
            return Case(
                name=name,
                ending=Ending.ERROR if is_file and ending is Ending.FAILED else ending,
                message=_uncoloured(plain(found.get("message") or "")),
                text=_uncoloured(plain(found.text or "")),
            )
    return Case(name=name, ending=Ending.PASSED)


def _uncoloured(text: str) -> str:
    return LEFT_OF_COLOURS.sub("", text) if RESET in text else text
