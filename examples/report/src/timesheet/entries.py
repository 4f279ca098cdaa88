"""Reads a timesheet: a CSV file with the columns day, project and hours."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

COLUMNS = ["day", "project", "hours"]


class TimesheetError(Exception):
    """The timesheet cannot be read; the message is one sentence."""


@dataclass(frozen=True)
class Entry:
    day: str
    project: str
    hours: Decimal


def read_entries(lines: Iterable[str]) -> list[Entry]:
    """:raises TimesheetError: names the line"""
    rows = csv.reader(lines)
    if next(rows, None) != COLUMNS:
        raise TimesheetError(f"Line 1 must be {','.join(COLUMNS)}.")
    return [_entry(row, line) for line, row in enumerate(rows, start=2) if row]


def _entry(row: list[str], line: int) -> Entry:
    try:
        day, project, hours = row
        return Entry(day, project, Decimal(hours))
    except (ValueError, InvalidOperation) as error:
        raise TimesheetError(f"Line {line} is no entry: {','.join(row)}.") from error


def hours_by_project(entries: Iterable[Entry]) -> dict[str, Decimal]:
    """Sorted by project."""
    hours: dict[str, Decimal] = {}
    for entry in entries:
        hours[entry.project] = hours.get(entry.project, Decimal(0)) + entry.hours
    return dict(sorted(hours.items()))
