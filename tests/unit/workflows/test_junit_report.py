import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.workflows.factories import case, report
from treadle.workflows.junit_report import Case, Ending, ReportError, plain, read_report


def test_endings_are_counted_from_the_single_tests() -> None:
    text = report(case("a"), case("b", "failure", "why"), case("c", "error", "how", "short"), case("d", "skipped"))
    read = read_report(text.replace("<testsuite>", '<testsuite tests="99" failures="0">'))
    assert read.cases == (
        Case(name="tests.test_calculator::a", ending=Ending.PASSED),
        Case(name="tests.test_calculator::b", ending=Ending.FAILED, text="why"),
        Case(name="tests.test_calculator::c", ending=Ending.ERROR, text="how", message="short"),
        Case(name="tests.test_calculator::d", ending=Ending.SKIPPED),
    )
    assert (read.ran, len(read.broken)) == (3, 2)


def test_nested_suites_are_one_report() -> None:
    inner = f"<testsuite>{case('a')}<testsuite>{case('b')}</testsuite></testsuite>"
    assert len(read_report(f"<testsuites>{inner}{inner}</testsuites>").cases) == 4


@pytest.mark.parametrize(
    ("suite", "group", "title", "name", "ending"),
    [
        ("a.test.ts", "a.test.ts", "a.test.ts", "a.test.ts", Ending.ERROR),
        ("a.test.ts", "a.test.ts", "adds", "a.test.ts::adds", Ending.FAILED),
        ("sums", "sums adds", "sums adds", "sums adds::sums adds", Ending.FAILED),
        ("sums", "reads a.ts", "reads a.ts", "reads a.ts::reads a.ts", Ending.FAILED),
        ("sums", "sums", "sums", "sums::sums", Ending.FAILED),
    ],
)
def test_a_file_that_could_not_be_run_is_no_failed_test(
    suite: str, group: str, title: str, name: str, ending: Ending
) -> None:
    failed = f'<testcase classname="{group}" name="{title}"><failure message="why"/></testcase>'
    (read,) = read_report(f'<testsuites><testsuite name="{suite}">{failed}</testsuite></testsuites>').cases
    assert read == Case(name=name, ending=ending, message="why")


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><testsuites>&b;</testsuites>'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no XML"),
        ("ok\n", "no XML"),
        ("<testsuites>", "no XML"),
        ("<testsuites>\ud800</testsuites>", "no XML"),
        ("<html/>", "it begins with <html>"),
        (BOMB, "defines entities"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><testsuites/>', "defines entities"),
    ],
)
def test_what_is_no_report_is_refused(text: str, message: str) -> None:
    with pytest.raises(ReportError, match=message):
        read_report(text)


def test_a_very_deep_report_is_read() -> None:
    deep = "<x>" * 100_000 + "</x>" * 100_000
    assert read_report(f"<testsuites>{deep}{case('a')}</testsuites>").ran == 1


@given(st.text())
def test_plain_text_has_no_control_characters(text: str) -> None:
    assert all(character in "\n\t" or character.isprintable() or ord(character) >= 0xA0 for character in plain(text))


@given(st.one_of(st.text(), st.text().map(lambda text: f"<testsuites>{text}</testsuites>")))
def test_any_text_is_read_or_refused(text: str) -> None:
    message = ""
    try:
        read_report(text)
    except ReportError as error:
        message = str(error)
    assert len(message) < 400
